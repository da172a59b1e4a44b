// «Журналы»: events of meters from the device's archive, no exchange with the meter. Journals and period are
// chosen, every event is a row.
import { h, fill } from '../dom.js';
import { t, tOr, number, inputStamp, parseInput, parseStamp } from '../i18n.js';
import { explain } from '../words.js';
import { icon, status } from '../icons.js';
import { table } from '../table.js';
import { post } from '../api.js';
import { device, now } from '../device.js';
import { journals, singleEvents, switches } from '../measures.js';
import { metersInHand, readMeters, mayReadMeters, meterPicker, meterColumns, stampColumns, countText }
from '../readings.js';
import { asked, remember, listOf, listText } from '../address.js';
import { foldButton } from '../parameters.js';
import { download } from '../clipboard.js';
import { sheetButton, meterSheet, stampSheet } from '../spreadsheet.js';
import { toast } from '../modal.js';

/** What is told of an event; the last two are this device's own. */
const TAGS = ['event', 'eventId', 'code', 'shift'];
/** Days that are looked at first. */
const DAYS = 31;

/** What is chosen, kept while the admin is open. */
const choice = { selected: new Set(), kinds: new Set(journals), open: true,
  /** The address says which meters are looked at. */
  remember() { remember({ ids: listText(this.selected) }); } };
/** @type {{ from: number, to: number } | null} */
let period = null;
/**
 * The last answer, newest first, and the question it answers.
 * @type {{ rows: Row[], question: string, asked: any } | null}
 */
let result = null;

/**
 * Events of an answer as rows.
 * @param {any} answer
 * @returns {Row[]}
 */
const eventsOf = answer => (answer?.measures || []).flatMap((/** @type {any} */ { measure, devices }) =>
    (devices || []).flatMap((/** @type {any} */ one) => (one.vals || []).map((/** @type {any} */ record) => ({
      meter: Number(one.id), serial: one.serial, measure, ts: record.ts, t: parseStamp(record.ts).t,
      diff: record.diff ?? null,
      ...Object.fromEntries((record.tags || []).map((/** @type {any} */ { tag, val }) => [tag, val])) }))))
  .sort((/** @type {Row} */ a, /** @type {Row} */ b) => b.t - a.t)
  .map((/** @type {any} */ row, /** @type {number} */ i) => ({ ...row, id: i }));

const journalWord = (/** @type {string} */ measure) => tOr('data.' + measure, measure);

/**
 * What tells one question from another.
 * @param {{ from: number, to: number }} time
 */
const questionText = ({ from, to }) =>
    [listText(choice.selected), [...choice.kinds].join(','), from, to].join(' ');

/**
 * @param {{ from: number, to: number }} time
 * @param {boolean} [step] whether «назад» leads to what was shown before
 */
async function read(time, step = true) {
  const asked = { ids: [...choice.selected], tags: TAGS, time: [{ start: time.from, end: time.to }],
    measures: journals.filter(name => choice.kinds.has(name)) };
  const answer = await post('/meter/data/arch', asked, { seconds: 120 });
  result = { rows: eventsOf(answer), question: questionText(time), asked };
  const [from, to] = [time.from, time.to].map(at => inputStamp(at, device.offset).replace(' ', 'T'));
  const all = choice.kinds.size === journals.length;
  remember({ ids: listText(choice.selected), from, to, kinds: all ? '' : [...choice.kinds].join(',') }, step);
}

/**
 * «Типы журналов ПУ»: forty boxes, and one for all of them.
 * @param {() => void} redraw
 */
function kindBoxes(redraw) {
  const box = (/** @type {string} */ label, /** @type {boolean} */ checked,
    /** @type {(on: boolean) => void} */ run) => h('label', { class: 'check' },
      h('input', { type: 'checkbox', checked, onchange: event => run(event.target.checked) }), label);
  return h('fieldset', { class: 'card' }, h('legend', { class: 'minor' }, t('journal.kinds')),
    box(t('read.all'), choice.kinds.size === journals.length, on => {
      choice.kinds = new Set(on ? journals : []);
      redraw();
    }),
    h('div', { class: 'journal-kinds' }, journals.map(name => box(journalWord(name), choice.kinds.has(name),
      on => { if (on) choice.kinds.add(name); else choice.kinds.delete(name); }))));
}

