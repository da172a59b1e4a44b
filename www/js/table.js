// <um-table>: one table for every page. Draws only the rows in view, so 1,000 rows cost as much as 30.
// Sticky head and pinned columns, filter per column, sort, selection with ranges, keyboard, spreadsheet text.
// Columns are described by `Column` in types.d.ts.
//
// events: select · edit (detail: [{ row, key, value }]) · append (detail: lines of cells below the last row,
// with the column they start at) · open (detail: row, a tap on a phone)
import { h, fill, say, clamp, phone } from './dom.js';
import { t, number } from './i18n.js';
import { icon } from './icons.js';
import { parseTabs, formatTabs, optionValue } from './clipboard.js';
import { asked, askedUnder, remember } from './address.js';

const order = new Intl.Collator('ru', { numeric: true });
/** Rows above and below the view that are drawn too, so that a scroll step does not show a blank. */
const MARGIN = 6;
/** Tables shorter than this are drawn whole. */
const WINDOWED_FROM = 60;
/** Rows of a page on a phone where a laptop would show all. */
const PHONE_PAGE = 25;

/** @type {Record<string, [number, number]>} */
const steps = {
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1],
  PageUp: [-15, 0], PageDown: [15, 0], Home: [0, -99], End: [0, 99],
};

export class UmTable extends HTMLElement {
  constructor() {
    super();
    /** @type {Column[]} */
    this.columns = [];
    /** @type {Row[]} */
    this.rows = [];
    this.label = '';
    this.selectable = true;
    this.pageSize = Infinity;
    /** Filters, order and page stand in the address: at most one table of a page may say so. */
    this.addressed = false;
    this.path = '';
    /** Words of an empty table. */
    this.empty = '';
    this.only = (/** @type {Row} */ _row) => true;
    this.dirty = (/** @type {Row} */ _row, /** @type {string} */ _key) => false;
    this.fault = (/** @type {Row} */ _row, /** @type {string} */ _key) => '';
    /** @type {Record<string, string>} */
    this.filters = {};
    this.selected = new Set();
    this.page = 0;
    this.pages = 1;
    this.active = { at: 0, column: 0 };
    /** @type {any} */
    this.editing = null;
    /** @type {number | null} */
    this.anchor = null;
    this.placing = false;
    /** @type {{ key: string, down?: boolean } | null} */
    this.sort = null;
    /**
     * Rows that match the filters, and of them those of this page.
     * @type {Row[]}
     */
    this.found = [];
    /** @type {Row[]} */
    this.shown = [];
    /**
     * Drawn rows by id.
     * @type {Map<any, HTMLElement>}
     */
    this.kept = new Map();
    this.body = h('tbody', { role: 'rowgroup' });
    this.table = h('table', {});
    this.frame = h('div', {});
    this.foot = h('div', { class: 'foot' });
    this.hint = h('span', { class: 'why', role: 'status' });
  }

  /** @param {Partial<UmTable>} options */
  configure(options) {
    Object.assign(this, options);
    if (options.addressed) this.restore();
    this.build();
    return this;
  }

  /** Takes filters, order and page from the address. */
  restore() {
    const sort = asked('sort'), size = asked('rows');
    [this.path] = location.hash.split('?');
    this.filters = askedUnder('f.');
    this.sort = sort ? { key: sort.replace(/^-/, ''), down: sort[0] === '-' } : null;
    this.page = Number(asked('page') || 1) - 1;
    if (size != null) this.pageSize = Number(size) || Infinity;
  }

  /** Puts filters, order and page into the address, while it is still that of this page. */
  store() {
    if (!this.addressed || this.path !== location.hash.split('?')[0]) return;
    const filters = Object.keys({ ...askedUnder('f.'), ...this.filters })
      .map(key => ['f.' + key, this.filters[key]]);
    remember({ ...Object.fromEntries(filters), page: this.page ? this.page + 1 : '',
      sort: this.sort ? (this.sort.down ? '-' : '') + this.sort.key : '' });
  }

  /**
   * @param {Row} row
   * @param {Column} column
   */
  textOf(row, column) {
    return String((column.text ? column.text(row) : row[column.key]) ?? '');
  }
  get leaf() {
    return phone.matches && this.pageSize === Infinity ? PHONE_PAGE : this.pageSize;
  }
  /**
   * @param {Column} column
   * @param {Row} row
   */
  optionsOf(column, row) {
    return typeof column.options === 'function' ? column.options(row) : column.options;
  }
  /**
   * @param {Column | undefined} column
   * @param {Row} row
   */
  canEdit(column, row) {
    return Boolean(typeof column?.editable === 'function' ? column.editable(row) : column?.editable);
  }

