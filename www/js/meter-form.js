// One meter as a form: every field of its row, and under «Дополнительно» the link and the zone of its clock.
// Opened from the meter table and from the card.
import { t } from './i18n.js';
import { meterFields, linkFields, meterChecks } from './fields.js';
import { whole } from './words.js';
import { forgetFault, serverFault } from './draftbar.js';
import { rowForm } from './row-form.js';

/** @typedef {import('./draft.js').Draft} Draft */

/**
 * Puts a value into a row of the draft, with what follows from it.
 * @param {Draft} draft
 * @param {Row} row
 * @param {string} key
 * @param {any} value
 */
export function setMeter(draft, row, key, value) {
  row[key] = key === 'pId' || key === 'id' ? whole(value) || 0 : value;
  // A hub is on the network, or behind another one.
  if (key === 'typeName' && value === 'VirtualHub' && /^Iface/.test(row.ifaceName)) {
    row.ifaceName = 'Ethernet';
  }
  // Automatic speed has no frame of its own; a chosen speed starts with the usual one.
  if (key === 'speed') {
    Object.assign(row, value === '' ? { size: '', parity: '', stop: '' }
        : { size: row.size || '8', parity: row.parity || 'n', stop: row.stop || '1' });
  }
  forgetFault(draft, row, key);
}

/**
 * What is wrong with a row, by key: the page's own checks and what the device refused.
 * @param {Draft} draft
 * @param {Row} row
 */
const faultsOf = (draft, row) => Object.fromEntries(draft.keys.map(key => [key,
  meterChecks[key]?.(row, draft.rows) || serverFault(draft, row, key)]));

/**
 * @param {Record<string, Partial<Column>>} fields
 * @returns {Column[]}
 */
const columnsOf = fields => Object.entries(fields).map(([key, field]) => ({ width: 0, editable: true,
  ...field, key, label: t('col.' + key) }));

/**
 * Edits a row of the draft in a dialog; true when the draft changed.
 * @param {Draft} draft
 * @param {Row} row
 */
export async function meterForm(draft, row) {
  const done = await rowForm({ title: `ID ${row.id}`, row, columns: columnsOf(meterFields(draft.rows)),
    more: columnsOf(linkFields()), check: one => faultsOf(draft, one),
    set: (one, key, value) => setMeter(draft, one, key, value) });
  if (!done) return false;
  if (done === 'delete') draft.remove(new Set([row.id]));
  else draft.touched();
  return true;
}
