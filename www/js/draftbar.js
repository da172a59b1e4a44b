// The foot of every editable page: «Очистить · Отмена · Записать (n)», the review before a save, faults and
// conflicts
// after it, and the way back. One place, so that every table behaves alike (ui design 4).
import { h, fill } from './dom.js';
import { t, number } from './i18n.js';
import { explain } from './words.js';
import { status, icon } from './icons.js';
import { dialog, ask, toast } from './modal.js';
import { previewSave, saveDraft, undoSave, rebase, faultsByCell, faultLines } from './settings.js';
import { Refused } from './api.js';
import { session } from './device.js';

/** @typedef {import('./draft.js').Draft} Draft */
/**
 * How changes are put into words.
 * @typedef {object} Words
 * @property {(id: any) => string} row
 * @property {(key: string) => string} label
 * @property {(key: string, value: any, id?: any) => string} value
 */

/**
 * @typedef {object} BarOptions
 * @property {Words} words
 * @property {() => void} redraw of the page, after the draft's rows changed as a whole
 * @property {() => number} [faults] how many cells the page itself finds wrong
 * @property {() => void} [jump] goes to the first of them
 * @property {boolean} [fixed] rows can neither be added nor removed
 */

/**
 * Faults the server named, by draft: they stay until the cell is edited.
 * @type {WeakMap<Draft, Map<string, string>>}
 */
const refusedCells = new WeakMap();

/**
 * The server's fault of a cell, if it still holds.
 * @param {Draft} draft
 * @param {Row} row
 * @param {string} key
 */
export const serverFault = (draft, row, key) => refusedCells.get(draft)?.get(`${row.id}/${key}`) || '';

/**
 * An edited cell is no longer the one that was refused.
 * @param {Draft} draft
 * @param {Row} row
 * @param {string} key
 */
export const forgetFault = (draft, row, key) => { refusedCells.get(draft)?.delete(`${row.id}/${key}`); };

/**
 * @param {Change} change
 * @param {Words} words
 */
const diffLine = (change, words) => h('div', {},
  h('span', {}, words.row(change.id), change.key.length > 1 && ` · ${words.label(change.key)}`),
  change.key === '+' ? h('ins', {}, t('diff.added')) : change.key === '-' ? h('del', {}, t('diff.removed'))
    : h('span', {}, h('del', {}, words.value(change.key, change.was, change.id) || '–'),
      h('ins', {}, words.value(change.key, change.is, change.id) || '–')));

/**
 * The review; resolves true when the user agrees.
 * @param {Change[]} changes
 * @param {string[]} lost
 * @param {string[]} odd what the device allows but finds strange
 * @param {Words} words
 */
const review = (changes, lost, odd, words) => dialog({
  title: t('diff.title', { n: changes.length }),
  body: [h('div', { class: 'diff', tabindex: '0', role: 'group',
    'aria-label': t('diff.title', { n: changes.length }) },
    changes.slice(0, 200).map(change => diffLine(change, words))),
    changes.length > 200 && h('p', { class: 'small dim' }, t('diff.more', { n: changes.length - 200 })),
    odd.length > 0 && h('div', { class: 'notice' }, icon('info'), h('div', {}, h('strong', {}, t('diff.odd')),
      h('ul', {}, odd.slice(0, 20).map(line => h('li', {}, line))))),
    lost.length
      ? h('div', { class: 'notice warning' }, icon('alert'), h('div', {}, h('strong', {}, t('diff.lost')),
        h('ul', {}, lost.map(line => h('li', {}, '– ' + line)))))
      : h('p', { class: 'small dim' }, t('diff.nothing-lost'))],
  actions: [{ label: t('do.cancel'), value: false }, { label: t(lost.length ? 'diff.save-lost' : 'do.save'),
    kind: lost.length ? 'danger' : 'main', value: true }],
});

const wordsOf = (/** @type {FaultLine} */ { text, code }) => text || code;

/** @param {string[]} lines */
const refuse = lines => dialog({ title: t('save.refused'),
  body: h('ul', { class: 'list' }, lines.map(line => h('li', {}, status('err', line)))),
  actions: [{ label: t('do.close'), kind: 'main', value: true }] });

/** The bar of one page. Its state is the draft's; `busy` while the device is asked. */
class DraftBar {
  /**
   * @param {string} name
   * @param {Draft} draft
   * @param {BarOptions} options
   */
  constructor(name, draft, { words, redraw, faults = () => 0, jump = () => {}, fixed = false }) {
    this.name = name;
    this.draft = draft;
    this.words = words;
    this.redraw = redraw;
    this.faults = faults;
    this.jump = jump;
    this.fixed = fixed;
    this.busy = false;
    this.node = h('div', { class: 'draft', role: 'region', 'aria-label': t('draft.region') });
    draft.addEventListener('change', () => this.draw());
    this.draw();
  }

  /**
   * Somebody else saved this table meanwhile: the draft is put on top of the new state.
   * @param {Refused} refused
   */
  async overtaken(refused) {
    await rebase(this.name, this.draft);
    this.redraw();
    const who = refused.faults[0]?.params?.user;
    toast(who ? t('save.overtaken-by', { who }) : t('save.overtaken'));
  }

