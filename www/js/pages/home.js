// «Главная»: the items of the manual on one screen, and above them what needs a hand today.
import { h } from '../dom.js';
import { t, number, stamp, span, parseStamp, tOr } from '../i18n.js';
import { icon, signal, status } from '../icons.js';
import { optional, events } from '../api.js';
import { device, now, readDevice, signalOf } from '../device.js';
import { readTable } from '../settings.js';
import { lineWord } from '../completeness.js';

const card = (/** @type {string} */ width, /** @type {Kid} */ title,
  /** @type {[string, string] | null} */ link,
  /** @type {Kid[]} */ ...body) => h('section', { class: `card ${width}` },
    h('header', {}, h('h2', {}, title), link && h('a', { class: 'btn plain', href: link[0] }, link[1],
      icon('right'))),
    body);
const pairs = (/** @type {[Kid, Kid][]} */ list) => h('dl', { class: 'pairs' },
  list.map(([name, value]) => [h('dt', {}, name), h('dd', {}, value)]));

/**
 * Meters by health, and yesterday by line; a device that does not report them leaves only the count.
 * @param {number} total
 * @param {any[]} health
 * @param {any[]} lines
 */
function meterCard(total, health, lines) {
  const count = (/** @type {string} */ state) => health.filter(one => one.state === state).length;
  const states = ['ok', 'warn', 'mute', 'err', 'idle'].filter(count);
  const share = h('div', { class: 'share', 'aria-hidden': 'true' }, states.map(state => {
    const part = h('i', { class: 'st-' + state });
    part.style.flex = String(count(state));
    return part;
  }));
  const silent = health.filter(one => ['mute', 'err'].includes(one.state)).slice(0, 4);
  return card('w8', t('home.meters'), ['#/meters', t('home.to-meters')],
    h('div', { class: 'row' }, h('span', { class: 'big-num' }, number(total)),
      states.length > 0 && h('div', { class: 'grow stack' }, share, h('div', { class: 'row small' },
        states.map(state => h('span', { class: 'row' }, status(state),
          h('span', {}, number(count(state)))))))),
    h('ul', { class: 'list' }, silent.map(one => h('li', {}, status(one.state, one.text, true),
      h('a', { href: '#/meter/' + one.id, class: 'nowrap' }, `ID ${one.id}`),
      h('span', { class: 'grow' }, one.comment, h('span', { class: 'dim' }, one.text ? ' · ' + one.text
          : '')),
      one.last && h('span', { class: 'dim nowrap' },
        t('home.since', { span: span(now() - parseStamp(one.last).t) }))))),
    lines.length > 0 && h('ul', { class: 'list' }, lines.map(lineWord)),
    lines.length > 0 && h('div', { class: 'row end' }, h('a', { class: 'btn plain',
      href: '#/diagnostics/completeness' }, t('full.open'), icon('right'))));
}

/**
 * What stands between this device and its job, the gravest first.
 * @param {{ health: any[], links: any[], next: any, total: number, archive: any, alarms: any }} state
 */
function attention({ health, links, next, total, archive, alarms }) {
  const alarmed = (alarms?.Alarms || []).filter((/** @type {any} */ one) => one.active !== false).length;
  const silent = health.filter(one => one.state === 'mute' || one.state === 'err').length;
  const far = health.filter(one => one.clock?.code === 'clock.beyond');
  const item = (/** @type {string} */ state, /** @type {string} */ text, /** @type {string} */ why,
    /** @type {string} */ href, /** @type {string} */ action) => h('li', {},
      status(state, t('state.' + state), true),
      h('span', { class: 'grow' }, h('b', {}, text), ' ', h('span', { class: 'dim' }, why)),
      href && h('a', { class: 'btn plain', href }, action));
  const list = [
    !device.trusted && item('err', t('home.clock'), t('home.clock-why'), '', ''),
    ...(archive?.Notices || []).map((/** @type {any} */ one) => item(one.level === 'err' ? 'err' : 'warn',
      one.text, '', '#/diagnostics/store', t('home.archive-do'))),
    alarmed > 0 && item('err', t('home.alarms', { n: alarmed }), '', '#/diagnostics/completeness',
      t('home.alarms-do')),
    far.length > 0 && item('warn', t('home.clocks', { n: far.length }), '',
      `#/control/time/${far.map(one => one.id).join(',')}`, t('home.clocks-do')),
    silent > 0 && item('mute', t('home.silent', { n: silent }), '', '#/meters', t('home.silent-do')),
    ...links.filter(one => one.state === 'err').map(one => item('err', t('home.broker', { id: one.id }),
      one.text || '', '#/mqtt', t('home.broker-do'))),
    total === 0 && item('idle', t('home.no-meters'), t('home.no-meters-why'), '#/meters',
      t('home.to-meters')),
    total > 0 && next && !next.length && item('idle', t('home.no-events'), t('home.no-events-why'),
      '#/events',
      t('nav.events')),
  ].filter(Boolean);
  return list.length > 0 && card('w12', t('home.attention'), null, h('ul', { class: 'list tasks' }, list));
}

