// «Время»: clocks of meters read and set, one after another on each line. The device does both as jobs; rows
// fill as answers come, and what is written is the device's time at the moment of the exchange (REQ-269).
import { h, fill } from '../dom.js';
import { t } from '../i18n.js';
import { icon, status } from '../icons.js';
import { table } from '../table.js';
import { Job } from '../job.js';
import { device, session } from '../device.js';
import { readTable } from '../settings.js';
import { metersInHand, readMeters, mayReadMeters, meterColumns, stampColumns, flatten, shown,
  countText } from '../readings.js';
import { asked, remember, listOf, listText } from '../address.js';
import { explain } from '../draftbar.js';
import { ask, toast } from '../modal.js';
import { fold } from '../archive-lists.js';
import { progressLine } from '../progress.js';

/** Chosen meters, kept while the admin is open. */
const choice = { selected: new Set() };
/**
 * The newest clock of each meter: { ts, diff, serial }.
 * @type {Map<number, any>}
 */
const clocks = new Map();
/** @type {Job | null} */
let job = null;
/** What the job does: a key of words. */
let doing = 'time.reading';
/** Meters are being chosen; once a job began only the chosen ones stay in sight. */
let picking = true;

const stateOf = (/** @type {Row} */ row) => job?.items.get(row.id);
const clockOf = (/** @type {Row} */ row) => clocks.get(row.id) || { id: row.id };

/**
 * Takes what an item of a job tells of its meter's clock.
 * @param {import('../job.js').JobItem & { diff?: number, before?: number, serial?: string }} item
 */
function take(item) {
  const row = item.answer && flatten(item.answer).rows[0];
  if (row) clocks.set(item.id, { ...row, id: item.id });
  else if (item.diff != null) {
    clocks.set(item.id, { id: item.id, serial: item.serial, ts: '', diff: item.diff, before: item.before });
  }
}

/** The difference now, and after a writing what it was before. */
const diffCell = (/** @type {Row} */ row) => {
  const { diff, before } = clockOf(row);
  if (diff == null) return '';
  return [`${diff > 0 ? '+' : ''}${shown(diff, 1)}`,
    before != null && h('span', { class: 'dim small' }, ` ${t('time.before', { diff: shown(before, 1) })}`)];
};

/** @returns {Column[]} */
const columns = () => {
  const [stamp, diff] = stampColumns();
  return [
    { key: '#sel', label: t('table.all'), width: 34, pin: true, tight: true, filter: false, at: 'mark' },
    { key: 'id', label: 'ID', width: 46, pin: true, num: true },
    { key: 'state', label: t('col.status'), width: 60, pin: 'last', tight: true, at: 'dot',
      text: row => t('state.' + (stateOf(row)?.state || 'idle')),
      cell: row => status(stateOf(row)?.state || 'idle', stateOf(row)?.text, true) },
    ...meterColumns(row => row).map(column => ({ ...column, width: column.key === 'iface' ? 112 : 100,
      at: column.key === 'addr' ? 'more' : '' })),
    { key: 'serial', label: t('col.serial'), width: 100, text: row => clockOf(row).serial || row.serial },
    { ...stamp, width: 208, at: 'note', text: row => stamp.text?.(clockOf(row)) },
    { ...diff, width: 126, at: 'side', text: row => diff.text?.(clockOf(row)), cell: diffCell },
    { key: 'comment', label: t('col.comment'), width: 138, at: 'name',
      text: row => row.comment || `ID ${row.id}` },
  ];
};

/** The page while it is shown. */
class Clocks {
  /**
   * @param {Row[] | null} meters
   * @param {Row[]} groups
   * @param {() => void} redraw
   */
  constructor(meters, groups, redraw) {
    this.meters = meters;
    this.groups = groups;
    this.redraw = redraw;
    this.count = h('span', { class: 'dim small nowrap', role: 'status' });
    this.progress = h('div', {});
    this.buttons = h('span', { class: 'row' });
    // Answers that came while no page listened.
    job?.items.forEach(take);
    this.view = table({ label: t('tab.time'), rows: meters || [], pageSize: 10, columns: columns(),
      addressed: true, selected: choice.selected, only: row => picking || choice.selected.has(row.id),
      empty: meters ? t('read.no-meters') : t('meters.unread') });
    this.view.addEventListener('select', () => this.say());
    this.listen = (/** @type {Event} */ event) => this.taken(/** @type {CustomEvent} */ (event).detail);
    job?.addEventListener('change', this.listen);
    this.say();
    this.draw();
  }

