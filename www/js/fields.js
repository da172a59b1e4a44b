// Drop-downs of the settings pages and the checks a browser can do by itself; the device checks everything
// again.
import { t, zoneText } from './i18n.js';
import { automaticLink } from './settings.js';
import { typeWord, interfaceWord } from './words.js';

/** Names of protocol 40, the most used first. The device refuses what this version cannot talk to. */
const meterTypes = ['SPODES', 'VirtualHub', 'SE208_318BY', 'MILUR10x', 'MILUR30x', 'Mercury200', 'Mercury203',
  'Mercury206', 'Mercury23x', 'SE102', 'SE102M', 'SE301', 'SE303', 'Pulsar', 'ST410'];
export const interfaces = ['Iface1', 'Iface2', 'Iface3', 'Iface4', 'Ethernet', 'Hub'];
export const speeds = [300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200];

/** @param {Row[]} rows types that rows already have are offered too */
export const typeOptions = rows => {
  const extra = rows.map(row => row.typeName).filter(name => name && !meterTypes.includes(name));
  return /** @type {Option[]} */ ([...meterTypes, ...new Set(extra)].map(name => [name, typeWord(name)]));
};

const isHub = (/** @type {Row} */ row) => row.typeName === 'VirtualHub';

/**
 * What a row may be behind: nothing, or a hub that is not behind the row itself.
 * @param {Row[]} rows
 * @param {Row} [row]
 * @returns {Option[]}
 */
export const parentOptions = (rows, row) => {
  const hubs = rows.filter(one => isHub(one) && one.id !== row?.id && !(row && isBehind(rows, one, row.id)));
  const words = (/** @type {Row} */ hub) => ['ID ' + hub.id, hub.addr, hub.comment].filter(Boolean)
      .join(' · ');
  const options = /** @type {Option[]} */ ([[0, '-'], ...hubs.map(hub => [hub.id, words(hub)])]);
  const now = Number(row?.pId) || 0;
  // What the row has stays in sight, even when it is wrong.
  return options.some(([id]) => Number(id) === now) ? options : [...options, [now, 'ID ' + now]];
};

/**
 * Whether a row is behind another one, in so many steps.
 * @param {Row[]} rows
 * @param {Row | undefined} row
 * @param {number} id
 */
function isBehind(rows, row, id) {
  let one = row;
  for (let steps = 0; one && steps <= rows.length; steps += 1) {
    if (Number(one.pId) === id) return true;
    const { pId } = one;
    one = Number(pId) ? rows.find(other => other.id === Number(pId)) : undefined;
  }
  return false;
}

/**
 * Columns of the meter table in the manual's order.
 * @param {Row[]} rows
 */
export const meterFields = rows => /** @type {Record<string, Partial<Column> & { mono?: boolean }>} */ ({
  pId: { width: 92, num: true, options: row => parentOptions(rows, row) },
  typeName: { width: 140, options: typeOptions(rows) },
  addr: { width: 156, hint: row => (row.typeName === 'VirtualHub' ? '192.168.205.17.2222'
      : row.ifaceName === 'Ethernet' ? '192.168.205.17:2222' : '') },
  passRd: { width: 150, mono: true },
  passWr: { width: 150, mono: true },
  ifaceName: { width: 176, options: interfaces.map(name => [name, interfaceWord(name)]) },
  speed: { width: 122,
    options: [['', t('speed.auto')], ...speeds.map(n => /** @type {Option} */ ([String(n), String(n)]))] },
  size: { width: 70, options: [['', '-'], ['7', '7'], ['8', '8']], editable: row => row.speed !== '' },
  parity: { width: 148, options: ['', 'n', 'e', 'o'].map(code => [code, t('parity.' + (code || 'auto'))]),
    editable: row => row.speed !== '' },
  stop: { width: 84, options: [['', '-'], ['1', '1'], ['2', '2']], editable: row => row.speed !== '' },
  comment: { width: 190 },
});

/** Octets of an HDLC server address, and mechanisms of a DLMS association. */
const octetSizes = ['0', '1', '2', '4'], mechanisms = ['auto', '0', '1', '2', '3', '4', '5', '6'];
/** Whole hours that a meter's clock may be off UTC. */
const zones = Array.from({ length: 27 }, (_, i) => i - 12);

/**
 * What «Дополнительно» of a meter's form holds: the link (D14) and the zone of its clock.
 * @returns {Record<string, Partial<Column>>}
 */