  build() {
    this.body = h('tbody', { role: 'rowgroup' });
    this.table = h('table', { class: 'tbl', role: 'grid', 'aria-label': this.label,
      'aria-multiselectable': this.selectable ? 'true' : null },
      h('colgroup', {}, this.columns.map(() => h('col', {}))),
      h('thead', { role: 'rowgroup' },
        h('tr', { role: 'row' }, this.columns.map(column => this.headCell(column))),
        this.columns.some(column => column.filter !== false)
          && h('tr', { role: 'row', class: 'filters' }, this.columns.map(column => this.filterCell(column)))),
      this.body);
    this.table.querySelectorAll('col')
      .forEach((col, i) => { col.style.width = this.columns[i].width + 'px'; });
    this.table.style.minWidth = this.columns.reduce((sum, column) => sum + column.width, 0) + 'px';
    this.frame = h('div', { class: 'scroll', tabindex: '0', role: 'group', 'aria-label': this.label,
      onscroll: () => this.draw() }, this.table);
    this.replaceChildren(this.frame, this.foot);
    this.table.addEventListener('keydown', event => this.key(event));
    this.table.addEventListener('paste', event => this.paste(event));
    this.table.addEventListener('copy', event => this.copy(event));
    this.table.querySelectorAll('thead tr').forEach(row => this.pin(row.children));
    this.update();
  }

  /** @param {Column} column */
  headCell(column) {
    const here = this.sort?.key === column.key, down = here && this.sort?.down;
    const name = column.key === '#sel' ? this.selectAll()
      : column.hideLabel ? h('span', { class: 'sr' }, column.label)
      : column.filter === false ? column.label
      : h('button', { class: 'sort', type: 'button', onclick: () => this.sortBy(column.key) }, column.label,
        here && h('span', { 'aria-hidden': 'true' }, down ? ' ▾' : ' ▴'));
    return h('th', { scope: 'col', role: 'columnheader', class: this.classOf(column),
      'aria-sort': here ? (down ? 'descending' : 'ascending') : null }, name);
  }

  /** @param {Column} column */
  filterCell(column) {
    if (column.filter === false) return h('td', { class: this.classOf(column), role: 'gridcell' });
    const narrow = (/** @type {any} */ event) => {
      this.filters[column.key] = event.target.value.trim().toLowerCase();
      this.page = 0;
      this.update();
    };
    return h('td', { class: this.classOf(column), role: 'gridcell' },
      h('input', { class: 'in', type: 'search', placeholder: ' ', value: this.filters[column.key] || '',
        'aria-label': t('table.filter', { name: column.label }), oninput: narrow }));
  }

  /**
   * Up, down, then the table's own order again.
   * @param {string} key
   */
  sortBy(key) {
    this.sort = this.sort?.key !== key ? { key } : this.sort.down ? null : { key, down: true };
    this.build();
  }

  /** @param {Column} column */
  classOf(column) {
    return [column.pin && 'pin', column.pin === 'last' && 'last', column.tight && 'tight',
      column.num && 'num']
      .filter(Boolean).join(' ');
  }

  /**
   * Where each pinned column sticks, in pixels from the left.
   * @param {HTMLCollection} cells
   */
  pin(cells) {
    let left = 0;
    this.columns.forEach((column, i) => {
      if (!column.pin) return;
      /** @type {HTMLElement} */ (cells[i]).style.left = left + 'px';
      left += column.width;
    });
  }

  /** Finds, sorts and draws anew after rows, filters or the page changed. */
  update() {
    this.editing = null;
    const by = Object.fromEntries(this.columns.map(column => [column.key, column]));
    // A link may name a column that this table does not have.
    const wanted = Object.entries(this.filters).filter(([key, value]) => value && by[key]);
    this.found = this.rows.filter(row => this.only(row)
        && wanted.every(([key, value]) => this.textOf(row, by[key]).toLowerCase().includes(value)));
    const sort = this.sort;
    if (sort && by[sort.key]) {
      const side = sort.down ? -1 : 1;
      this.found.sort((a, b) =>
          order.compare(this.textOf(a, by[sort.key]), this.textOf(b, by[sort.key])) * side);
    }
    this.table.setAttribute('aria-rowcount', String(this.found.length + 2));
    this.pages = Math.max(1, Math.ceil(this.found.length / this.leaf));
    this.page = clamp(this.page, 0, this.pages - 1);
    this.shown = this.leaf === Infinity ? this.found
      : this.found.slice(this.page * this.leaf, (this.page + 1) * this.leaf);
    this.kept = new Map();
    this.store();
    this.drawFoot();
    this.markAll();
    this.draw();
  }

