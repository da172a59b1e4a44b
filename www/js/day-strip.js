// The days of one meter as a strip: how complete each is and, told beside it, why something is missing.
import { s } from './dom.js';
import { t, tOr } from './i18n.js';

/** Pixels of one day in a strip: width with its gap, and height. */
export const STEP = 9;
const TALL = 20;

/**
 * One day of one meter.
 * @typedef {{ day: string, want: number, have: number, absent?: number, why?: string }} MeterDay
 */

export const isFull = (/** @type {MeterDay} */ one) => one.have + (one.absent || 0) >= one.want;

/** '2026-11-20' → '20.11' */
const dayWord = (/** @type {string} */ day) => `${day.slice(8, 10)}.${day.slice(5, 7)}`;

/**
 * A day in words: how much, what the meter did not have, why the rest is missing.
 * @param {Row} row
 * @param {MeterDay} one
 */
const dayText = (row, one) => [
  t('full.day', { day: dayWord(one.day), id: String(row.id), have: one.have, want: one.want }),
  one.want === 0 && t('full.no-plan'), one.absent && t('full.absent', { n: one.absent }),
  one.why === 'wanted' && row.why || one.why && tOr('gap.' + one.why, one.why)].filter(Boolean).join(' · ');

/**
 * The days of a meter as a strip: full bars, partial ones as high as what is there, hollow where nothing is.
 * @param {Row} row
 * @param {(text: string) => void} tell
 */
export function strip(row, tell) {
  /** @type {MeterDay[]} */
  const days = row.days;
  let at = days.length - 1;
  const show = (/** @type {number} */ next) => {
    at = Math.max(0, Math.min(days.length - 1, next));
    marks.forEach((mark, i) => mark.classList.toggle('at', i === at));
    tell(dayText(row, days[at]));
  };
  const marks = days.map((one, i) => {
    const share = one.want ? Math.min(1, (one.have + (one.absent || 0)) / one.want) : 0;
    const height = isFull(one) && one.want ? TALL : Math.round(share * (TALL - 4));
    const kind = one.want === 0 ? 'none' : isFull(one) ? 'full' : 'part';
    return s('g', { class: 'day ' + kind },
      s('title', {}, dayText(row, one)),
      s('rect', { x: i * STEP + .5, y: .5, width: STEP - 3, height: TALL - 1, class: 'frame' }),
      height > 0 && s('rect', { x: i * STEP, y: TALL - height, width: STEP - 2, height, class: 'level' }));
  });
  const step = (/** @type {KeyboardEvent} */ event) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    show(at + move);
  };
  const point = (/** @type {PointerEvent} */ event) => {
    const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    show(Math.floor((event.clientX - box.left) / box.width * days.length));
  };
  const full = days.filter(isFull).length;
  return s('svg', { class: 'days', role: 'img', tabindex: '0', viewBox: `0 0 ${days.length * STEP} ${TALL}`,
    width: days.length * STEP, height: TALL, onkeydown: step, onclick: point, onpointermove: point,
    'aria-label': t('full.strip', { id: String(row.id), full, all: days.length }) }, marks);
}