  /**
   * Shows each fault at its cell, and what belongs to no cell in a dialog.
   * @param {unknown} error
   */
  async failed(error) {
    if (!(error instanceof Refused)) return toast(explain(error));
    if (error.status === 412) return this.overtaken(error);
    const { cells, rest } = faultsByCell(this.name, this.draft.rows, error);
    refusedCells.set(this.draft, cells);
    this.redraw();
    if (rest.length || !cells.size) await refuse(rest.length ? rest : [error.message]);
    return undefined;
  }

  /** @param {{ revision: string, before: string }} saved */
  async undo(saved) {
    try {
      const done = await undoSave(this.name, this.draft, saved);
      this.redraw();
      toast(t(done ? 'draft.undone' : 'draft.too-late'));
    } catch (error) {
      toast(explain(error));
    }
  }

  /** @param {boolean} busy */
  work(busy) {
    this.busy = busy;
    this.draw();
  }

  async save() {
    try {
      this.work(true);
      const { lost, warnings } = await previewSave(this.name, this.draft);
      this.work(false);
      if (!await review(this.draft.changes(), lost.map(wordsOf),
        faultLines(this.name, this.draft.rows, warnings), this.words)) return;
      this.work(true);
      const saved = await saveDraft(this.name, this.draft);
      refusedCells.delete(this.draft);
      toast(t('draft.saved', { revision: saved.revision }),
        { label: t('do.undo'), run: () => this.undo(saved) });
      this.redraw();
    } catch (error) {
      await this.failed(error);
    } finally {
      this.work(false);
    }
  }

  async clear() {
    const sure = await ask({ title: t('clear.title'), text: t('clear.text'), yes: t('do.clear'),
      no: t('do.cancel'), danger: true });
    if (!sure) return;
    this.draft.remove(new Set(this.draft.rows.map(row => row.id)));
    this.redraw();
  }

  cancel() {
    refusedCells.delete(this.draft);
    this.draft.reset();
    this.redraw();
  }

  /**
   * Both values of a cell that was changed here and on the device, to choose from.
   * @param {{ change: Change, theirs: any }} conflict
   */
  conflictLine(conflict) {
    const { id, key, is } = conflict.change;
    const choice = (/** @type {boolean} */ mine) => h('button',
      { class: 'btn', type: 'button', onclick: () => {
        this.draft.settle(conflict, mine);
        this.redraw();
      } }, t(mine ? 'conflict.mine' : 'conflict.theirs',
        { value: this.words.value(key, mine ? is : conflict.theirs, id) || '–' }));
    return h('li', {}, h('span', { class: 'grow' }, `${this.words.row(id)} · ${this.words.label(key)}`),
      choice(true), choice(false));
  }

  /**
   * What stands on the left: how much is not saved, and what keeps it from being saved.
   * @param {Change[]} changes
   * @param {number} bad
   */
  state(changes, bad) {
    if (!changes.length) return h('span', { class: 'dim' }, t('draft.clean'));
    return [h('strong', {}, t('draft.count', { n: changes.length })), ' ',
      h('span', { class: 'dim' }, t('draft.rows', { n: new Set(changes.map(change => change.id)).size })),
      this.draft.resumed && h('span', { class: 'dim' }, t('draft.resumed')),
      this.draft.unstored && status('warn', t('draft.unstored')),
      bad > 0 && [' ', h('button', { class: 'btn plain', type: 'button', onclick: () => this.jump() },
        status('err', t('draft.faults', { n: bad })))]];
  }

  draw() {
    const { draft, busy } = this, changes = draft.changes(), some = changes.length > 0;
    const bad = this.faults() + (refusedCells.get(draft)?.size || 0);
    const blocked = busy || !some || bad > 0 || draft.conflicts.length > 0;
    const button = (/** @type {string} */ kind, /** @type {boolean} */ disabled,
      /** @type {() => void} */ run,
      /** @type {Kid} */ words, more = {}) => h('button',
        { class: 'btn ' + kind, type: 'button', disabled, onclick: run, ...more }, words);
    this.node.className = 'draft' + (some ? ' on' : '');
    this.node.setAttribute('aria-busy', String(busy));
    fill(this.node,
      draft.conflicts.length > 0 && h('div', { class: 'conflicts' }, h('strong', {}, t('conflict.title')),
        h('ul', { class: 'list' }, draft.conflicts.map(conflict => this.conflictLine(conflict)))),
      h('span', { class: 'grow row' }, this.state(changes, bad)),
      !this.fixed && button('danger', busy, () => this.clear(), t('do.clear')),
      button('', busy || !some, () => this.cancel(), t('do.cancel')),
      button('main', blocked, () => this.save(), busy ? t('draft.saving')
          : [t('do.save'), some && ` (${number(changes.length)})`], { 'data-save': true }));
  }
}

/**
 * The bar of a page; for one who may not write there is none.
 * @param {string} name of the table
 * @param {Draft} draft
 * @param {BarOptions} options
 */
export const draftBar = (name, draft, options) => session.canWrite && new DraftBar(name, draft, options).node;