  /**
   * Redraws the rows in view; `ids` limits it to rows whose data changed.
   * @param {any[]} [ids]
   */
  refresh(ids = [...this.kept.keys()]) {
    const inside = this.body.contains(document.activeElement);
    ids.forEach(id => { if (id !== this.editing) this.kept.delete(id); });
    this.draw();
    if (inside && !this.body.contains(document.activeElement)) this.focusCell(this.active.at,
      this.active.column);
  }

  draw() {
    const height = parseFloat(getComputedStyle(this).getPropertyValue('--row')) || 32;
    const windowed = !phone.matches && this.shown.length > WINDOWED_FROM;
    const first = windowed
      ? clamp(Math.floor(this.frame.scrollTop / height) - MARGIN, 0, this.shown.length) : 0;
    const last = windowed
      ? clamp(first + Math.ceil((this.frame.clientHeight || 600) / height) + 2 * MARGIN, 0, this.shown.length)
      : this.shown.length;
    const kept = new Map();
    const rows = this.shown.slice(first, last).map((row, i) => {
      const line = this.kept.get(row.id) || this.drawRow(row, first + i);
      kept.set(row.id, line);
      return line;
    });
    this.kept = kept;
    const pad = (/** @type {number} */ count) => {
      const cell = h('td', { colspan: this.columns.length });
      cell.style.height = count * height + 'px';
      return count > 0 ? [h('tr', { class: 'pad', 'aria-hidden': 'true' }, cell)] : [];
    };
    const none = () => h('tr', { class: 'pad', role: 'row' },
      h('td', { colspan: this.columns.length, role: 'gridcell' }, h('div', { class: 'empty' },
        this.rows.length ? t('table.none-found') : this.empty || t('table.none'))));
    this.place(this.shown.length ? [...pad(first), ...rows, ...pad(this.shown.length - last)] : [none()]);
  }

  /**
   * Puts the rows in order without touching those in place: a row that stays keeps its focus.
   * @param {Element[]} rows
   */
  place(rows) {
    const wanted = new Set(rows);
    this.placing = true;
    [...this.body.children].forEach(row => { if (!wanted.has(row)) row.remove(); });
    rows.forEach((row, i) => {
      const here = this.body.children[i];
      if (here !== row) this.body.insertBefore(row, here || null);
    });
    this.placing = false;
  }

  /**
   * @param {Row} row
   * @param {number} at
   */
  drawRow(row, at) {
    const chosen = this.selected.has(row.id);
    const line = h('tr',
      { role: 'row', class: [chosen && 'sel', !this.selectable && 'open-row'].filter(Boolean).join(' '),
        'aria-rowindex': at + 3, 'aria-selected': this.selectable ? String(chosen) : null,
        data: { id: row.id },
        onclick: event => {
          if (phone.matches && !event.target.closest('input, button, a, [data-at=mark]')) this.emit('open',
            row);
        } });
    this.columns.forEach((column, i) => line.append(this.drawCell(row, column, at, i)));
    this.pin(line.children);
    return line;
  }

  /**
   * @param {Row} row
   * @param {Column} column
   * @param {number} at
   * @param {number} i
   */
  drawCell(row, column, at, i) {
    const bad = this.fault(row, column.key);
    /** @type {HTMLTableCellElement} */
    const cell = h('td', { role: 'gridcell', tabindex: '-1',
      class: [this.classOf(column), this.dirty(row, column.key) && 'dirty', bad && 'bad'].filter(Boolean)
        .join(' '),
      // One line a cell: what does not fit is told in full by the title.
      title: bad || (column.cell || column.key === '#sel' ? null : this.textOf(row, column) || null),
      'aria-invalid': bad ? 'true' : null, data: column.at ? { at: column.at } : {},
      onfocus: () => {
        this.active = { at, column: i };
        this.hint.textContent = bad;
      },
      ondblclick: () => this.edit(cell, row, column) },
      column.key === '#sel' ? this.selectOne(row, at) : column.cell ? column.cell(row)
        : this.textOf(row, column));
    return cell;
  }