function modemCard() {
  const heard = signalOf(), modem = device.modem;
  return card('w4', t('key.modem'), null, modem
      ? pairs([[t('strip.signal'), heard && h('span', { class: 'st' }, heard.generation, signal(heard.level),
        t('signal.' + heard.level))], [t('key.ip'), modem.ip || 'No IP addr'],
        [t('key.operator'), modem.ops || '–'],
        [t('key.registration'), tOr('creg.' + modem.creg, '–')]])
      : h('p', { class: 'dim' }, t('home.no-modem')));
}

const ethernetCard = () => card('w4', 'Ethernet', null, device.ethernet.length
    ? pairs(device.ethernet.flatMap((port, i) => /** @type {[Kid, Kid][]} */ ([
      [h('strong', {}, `Ethernet ${i + 1}`), port.ip || 'No IP addr'],
      [t('key.mask'), port.netmask || 'None'],
      ...(port.gw ? [[t('key.gate'), port.gw]] : [])])))
    : h('p', { class: 'dim' }, 'No IP addr'));

const serverWord = (/** @type {string} */ type) => (/^iface\d$/.test(type) ? t('server.transit',
  { n: type.slice(5) })
    : tOr('server.' + type, type));

/** Seconds between two drawings that nobody asked for: a link by GSM is not for watching. */
const CALM = 10;

/**
 * Draws again when a meter or a broker is no longer as shown; queues that only move are no news.
 * @param {any[]} health
 * @param {any[]} links
 * @param {() => void} redraw
 * @returns {() => void} ends it
 */
function redrawOnNews(health, links, redraw) {
  let due = 0;
  const differs = (/** @type {any[]} */ shown, /** @type {any[]} */ now = []) =>
    now.some(({ id, state }) => shown.find(one => one.id === id)?.state !== state);
  const heard = (/** @type {Event} */ event) => {
    const { meters, brokers } = /** @type {CustomEvent} */ (event).detail;
    if (due || !(differs(health, meters) || differs(links, brokers))) return;
    due = window.setTimeout(redraw, CALM * 1000);
  };
  events.addEventListener('device', heard);
  return () => {
    clearTimeout(due);
    events.removeEventListener('device', heard);
  };
}

/** @param {PageContext} context */
export async function render({ redraw }) {
  const [meters, health, links, plan, completeness, archive, alarms] = await Promise.all([
    readTable('meters'), optional('/state/meters'), optional('/state/mqtt'), optional('/state/schdl'),
    optional('/state/completeness?days=1'), optional('/state/archive'), optional('/state/alarms'),
    device.readAt && now() - device.readAt < 5 ? null : readDevice()]);
  // Hubs are ways to meters and none themselves.
  const hubs = new Set(meters.rows.filter(row => row.typeName === 'VirtualHub').map(row => row.id));
  const total = meters.rows.length - hubs.size, linkList = links?.State || [];
  const healthList = (health?.State || []).filter((/** @type {any} */ one) => !hubs.has(one.id));
  const comments = new Map(meters.rows.map(row => [row.id, row.comment]));
  healthList.forEach((/** @type {any} */ one) => { one.comment = comments.get(one.id) || ''; });
  const leave = redrawOnNews(healthList, linkList, redraw);
  return { leave, body: h('div', { class: 'grid' },
    attention({ health: healthList, links: linkList, next: plan?.State, total, archive, alarms }),
    card('w4', t('nav.device'), null,
      pairs([[t('strip.type'), device.type], [t('strip.serial'), device.serial],
        [t('strip.version'), device.version], [t('key.time'), stamp(now(), device.offset)],
        [t('key.ports'), device.ports.join(',') || '–']]),
      h('div', { class: 'row end' }, h('a', { class: 'btn plain', href: '#/diagnostics' }, t('home.more'),
        icon('right')))),
    modemCard(), ethernetCard(), meterCard(total, healthList, completeness?.Lines || []),
    card('w4', t('home.servers'), null, device.servers.length
        ? pairs(device.servers
            .map(({ type, port }) => [serverWord(type), h('span', { class: 'mono' }, String(port))]))
        : h('p', { class: 'dim' }, '–')),
    linkList.length > 0 && card('w12', t('nav.sending'), ['#/mqtt', 'MQTT'], h('ul', { class: 'list' },
      linkList.map((/** @type {any} */ one) => h('li', {}, status(one.state, `${one.id}: ${one.addr}`),
        h('span', { class: 'grow dim' }, one.text || ''),
        one.queue != null && h('span', { class: 'nowrap dim' }, t('mqtt.queue', { n: one.queue }))))))) };
}
