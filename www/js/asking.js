// What the tabs of «Управление приборами учёта» share: meters chosen in a table, a job of the device that
// asks them one after another on each line, rows that fill as answers come. Choice and job live as long as
// the admin is open; a page shown again takes up the job where it is.
import { h, fill } from './dom.js';
import { t } from './i18n.js';
import { explain } from './words.js';
import { icon, status } from './icons.js';
import { table } from './table.js';
import { Job } from './job.js';
import { readTable } from './settings.js';
import { metersInHand, readMeters, mayReadMeters, meterColumns, countText } from './readings.js';
import { asked, remember, listOf, listText } from './address.js';
import { toast } from './modal.js';
import { progressLine } from './progress.js';

/**
 * What outlives the page. `picking`: meters are being chosen; once a job began only those it asked, `held`,
 * stay in sight. `doing` is a key of words.
 * @typedef {{ selected: Set<any>, job: Job | null, doing: string, picking: boolean, held: Set<any> }} Asked
 */
/** @returns {Asked} */
export const freshChoice = () => ({ selected: new Set(), job: null, doing: '', picking: true,
  held: new Set() });

/**
 * Columns that say which meter a row is of and how asking it ended; `own` stand before the comment.
 * @param {Asked} choice
 * @param {Column[]} own
 * @returns {Column[]}
 */
export const askingColumns = (choice, own) => {
  const stateOf = (/** @type {Row} */ row) => choice.job?.items.get(row.id);
  return [
    { key: '#sel', label: t('table.all'), width: 34, pin: true, tight: true, filter: false, at: 'mark' },
    { key: 'id', label: 'ID', width: 46, pin: true, num: true },
    { key: 'state', label: t('col.status'), width: 60, pin: 'last', tight: true, at: 'dot',
      text: row => t('state.' + (stateOf(row)?.state || 'idle')),
      cell: row => status(stateOf(row)?.state || 'idle', stateOf(row)?.text, true) },
    ...meterColumns(row => row).map(column => ({ ...column, width: column.key === 'iface' ? 112 : 100,
      at: column.key === 'addr' ? 'more' : '' })),
    ...own,
    { key: 'comment', label: t('col.comment'), width: 138, at: 'name',
      text: row => row.comment || `ID ${row.id}` },
  ];
};

/**
 * The page while it is shown. A tab says what its columns and buttons are and what an item of a job tells.
 */
export class Asking {
  /**
   * @param {Asked} choice
   * @param {{ label: string, columns: () => Column[], take: (item: any) => void,
   *   buttons: (page: Asking) => Kid, ended?: (page: Asking) => void }} tab
   * @param {Row[] | null} meters
   * @param {() => void} redraw
   */
  constructor(choice, tab, meters, redraw) {
    this.choice = choice;
    this.tab = tab;
    this.meters = meters;
    this.redraw = redraw;
    this.count = h('span', { class: 'dim small nowrap', role: 'status' });
    this.progress = h('div', {});
    this.buttons = h('span', { class: 'row' });
    // Answers that came while no page listened.
    choice.job?.items.forEach(tab.take);
    this.view = table({ label: tab.label, rows: meters || [], pageSize: 10, columns: tab.columns(),
      addressed: true, selected: choice.selected, only: row => choice.picking || choice.held.has(row.id),
      empty: meters ? t('read.no-meters') : t('meters.unread') });
    this.view.addEventListener('select', () => this.say());
    this.listen = (/** @type {Event} */ event) => this.taken(/** @type {CustomEvent} */ (event).detail);
    choice.job?.addEventListener('change', this.listen);
    this.say();
    this.draw();
  }

  say() {
    remember({ ids: listText(this.choice.selected) });
    this.count.textContent = countText(this.meters, /** @type {any} */ (this.choice));
  }

  /**
   * @param {string} word
   * @param {() => void} run
   */
  button(word, run, kind = '') {
    return h('button', { class: 'btn ' + kind, type: 'button', disabled: Boolean(this.choice.job?.running),
      onclick: run }, t(word));
  }

  draw() {
    const { job, doing } = this.choice;
    fill(this.buttons, this.tab.buttons(this));
    fill(this.progress, job && progressLine(job, t(doing)));
  }

  /** @param {number[]} ids */
  taken(ids) {
    for (const id of ids) {
      const item = this.choice.job?.items.get(id);
      if (item) this.tab.take(item);
    }
    this.view.refresh(ids);
    this.draw();
    if (this.choice.job && !this.choice.job.running) this.tab.ended?.(this);
  }

  /** Why nothing can be asked now; a key of words. */
  get refusal() {
    if (!this.meters) return 'meters.unread';
    return this.choice.selected.size ? '' : 'read.choose';
  }

  /**
   * @param {any} order
   * @param {string} doing
   */
  async start(order, doing) {
    if (this.refusal) return toast(t(this.refusal));
    try {
      const job = await Job.start({ ...order, ids: [...this.choice.selected] });
      if (this.choice.picking) this.choice.held = new Set(this.choice.selected);
      Object.assign(this.choice, { job, doing, picking: false });
      this.redraw();
    } catch (error) {
      toast(explain(error));
    }
    return undefined;
  }

  /**
   * A group chosen as a whole.
   * @param {Row[]} groups
   */
  groupChoice(groups) {
    const choose = (/** @type {any} */ event) => {
      const group = event.target.value && groups[Number(event.target.value)];
      const known = new Set(this.meters?.map(({ id }) => id));
      if (!group) return;
      this.choice.selected.clear();
      const ids = group.meters.length ? group.meters : [...known];
      ids.filter((/** @type {number} */ id) => known.has(id))
        .forEach((/** @type {number} */ id) => this.choice.selected.add(id));
      this.view.changed();
    };
    return groups.length > 0 && h('select', { class: 'in pick', 'aria-label': t('time.group'),
      onchange: choose }, h('option', { value: '' }, t('time.group')),
    groups.map((group, i) => h('option', { value: i }, group.name)));
  }

  /** The way back to all meters. */
  again() {
    return this.meters && !this.choice.picking && h('div', {}, h('button', { class: 'btn plain',
      type: 'button', onclick: () => { this.choice.picking = true; this.redraw(); } }, icon('table'),
      t('read.choose-again')));
  }
}

/**
 * A tab of this kind.
 * @param {Asked} choice
 * @param {ConstructorParameters<typeof Asking>[1]} tab
 * @param {() => void} redraw
 * @param {string[]} args
 * @param {Kid} below
 * @returns {Promise<PageView>}
 */
export async function askingTab(choice, tab, redraw, args, below = null) {
  const named = args[1] || asked('ids');
  if (named) {
    choice.selected.clear();
    listOf(named).forEach(id => choice.selected.add(id));
  }
  const [meters, groups] = await Promise.all([metersInHand() || (mayReadMeters() ? readMeters() : null),
    readTable('groups')]);
  const page = new Asking(choice, tab, meters, redraw);
  const reread = () => readMeters().then(() => { choice.picking = true; redraw(); },
    error => toast(explain(error)));
  return { leave: () => choice.job?.removeEventListener('change', page.listen), body: [
    h('div', { class: 'row tools reading' },
      h('button', { class: 'btn', type: 'button', onclick: reread }, t('do.read-table')),
      meters && page.groupChoice(groups.rows), page.count, h('span', { class: 'grow' }), page.buttons),
    page.progress, page.again(), page.view, below] };
}
