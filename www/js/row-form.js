// One row as a form in a dialog: how a phone edits what a laptop edits in the table's cells, and the place of
// what is too rarely needed for a column.
import { h, fill } from './dom.js';
import { t } from './i18n.js';
import { dialog } from './modal.js';

/**
 * @typedef {object} RowForm
 * @property {string} title
 * @property {Row} row
 * @property {Column[]} columns those that may be edited become fields
 * @property {Column[]} [more] fields under «Дополнительно»
 * @property {(row: Row, key: string, value: any) => void} set
 * @property {(row: Row) => Record<string, string>} [check] faults by key
 * @property {boolean} [fixed] the row cannot be deleted
 * @property {string} [yes] the word of the button that keeps
 */

/**
 * Edits a copy and puts the changed values back through `set`; says what the user chose: 'keep', 'delete' or
 * null.
 * @param {RowForm} options
 */
export async function rowForm({ title, row, columns, more = [], set, check = () => ({}), fixed = false,
  yes = 'bulk.do' }) {
  const copy = { ...row }, form = h('div', { class: 'stack' }), rest = h('div', { class: 'stack' });
  // What is wrong is not hidden.
  const folded = h('details', { open: more.some(column => check(row)[column.key]) },
    h('summary', {}, t('form.more')), rest);

  /**
   * @param {Column} column
   * @param {string} bad
   */
  const field = (column, bad) => {
    const id = 'form-' + column.key;
    const options = typeof column.options === 'function' ? column.options(copy) : column.options;
    const change = (/** @type {any} */ event) => {
      set(copy, column.key, options ? options[Number(event.target.value)][0] : event.target.value.trim());
      draw();
      document.getElementById(id)?.focus();
    };
    const marks = { class: 'in', id, onchange: change, 'aria-invalid': bad ? 'true' : null,
      'aria-describedby': bad ? id + '-why' : null };
    return h('div', { class: 'field' }, h('label', { for: id }, column.label), options
        ? h('select', marks, h('option', { value: '', hidden: true }), options.map(([value, text], n) =>
            h('option', { value: n, selected: value === copy[column.key] }, text)))
        : h('input', { ...marks, value: copy[column.key] ?? '', placeholder: column.hint?.(copy) || null }),
      bad && h('span', { class: 'why', id: id + '-why' }, bad));
  };

  // What may be edited can depend on what was just chosen.
  const draw = () => {
    const faults = check(copy);
    const fields = (/** @type {Column[]} */ list) => list
      .filter(column => (typeof column.editable === 'function' ? column.editable(copy) : column.editable))
      .map(column => field(column, faults[column.key] || ''));
    fill(form, fields(columns));
    fill(rest, fields(more));
  };
  draw();
  const sure = await dialog({ title, body: more.length ? [form, folded] : form,
    actions: [...(fixed ? [] : [{ label: t('do.delete'), kind: 'danger', value: 'delete' }]),
      { label: t('do.cancel'), value: null },
      { label: t(yes), kind: 'main', value: 'keep' }] });
  if (sure === 'keep') Object.keys(copy).filter(key => copy[key] !== row[key])
    .forEach(key => set(row, key, copy[key]));
  return sure;
}