/** A file of the shown events. */
const save = () => download(`journals-${device.serial}.json`, JSON.stringify({ device: device.serial,
  events: (result?.rows || []).map(({ meter, serial, measure, ts, event, eventId, code, shift }) =>
    ({ id: meter, serial, measure, ts, event, eventId, code, shift })) }, null, 2));

/**
 * Words of an event's state by journal, as the workbook's column wants them.
 * @param {string[]} measures
 */
const stateWords = measures => Object.fromEntries([['0', t('journal.end')], ['1', t('journal.begin')],
  ...measures.flatMap(name => (singleEvents.includes(name) ? ['', '']
      : switches.includes(name) ? [t('journal.off'), t('journal.on')] : [])
    .map((word, state) => [`${name}/${state}`, word]))]);

/**
 * The shown events as a workbook, filled from the device's archive.
 * @param {any} asked
 * @param {Row[]} meters
 */
const workbookOf = ({ ids, time, measures }, meters) => ({ name: 'journals', body: { sheet: t('tab.journals'),
  newestFirst: true, from: { ids, time, measures }, columns: [...meterSheet(meters, new Set(ids)),
    { head: t('journal.name'), key: 'measure',
      words: Object.fromEntries(measures.map((/** @type {string} */ name) => [name, journalWord(name)])) },
    stampSheet()[0], { head: t('journal.event'), key: 'event', words: stateWords(measures) },
    { head: `${t('journal.shift')}, ${t('unit.s')}`, key: 'shift', digits: 0 },
    { head: t('journal.code'), key: 'code', digits: 0 }, { head: '№', key: 'eventId', digits: 0 }] } });

/**
 * @param {Row[]} meters
 * @returns {Kid}
 */
function shownResult(meters) {
  if (!result) return null;
  const byId = new Map(meters.map(meter => [meter.id, meter]));
  const stateWord = (/** @type {Row} */ { measure, event, shift }) => {
    if (shift != null) return `${shift > 0 ? '+' : ''}${number(shift)}\u00a0${t('unit.s')}`;
    if (event == null || singleEvents.includes(measure)) return '';
    return t('journal.' + (switches.includes(measure) ? ['off', 'on'] : ['end', 'begin'])[Number(event)]);
  };
  return table({ label: t('tab.journals'), rows: result.rows, selectable: false, pageSize: 25,
    empty: t('read.nothing'), columns: [
      { key: 'meter', label: 'ID', width: 60, num: true, pin: 'last', at: 'side' },
      ...meterColumns(row => byId.get(row.meter)),
      { key: 'serial', label: t('col.serial'), width: 112 },
      { key: 'measure', label: t('journal.name'), width: 330, at: 'name',
        text: row => journalWord(row.measure) },
      { ...stampColumns()[0], at: 'note' },
      { key: 'event', label: t('journal.event'), width: 120, at: 'more', text: stateWord },
      { key: 'code', label: t('journal.code'), width: 70, num: true },
      { key: 'eventId', label: '№', width: 70, num: true }] });
}

/** The period of a link, the one chosen before, or the last month. */
function startPeriod() {
  const [from, to] = ['from', 'to'].map(name => parseInput(asked(name) || '', device.offset));
  if (from != null && to != null && to > from) return { from, to, linked: true };
  const end = Math.ceil(now() / 3600) * 3600;
  return { ...period || { from: end - DAYS * 86400, to: end }, linked: false };
}

