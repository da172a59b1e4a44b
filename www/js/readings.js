// What the reading pages share: the choice of meters, answers flattened to rows, value columns, the JSON
// download.
import { h } from './dom.js';
import { t, number, stamp, parseStamp } from './i18n.js';
import { interfaceWord, typeWord } from './words.js';
import { table } from './table.js';
import { readTable } from './settings.js';
import { device } from './device.js';
import { unitOf, canScale } from './measures.js';
import { download } from './clipboard.js';

/** @typedef {import('./parameters.js').Choice} Choice */

/**
 * The meter table of this session; null until «Считать таблицу» (REQ-034).
 * @type {Row[] | null}
 */
let known = null;

export const metersInHand = () => known;
export async function readMeters() {
  known = (await readTable('meters')).rows.filter(row => row.typeName !== 'VirtualHub');
  sessionStorage.setItem('meters.read', '1');
  return known;
}
/**
 * «Приборов учёта: 12 · Выбрано ПУ: 1»
 * @param {Row[] | null} meters
 * @param {Choice} choice
 */
export const countText = (meters, choice) => [t('read.count', { n: meters?.length || 0 }),
  t('meters.selected', { n: choice.selected.size })].join(' · ');
/** True when the table was read in this session: then it is read without a press. */
export const mayReadMeters = () => Boolean(known) || Boolean(sessionStorage.getItem('meters.read'));

/**
 * Columns that say which meter a row is of.
 * @param {(row: Row) => Row | undefined} meterOf
 * @returns {Column[]}
 */
export const meterColumns = meterOf => [
  { key: 'type', label: t('col.typeName'), width: 120, text: row => typeWord(meterOf(row)?.typeName) },
  { key: 'addr', label: t('col.addr'), width: 110, text: row => meterOf(row)?.addr },
  { key: 'iface', label: t('col.ifaceName'), width: 118,
    text: row => interfaceWord(meterOf(row)?.ifaceName) },
];

/**
 * The table in which meters are chosen.
 * @param {Row[]} meters
 * @param {Choice} choice
 * @param {() => void} changed
 * @param {boolean} [serials] whether serial numbers are among the columns
 */
export function meterPicker(meters, choice, changed, serials = true) {
  const view = table({ label: t('read.meters'), rows: meters, pageSize: 10, addressed: true,
    selected: choice.selected, columns: [
      { key: '#sel', label: t('table.all'), width: 34, pin: true, tight: true, filter: false, at: 'mark' },
      { key: 'id', label: 'ID', width: 60, pin: 'last', num: true, at: 'side' },
      { key: 'typeName', label: t('col.typeName'), width: 150, text: row => typeWord(row.typeName),
        at: 'more' },
      { key: 'addr', label: t('col.addr'), width: 150, at: 'note' },
      { key: 'ifaceName', label: t('col.ifaceName'), width: 160, text: row => interfaceWord(row.ifaceName) },
      ...(serials ? [{ key: 'serial', label: t('col.serial'), width: 130 }] : []),
      { key: 'comment', label: t('col.comment'), width: 220, at: 'name', text: row => row.comment
          || typeWord(row.typeName) }] });
  view.addEventListener('select', () => {
    choice.remember();
    changed();
  });
  return view;
}

/**
 * The devices of one measure as rows: one for each record, values under their tags.
 * @param {any} answer of /meter/data
 * @returns {{ rows: ArchiveRow[], devices: any[] }}
 */
export function flatten(answer) {
  const devices = answer?.measures?.[0]?.devices || [];
  /** @type {ArchiveRow[]} */
  const rows = [];
  for (const one of devices) {
    for (const record of one.vals || []) {
      /** @type {ArchiveRow} */
      const row = { id: `${one.id}/${record.ts}/${rows.length}`, meter: Number(one.id), serial: one.serial,
        ts: record.ts,
        t: parseStamp(record.ts).t, diff: record.diff ?? null };
      (record.tags || []).forEach((/** @type {any} */ tag) => { row[tag.tag] = tag.val; });
      rows.push(row);
    }
  }
  return { rows, devices };
}

/**
 * A value as shown: divided by the scale where the unit has one; absent is «–», never 0.
 * @param {any} value
 * @param {number} scale
 */
export function shown(value, scale) {
  if (value == null) return '–';
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  if (typeof value !== 'number') return String(value);
  if (scale > 1) return number(value / scale, 3);
  const digits = Number.isInteger(value) ? 0 : Math.min(3, (String(value).split('.')[1] || '').length);
  return number(value, digits);
}

/**
 * What stands over a value: its name, with the unit in the chosen scale.
 * @param {Choice} choice
 * @param {string} tag
 */
export function tagHead(choice, tag) {
  const unit = unitOf(choice.groups, tag), scale = canScale(unit) ? choice.scale : 1;
  const name = unit === '' && choice.kind === 'ElConfig' ? t('config.' + tag) : tag;
  return { name, unit, scale, label: unit ? `${name}, ${t(`unit.${scale > 1 ? 'k' : ''}${unit}`)}` : name };
}

/**
 * Columns of the chosen tags with their unit in the heading.
 * @param {Choice} choice
 * @returns {Column[]}
 */
export const valueColumns = choice => choice.list.map((tag, i) => {
  const { name, label, scale } = tagHead(choice, tag);
  return { key: tag, label, width: choice.kind === 'ElConfig' ? 150 : 112, num: true, at: ['side', 'more'][i],
    text: row => shown(row[tag], scale),
    cell: row => [h('span', { class: 'only-narrow' }, name + '\u00a0'),
      row[tag] == null ? h('span', { class: 'dim' }, '–') : shown(row[tag], scale)] };
});

/** @type {() => Column[]} */
export const stampColumns = () => [
  { key: 'ts', label: t('col.stamp'), width: 212, at: 'name',
    text: row => (row.ts ? stamp(parseStamp(row.ts).t, parseStamp(row.ts).offset) : '') },
  { key: 'diff', label: t('col.diff'), width: 120, num: true,
    text: row => (row.diff == null ? '' : shown(row.diff, 1)) },
];

/**
 * Downloads the shown rows: chosen meters and parameters, in the chosen scale.
 * @param {Choice} choice
 * @param {Row[]} rows
 * @param {any} [more]
 */
export function downloadJSON(choice, rows, more = {}) {
  const records = rows.filter(row => row.ts)
    .map(row => ({ id: row.meter, serial: row.serial, ts: row.ts, diff: row.diff,
      tags: choice.list.filter(tag => row[tag] != null).map(tag => {
        const scale = canScale(unitOf(choice.groups, tag)) ? choice.scale : 1;
        return { tag, val: typeof row[tag] === 'number' && scale > 1 ? row[tag] / scale : row[tag] };
      }) }));
  const value = { device: device.serial, measure: choice.kind, scale: choice.scale === 1 ? '1' : '1/1000',
    ...more, vals: records };
  download(`${choice.kind}-${device.serial}.json`, JSON.stringify(value, null, 2));
}
