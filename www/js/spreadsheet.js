// «Скачать (Excel)»: the device makes the workbook. What the archive has, it takes from there itself, so that
// only the file crosses the link; what was read just now goes there with the request.
import { h, fill, say } from './dom.js';
import { t } from './i18n.js';
import { explain, interfaceWord, typeWord } from './words.js';
import { icon } from './icons.js';
import { call } from './api.js';
import { device } from './device.js';
import { tagHead } from './readings.js';
import { download } from './clipboard.js';
import { toast } from './modal.js';

/** @typedef {import('./parameters.js').Choice} Choice */
/**
 * A column as `POST /spreadsheet` knows it.
 * @typedef {{ head: string, key: string, digits?: number, scale?: number, words?: Record<string, string> }}
 *   SheetColumn
 */

/** Decimals shown by unit; other numbers are shown as they are. */
const places = /** @type {Record<string, number>} */ ({ v: 2, a: 3, deg: 1, hz: 2 });

/**
 * Columns that say which meter a row is of, for the chosen ones.
 * @param {Row[]} meters
 * @param {Set<number>} chosen
 * @returns {SheetColumn[]}
 */
export function meterSheet(meters, chosen) {
  const own = meters.filter(row => chosen.has(row.id));
  const words = (/** @type {(row: Row) => any} */ of) => Object.fromEntries(own.map(row =>
      [row.id, String(of(row) ?? '')]));
  return [{ head: 'ID', key: 'meter', digits: 0 },
    { head: t('col.typeName'), key: 'meter', words: words(row => typeWord(row.typeName)) },
    { head: t('col.addr'), key: 'meter', words: words(row => row.addr) },
    { head: t('col.ifaceName'), key: 'meter', words: words(row => interfaceWord(row.ifaceName)) },
    { head: t('col.serial'), key: 'serial' }];
}

/** @returns {SheetColumn[]} */
export const stampSheet = () => [{ head: t('col.stamp'), key: 'ts' },
  { head: t('col.diff'), key: 'diff', digits: 0 }];

/**
 * Columns of the chosen parameters in the chosen scale.
 * @param {Choice} choice
 * @returns {SheetColumn[]}
 */
export const valueSheet = choice => choice.list.map(tag => {
  const { label, unit, scale } = tagHead(choice, tag);
  return { head: label, key: tag, scale, digits: scale > 1 ? 3 : places[unit],
    words: tag.startsWith('is') ? { 1: t('yes'), 0: t('no') } : undefined };
});

/**
 * Rows that the page has, as cells under these columns.
 * @param {SheetColumn[]} columns
 * @param {Row[]} rows with their meter under `meter`
 */
export const cellsOf = (columns, rows) => rows.map(row => columns.map(({ key, scale, words }) => {
  const value = row[key];
  if (words && String(Number(value)) in words) return words[Number(value)];
  if (key === 'ts') return value ? { ts: value } : null;
  return typeof value === 'number' && scale === 1000 ? value / 1000 : value ?? null;
}));

/**
 * The button; `table` gives the body of the request when it is pressed, `name` that of the file.
 * @param {() => { name: string, body: any }} table
 * @param {boolean} [disabled]
 */
export function sheetButton(table, disabled) {
  const label = () => fill(button, icon('save'), t('read.excel'));
  const button = h('button', { class: 'btn plain', type: 'button', disabled, onclick: async () => {
    const { name, body } = table();
    button.disabled = true;
    // A second is what nobody notices; after it the page says what it waits for.
    const slow = setTimeout(() => {
      fill(button, icon('save'), t('read.preparing'));
      say(t('read.preparing'));
    }, 1000);
    try {
      const { data } = await call('POST', '/spreadsheet', body, { seconds: 180, file: true });
      download(`${name}-${device.serial}.xlsx`, data, data.type);
    } catch (error) {
      toast(explain(error));
    }
    clearTimeout(slow);
    label();
    button.disabled = false;
  } });
  label();
  return button;
}