/** The page while it is shown. */
class Journals {
  /**
   * @param {Row[] | null} meters
   * @param {{ from: number, to: number }} time
   * @param {() => void} redraw
   */
  constructor(meters, time, redraw) {
    this.meters = meters;
    this.redraw = redraw;
    this.place = h('div', { class: 'stack' }, shownResult(meters || []));
    this.count = h('span', { class: 'dim small nowrap', role: 'status' });
    this.from = this.dateInput(time.from, 'read.from');
    this.to = this.dateInput(time.to, 'read.to');
    this.say();
  }

  /**
   * @param {number} at
   * @param {string} name
   */
  dateInput(at, name) {
    return h('input', { class: 'in', value: inputStamp(at, device.offset), 'aria-label': t(name),
      placeholder: '2025-08-27 15:00', autocomplete: 'off' });
  }

  say() {
    this.count.textContent = countText(this.meters, /** @type {any} */ (choice));
  }

  /**
   * The asked period, or what is wrong with the question.
   * @returns {{ from: number, to: number } | string}
   */
  question() {
    const [from, to] = [this.from, this.to].map(one => parseInput(one.value, device.offset));
    if (!this.meters) return 'meters.unread';
    if (!choice.selected.size) return 'read.choose';
    if (!choice.kinds.size) return 'journal.choose';
    if (from == null || to == null) return 'read.bad-date';
    return to <= from ? 'read.bad-period' : { from, to };
  }

  async read() {
    const question = this.question();
    if (typeof question === 'string') return toast(t(question));
    fill(this.place, h('div', { class: 'card empty', role: 'status' }, status('run', t('read.running'))));
    try {
      await read(question);
      choice.open = false;
      this.redraw();
    } catch (error) {
      fill(this.place, shownResult(this.meters || []));
      toast(explain(error));
    }
    return undefined;
  }

  /** What is chosen, and the files of what was read. */
  files() {
    return h('div', { class: 'row' }, this.count, h('span', { class: 'grow' }),
      h('button', { class: 'btn plain', type: 'button', disabled: !result?.rows.length, onclick: save },
        icon('save'), t('read.json')),
      sheetButton(() => workbookOf(result?.asked, this.meters || []), !result?.rows.length));
  }

  /** «Считать таблицу», period, «Считать показания». */
  tools() {
    const reread = () => readMeters().then(this.redraw, error => toast(explain(error)));
    return h('div', { class: 'row tools reading' },
      h('button', { class: 'btn', type: 'button', onclick: reread }, t('do.read-table')),
      h('span', { class: 'row period' }, this.from, '–', this.to), h('span', { class: 'grow' }),
      foldButton(/** @type {any} */ (choice), this.redraw),
      h('button', { class: 'btn main', type: 'button', onclick: () => this.read() }, t('read.go')));
  }
}

/** Takes meters and journals from the address. */
function takeChoice(/** @type {string | undefined} */ meters) {
  const named = meters || asked('ids'), kinds = asked('kinds');
  if (named != null) choice.selected = new Set(listOf(named));
  if (kinds) choice.kinds = new Set(kinds.split(',').filter(name => journals.includes(name)));
}

/**
 * @param {() => void} redraw
 * @param {string[]} args
 * @returns {Promise<PageView>}
 */
export async function render(redraw, args) {
  takeChoice(args[1]);
  const { from, to, linked } = startPeriod();
  period = { from, to };
  const meters = metersInHand() || (mayReadMeters() ? await readMeters() : null);
  if (linked && meters && choice.selected.size && result?.question !== questionText(period)) {
    await read(period, false).catch(error => toast(explain(error)));
  }
  const page = new Journals(meters, period, redraw);
  return { body: [page.tools(), h('div', { hidden: !choice.open, id: 'parameters' }, kindBoxes(redraw)),
    page.files(),
    meters ? meterPicker(meters, /** @type {any} */ (choice), () => page.say(), false)
      : h('div', { class: 'card empty' }, icon('table', 32), h('p', {}, t('meters.unread'))),
    page.place] };
}
