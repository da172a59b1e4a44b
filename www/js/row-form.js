// One row as a form in a dialog: how a phone edits what a laptop edits in the table's cells.
import { h, fill } from './dom.js';
import { t } from './i18n.js';
import { dialog } from './modal.js';

/**
 * Edits a copy and puts the changed values back through `set`; says what the user chose: 'keep', 'delete' or
 * null.
 * @param {{ title: string, row: Row, columns: Column[], set: (row: Row, key: string, value: any) => void }}
 *   options
 */
export async function rowForm({ title, row, columns, set }) {
  const copy = { ...row }, form = h('div', { class: 'stack' });
  const draw = () => fill(form, columns.filter(column => typeof column.editable === 'function'
      ? column.editable(copy) : column.editable).map((column, i) => {
        const id = 'form-' + i, options = typeof column.options === 'function' ? column.options(copy)
          : column.options;
        const change = (/** @type {any} */ event) => {
          set(copy, column.key, options ? options[Number(event.target.value)][0] : event.target.value.trim());
          // What may be edited can depend on what was just chosen.
          if (options) draw();
        };
        return h('div', { class: 'field' }, h('label', { for: id }, column.label), options
            ? h('select', { class: 'in', id, onchange: change }, h('option', { value: '', hidden: true }),
              options.map(([value, text], n) => h('option',
                { value: n, selected: value === copy[column.key] },
                text)))
            : h('input', { class: 'in', id, value: copy[column.key] ?? '', onchange: change }));
  }));
  draw();
  const sure = await dialog({ title, body: form,
    actions: [{ label: t('do.delete'), kind: 'danger', value: 'delete' },
      { label: t('do.cancel'), value: null },
      { label: t('bulk.do'), kind: 'main', value: 'keep' }] });
  if (sure === 'keep') Object.keys(copy).filter(key => copy[key] !== row[key])
    .forEach(key => set(row, key, copy[key]));
  return sure;
}
