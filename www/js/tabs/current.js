// «Текущие показания»: read from the meters themselves, now. The device does it as a job; rows fill as
// answers come.
import { h, fill } from '../dom.js';
import { t } from '../i18n.js';
import { explain } from '../words.js';
import { icon, status } from '../icons.js';
import { table } from '../table.js';
import { Job } from '../job.js';
import { current } from '../measures.js';
import { Choice, parameters, foldButton } from '../parameters.js';
import { metersInHand, readMeters, mayReadMeters, meterColumns, valueColumns, stampColumns, flatten,
  countText,
  downloadJSON }
from '../readings.js';
import { sheetButton, meterSheet, stampSheet, valueSheet, cellsOf } from '../spreadsheet.js';
import { toast } from '../modal.js';
import { progressLine } from '../progress.js';

const choice = new Choice(current, 'ElMomentEnergy', ['A+0', 'A+1', 'A+2', 'R+0']);
choice.open = true;
choice.words = 'now';
/**
 * Values of the last reading by meter and kind: they stay when parameters are folded or the page is left.
 * @type {Map<string, Row>}
 */
const values = new Map();
/** @type {Job | null} */
let job = null;
const QUALITY = 'ElMomentQuality';
/** The meter whose diagram is shown, of those that were read. */
let pictured = 0;

/** Where to take the row's values from: what was read, or nothing yet. */
const valueOf = (/** @type {Row} */ row) => values.get(`${choice.kind}/${row.id}`) || { id: row.id };
const stateOf = (/** @type {Row} */ row) => job?.items.get(row.id);

/** @returns {Column[]} */
const columns = () => [
  { key: '#sel', label: t('table.all'), width: 34, pin: true, tight: true, filter: false, at: 'mark' },
  { key: 'id', label: 'ID', width: 60, pin: true, num: true },
  { key: 'state', label: t('col.status'), width: 64, pin: 'last', tight: true, at: 'dot',
    text: row => t('state.' + (stateOf(row)?.state || 'idle')),
    cell: row => status(stateOf(row)?.state || 'idle', stateOf(row)?.text, true) },
  ...meterColumns(row => row),
  { key: 'serial', label: t('col.serial'), width: 112, text: row => valueOf(row).serial || row.serial },
  ...stampColumns().map(column => ({ ...column, at: '',
    text: (/** @type {Row} */ row) => column.text?.(valueOf(row)) })),
  ...valueColumns(choice).map((column, i) => ({ ...column, at: ['side', 'more', 'note'][i],
    text: (/** @type {Row} */ row) => column.text?.(valueOf(row)),
    cell: (/** @type {Row} */ row) => column.cell?.(valueOf(row)) })),
  { key: 'comment', label: t('col.comment'), width: 160, at: 'name', text: row => row.comment
      || `ID ${row.id}` },
];

/**
 * Keeps what comes, also while the page is being redrawn and nobody else listens.
 * @param {Job} work
 * @param {string} kind
 */
const keep = (work, kind) => work.addEventListener('change', event => {
  for (const id of /** @type {CustomEvent} */ (event).detail) {
    const answer = work.items.get(id)?.answer, row = answer && flatten(answer).rows[0];
    if (row) values.set(`${kind}/${id}`, row);
  }
});

/** Meters are being chosen; once a reading began only the chosen ones stay in sight. */
let picking = true;

/** The page while it is shown. */
class Current {
  /**
   * @param {Row[] | null} meters
   * @param {() => void} redraw
   */
  constructor(meters, redraw) {
    this.meters = meters;
    this.redraw = redraw;
    this.count = h('span', { class: 'dim small nowrap', role: 'status' });
    this.progress = h('div', {});
    this.go = h('button', { class: 'btn main', type: 'button', onclick: () => this.read() }, t('read.go'));
    this.view = table({ label: t('title.electricity'), rows: meters || [], pageSize: 10, columns: columns(),
      addressed: true, selected: choice.selected, only: row => picking || choice.selected.has(row.id),
      empty: meters ? t('read.no-meters') : t('meters.unread') });
    this.files = [h('button', { class: 'btn plain', type: 'button', onclick: () => this.save() },
      icon('save'), t('read.json')), sheetButton(() => this.sheet())];
    this.phasors = h('div', {});
    this.view.addEventListener('select', () => {
      choice.remember();
      this.say();
      this.draw();
    });
    this.listen = (/** @type {Event} */ event) => this.take(/** @type {CustomEvent} */ (event).detail);
    job?.addEventListener('change', this.listen);
    this.say();
    this.draw();
  }

