// A settings page that is one table: a button that adds a row, the table, the bar. Poll templates, events,
// schedules
// and publications are such pages; each gives its columns and what is wrong with a row.
import { h } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { table } from './table.js';
import { draftBar, serverFault, forgetFault } from './draftbar.js';
import { optionValue } from './clipboard.js';
import { session } from './device.js';

/** @typedef {import('./draft.js').Draft} Draft */

/**
 * @typedef {object} TablePage
 * @property {string} name of the table
 * @property {string} label of the grid
 * @property {Draft} draft
 * @property {Column[]} columns without ID and delete
 * @property {string} add label of the add button
 * @property {(id: number) => Row} fresh a new row
 * @property {(row: Row, rows: Row[]) => Record<string, string>} check faults by key
 * @property {(row: Row, key: string, value: any) => void} [set]
 * @property {Kid} [tools] beside the add button
 * @property {string} empty words of an empty table
 * @property {boolean} [tall] two lines a row
 */

/**
 * @param {TablePage} options
 * @returns {Kid}
 */
export function tablePage({ name, label, draft, columns, add, fresh, check, set, tools, empty, tall }) {
  const canWrite = session.canWrite;
  const faultOf = (/** @type {Row} */ row, /** @type {string} */ key) => check(row, draft.rows)[key]
    || serverFault(draft, row, key);
  const remove = (/** @type {Row} */ row) => h('button', { class: 'btn icon', type: 'button',
    'aria-label': t('row.delete', { id: row.id }), title: t('do.delete'), onclick: () => {
      draft.remove(new Set([row.id]));
      sync();
    } }, icon('trash'));
  /** @type {Column[]} */
  const all = [
    { key: 'id', label: 'ID', width: 52, num: true, at: 'dot', filter: false },
    ...columns.map(column => ({ filter: false, editable: canWrite, ...column,
      ...(canWrite ? {} : { editable: false }) })),
    ...(canWrite
      ? [/** @type {Column} */ ({ key: '#del', label: t('do.delete'), hideLabel: true, width: 44, tight: true,
      filter: false, cell: remove })] : []),
  ];
  const view = table({ label, rows: draft.rows, selectable: false, pageSize: 10, columns: all, empty,
    dirty: (row, key) => draft.keys.includes(key) && draft.dirty(row, key), fault: faultOf });
  view.classList.toggle('tall', Boolean(tall));
  const sync = () => {
    view.rows = draft.rows;
    view.update();
  };
  const put = (/** @type {Row} */ row, /** @type {string} */ key, /** @type {any} */ value) => {
    row[key] = value;
    set?.(row, key, value);
    forgetFault(draft, row, key);
  };
  view.addEventListener('edit', event => {
    /** @type {CustomEvent} */ (event).detail.forEach((/** @type {any} */ { row, key, value }) => put(row,
      key, value));
    draft.touched();
  });
  view.addEventListener('append', event => {
    if (!canWrite) return;
    const { lines, from } = /** @type {CustomEvent} */ (event).detail;
    lines.forEach((/** @type {string[]} */ cells) => {
      const row = fresh(draft.nextId());
      cells.forEach((text, i) => {
        const column = view.columns[from + i];
        if (column && view.canEdit(column, row)) put(row, column.key, optionValue(view.optionsOf(column, row),
          text));
      });
      draft.rows.push(row);
    });
    draft.touched();
    sync();
  });
  view.addEventListener('open', event => canWrite && editRow(/** @type {CustomEvent} */ (event).detail));

  /** On a phone a row is edited as a form: its cells are too small to type in. */
  const editRow = async (/** @type {Row} */ row) => {
    const { rowForm } = await import('./row-form.js');
    const done = await rowForm({ title: `ID ${row.id}`, row, columns: all, set: put });
    if (!done) return;
    if (done === 'delete') draft.remove(new Set([row.id]));
    else draft.touched();
    sync();
  };
  const addRow = () => {
    draft.add(fresh(draft.nextId()));
    sync();
    view.page = view.pages - 1;
    view.update();
    view.focusCell(view.shown.length - 1, 1);
  };
  const bad = () => draft.rows.flatMap(row => Object.entries(check(row, draft.rows))
    .filter(([, text]) => text)
    .map(([key]) => ({ row, key })));
  const jump = () => {
    const first = bad()[0];
    if (!first) return;
    const at = draft.rows.indexOf(first.row);
    view.page = Number.isFinite(view.leaf) ? Math.floor(at / view.leaf) : 0;
    view.update();
    view.focusCell(view.shown.indexOf(first.row), all.findIndex(column => column.key === first.key));
  };
  const words = { row: (/** @type {any} */ id) => `ID ${id}`,
    label: (/** @type {string} */ key) => columns.find(column => column.key === key)?.label || key,
    value: (/** @type {string} */ key, /** @type {any} */ value) => {
      const column = columns.find(one => one.key === key), row = { id: 0, [key]: value };
      const options = column?.options && (typeof column.options === 'function' ? [] : column.options);
      return String(options?.find(([code]) => code === value)?.[1] ?? (column?.text ? column.text(row)
        : value) ?? '');
    } };
  const bar = draftBar(name, draft, { words, redraw: sync, faults: () => bad().length, jump });
  return [canWrite && h('div', { class: 'row tools' },
    h('button', { class: 'btn', type: 'button', onclick: addRow }, icon('plus'), add), tools),
  view, bar];
}
