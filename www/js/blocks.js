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

/**
 * @param {BlockPage} page
 * @returns {Kid}
 */
export function blockPage({ name, draft, head, body, add, fresh, check, label, value, empty, unfolded,
  title }) {
  const open = opened.get(name) || new Set(), place = h('div', { class: 'stack' }),
    canWrite = session.canWrite;
  opened.set(name, open);
  /** Blocks whose name is being edited. */
  const naming = new Set();
  const touched = () => draft.touched();

  /**
   * @param {Row} row
   * @returns {Kid}
   */
  function nameOf(row) {
    const bad = check(row, draft.rows).name || serverFault(draft, row, 'name'), id = `${name}-${row.id}-name`;
    if (!canWrite || (!naming.has(row.id) && !bad)) return h('strong', { class: 'grow' },
      row.name || t('block.unnamed'));
    /** @type {HTMLInputElement} */
    const input = h('input', { class: 'in' + (draft.dirty(row, 'name') ? ' dirty' : ''), id, value: row.name,
      maxlength: 64,
      'aria-invalid': bad ? 'true' : null, 'aria-describedby': bad ? id + '-why' : null, oninput: event => {
        row.name = event.target.value.trim();
        forgetFault(draft, row, 'name');
        touched();
      }, onchange: () => draw() });
    return h('div', { class: 'field grow' }, h('label', { for: id }, t('block.name')), input,
      bad && h('span', { class: 'why', id: id + '-why' }, bad));
  }

  /**
   * @param {Row} row
   * @returns {Kid}
   */
  function block(row) {
    const isOpen = unfolded || open.has(row.id);
    const button = (/** @type {string} */ glyph, /** @type {string} */ word, /** @type {() => void} */ run,
      more = {}) => h('button',
      { class: 'btn icon', type: 'button', 'aria-label': word, title: word, onclick: run, ...more },
        icon(glyph));
    const id = `${name}-${row.id}`;
    const toggle = () => {
      if (!open.delete(row.id)) open.add(row.id);
      draw();
      document.getElementById(id + '-toggle')?.focus();
    };
    const other = Object.entries(check(row, draft.rows)).filter(([key, text]) => text && key !== 'name'
      && key[0] === '#')
      .map(([, text]) => text);
    const refused = draft.keys.filter(key => key !== 'name').map(key => serverFault(draft, row, key))
      .filter(Boolean);
    return h('section',
      { class: 'card block' + (draft.dirty(row) || draft.keys.some(key => draft.dirty(row, key)) ? ' dirty'
        : ''),
      'aria-label': `ID ${row.id} ${row.name || ''}` },
      h('header', {},
        !unfolded && button(isOpen ? 'down' : 'right', t(isOpen ? 'block.fold' : 'block.unfold',
          { name: row.name || row.id }), toggle,
          { id: id + '-toggle', 'aria-expanded': String(isOpen), 'aria-controls': id }),
        h('span', { class: 'dim nowrap' }, `ID: ${row.id}`),
        unfolded ? h('strong', { class: 'grow' }, title?.(row) || '') : nameOf(row),
        h('span', { class: 'row' }, head(row)),
        canWrite && !unfolded && button('edit', t('block.edit', { name: row.name || row.id }), () => {
          if (!naming.delete(row.id)) naming.add(row.id);
          draw();
          document.getElementById(`${id}-name`)?.focus();
        }, { 'aria-pressed': String(naming.has(row.id)) }),
        canWrite && button('trash', t('row.delete', { id: row.id }), () => {
          draft.remove(new Set([row.id]));
          draw();
        })),
      [...other, ...refused].map(text => h('p', { class: 'why' }, text)),
      isOpen && h('div', { id, class: 'stack' }, body(row, () => { touched(); draw(); })));
  }

  /** @returns {Element} */
  const draw = () => fill(place, draft.rows.length ? draft.rows.map(block)
    : h('div', { class: 'card empty' }, icon('table', 32), h('p', {}, empty)));
  const bad = () => draft.rows.reduce((sum, row) => sum + Object.values(check(row, draft.rows))
    .filter(Boolean).length, 0);
  const addBlock = () => {
    const row = fresh(draft.nextId());
    open.add(row.id);
    naming.add(row.id);
    draft.add(row);
    draw();
    const first = document.getElementById(`${name}-${row.id}-name`)
      || place.lastElementChild?.querySelector('.in');
    /** @type {HTMLElement | null} */ (first)?.focus();
  };
  const jump = () =>
    /** @type {HTMLElement | null} */ (place.querySelector('[aria-invalid=true], .why'))?.scrollIntoView();
  const words = { row: (/** @type {any} */ id) => {
    const row = draft.rows.find(one => one.id === id) || draft.saved.get(id);
    return row?.name ? `ID ${id} «${row.name}»` : `ID ${id}`;
  }, label, value };
  draw();
  return [place, canWrite && h('div', {}, h('button', { class: 'btn', type: 'button', onclick: addBlock },
    icon('plus'), add)),
    draftBar(name, draft, { words, redraw: draw, faults: bad, jump })];
}
