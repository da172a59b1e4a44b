// «Архивные показания»: from the device's archive, no exchange with the meter. Chart and table show the same
// intervals; gaps are painted, never joined.
import { h, fill, phone } from '../dom.js';
import { t, inputStamp, parseInput, day, clock } from '../i18n.js';
import { explain } from '../words.js';
import { icon, status } from '../icons.js';
import { table } from '../table.js';
import { profileChart, dayChart, gaps } from '../charts.js';
import { post } from '../api.js';
import { device, now } from '../device.js';
import { archives } from '../measures.js';
import { Choice, parameters, foldButton } from '../parameters.js';
import { metersInHand, readMeters, mayReadMeters, meterPicker, meterColumns, valueColumns, stampColumns,
  flatten, countText,
  downloadJSON } from '../readings.js';
import { sheetButton, meterSheet, stampSheet, valueSheet } from '../spreadsheet.js';
import { toast } from '../modal.js';
import { asked, listText } from '../address.js';

const PROFILE = 'ElArr1ConsPower';
/** Seconds after its end in which nobody expects an interval to be there. */
const FRESH = 600;
const choice = new Choice(archives, PROFILE, ['P+', 'Q+']);
/**
 * Period, device time; null until the first visit, and again when another kind wants its own.
 * @type {{ from: number, to: number } | null}
 */
let period = null;
let touchedPeriod = false;
/**
 * The last answer: it stays when the page is left and opened again.
 * @type {{ rows: ArchiveRow[], devices: any[], gaps: any[], kind: string, from: number, to: number,
 *   question: string } | null}
 */
let result = null;
/**
 * Days of the month chart by meter.
 * @type {Map<number, import('../charts.js').DaySum[]>}
 */
const months = new Map();
let picking = true;

/** How far back each kind is looked at first: a screen full, not an archive full. */
function usualPeriod() {
  const midnight = Math.floor((now() + device.offset * 60) / 86400) * 86400 - device.offset * 60 + 86400;
  const days = choice.kind === PROFILE ? (phone.matches ? 1 : 3) : choice.kind.includes('Month') ? 366 : 31;
  return { from: midnight - days * 86400, to: midnight };
}

/**
 * Minutes of one interval: told by the rows, or by their distance.
 * @param {ArchiveRow[]} rows
 */
function intervalOf(rows) {
  const told = rows.find(row => row.cTime > 0);
  if (told) return Number(told.cTime);
  let least = Infinity;
  for (let i = 1; i < rows.length; i += 1) {
    const step = rows[i].t - rows[i - 1].t;
    if (rows[i].meter === rows[i - 1].meter && step > 0) least = Math.min(least, step);
  }
  return [60, 30, 15, 10, 5, 3, 1].includes(least / 60) ? least / 60 : 30;
}

/**
 * Why an interval is empty, by the device's own word.
 * @param {any[]} reasons
 * @param {number} end
 */
function reasonOf(reasons, end) {
  const found = reasons.find(one => Date.parse(one.start) / 1000 <= end && end <= Date.parse(one.end) / 1000);
  if (found) return String(found.reason);
  // An interval that has just ended is not due yet (R15): nothing is missing so far.
  return end > now() - FRESH ? 'wanted' : 'lost';
}

/**
 * The period cut into intervals, each with its row or the reason why there is none. Rows bear their
 * interval's end (R2).
 */
function slotsOf(/** @type {number} */ meter, /** @type {ArchiveRow[]} */ rows, /** @type {number} */ minutes,
  /** @type {number} */ from,
  /** @type {number} */ to) {
    const step = minutes * 60,
      byEnd = new Map(rows.filter(row => row.meter === meter).map(row => [row.t, row]));
    const reasons = result?.gaps || [];
    /** @type {Slot[]} */
    const slots = [];
    for (let start = from; start + step <= to; start += step) {
      const row = byEnd.get(start + step), p = row?.['P+'] ?? null;
      const why = p != null ? undefined : start + step > now() ? 'future' : reasonOf(reasons, start + step);
      slots.push({ t: start, p, q: row?.['Q+'] ?? null, why });
    }
    return slots;
  }

/** A chart needs its two quantities whatever columns are chosen. */
const wantedTags = () => (choice.kind === PROFILE ? [...new Set([...choice.list, 'P+', 'Q+', 'cTime'])]
    : choice.list);