  // Selection

  selectAll() {
    return h('input', { type: 'checkbox', 'aria-label': t('table.all'),
      onclick: event => event.stopPropagation(),
      onchange: event => {
        this.found.forEach(row => (event.target.checked ? this.selected.add(row.id)
            : this.selected.delete(row.id)));
        this.changed();
      } });
  }

  /** The heading box tells whether all found rows are chosen, some or none. */
  markAll() {
    /** @type {HTMLInputElement | null} */
    const box = this.table.querySelector('thead input[type=checkbox]');
    if (!box) return;
    const chosen = this.found.filter(row => this.selected.has(row.id)).length;
    box.checked = chosen > 0 && chosen === this.found.length;
    box.indeterminate = chosen > 0 && chosen < this.found.length;
  }

  /**
   * @param {Row} row
   * @param {number} at
   */
  selectOne(row, at) {
    return h('input', { type: 'checkbox', checked: this.selected.has(row.id),
      'aria-label': t('table.row', { id: row.id }),
      onclick: event => {
        const from = event.shiftKey && this.anchor != null ? this.anchor : at;
        this.shown.slice(Math.min(from, at), Math.max(from, at) + 1).forEach(one =>
            (event.target.checked ? this.selected.add(one.id) : this.selected.delete(one.id)));
        this.anchor = at;
        this.changed();
      } });
  }

  changed() {
    this.refresh();
    this.drawFoot();
    this.markAll();
    this.emit('select', this.selected);
  }

  /**
   * @param {string} name
   * @param {any} detail
   */
  emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // Keyboard: arrows move, Enter or F2 edits, a letter edits from it, Space selects, Escape leaves the editor

