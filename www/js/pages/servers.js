// «Настройки серверов устройства»: a table of servers, and below it what each of them does now.
import { h, fill } from '../dom.js';
import { t, tOr, number } from '../i18n.js';
import { icon, status } from '../icons.js';
import { tablePage } from '../table-page.js';
import { optional, post } from '../api.js';
import { openDraft } from '../settings.js';
import { device, session } from '../device.js';
import { explain, interfaceWord } from '../words.js';
import { toast } from '../modal.js';

/** How often the figures are asked for while the page is looked at. */
const PACE = 5000;
/** Types in the manual's order with their usual ports. */
const ports = /** @type {[string, string][]} */ ([['iface1', '11'], ['iface2', '22'], ['iface3', '33'],
  ['iface4', '44'], ['rtu327', '55'], ['push', '4059'], ['remote', '19524']]);
const usual = new Map(ports);
const isTransit = (/** @type {Row} */ row) => /^iface/.test(row.type);
const isRemote = (/** @type {Row} */ row) => row.type === 'remote';

/** @param {string} type */
const word = type => (/^iface/.test(type) ? t('server.transit', { n: type.slice(5) })
  : t('server.' + type));

/**
 * @param {Row} row
 * @param {Row[]} rows
 */
function check(row, rows) {
  const twice = (/** @type {string} */ key) => rows.some(one => one !== row && one.id !== row.id
    && String(one[key]) === String(row[key]));
  const seconds = (/** @type {string} */ key) => (!isTransit(row) || /^\d{1,5}$/.test(String(row[key])) ? ''
    : t('server.seconds'));
  return { type: twice('type') ? t('server.one') : '', idle: seconds('idle'), wait: seconds('wait'),
    port: !/^\d{1,5}$/.test(String(row.port)) ? t('server.port-range')
      : twice('port') ? t('server.twin') : '' };
}

/**
 * One server: whether it listens, who is there, who waits.
 * @param {any} server
 * @param {() => void} again
 */
function serverLine(server, again) {
  const drop = (/** @type {any} */ one) => h('button', { class: 'btn plain', type: 'button',
    'aria-label': t('server.drop-one', { peer: one.peer }),
    onclick: () => post('/action/transit/drop', { type: server.type, line: one.line })
      .then(again, error => toast(explain(error))) }, icon('stop'), t('server.drop'));
  return h('li', {}, h('div', {},
    server.code ? status('err', `${word(server.type)}: ${server.text}`)
      : status(server.listening ? 'ok' : 'idle',
        `${word(server.type)}: ${t('server.listens', { port: String(server.port) })}`),
    server.Clients.map((/** @type {any} */ one) => h('p', {}, t('server.client', { peer: one.peer,
      since: one.since.slice(0, 16).replace('T', ' '), received: number(one.received),
      sent: number(one.sent) }),
    one.user && ` · ${one.user}`, one.line && ` · ${interfaceWord(one.line)}`,
    one.holdsLine && ' · ' + t('server.holds'), one.last && ` · ${one.last}`,
    session.canWrite && (isTransit(server) || isRemote(server)) && drop(one))),
    server.Shared?.map((/** @type {any} */ one) => h('p', {}, status('warn',
      t('server.shared', { number: one.number, meters: one.meters.join(', ') })))),
    server.profile && h('details', {}, h('summary', {}, t('server.profile',
      { n: server.profile.version })), h('p', { class: 'dim' }, Object.entries(server.profile).slice(1)
      .map(([key, value]) => `${key} ${value}`).join(' · '))),
    server.waiting.length > 0 && h('p', {}, t('server.waiting', { peers: server.waiting.join(', ') })),
    server.turnedAway > 0 && h('p', { class: 'dim' }, t('server.away', { n: server.turnedAway }))));
}

/** @param {any} state */
function pushLine(state) {
  const reason = (/** @type {string} */ code) => tOr('push.' + code, code);
  return h('li', {}, h('div', {},
    state.code ? status('err', state.text)
      : status('ok', `${word('push')}: ${t('server.listens', { port: String(state.port) })}`),
    h('p', {}, t('server.taken', state), Object.entries(state.refused || {})
      .map(([code, count]) => ` · ${reason(code)}: ${count}`)),
    (state.Refusals || []).map((/** @type {any} */ one) => h('p', {},
      `${one.peer}: ${reason(one.reason)}`))));
}