/**
 * @param {number[]} ids
 * @param {number} from
 * @param {number} to
 * @param {string} kind
 * @param {string[]} tags
 */
async function ask(ids, from, to, kind, tags) {
  // Windows are inclusive at both ends; an interval that ends at the start of a day belongs to the day before
  // (R5).
  const time = [{ start: kind === PROFILE ? from + 1 : from, end: to }];
  const [answer, holes] = await Promise.all([
    post('/meter/data/arch', { ids, measures: [kind], tags, time }, { seconds: 120 }),
    kind === PROFILE ? post('/meter/data/gaps', { ids: ids.slice(0, 1), measures: [kind], time }) : null,
  ]);
  return { ...flatten(answer), gaps: holes?.devices?.[0]?.gaps || [], kind, from, to, ids, tags, time };
}

/**
 * Sums of 31 days up to the shown one, from the profile itself, so that the bar and its completeness agree.
 */
async function readMonth(/** @type {number} */ meter, /** @type {number} */ last) {
  const { rows } = await ask([meter], last - 31 * 86400, last, PROFILE, ['P+', 'cTime']),
    minutes = intervalOf(rows);
  const due = 1440 / minutes;
  const days = Array.from({ length: 31 }, (_, i) => {
    const at = last - (31 - i) * 86400;
    const own = rows.filter(row => row.t > at && row.t <= at + 86400 && row['P+'] != null);
    const passed = Math.min(due, Math.max(0, Math.floor((now() - at) / 60 / minutes)));
    return { t: at, wh: own.length ? own.reduce((sum, row) => sum + row['P+'] * minutes / 60, 0) : null,
      have: own.length, due: passed };
  });
  months.set(meter, days);
}

/**
 * The period of a link; null when the address has none.
 */
function periodOfAddress() {
  const [from, to] = ['from', 'to'].map(name => parseInput(asked(name) || '', device.offset));
  return from != null && to != null && to > from ? { from, to } : null;
}

/**
 * What tells one question from another.
 * @param {{ from: number, to: number }} time
 */
const questionText = ({ from, to }) => [listText(choice.selected), choice.kind, from, to].join(' ');

/**
 * Reads the chosen meters over a period; the address then says what is shown.
 * @param {{ from: number, to: number }} time
 * @param {boolean} [step] whether «назад» leads to what was shown before
 */
async function readNow(time, step = true) {
  const answer = await ask([...choice.selected], time.from, time.to, choice.kind, wantedTags());
  result = { ...answer, question: questionText(time) };
  picking = false;
  const [from, to] = [time.from, time.to].map(at => inputStamp(at, device.offset).replace(' ', 'T'));
  choice.remember({ from, to }, step);
}

/** The page while it is shown. */
class Archive {
  /**
   * @param {Row[] | null} meters
   * @param {() => void} redraw
   */
  constructor(meters, redraw) {
    this.meters = meters;
    this.redraw = redraw;
    this.place = h('div', { class: 'stack' });
    this.count = h('span', { class: 'dim small nowrap', role: 'status' });
    this.go = h('button', { class: 'btn main', type: 'button', onclick: () => this.read() }, t('read.go'));
    const { from, to } = period || usualPeriod();
    period = { from, to };
    this.from = this.dateInput('from', from, 'read.from');
    this.to = this.dateInput('to', to, 'read.to');
    this.say();
    this.drawResult();
  }

  /**
   * @param {'from' | 'to'} end
   * @param {number} at
   * @param {string} name
   */
  dateInput(end, at, name) {
    return h('input', { class: 'in', id: end, value: inputStamp(at, device.offset), 'aria-label': t(name),
      placeholder: '2025-08-27 15:00', autocomplete: 'off', onchange: event => {
        touchedPeriod = true;
        const value = parseInput(event.target.value, device.offset);
        event.target.setAttribute('aria-invalid', String(value == null));
        if (value != null && period) period[end] = value;
      } });
  }

  say() {
    this.count.textContent = countText(this.meters, choice);
  }

  drawResult() {
    fill(this.place, result && shownResult(this.redraw, this.meters || []));
  }