export const linkFields = () => ({
  transport: { options: ['auto', 'hdlc', 'wrapper'].map(name => [name, t('transport.' + name)]) },
  logical: {}, physical: {},
  addressOctets: { options: octetSizes.map(n => [n, n === '0' ? t('speed.auto') : n]) },
  client: {},
  mechanism: { options: mechanisms.map(name => [name, t('mechanism.' + name)]) },
  systemTitle: {}, ek: {}, ak: {},
  ciphering: { options: ['full', 'authenticated', 'encrypted', 'none'].map(name => [name,
    t('ciphering.' + name)]) },
  dedicatedKey: { options: ['false', 'true'].map(name => [name, t('dedicatedKey.' + name)]) },
  tz: { options: [['', t('zone.device')],
    ...zones.map(hours => /** @type {Option} */ ([String(hours), zoneText(hours * 60)]))] },
});

/**
 * The word of a drop-down's value.
 * @param {Partial<Column>} field
 * @param {any} value
 * @returns {string}
 */
export const wordOf = (field, value) => {
  const options = typeof field.options === 'function' ? [] : field.options || [];
  return options.find(([code]) => code === value)?.[1] ?? String(value ?? '');
};

const hex = /^([0-9a-f]{2}){0,32}$/i;
const title = /^([0-9a-f]{16})?$/i, key = /^(-|([0-9a-f]{32})?)$/i;
const hubPort = /^((\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})[.:]|[a-z0-9][a-z0-9.-]*:)(\d{1,5})$/i;
const endpoint = /^(\d{1,3}(\.\d{1,3}){3}|[a-z0-9][a-z0-9.-]*)[.:](\d{1,5})$/i;

/**
 * @param {string} text
 * @param {number} low
 * @param {number} high
 */
const inRange = (text, low, high) => (/^\d+$/.test(text) && +text >= low && +text <= high ? ''
    : t('fault.range', { low, high }));

/**
 * The address of a hub; one behind another hub may do without.
 * @param {Row} row
 */
function checkHub(row) {
  if (!row.addr && row.ifaceName === 'Hub') return '';
  const found = hubPort.exec(row.addr || ''), port = Number(found?.[6]);
  const octets = (found || []).slice(2, 6).filter(Boolean).map(Number);
  const isRight = found && port >= 1 && port <= 65535 && octets.every(octet => octet <= 255);
  return isRight ? '' : t('fault.hub-port');
}

/**
 * One fault per cell, in words: what is wrong and what is allowed.
 * @type {Record<string, (row: Row, rows: Row[]) => string>}
 */
export const meterChecks = {
  id: (row, rows) => (!(Number(row.id) > 0) ? t('fault.id')
      : rows.some(one => one !== row && one.id === row.id) ? t('fault.id-twice', { id: row.id }) : ''),
  pId: (row, rows) => {
    const id = Number(row.pId), parent = rows.find(one => one.id === id);
    if (!id) return row.ifaceName === 'Hub' ? t('fault.parent-none') : '';
    if (!parent || id === row.id) return t('fault.parent', { id });
    return !isHub(parent) ? t('fault.parent-hub', { id })
      : isBehind(rows, parent, row.id) ? t('fault.parent-cycle', { id }) : '';
  },
  ifaceName: row => (isHub(row) && !['Ethernet', 'Hub'].includes(row.ifaceName) ? t('fault.hub-iface') : ''),
  addr: row => {
    if (isHub(row)) return checkHub(row);
    if (!row.addr) return t('fault.address');
    if (row.ifaceName === 'Ethernet') return endpoint.test(row.addr) ? '' : t('fault.hub-address');
    if (row.typeName !== 'SPODES') return '';
    const address = Number(row.addr);
    return Number.isInteger(address) && address >= 1 && address <= 16381 ? '' : t('fault.address-range');
  },
  passRd: row => (row.passRd === '-' || hex.test(row.passRd || '') ? '' : t('fault.password')),
  passWr: row => (row.passWr === '-' || hex.test(row.passWr || '') ? '' : t('fault.password')),
  logical: row => inRange(row.logical, 1, 16383),
  physical: row => (row.physical === '' ? '' : inRange(row.physical, 1, 16383)),
  client: row => inRange(row.client, 1, 127),
  systemTitle: row => (title.test(row.systemTitle || '') ? '' : t('fault.system-title')),
  ek: row => (key.test(row.ek || '') ? '' : t('fault.key')),
  ak: row => (key.test(row.ak || '') ? '' : t('fault.key')),
};

/**
 * A row as «+ Строку» makes it.
 * @param {number} id
 * @returns {Row}
 */
export const newMeter = id => ({ id, pId: 0, typeName: 'SPODES', addr: '', passRd: '', passWr: '',
  ifaceName: 'Iface1', speed: '', size: '', parity: '', stop: '', comment: '', ...automaticLink,
  ek: '', ak: '', tz: '' });
