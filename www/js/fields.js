// Drop-downs of the settings pages and the checks a browser can do by itself; the device checks everything
// again.
import { t, tOr } from './i18n.js';

/** Names of protocol 40, the most used first. The device refuses what this version cannot talk to. */
const meterTypes = ['SPODES', 'VirtualHub', 'SE208_318BY', 'MILUR10x', 'MILUR30x', 'Mercury200', 'Mercury203',
  'Mercury206', 'Mercury23x', 'SE102', 'SE102M', 'SE301', 'SE303', 'Pulsar', 'ST410'];
const interfaces = ['Iface1', 'Iface2', 'Iface3', 'Iface4', 'Ethernet', 'Hub'];
const speeds = [300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200];

/**
 * The manual's word for a type, or its own name where the manual has none.
 * @param {string} name
 */
export const typeWord = name => tOr('type.' + name, name || '');
/** @param {string} name */
export const interfaceWord = name => tOr('iface.' + name, name || '');

/** @param {Row[]} rows types that rows already have are offered too */
export const typeOptions = rows => {
  const extra = rows.map(row => row.typeName).filter(name => name && !meterTypes.includes(name));
  return /** @type {Option[]} */ ([...meterTypes, ...new Set(extra)].map(name => [name, typeWord(name)]));
};

/**
 * Columns of the meter table in the manual's order.
 * @param {Row[]} rows
 */
export const meterFields = rows => /** @type {Record<string, Partial<Column> & { mono?: boolean }>} */ ({
  pId: { width: 92, num: true },
  typeName: { width: 140, options: typeOptions(rows) },
  addr: { width: 156 },
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
const endpoint = /^(\d{1,3}(\.\d{1,3}){3}|[a-z0-9][a-z0-9.-]*)[.:](\d{1,5})$/i;

/**
 * One fault per cell, in words: what is wrong and what is allowed.
 * @type {Record<string, (row: Row, rows: Row[]) => string>}
 */
export const meterChecks = {
  id: (row, rows) => (!(Number(row.id) > 0) ? t('fault.id')
      : rows.some(one => one !== row && one.id === row.id) ? t('fault.id-twice', { id: row.id }) : ''),
  pId: (row, rows) => {
    const parent = Number(row.pId);
    if (!parent) return '';
    return parent !== row.id && rows.some(one => one.id === parent) ? '' : t('fault.parent', { id: row.pId });
  },
  addr: row => {
    if (!row.addr) return t('fault.address');
    if (row.ifaceName === 'Ethernet') return endpoint.test(row.addr) ? '' : t('fault.hub-address');
    if (row.typeName !== 'SPODES') return '';
    const address = Number(row.addr);
    return Number.isInteger(address) && address >= 1 && address <= 16381 ? '' : t('fault.address-range');
  },
  passRd: row => (row.passRd === '-' || hex.test(row.passRd || '') ? '' : t('fault.password')),
  passWr: row => (row.passWr === '-' || hex.test(row.passWr || '') ? '' : t('fault.password')),
};

/**
 * A row as «+ Строку» makes it.
 * @param {number} id
 * @returns {Row}
 */
export const newMeter = id => ({ id, pId: 0, typeName: 'SPODES', addr: '', passRd: '', passWr: '',
  ifaceName: 'Iface1', speed: '', size: '', parity: '', stop: '', comment: '' });

/**
 * A schedule in the manual's words: «Ежедневно 1ч 30мин».
 * @param {Row} row
 */
export const scheduleText = row => t('when.' + row.kind, { h: String(row.hour), m: String(row.min),
  d: String(row.day),
  month: String(row.month) });

/**
 * «1: Ежедневно 1ч 30мин» of a schedule by its number.
 * @param {Row[]} schedules
 * @param {any} id
 */
export const scheduleWord = (schedules, id) => {
  const row = schedules.find(one => one.id === Number(id));
  return row ? `${row.id}: ${scheduleText(row)}` : '';
};

/**
 * «1: МКД, Суточные»
 * @param {Row} row a poll template
 */
export const pollText = row => `${row.id}: ${row.metersName || t('group.everyone')}, ${row.archTypesName}`;

/**
 * «1: broker, template»
 * @param {Row} row a publication
 * @param {Row[]} brokers
 * @param {Row[]} messages
 */
export const publicationText = (row, brokers, messages) => {
  const broker = brokers.find(one => one.id === Number(row.brokerId));
  const message = messages.find(one => one.id === Number(row.meterMessageId));
  return `${row.id}: ${broker ? broker.addr : row.brokerId}, ${message?.name || row.meterMessageId}`;
};

/**
 * Numbers from a text field: whole, or the text itself for the check to refuse.
 * @param {string} text
 */
export const whole = text => (/^\d+$/.test(String(text).trim()) ? Number(text) : text);