  /** @param {KeyboardEvent} event */
  key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.matches('input:not([type=checkbox]), select') || event.ctrlKey || event.metaKey) return;
    const step = steps[event.key];
    const row = this.shown[this.active.at], column = this.columns[this.active.column];
    if (step) this.focusCell(this.active.at + step[0], this.active.column + step[1]);
    else if (target.matches('input, button, a')) return;
    else if (event.key === 'Enter' || event.key === 'F2') this.edit(target.closest('td'), row, column);
    else if (event.key === ' ' && this.selectable && row) {
      if (!this.selected.delete(row.id)) this.selected.add(row.id);
      this.changed();
      this.focusCell(this.active.at, this.active.column);
    } else if (event.key.length === 1 && row && this.canEdit(column, row)) {
      this.edit(target.closest('td'), row, column, event.key);
    } else return;
    event.preventDefault();
  }

  /**
   * @param {number} at
   * @param {number} column
   */
  focusCell(at, column) {
    this.active = { at: clamp(at, 0, this.shown.length - 1),
      column: clamp(column, 0, this.columns.length - 1) };
    const height = parseFloat(getComputedStyle(this).getPropertyValue('--row'));
    const top = this.active.at * height, view = this.frame.clientHeight - 80;
    if (top < this.frame.scrollTop) this.frame.scrollTop = top;
    else if (top > this.frame.scrollTop + view - height) this.frame.scrollTop = top - view + height;
    this.draw();
    const line = this.kept.get(this.shown[this.active.at]?.id);
    /** @type {HTMLElement | undefined} */ (line?.children[this.active.column])?.focus();
  }

  /**
   * @param {Element | null} cell
   * @param {Row | undefined} row
   * @param {Column} column
   * @param {string} [typed] the letter that opened the editor
   */
  edit(cell, row, column, typed) {
    if (!row || !cell || !this.canEdit(column, row) || phone.matches) return;
    const options = this.optionsOf(column, row), now = row[column.key];
    const field = options
      ? h('select', { class: 'in', 'aria-label': column.label },
        options.map(([value, text], i) => h('option', { value: i, selected: value === now }, text)))
      : h('input', { class: 'in', value: typed ?? now ?? '', 'aria-label': column.label,
        placeholder: column.hint?.(row) || null });
    const read = () => (options ? options[Number(field.value)]?.[0] : field.value.trim());
    if (options && typed) {
      const first = options.findIndex(([, text]) => text.toLowerCase().startsWith(typed.toLowerCase()));
      if (first >= 0) field.value = String(first);
    }
    this.editing = row.id;
    const leave = (/** @type {boolean} */ keep) => {
      if (this.editing !== row.id || this.placing) return;
      this.editing = null;
      const value = read();
      if (keep && value !== undefined && value !== String(now ?? '') && value !== now) {
        this.emit('edit', [{ row, key: column.key, value }]);
      }
      this.refresh([row.id]);
    };
    field.addEventListener('blur', () => leave(true));
    field.addEventListener('keydown', (/** @type {any} */ event) => {
      if (!['Enter', 'Escape', 'Tab'].includes(event.key)) return;
      event.preventDefault();
      leave(event.key !== 'Escape');
      this.focusCell(this.active.at + (event.key === 'Enter' ? 1 : 0),
        this.active.column + (event.key === 'Tab' ? (event.shiftKey ? -1 : 1) : 0));
    });
    cell.replaceChildren(field);
    field.focus();
    if (!typed && field instanceof HTMLInputElement) field.select();
  }

  // Spreadsheet: tab-separated text in, tab-separated text out; drop-downs are matched by their words

  /** @param {ClipboardEvent} event */
  paste(event) {
    if (/** @type {HTMLElement} */ (event.target).matches('input, select')) return;
    const lines = parseTabs(event.clipboardData?.getData('text') || '');
    const { at, column: from } = this.active, fit = Math.max(0, this.shown.length - at);
    /** @type {{ row: Row, key: string, value: any }[]} */
    const edits = [];
    lines.slice(0, fit).forEach((cells, down) => cells.forEach((text, right) => {
      const row = this.shown[at + down], column = this.columns[from + right];
      if (!row || !this.canEdit(column, row)) return;
      edits.push({ row, key: column.key, value: optionValue(this.optionsOf(column, row), text) });
    }));
    event.preventDefault();
    if (edits.length) this.emit('edit', edits);
    if (lines.length > fit) this.emit('append', { lines: lines.slice(fit), from });
    this.refresh();
    say(t('table.pasted', { n: edits.length }));
  }

  /** @param {ClipboardEvent} event */
  copy(event) {
    if (/** @type {HTMLElement} */ (event.target).matches('input, select') || !this.selected.size) return;
    const columns = this.columns.filter(column => !column.key.startsWith('#'));
    const rows = this.found.filter(row => this.selected.has(row.id))
      .map(row => columns.map(column => this.textOf(row, column)));
    event.clipboardData?.setData('text/plain', formatTabs([columns.map(column => column.label), ...rows]));
    event.preventDefault();
    say(t('table.copied', { n: rows.length }));
  }

  drawFoot() {
    const go = (/** @type {number} */ page) => () => { this.page = page; this.update(); };
    const turn = (/** @type {string} */ glyph, /** @type {string} */ name, /** @type {number} */ page) =>
      h('button',
        { class: 'btn icon', type: 'button', disabled: page < 0 || page >= this.pages, 'aria-label': t(name),
          onclick: go(page) }, icon(glyph));
    const size = h('select', { class: 'in', 'aria-label': t('table.page-size'), onchange: event => {
      this.pageSize = Number(event.target.value) || Infinity;
      this.page = 0;
      if (this.addressed) remember({ rows: event.target.value });
      this.update();
    } },
      [10, 25, 100].map(n => h('option', { value: n, selected: this.leaf === n },
        t('table.per-page', { n }))),
      h('option', { value: 0, selected: this.leaf === Infinity }, t('table.everything')));
    const count = this.found.length === this.rows.length ? t('table.rows', { n: this.rows.length })
      : t('table.found', { n: this.found.length, all: this.rows.length });
    fill(this.foot, h('span', { class: 'grow' }, count, ' ', this.hint),
      this.pages > 1 && h('span', { class: 'row' }, turn('left', 'table.previous', this.page - 1),
        `${this.page + 1} / ${number(this.pages)}`, turn('right', 'table.next', this.page + 1)),
      size);
  }
}
customElements.define('um-table', UmTable);

/**
 * A configured table; `whole` lets it fill the height that is left.
 * @param {Partial<UmTable>} options
 * @param {boolean} [whole]
 */
export const table = (options, whole) => h('um-table', { class: whole && 'fill' }).configure(options);