/**
 * What the servers do now.
 * @param {HTMLElement} place
 */
async function drawState(place) {
  const [servers, push] = await Promise.all([optional('/state/servers').catch(() => null),
    optional('/state/push').catch(() => null)]);
  const again = () => { drawState(place); };
  const isOpen = Boolean(place.querySelector('details[open]'));
  fill(place, (servers?.Servers || []).map((/** @type {any} */ one) => serverLine(one, again)),
    push && (push.port || push.code) && pushLine(push));
  place.querySelector('details')?.toggleAttribute('open', isOpen);
}

export async function render() {
  const draft = await openDraft('servers', device.serial);
  const place = h('ul', { class: 'list', role: 'status', 'aria-label': t('server.now') });
  drawState(place);
  const timer = setInterval(() => drawState(place), PACE);
  /** @type {Option[]} */
  const seconds = [['wait', t('server.wait')], ['reject', t('server.reject')], ['kick', t('server.kick')]];
  /** @type {Option[]} */
  const modes = [['', t('server.raw')], ['r', 'RFC 2217'], ['t', 'TLS'], ['tr', 'TLS, RFC 2217']];
  const modeWord = (/** @type {Row} */ row) => (isTransit(row)
    ? modes.find(([code]) => code === row.mode)?.[1]
    : isRemote(row) ? row.mode?.includes('t') ? 'TLS' : t('server.plain') : '–');
  const fresh = (/** @type {number} */ id) => {
    const [type, port] = ports.find(([name]) => draft.rows.every(row => row.type !== name)) || ports[0];
    return { id, type, port, allow: '', second: 'wait', wait: '10', idle: '120',
      mode: type === 'remote' ? 't' : '' };
  };
  const set = (/** @type {Row} */ row, /** @type {string} */ key) => {
    if (key === 'type' && [...usual.values(), ''].includes(String(row.port))) row.port = usual.get(row.type);
    if (key === 'type') row.mode = isRemote(row) ? 't' : '';
  };
  const ofTransit = { editable: isTransit, width: 115 };
  return { title: t('title.servers'), leave: () => clearInterval(timer), body: [
    tablePage({ name: 'servers', label: t('title.servers'), draft, add: t('server.add'),
      tools: h('a', { class: 'btn', href: '#/interfaces' }, t('server.interfaces')),
      empty: t('server.none'), check, fresh, set, columns: [
        { key: 'type', label: t('col.serverType'), width: 245, at: 'name', text: row => word(row.type),
          cell: row => (isTransit(row) ? [h('span', { class: 'only-wide' }, word(row.type)),
            h('span', { class: 'only-narrow' }, t('server.short', { n: row.type.slice(5) }))]
            : word(row.type)),
          options: ports.map(([type]) => /** @type {Option} */ ([type, word(type)])) },
        { key: 'port', label: t('col.serverPort'), width: 70, num: true, at: 'side',
          text: row => String(row.port ?? '') },
        { key: 'allow', label: t('col.allow'), width: 150, at: 'note',
          text: row => row.allow || t(row.type === 'push' ? 'server.allow-table' : 'server.allow-all') },
        { key: 'second', label: t('col.second'), ...ofTransit, options: seconds,
          text: row => (isTransit(row) ? seconds.find(([code]) => code === row.second)?.[1] : '–') },
        { key: 'wait', label: t('col.wait'), num: true, ...ofTransit,
          text: row => (isTransit(row) ? row.wait : '–') },
        { key: 'idle', label: t('col.idle'), num: true, ...ofTransit,
          text: row => (isTransit(row) ? row.idle : '–') },
        { key: 'mode', label: t('col.protocol'), ...ofTransit, options: modes,
          editable: row => isTransit(row) || isRemote(row), text: row => modeWord(row) }] }),
    place] };
}
