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

/** One table page while it is shown. */
class Page {
  /** @param {TablePage} options */
  constructor(options) {
    this.options = options;
    this.draft = options.draft;
    const { draft } = this;
    this.view = table({ label: options.label, rows: draft.rows, selectable: false, pageSize: 10,
      empty: options.empty,
      columns: this.columns(), dirty: (row, key) => draft.keys.includes(key) && draft.dirty(row, key),
      fault: (row, key) => options.check(row, draft.rows)[key] || serverFault(draft, row, key) });
    this.view.classList.toggle('tall', Boolean(options.tall));
    this.view.addEventListener('edit', event => {
      /** @type {CustomEvent} */ (event).detail.forEach((/** @type {any} */ edit) =>
          this.put(edit.row, edit.key, edit.value));
      draft.touched();
    });
    this.view.addEventListener('append', event => this.append(/** @type {CustomEvent} */ (event).detail));
    this.view.addEventListener('open', event => this.editRow(/** @type {CustomEvent} */ (event).detail));
  }

  /** @returns {Column[]} */
  columns() {
    const remove = (/** @type {Row} */ row) => h('button', { class: 'btn icon', type: 'button',
      'aria-label': t('row.delete', { id: row.id }), title: t('do.delete'), onclick: () => {
        this.draft.remove(new Set([row.id]));
        this.sync();
      } }, icon('trash'));
    /** @type {Column} */
    const last = { key: '#del', label: t('do.delete'), hideLabel: true, width: 44, tight: true, filter: false,
      cell: remove };
    return [{ key: 'id', label: 'ID', width: 52, num: true, at: 'dot', filter: false },
      ...this.options.columns.map(column => ({ filter: false, editable: true, ...column,
        ...(session.canWrite ? {} : { editable: false }) })),
      ...(session.canWrite ? [last] : [])];
  }

  sync() {
    this.view.rows = this.draft.rows;
    this.view.update();
  }

  /**
   * @param {Row} row
   * @param {string} key
   * @param {any} value
   */
  put(row, key, value) {
    row[key] = value;
    this.options.set?.(row, key, value);
    forgetFault(this.draft, row, key);
  }

  /**
   * Pasted lines below the last row become rows.
   * @param {{ lines: string[][], from: number }} pasted
   */
  append({ lines, from }) {
    if (!session.canWrite) return;
    for (const cells of lines) {
      const row = this.options.fresh(this.draft.nextId());
      cells.forEach((text, i) => {
        const column = this.view.columns[from + i];
        if (!column || !this.view.canEdit(column, row)) return;
        this.put(row, column.key, optionValue(this.view.optionsOf(column, row), text));
      });
      this.draft.rows.push(row);
    }
    this.draft.touched();
    this.sync();
  }

  /**
   * On a phone a row is edited as a form: its cells are too small to type in.
   * @param {Row} row
   */
  async editRow(row) {
    if (!session.canWrite) return;
    const { rowForm } = await import('./row-form.js');
    const done = await rowForm({ title: `ID ${row.id}`, row, columns: this.view.columns,
      check: one => this.options.check(one,
        this.draft.rows.map(other => (other.id === one.id ? one : other))),
      set: (one, key, value) => this.put(one, key, value) });
    if (!done) return;
    if (done === 'delete') this.draft.remove(new Set([row.id]));
    else this.draft.touched();
    this.sync();
  }

  addRow() {
    this.draft.add(this.options.fresh(this.draft.nextId()));
    this.sync();
    this.view.page = this.view.pages - 1;
    this.view.update();
    this.view.focusCell(this.view.shown.length - 1, 1);
  }

  /** Every wrong cell, in order. */
  get bad() {
    return this.draft.rows.flatMap(row => Object.entries(this.options.check(row, this.draft.rows))
        .filter(([, text]) => text).map(([key]) => ({ row, key })));
  }

  jump() {
    const first = this.bad[0], { view } = this;
    if (!first) return;
    view.page = Number.isFinite(view.leaf) ? Math.floor(this.draft.rows.indexOf(first.row) / view.leaf) : 0;
    view.update();
    view.focusCell(view.shown.indexOf(first.row), view.columns.findIndex(column => column.key === first.key));
  }

  get words() {
    const by = (/** @type {string} */ key) => this.options.columns.find(column => column.key === key);
    return { row: (/** @type {any} */ id) => `ID ${id}`, label: (/** @type {string} */ key) => by(key)?.label
        || key,
      value: (/** @type {string} */ key, /** @type {any} */ value, /** @type {any} */ id) => {
        const column = by(key), row = this.draft.rows.find(one => one.id === id) || { id };
        const options = column && this.view.optionsOf(column, row);
        const word = options?.find(([code]) => code === value)?.[1];
        return String(word ?? (column?.text && !column.options ? column.text({ id: 0, [key]: value })
            : value) ?? '');
      } };
  }
}

/**
 * @param {TablePage} options
 * @returns {Kid}
 */
export function tablePage(options) {
  const page = new Page(options);
  return [session.canWrite && h('div', { class: 'row tools' },
    h('button', { class: 'btn', type: 'button', onclick: () => page.addRow() }, icon('plus'), options.add),
    options.tools),
    page.view, draftBar(options.name, options.draft, { words: page.words, redraw: () => page.sync(),
      faults: () => page.bad.length, jump: () => page.jump() })];
}