  say() {
    this.count.textContent = countText(this.meters, choice);
  }

  draw() {
    this.go.disabled = Boolean(job?.running);
    this.files.forEach(button => { button.disabled = !this.known().length; });
    fill(this.progress, job && progressLine(job, t('read.go')));
    this.drawPhasors();
  }

  /** The diagram of one of the meters that told of their network. */
  async drawPhasors() {
    const read = (this.meters || []).filter(({ id }) => choice.kind === QUALITY && choice.selected.has(id)
      && values.has(`${QUALITY}/${id}`));
    if (!read.length) return fill(this.phasors);
    const { drawPhasors, wanted } = await import('../phasors.js');
    const meter = read.find(row => row.id === pictured) || read[0];
    const name = (/** @type {Row} */ { id, comment }) => (comment ? `ID ${id} · ${comment}` : `ID ${id}`);
    const whose = read.length > 1 && h('select', { class: 'in pick', 'aria-label': t('read.meters'),
      value: meter.id, onchange: event => {
        pictured = Number(event.target.value);
        this.drawPhasors();
      } }, read.map(row => h('option', { value: row.id }, name(row))));
    const head = whose || h('span', { class: 'dim' }, name(meter));
    return drawPhasors(this.phasors, valueOf(meter), head, () => {
      wanted.forEach(tag => choice.chosen.add(tag));
      choice.remember();
      this.redraw();
    });
  }

  /**
   * Answers that came.
   * @param {number[]} ids
   */
  take(ids) {
    this.view.refresh(ids);
    this.draw();
  }

  async read() {
    if (!this.meters) return toast(t('meters.unread'));
    if (!choice.selected.size) return toast(t('read.choose'));
    this.go.disabled = true;
    try {
      const { kind } = choice;
      job = await Job.start({ type: 'read', ids: [...choice.selected], measures: [kind], tags: choice.list });
      keep(job, kind);
      job.addEventListener('change', this.listen);
      picking = false;
      this.redraw();
    } catch (error) {
      toast(explain(error));
    }
    this.draw();
    return undefined;
  }

  /** The way back to all meters. */
  again() {
    return this.meters && !picking
      && h('button', { class: 'btn plain', type: 'button', onclick: () => {
        picking = true;
        this.redraw();
      } }, icon('table'), t('read.choose-again'));
  }

  /** What was read of the chosen meters, in the order of the table. */
  known() {
    return (this.meters || []).filter(row => choice.selected.has(row.id)).map(valueOf).filter(row => row.ts);
  }

  save() {
    downloadJSON(choice, this.known());
  }

  /** The same rows as a workbook: what was read now is not in the archive, so it goes along. */
  sheet() {
    const columns = [...meterSheet(this.meters || [], choice.selected), ...stampSheet(),
      ...valueSheet(choice)];
    return { name: choice.kind, body: { sheet: t('now.' + choice.kind), rows: cellsOf(columns, this.known()),
      columns: columns.map(({ head, digits }) => ({ head, digits })) } };
  }
}

/**
 * @param {() => void} redraw
 * @param {string[]} args
 * @returns {Promise<PageView>}
 */
export async function render(redraw, args) {
  choice.restore(args[1]);
  const page = new Current(metersInHand() || (mayReadMeters() ? await readMeters() : null), redraw);
  const reread = () => readMeters().then(() => { picking = true; redraw(); }, error => toast(explain(error)));
  const panel = h('div', { hidden: !choice.open },
    parameters(choice, () => {
      choice.remember();
      page.view.configure({ columns: columns() });
      page.drawPhasors();
    }));
  return { leave: () => job?.removeEventListener('change', page.listen), body: [
    h('div', { class: 'row tools reading' },
      h('button', { class: 'btn', type: 'button', onclick: reread }, t('do.read-table')),
      h('span', { class: 'grow' }), foldButton(choice, redraw), page.go),
    panel, page.progress,
    h('div', { class: 'row' }, page.count, page.again(), h('span', { class: 'grow' }), page.files),
    page.view, page.phasors] };
}
