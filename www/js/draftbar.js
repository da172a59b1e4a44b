// The foot of every editable page: «Очистить · Отмена · Записать (n)», the review before a save, faults and
// conflicts
// after it, and the way back. One place, so that every table behaves alike (ui design 4).
import { h, fill } from './dom.js';
import { t, number } from './i18n.js';
import { status, icon } from './icons.js';
import { dialog, ask, toast } from './modal.js';
import { previewSave, saveDraft, undoSave, rebase, faultsByCell } from './settings.js';
import { Refused, LinkLost } from './api.js';
import { session } from './device.js';

/** @typedef {import('./draft.js').Draft} Draft */
/**
 * How changes are put into words.
 * @typedef {object} Words
 * @property {(id: any) => string} row
 * @property {(key: string) => string} label
 * @property {(key: string, value: any, row?: Row) => string} value
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
    : h('span', {}, h('del', {}, words.value(change.key, change.was) || '–'),
      h('ins', {}, words.value(change.key, change.is) || '–')));

/**
 * The review; resolves true when the user agrees.
 * @param {Change[]} changes
 * @param {string[]} lost
 * @param {Words} words
 */
const review = (changes, lost, words) => dialog({
  title: t('diff.title', { n: changes.length }),
  body: [h('div', { class: 'diff', tabindex: '0', role: 'group',
    'aria-label': t('diff.title', { n: changes.length }) },
    changes.slice(0, 200).map(change => diffLine(change, words))),
    changes.length > 200 && h('p', { class: 'small dim' }, t('diff.more', { n: changes.length - 200 })),
    lost.length
      ? h('div', { class: 'notice warning' }, icon('alert'), h('div', {}, h('strong', {}, t('diff.lost')),
        h('ul', {}, lost.map(line => h('li', {}, '– ' + line)))))
      : h('p', { class: 'small dim' }, t('diff.nothing-lost'))],
  actions: [{ label: t('do.cancel'), value: false }, { label: t(lost.length ? 'diff.save-lost' : 'do.save'),
    kind: lost.length ? 'danger' : 'main', value: true }],
});

/**
 * Says in words why something asked of the device did not happen.
 * @param {unknown} error
 */
export const explain = error => (error instanceof LinkLost ? t('fault.link')
  : error instanceof Refused ? error.message : String(error));

/** @param {string[]} lines */
const refuse = lines => dialog({ title: t('save.refused'),
  body: h('ul', { class: 'list' }, lines.map(line => h('li', {}, status('err', line)))),
  actions: [{ label: t('do.close'), kind: 'main', value: true }] });

/**
 * @param {string} name of the table
 * @param {Draft} draft
 * @param {{ words: Words, redraw: () => void, faults?: () => number, jump?: () => void }} options
 *   faults: cells the page itself finds wrong; jump: goes to the first of them
 */
export function draftBar(name, draft, { words, redraw, faults = () => 0, jump }) {
  const bar = h('div', { class: 'draft', role: 'region', 'aria-label': t('draft.region') });
  if (!session.canWrite) {
    bar.hidden = true;
    return bar;
  }
  let busy = false;

  async function overtaken(/** @type {Refused} */ refused) {
    await rebase(name, draft);
    redraw();
    const who = refused.faults[0]?.params?.user;
    toast(who ? t('save.overtaken-by', { who }) : t('save.overtaken'));
  }

  async function failed(/** @type {unknown} */ error) {
    if (!(error instanceof Refused)) return toast(explain(error));
    if (error.status === 412) return overtaken(error);
    const { cells, rest } = faultsByCell(name, draft.rows, error);
    refusedCells.set(draft, cells);
    redraw();
    if (rest.length || !cells.size) await refuse(rest.length ? rest : [error.message]);
    return undefined;
  }

  /** @param {{ revision: string, before: string }} saved */
  async function undo(saved) {
    try {
      const done = await undoSave(name, draft, saved);
      redraw();
      toast(t(done ? 'draft.undone' : 'draft.too-late'));
    } catch (error) {
      toast(explain(error));
    }
  }

  async function save() {
    busy = true;
    draw();
    try {
      const lost = (await previewSave(name, draft)).map(loss => loss.text);
      busy = false;
      if (!await review(draft.changes(), lost, words)) return;
      busy = true;
      draw();
      const saved = await saveDraft(name, draft);
      refusedCells.delete(draft);
      toast(t('draft.saved', { revision: saved.revision }), { label: t('do.undo'), run: () => undo(saved) });
      redraw();
    } catch (error) {
      await failed(error);
    } finally {
      busy = false;
      draw();
    }
  }

  async function clear() {
    const sure = await ask({ title: t('clear.title'), text: t('clear.text'), yes: t('do.clear'),
      no: t('do.cancel'),
      danger: true });
    if (!sure) return;
    draft.remove(new Set(draft.rows.map(row => row.id)));
    redraw();
  }

  const conflictLine = (/** @type {any} */ conflict) => h('li', {}, h('span', { class: 'grow' },
    `${words.row(conflict.change.id)} · ${words.label(conflict.change.key)}`),
    ...[true, false].map(mine => h('button', { class: 'btn', type: 'button', onclick: () => {
      draft.settle(conflict, mine);
      redraw();
    } }, t(mine ? 'conflict.mine' : 'conflict.theirs',
      { value: words.value(conflict.change.key, mine ? conflict.change.is : conflict.theirs) || '–' }))));

  function state(/** @type {Change[]} */ changes, /** @type {number} */ bad) {
    if (!changes.length) return h('span', { class: 'dim' }, t('draft.clean'));
    return [h('strong', {}, t('draft.count', { n: changes.length })), ' ',
      h('span', { class: 'dim' }, t('draft.rows', { n: new Set(changes.map(change => change.id)).size })),
      draft.resumed && h('span', { class: 'dim' }, t('draft.resumed')),
      draft.unstored && status('warn', t('draft.unstored')),
      bad > 0 && [' ', h('button', { class: 'btn plain', type: 'button', onclick: () => jump?.() },
        status('err', t('draft.faults', { n: bad })))]];
  }

  const draw = () => {
    const changes = draft.changes(), bad = faults() + (refusedCells.get(draft)?.size || 0);
    bar.className = 'draft' + (changes.length ? ' on' : '');
    bar.setAttribute('aria-busy', String(busy));
    fill(bar,
      draft.conflicts.length > 0 && h('div', { class: 'conflicts' }, h('strong', {}, t('conflict.title')),
        h('ul', { class: 'list' }, draft.conflicts.map(conflictLine))),
      h('span', { class: 'grow row' }, state(changes, bad)),
      h('button', { class: 'btn danger', type: 'button', disabled: busy, onclick: clear }, t('do.clear')),
      h('button', { class: 'btn', type: 'button', disabled: busy || !changes.length, onclick: () => {
        refusedCells.delete(draft);
        draft.reset();
        redraw();
      } }, t('do.cancel')),
      h('button', { class: 'btn main', type: 'button', 'data-save': true,
        disabled: busy || !changes.length || bad > 0 || draft.conflicts.length > 0, onclick: save },
        t(busy ? 'draft.saving' : 'do.save'), changes.length && !busy ? ` (${number(changes.length)})` : ''));
  };
  draft.addEventListener('change', draw);
  draw();
  return bar;
}
