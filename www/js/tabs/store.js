// «Архив»: how much of every kind of data is kept, when the first row would be lost, and how the file is.
// Depths are settings, edited in place; a check of the file is a job of the device.
import { h, fill } from '../dom.js';
import { t, tOr, number, stamp, parseStamp, span } from '../i18n.js';
import { explain, whole } from '../words.js';
import { icon, status } from '../icons.js';
import { table } from '../table.js';
import { absent } from '../absent.js';
import { optional, post } from '../api.js';
import { Job } from '../job.js';
import { device, now, session } from '../device.js';
import { openDraft, optionalRows } from '../settings.js';
import { draftBar, serverFault, forgetFault } from '../draftbar.js';
import { rowForm } from '../row-form.js';
import { progressLine } from '../progress.js';
import { toast } from '../modal.js';
import { folds } from '../archive-lists.js';

/** @typedef {import('../draft.js').Draft} Draft */

/** Deepest ring anybody may ask for: ten years of half-hours. */
const DEEPEST = 175320;
/** Losses nearer than this are marked. */
const SOON = 30 * 86400;

/**
 * The word of a kind of data: archives as on the page of readings, journals as in the templates.
 * @param {string} measure
 */
const measureWord = measure => tOr('kind.' + measure, tOr('data.' + measure, measure));

/** @param {string | null | undefined} text */
const dayOf = text => (text ? stamp(parseStamp(text).t, parseStamp(text).offset, false).slice(0, 8) : '–');

/**
 * Octets in words: «12,3 МБ».
 * @param {number | null | undefined} octets
 */
const size = octets => {
  if (octets == null) return '–';
  const step = octets >= 1e12 ? 4 : octets >= 1e9 ? 3 : octets >= 1e6 ? 2 : 1;
  return `${number(octets / 1000 ** step, 1)}\u00a0${t('unit.' + ['', 'kb', 'mb', 'gb', 'tb'][step])}`;
};

/**
 * Kinds and journals as rows of one table, joined with their depth settings.
 * @param {any} state
 * @param {Row[]} settings
 * @returns {Row[]}
 */
function rowsOf(state, settings) {
  const byMeasure = new Map(settings.map(row => [row.measure, row]));
  return [...state.Kinds || [], ...state.Journals || []].map((one, i) => {
    const setting = byMeasure.get(one.measure);
    return { ...one, id: setting?.id ?? `s${i}`, depth: setting?.depth ?? one.depth, setting };
  });
}

/** A share as a bar with its number: colour is not the only cue. */
function fillBar(/** @type {number | null | undefined} */ share) {
  if (share == null) return '–';
  const bar = h('i', {});
  bar.style.width = `${Math.min(100, Math.round(share * 100))}%`;
  return h('span', { class: 'fill-bar' }, h('span', { class: 'meter-bar', 'aria-hidden': 'true' }, bar),
    `${number(share * 100)}\u00a0%`);
}

/** When the oldest row that nobody has read would go. */
function lossCell(/** @type {Row} */ row) {
  if (!row.loss) return h('span', { class: 'dim' }, t('store.no-loss'));
  const soon = parseStamp(row.loss).t - now() < SOON;
  return status(soon ? 'warn' : 'idle', dayOf(row.loss));
}

/** @param {boolean} editable */
const columns = editable => /** @type {Column[]} */ ([
  { key: 'measure', label: t('col.data'), width: 266, at: 'name', text: row => measureWord(row.measure) },
  { key: 'depth', label: t('store.depth'), width: 104, num: true, editable, filter: false, at: 'more',
    text: row => row.depth ?? '', cell: row => [String(row.depth ?? '–'),
    row.unit && h('span', { class: 'dim' }, '\u00a0' + t('store.in-' + row.unit))] },
  { key: 'rows', label: t('store.rows'), width: 90, num: true, filter: false,
    text: row => number(row.rows) },
  { key: 'fill', label: t('store.fill'), width: 130, filter: false, at: 'side',
    text: row => String(Math.round((row.fill || 0) * 1000)), cell: row => fillBar(row.fill) },
  { key: 'oldest', label: t('store.oldest'), width: 84, filter: false, text: row => dayOf(row.oldest) },
  { key: 'newest', label: t('store.newest'), width: 84, filter: false, text: row => dayOf(row.newest) },
  { key: 'unsent', label: t('store.unsent'), width: 126, num: true, filter: false,
    text: row => (row.unsent == null ? '–' : number(row.unsent)) },
  { key: 'loss', label: t('store.loss'), width: 140, filter: false, at: 'note',
    text: row => row.loss || '', cell: lossCell },
]);

const notices = (/** @type {any[]} */ list) => list.map(one => h('div', {
  class: `notice ${one.level === 'err' ? 'error' : 'warning'}`, role: 'status' }, icon('alert'),
h('div', {}, h('strong', {}, t('attention')), ' ', one.text)));

/**
 * The file and the memory under it.
 * @param {any} file
 */