  /**
   * Another kind looks further back; a period that was typed stays.
   * @param {'kind' | 'tags' | 'scale'} what
   */
  changed(what) {
    choice.remember();
    if (what !== 'kind') return this.drawResult();
    if (touchedPeriod) return undefined;
    period = usualPeriod();
    this.from.value = inputStamp(period.from, device.offset);
    this.to.value = inputStamp(period.to, device.offset);
    return undefined;
  }

  /**
   * The asked period, or what is wrong with the question.
   * @returns {{ from: number, to: number } | string}
   */
  question() {
    const from = parseInput(this.from.value, device.offset), to = parseInput(this.to.value, device.offset);
    if (!this.meters) return 'meters.unread';
    if (!choice.selected.size) return 'read.choose';
    if (from == null || to == null) return 'read.bad-date';
    return to <= from ? 'read.bad-period' : { from, to };
  }

  async read() {
    const question = this.question();
    if (typeof question === 'string') return toast(t(question));
    this.go.disabled = true;
    fill(this.place, h('div', { class: 'card empty', role: 'status' }, status('run', t('read.running'))));
    try {
      period = question;
      await readNow(question);
      months.clear();
      this.redraw();
    } catch (error) {
      this.drawResult();
      toast(explain(error));
    } finally {
      this.go.disabled = false;
    }
    return undefined;
  }

  /** The way back to the choice, once a result stands in its place. */
  again() {
    return this.meters && result && !picking
      && h('button', { class: 'btn plain', type: 'button', onclick: () => {
        picking = true;
        this.redraw();
      } }, icon('table'), t('read.choose-again'));
  }

  /** Meters to choose from; after a reading they step aside for the result. */
  picker() {
    if (!this.meters) return h('div', { class: 'card empty' }, icon('table', 32),
      h('p', {}, t('meters.unread')));
    return (picking || !result) && meterPicker(this.meters, choice, () => this.say());
  }
}

/**
 * @param {() => void} redraw
 * @param {string[]} args
 * @returns {Promise<PageView>}
 */
export async function render(redraw, args) {
  choice.restore(args[1]);
  const linked = periodOfAddress();
  if (linked) {
    period = linked;
    touchedPeriod = true;
  } else picking = true;
  const meters = metersInHand() || (mayReadMeters() ? await readMeters() : null);
  // A link, a reload or «назад»: the answer on the screen is that of the address.
  if (linked && meters && choice.selected.size && result?.question !== questionText(linked)) {
    await readNow(linked, false).catch(error => toast(explain(error)));
  }
  const page = new Archive(meters, redraw);
  const reread = () => readMeters().then(() => { picking = true; redraw(); }, error => toast(explain(error)));
  return { body: [
    h('div', { class: 'row tools reading' },
      h('button', { class: 'btn', type: 'button', onclick: reread }, t('do.read-table')),
      h('span', { class: 'row period' }, page.from, '–', page.to), h('span', { class: 'grow' }),
      foldButton(choice, redraw), page.go),
    h('div', { hidden: !choice.open }, parameters(choice, what => page.changed(what))),
    h('div', { class: 'row' }, page.count, page.again()), page.picker(), page.place] };
}

/**
 * Where the device itself writes what was read as a table: straight into a file, however long.
 * @param {any} of
 */
function tableOf({ kind, ids, tags, time: [{ start, end }] }) {
  const text = (/** @type {number} */ seconds) => new Date(seconds * 1000).toISOString();
  const query = new URLSearchParams({ measure: kind, ids: ids.join(','), tags: tags.join(','),
    start: text(start), end: text(end) });
  return `/archive/export?${query}`;
}

/**
 * The same rows as a workbook, in the columns and the scale chosen now: filled from the device's archive.
 * @param {any} of
 * @param {Row[]} meters
 */
const workbookOf = ({ kind, ids, time }, meters) => ({ name: kind, body: { sheet: t('kind.' + kind),
  columns: [...meterSheet(meters, new Set(ids)), ...stampSheet(), ...valueSheet(choice)],
  from: { measures: [kind], ids, time } } });

/**
 * @param {() => void} redraw
 * @param {Row[]} meters
 */