  say() {
    remember({ ids: listText(choice.selected) });
    this.count.textContent = countText(this.meters, /** @type {any} */ (choice));
  }

  draw() {
    const busy = Boolean(job?.running);
    const button = (/** @type {string} */ word, /** @type {() => void} */ run, kind = '') => h('button',
      { class: 'btn ' + kind, type: 'button', disabled: busy, onclick: run }, t(word));
    fill(this.buttons, button('time.read', () => this.start({ type: 'read', measures: ['GetTime'] },
      'time.reading'), 'main'),
    session.canWrite && button('time.write', () => this.write()));
    fill(this.progress, job && progressLine(job, t(doing)));
  }

  /** @param {number[]} ids */
  taken(ids) {
    for (const id of ids) {
      const item = job?.items.get(id);
      if (item) take(item);
    }
    this.view.refresh(ids);
    this.draw();
  }

  /** Why nothing can be asked now; a key of words. */
  get refusal() {
    if (!this.meters) return 'meters.unread';
    return choice.selected.size ? '' : 'read.choose';
  }

  async write() {
    if (this.refusal) return toast(t(this.refusal));
    if (!device.trusted) return toast(t('time.untrusted'));
    const sure = await ask({ title: t('time.write-title', { n: choice.selected.size }),
      text: t('time.write-text'), yes: t('time.write'), no: t('do.cancel') });
    return sure ? this.start({ type: 'time' }, 'time.writing') : undefined;
  }

  /**
   * @param {any} order
   * @param {string} what
   */
  async start(order, what) {
    if (this.refusal) return toast(t(this.refusal));
    try {
      job = await Job.start({ ...order, ids: [...choice.selected] });
      doing = what;
      picking = false;
      this.redraw();
    } catch (error) {
      toast(explain(error));
    }
    return undefined;
  }

  /** A group chosen as a whole. */
  groupChoice() {
    const choose = (/** @type {any} */ event) => {
      const group = event.target.value && this.groups[Number(event.target.value)];
      const known = new Set(this.meters?.map(({ id }) => id));
      if (!group) return;
      choice.selected.clear();
      const ids = group.meters.length ? group.meters : [...known];
      ids.filter((/** @type {number} */ id) => known.has(id))
        .forEach((/** @type {number} */ id) => choice.selected.add(id));
      this.view.changed();
    };
    return this.groups.length > 0 && h('select', { class: 'in pick', 'aria-label': t('time.group'),
      onchange: choose }, h('option', { value: '' }, t('time.group')),
    this.groups.map((group, i) => h('option', { value: i }, group.name)));
  }

  /** The way back to all meters. */
  again() {
    return this.meters && !picking && h('div', {}, h('button', { class: 'btn plain', type: 'button',
      onclick: () => { picking = true; this.redraw(); } }, icon('table'), t('read.choose-again')));
  }
}

/**
 * @param {() => void} redraw
 * @param {string[]} args
 * @returns {Promise<PageView>}
 */
export async function render(redraw, args) {
  const named = args[1] || asked('ids');
  if (named) {
    choice.selected.clear();
    listOf(named).forEach(id => choice.selected.add(id));
  }
  const [meters, groups] = await Promise.all([metersInHand() || (mayReadMeters() ? readMeters() : null),
    readTable('groups')]);
  const page = new Clocks(meters, groups.rows, redraw);
  const reread = () => readMeters().then(() => { picking = true; redraw(); },
    error => toast(explain(error)));
  return { leave: () => job?.removeEventListener('change', page.listen), body: [
    h('div', { class: 'row tools reading' },
      h('button', { class: 'btn', type: 'button', onclick: reread }, t('do.read-table')),
      meters && page.groupChoice(), page.count, h('span', { class: 'grow' }), page.buttons),
    page.progress, page.again(), page.view, fold('clocks')] };
}