function fileCard(file) {
  const endurance = async () => {
    const good = (/** @type {Row} */ row) => Number.isInteger(row.tbw) && row.tbw >= 1 && row.tbw <= 1e5;
    const row = { id: 1, tbw: Math.round(file.endurance / 1e12) };
    const done = await rowForm({ title: t('store.endurance'), row, fixed: true, yes: 'do.save',
      columns: /** @type {Column[]} */ ([{ key: 'tbw', label: t('store.tbw'), editable: true }]),
      check: one => ({ tbw: good(one) ? '' : t('fault.range', { low: 1, high: 1e5 }) }),
      set: (one, key, value) => { one[key] = whole(value); } });
    if (!done || !good(row)) return;
    await post('/settings/site', { endurance: row.tbw }).then(() => { location.reload(); },
      error => toast(explain(error)));
  };
  const list = /** @type {[string, Kid][]} */ ([['store.size', size(file.octets)],
    ['store.free', size(file.free)], ['store.written', size(file.written)],
    file.endurance != null && ['store.endurance', [size(file.endurance), ' ', session.canWrite
      && h('button', { class: 'btn plain', type: 'button', onclick: endurance }, t('store.change'))]]]
    .filter(Boolean));
  return h('section', { class: 'card w6 stack' }, h('header', {}, h('h2', {}, t('store.file'))),
    h('dl', { class: 'pairs' }, list.map(([name, value]) => [h('dt', {}, t(name)), h('dd', {}, value)])),
    file.years != null && h('p', {}, status(file.years < 5 ? 'warn' : 'ok',
      t('store.years', { n: Math.floor(file.years) }))));
}

/**
 * The state of the file and the check of it, which is a job.
 * @param {any} integrity
 */
function integrityCard(integrity) {
  const place = h('div', {});
  const follow = (/** @type {Job} */ job) => {
    const draw = () => {
      const text = [...job.items.values()].map(item => item.text).filter(Boolean).pop();
      fill(place, progressLine(job, t('store.check')),
        !job.running && h('p', {}, status(job.count('err', 'mute') ? 'err' : 'ok',
          text || t('store.checked'))));
    };
    job.addEventListener('change', draw);
    draw();
  };
  const start = () => Job.start({ type: 'integrity' }).then(follow, error => toast(explain(error)));
  return h('section', { class: 'card w6 stack' }, h('header', {}, h('h2', {}, t('store.integrity'))),
    h('p', {}, status(integrity?.state || 'idle', integrity?.text || t('store.unchecked')),
      integrity?.last && h('span', { class: 'dim small' }, ' · ',
        t('home.since', { span: span(now() - parseStamp(integrity.last).t) }))),
    session.canWrite && h('div', {}, h('button', { class: 'btn', type: 'button', onclick: start },
      icon('play'), t('store.check'))),
    place);
}

/** The table of kinds with its depths while it is shown. */
class Kinds {
  /**
   * @param {any} state
   * @param {Draft | null} draft
   */
  constructor(state, draft) {
    this.draft = draft;
    const rows = rowsOf(state, draft?.rows || []);
    this.view = table({ label: t('tab.store'), rows, selectable: false, pageSize: 25, addressed: true,
      empty: t('store.empty'), columns: columns(Boolean(draft && session.canWrite)),
      dirty: (row, key) => key === 'depth' && Boolean(row.setting && draft?.dirty(row.setting, key)),
      fault: (row, key) => (key === 'depth' && row.setting ? this.fault(row.setting) : '') });
    this.view.addEventListener('edit', event => {
      for (const { row, value } of /** @type {CustomEvent} */ (event).detail) {
        this.set(row, value);
      }
    });
    // A phone edits the depth in a form.
    this.view.addEventListener('open', event => this.edit(/** @type {CustomEvent} */ (event).detail));
    this.state = state;
  }

  /**
   * @param {Row} row
   * @param {string} value
   */
  set(row, value) {
    row.depth = whole(value);
    if (!this.draft || !row.setting) return;
    forgetFault(this.draft, row.setting, 'depth');
    this.draft.edit(row.setting, 'depth', row.depth);
  }

  /** @param {Row} row */
  async edit(row) {
    if (!row.setting || !session.canWrite) return;
    const form = { ...row.setting };
    const done = await rowForm({ title: measureWord(row.measure), row: form, fixed: true,
      columns: this.view.columns.filter(column => column.key === 'depth'),
      check: one => ({ depth: this.fault(one) }),
      set: (one, key, value) => { one[key] = whole(value); } });
    if (!done) return;
    this.set(row, form.depth);
    this.sync();
  }

  /** @param {Row} setting */
  fault(setting) {
    const good = Number.isInteger(setting.depth) && setting.depth >= 1 && setting.depth <= DEEPEST;
    return good ? this.draft ? serverFault(this.draft, setting, 'depth') : ''
      : t('fault.range', { low: 1, high: DEEPEST });
  }

  sync() {
    this.view.rows = rowsOf(this.state, this.draft?.rows || []);
    this.view.update();
  }

  /** @returns {Kid} */
  bar() {
    const { draft } = this;
    if (!draft) return null;
    const nameOf = (/** @type {any} */ id) => measureWord(draft.rows.find(row => row.id === id)?.measure);
    return draftBar('depths', draft, { fixed: true, redraw: () => this.sync(),
      faults: () => draft.rows.filter(row => this.fault(row)).length,
      jump: () => /** @type {HTMLElement | null} */ (this.view.querySelector('td.bad'))?.focus(),
      words: { row: nameOf, label: () => t('store.depth'), value: (_, value) => String(value ?? '') } });
  }
}

/** @returns {Promise<PageView>} */
export async function render() {
  const [state, settings] = await Promise.all([optional('/state/archive'), optionalRows('depths')]);
  if (!state) return { body: absent() };
  const kinds = new Kinds(state, settings && await openDraft('depths', device.serial));
  return { body: [notices(state.Notices || []),
    h('div', { class: 'grid' }, state.File && fileCard(state.File),
      state.Integrity && integrityCard(state.Integrity)),
    kinds.view, folds(), kinds.bar()] };
}