function shownResult(redraw, meters) {
  if (!result) return null;
  const answered = result, { rows, kind, devices } = answered;
  const byId = new Map(meters.map(meter => [meter.id, meter]));
  const meterOf = (/** @type {Row} */ row) => byId.get(row.meter);
  // The heading names what was read; columns follow the parameters chosen now, when they are of the same
  // kind.
  if (kind !== choice.kind) return h('p', { class: 'dim' }, t('read.other-kind'));
  const newest = [...rows].reverse();
  const view = table({ label: t('kind.' + kind), rows: newest, selectable: false, pageSize: 10,
    empty: t('read.nothing'), columns: [
      { key: 'meter', label: 'ID', width: 60, num: true, pin: 'last', at: 'dot' }, ...meterColumns(meterOf),
      { key: 'serial', label: t('col.serial'), width: 112 }, ...stampColumns(), ...valueColumns(choice)] });
  const first = devices.find(one => one.vals?.length) || devices[0],
    meter = first && byId.get(Number(first.id));
  return [h('section', { class: 'card stack' },
    h('header', {}, h('h2', {}, t('kind.' + kind), meter && h('span', { class: 'dim' },
      [`\u00a0· ID ${meter.id}`, devices.length > 1 && ` (+${devices.length - 1})`, ` · ${meter.addr}`,
        meter.comment && ` · ${meter.comment}`])),
      h('span', { class: 'dim small nowrap only-wide' },
        t('test.asked', { done: devices.length, total: devices.length })),
      h('button', { class: 'btn plain', type: 'button', disabled: !rows.length,
        onclick: () => downloadJSON(choice, rows) },
        icon('save'), t('read.json')),
      sheetButton(() => workbookOf(answered, meters), !rows.length),
      rows.length > 0 && h('a', { class: 'btn plain', download: `${kind}.csv`, href: tableOf(result) },
        icon('save'), t('read.csv'))),
    kind === PROFILE && meter && profilePart(redraw, meter.id)),
    view];
}

/**
 * Chart, its gaps in words, and the month on demand.
 * @param {() => void} redraw
 * @param {number} meter
 */
function profilePart(redraw, meter) {
  if (!result) return null;
  const { rows, from, to } = result, minutes = intervalOf(rows), slots = slotsOf(meter, rows, minutes, from,
    to);
  if (slots.length > 6000) return h('p', { class: 'dim' }, t('chart.too-long'));
  const holes = gaps(slots), due = slots.filter(slot => slot.why !== 'future').length;
  const known = slots.filter(slot => slot.p != null).length;
  // The end bears its day too where that is another one.
  const hole = (/** @type {{ from: number, to: number, why: string }} */ gap) => {
    const begin = slots[gap.from].t, end = slots[gap.to - 1].t + minutes * 60;
    const [first, last] = [begin, end].map(at => day(at, device.offset));
    const until = `${last === first ? '' : `${last} `}${clock(end, device.offset)}`;
    return `${first} ${clock(begin, device.offset)}–${until} ${t('gap.' + gap.why)}`;
  };
  const month = months.get(meter),
    last = Math.ceil((to + device.offset * 60) / 86400) * 86400 - device.offset * 60;
  return [profileChart(slots, { height: 196, minutes }),
    holes.length > 0 ? h('p', { class: 'small' }, status('warn', t('gap.count', { n: holes.length })), ' ',
      h('span', { class: 'dim' }, holes.slice(0, 12).map(hole).join('; '), holes.length > 12 && '; …', ' · ',
        t('chart.slots-of', { n: known, all: due })))
      : h('p', { class: 'small dim' }, t('chart.slots-of', { n: known, all: due })),
    month
      ? [h('div', { class: 'row small' }, h('strong', {}, t('read.month')),
        h('span', { class: 'grow dim' }, t('read.pick'))),
        dayChart(month, { chosen: at => at >= from && at < to, pick: at => pickDay(redraw, meter, at) })]
      : h('div', {}, h('button', { class: 'btn', type: 'button', onclick: async event => {
        event.currentTarget.disabled = true;
        await readMonth(meter, last).catch(error => toast(explain(error)));
        redraw();
      } }, icon('chart'), t('read.month-show')))];
}

/**
 * Another day of the month chart becomes the period.
 * @param {() => void} redraw
 * @param {number} meter
 * @param {number} at
 */
async function pickDay(redraw, meter, at) {
  const from = phone.matches ? at : at - 86400, to = phone.matches ? at + 86400 : at + 2 * 86400;
  try {
    period = { from, to };
    await readNow(period);
    redraw();
  } catch (error) {
    toast(explain(error));
  }
}
