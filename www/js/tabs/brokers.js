// «MQTT брокеры»: one block a broker, its fields as in the manual, and beside them how the connection is
// doing.
import { h } from '../dom.js';
import { t, number } from '../i18n.js';
import { icon, status } from '../icons.js';
import { blockPage } from '../blocks.js';
import { dialog } from '../modal.js';
import { optional } from '../api.js';
import { serverFault, forgetFault } from '../draftbar.js';
import { openDraft } from '../settings.js';
import { device, session } from '../device.js';

const topicPart = (/** @type {string} */ text) => (/[+#\0]/.test(text || '') ? t('fault.topic') : '');

/** @param {Row} row */
const check = row => ({
  addr: row.addr ? '' : t('fault.host'),
  port: /^\d+$/.test(row.port) && Number(row.port) >= 1 && Number(row.port) <= 65535 ? '' : t('fault.port'),
  keepAlive: /^\d+$/.test(row.keepAlive) && Number(row.keepAlive) >= 10 && Number(row.keepAlive) <= 7200
    ? '' : t('fault.keep-alive'),
  prefix: topicPart(row.prefix), deviceID: topicPart(row.deviceID),
  tls: row.tls === '1.1' ? t('fault.tls') : '',
  cert: row.cert && !row.cert.includes('-----BEGIN CERTIFICATE-----') ? t('fault.pem') : '',
});

/** The certificate of the authority, in a window of its own as in the manual. */
async function certificate(/** @type {Row} */ row) {
  const text = h('textarea', { class: 'in mono', rows: 10, 'data-first': true, 'aria-label': t('mqtt.cert'),
    placeholder: '-----BEGIN CERTIFICATE-----' });
  text.value = row.cert;
  const sure = await dialog({ title: t('mqtt.cert-title'),
    body: [h('p', { class: 'small dim' }, t('mqtt.cert-text')), text],
    actions: [{ label: t('do.cancel'), value: false }, { label: t('bulk.do'), kind: 'main', value: true }] });
  if (sure) row.cert = text.value.trim();
  return Boolean(sure);
}

/**
 * @param {import('../draft.js').Draft} draft
 * @param {Row} row
 * @param {() => void} touched
 */
function fields(draft, row, touched) {
  const faults = /** @type {Record<string, string>} */ (check(row)), off = !session.canWrite;
  const put = (/** @type {string} */ key, /** @type {any} */ value) => {
    row[key] = value;
    forgetFault(draft, row, key);
    touched();
  };
  const field = (/** @type {string} */ key, /** @type {string} */ width,
    /** @type {Props & { options?: Option[] }} */ more = {}) => {
      const id = `b${row.id}-${key}`, bad = faults[key] || serverFault(draft, row, key),
        { options, ...rest } = more;
      /** @type {Props} */
      const props = { class: 'in' + (draft.dirty(row, key) ? ' dirty' : ''), id, disabled: off,
        autocomplete: 'off',
        'aria-invalid': bad ? 'true' : null, 'aria-describedby': bad ? id + '-why' : null,
        onchange: (/** @type {any} */ event) => put(key, event.target.value.trim()), ...rest };
      return h('div', { class: 'field ' + width }, h('label', { for: id }, t('mqtt.' + key)),
        options ? h('select', props,
          options.map(([value, text]) => h('option', { value, selected: value === row[key] }, text)))
          : h('input', { value: row[key], ...props }),
        bad && h('span', { class: 'why', id: id + '-why' }, bad));
    };
  return h('div', { class: 'grid' },
    field('type', 'w3', { options: [['0', 'MQTT 3.1.1']], onchange: () => {} }),
    field('addr', 'w4', { placeholder: t('mqtt.addr') }), field('port', 'w2', { inputmode: 'numeric' }),
    field('qos', 'w3', { options: ['0', '1', '2'].map(n => [n, 'QoS ' + n]) }),
    field('prefix', 'w3', { placeholder: t('mqtt.prefix') }),
    field('deviceID', 'w2', { placeholder: String(row.id) }),
    field('login', 'w3', { placeholder: t('mqtt.login') }),
    field('password', 'w4', { type: 'password', autocomplete: 'new-password',
      placeholder: row.hasPassword ? '••••••••' : t('mqtt.password') }),
    field('tls', 'w3', { options: [['', t('mqtt.no-tls')], ['1.1', 'TLS 1.1'], ['1.2', 'TLS 1.2']] }),
    field('hold', 'w3', { options: [['always', t('mqtt.always')], ['sending', t('mqtt.sending')]] }),
    field('keepAlive', 'w3', { inputmode: 'numeric' }),
    h('div', { class: 'field w3' }, h('span', { class: 'only-wide' }, '\u00a0'),
      h('label', { class: 'check' }, h('input', { type: 'checkbox', checked: row.certCheck, disabled: off,
        onchange: async event => {
          put('certCheck', event.target.checked);
          // The manual asks for the authority as soon as the check is switched on.
          if (row.certCheck && !row.cert && await certificate(row)) touched();
        } }), t('mqtt.certCheck'))),
    h('div', { class: 'field w6' }, h('span', {}, t('mqtt.cert')), h('div', { class: 'row' },
      h('span', { class: 'grow' }, row.cert ? t('mqtt.cert-yes') : t('mqtt.cert-no')),
      !off && h('button',
        { class: 'btn', type: 'button', onclick: async () => { if (await certificate(row)) touched(); } },
        t('mqtt.cert-edit')),
      !off && row.cert
        && h('button', { class: 'btn icon', type: 'button', 'aria-label': t('mqtt.cert-delete'),
          onclick: () => put('cert', '') }, icon('trash'))),
      faults.cert && h('span', { class: 'why' }, faults.cert)));
}

/**
 * How the connection is doing: connected, or why not and what stays.
 * @param {any} state
 */
const connection = state => (!state ? null : state.state === 'ok'
    ? h('div', { class: 'row small' }, status('ok', t('mqtt.connected')), h('span', { class: 'dim' },
      state.queue != null && t('mqtt.queue', { n: state.queue })))
    : state.state === 'err' ? h('div', { class: 'notice error' }, icon('alert'),
      h('div', {}, h('strong', {}, state.text),
        state.queue > 0 && h('div', {}, t('mqtt.waiting', { n: number(state.queue) }))))
    : h('div', { class: 'row small' }, status(state.state,
      t(state.state === 'rest' ? 'mqtt.resting' : 'mqtt.untried'))));

export async function render() {
  const [draft, links] = await Promise.all([openDraft('brokers', device.serial), optional('/state/mqtt')]);
  const stateOf = (/** @type {Row} */ row) => (links?.State || []).find((/** @type {any} */ one) =>
      one.id === row.id);
  return blockPage({ name: 'brokers', draft, check, unfolded: true, add: t('mqtt.add'), empty: t('mqtt.none'),
    title: row => row.addr || t('mqtt.new'),
    fresh: id => ({ id, addr: '', port: '8883', qos: '1', prefix: '', deviceID: '', login: '', password: '',
      tls: '1.2',
      certCheck: true, cert: '', hold: 'always', keepAlive: '60' }),
    head: () => null,
    body: (row, touched) => [connection(stateOf(row)), fields(draft, row, touched),
      row.hold === 'sending' && h('p', { class: 'small dim' }, t('mqtt.sending-text')),
      row.qos === '0' && h('p', { class: 'small' }, status('warn', t('mqtt.qos-0'))),
      row.tls === '1.2' && !row.certCheck && h('p', { class: 'small' }, status('warn', t('mqtt.unchecked')))],
    label: key => t('mqtt.' + key),
    value: (key, value) => (key === 'password' ? (value ? '••••' : t('diff.unchanged')) : key === 'cert'
        ? t(value ? 'mqtt.cert-yes' : 'mqtt.cert-no')
        : key === 'certCheck' ? t(value ? 'yes' : 'no') : key === 'tls'
        ? (value ? 'TLS ' + value : t('mqtt.no-tls'))
        : key === 'hold' ? t('mqtt.' + value) : String(value ?? '')) });
}
