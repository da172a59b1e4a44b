// A settings page made of blocks that unfold: groups, data templates, brokers, send templates. Head with ID
// and name,
// pencil to edit the name, arrow to unfold, basket to delete; below all of them the button that adds one.
import { h, fill } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { draftBar, serverFault, forgetFault } from './draftbar.js';
import { session } from './device.js';

/** @typedef {import('./draft.js').Draft} Draft */

/**
 * @typedef {object} BlockPage
 * @property {string} name of the table
 * @property {Draft} draft
 * @property {(row: Row) => Kid} head after the name: «9 ПУ»
 * @property {(row: Row, touched: () => void) => Kid} body of an open block
 * @property {string} add
 * @property {(id: number) => Row} fresh
 * @property {(row: Row, rows: Row[]) => Record<string, string>} check faults by key
 * @property {(key: string) => string} label of a key in the review
 * @property {(key: string, value: any) => string} value
 * @property {string} empty
 * @property {boolean} [unfolded] blocks have no arrow and are always open
 * @property {(row: Row) => string} [title] of an unfolded block
 */

/**
 * Blocks that are open, by table: they stay open while the admin is.
 * @type {Map<string, Set<any>>}
 */
const opened = new Map();

/** One block page while it is shown. */
class Blocks {
  /** @param {BlockPage} page */
  constructor(page) {
    this.page = page;
    this.draft = page.draft;
    this.open = opened.get(page.name) || new Set();
    opened.set(page.name, this.open);
    /** Blocks whose name is being edited. */
    this.naming = new Set();
    this.place = h('div', { class: 'stack' });
  }

  /** @param {Row} row */
  faults(row) {
    return this.page.check(row, this.draft.rows);
  }

  /**
   * The name, or the field to edit it.
   * @param {Row} row
   * @returns {Kid}
   */
  nameOf(row) {
    const { draft } = this, id = `${this.page.name}-${row.id}-name`;
    const bad = this.faults(row).name || serverFault(draft, row, 'name');
    if (!session.canWrite || (!this.naming.has(row.id) && !bad)) {
      return h('strong', { class: 'grow' }, row.name || t('block.unnamed'));
    }
    return h('div', { class: 'field grow' }, h('label', { for: id }, t('block.name')),
      h('input', { class: 'in' + (draft.dirty(row, 'name') ? ' dirty' : ''), id, value: row.name,
        maxlength: 64,
        'aria-invalid': bad ? 'true' : null, 'aria-describedby': bad ? id + '-why' : null, oninput: event => {
          row.name = event.target.value.trim();
          forgetFault(draft, row, 'name');
          draft.touched();
        }, onchange: () => this.draw() }),
      bad && h('span', { class: 'why', id: id + '-why' }, bad));
  }

  /**
   * Puts a value into a set or takes it out, draws, and gives the focus back.
   * @param {Set<any>} set
   * @param {any} value
   * @param {string} focus id of an element
   */
  toggle(set, value, focus) {
    if (!set.delete(value)) set.add(value);
    this.draw();
    document.getElementById(focus)?.focus();
  }

  /**
   * @param {Row} row
   * @param {string} id of the block
   * @param {boolean} isOpen
   */
  header(row, id, isOpen) {
    const { unfolded, title, head } = this.page, name = row.name || row.id;
    const button = (/** @type {string} */ glyph, /** @type {string} */ word, /** @type {() => void} */ run,
      more = {}) => h('button', { class: 'btn icon', type: 'button', 'aria-label': word, title: word,
        onclick: run,
        ...more }, icon(glyph));
    return h('header', {},
      !unfolded && button(isOpen ? 'down' : 'right', t(isOpen ? 'block.fold' : 'block.unfold', { name }),
        () => this.toggle(this.open, row.id, id + '-toggle'),
        { id: id + '-toggle', 'aria-expanded': String(isOpen), 'aria-controls': id }),
      h('span', { class: 'dim nowrap' }, `ID: ${row.id}`),
      unfolded ? h('strong', { class: 'grow' }, title?.(row) || '') : this.nameOf(row),
      h('span', { class: 'row' }, head(row)),
      session.canWrite && !unfolded && button('edit', t('block.edit', { name }),
        () => this.toggle(this.naming, row.id, id + '-name'),
        { 'aria-pressed': String(this.naming.has(row.id)) }),
      session.canWrite && button('trash', t('row.delete', { id: row.id }), () => {
        this.draft.remove(new Set([row.id]));
        this.draw();
    }));
  }

  /**
   * @param {Row} row
   * @returns {Kid}
   */
  block(row) {
    const { draft, page } = this, isOpen = page.unfolded || this.open.has(row.id),
      id = `${page.name}-${row.id}`;
    // Faults of the block as a whole are under keys with #; fields show their own.
    const own = Object.entries(this.faults(row)).filter(([key, text]) => text && key[0] === '#')
      .map(([, text]) => text);
    const refused = draft.keys.filter(key => key !== 'name').map(key => serverFault(draft, row, key))
      .filter(Boolean);
    const dirty = draft.dirty(row) || draft.keys.some(key => draft.dirty(row, key));
    return h('section', { class: 'card block' + (dirty ? ' dirty' : ''),
      'aria-label': `ID ${row.id} ${row.name || ''}` },
      this.header(row, id, Boolean(isOpen)), [...own, ...refused].map(text => h('p', { class: 'why' }, text)),
      isOpen && h('div', { id, class: 'stack' }, page.body(row, () => {
        draft.touched();
        this.draw();
    })));
  }

  draw() {
    fill(this.place, this.draft.rows.length ? this.draft.rows.map(row => this.block(row))
        : h('div', { class: 'card empty' }, icon('table', 32), h('p', {}, this.page.empty)));
  }

  /** «+ Добавить …»: the new block is open, its name or first field has the focus. */
  add() {
    const row = this.page.fresh(this.draft.nextId());
    this.open.add(row.id);
    this.naming.add(row.id);
    this.draft.add(row);
    this.draw();
    const first = document.getElementById(`${this.page.name}-${row.id}-name`)
      || this.place.lastElementChild?.querySelector('.in');
    /** @type {HTMLElement | null} */ (first)?.focus();
  }

  /** How many faults stand in all blocks. */
  get bad() {
    return this.draft.rows.reduce((sum, row) => sum + Object.values(this.faults(row)).filter(Boolean).length,
      0);
  }

  get words() {
    const { label, value } = this.page;
    return { label, value, row: (/** @type {any} */ id) => {
      const row = this.draft.rows.find(one => one.id === id) || this.draft.saved.get(id);
      return row?.name ? `ID ${id} «${row.name}»` : `ID ${id}`;
    } };
  }
}

/**
 * @param {BlockPage} page
 * @returns {Kid}
 */
export function blockPage(page) {
  const blocks = new Blocks(page);
  blocks.draw();
  const jump = () => blocks.place.querySelector('[aria-invalid=true], .why')?.scrollIntoView();
  return [blocks.place,
    session.canWrite
      && h('div', {}, h('button', { class: 'btn', type: 'button', onclick: () => blocks.add() },
        icon('plus'), page.add)),
    draftBar(page.name, page.draft, { words: blocks.words, redraw: () => blocks.draw(),
      faults: () => blocks.bad,
      jump })];
}
