// Charts as plain SVG: half-hour profile with painted gaps, and days with their completeness. Each has a
// table or a
// list with the same numbers on its page; colour is never the only cue.
import { h, s, fill, clamp } from './dom.js';
import { t, number, clock, day, span } from './i18n.js';
import { device } from './device.js';

/**
 * The next round number above: 1, 2, 2.5, 5 × 10ⁿ.
 * @param {number} top
 */
const nice = top => {
  const step = 10 ** Math.floor(Math.log10(top || 1));
  return [1, 2, 2.5, 5, 10].map(k => k * step).find(value => value >= top) || top;
};
/**
 * Shares of the axis that get a line.
 * @param {number} top
 */
const ticks = top => {
  const n = String(top)[0] === '2' && top % 25 ? 4 : 5;
  return Array.from({ length: n + 1 }, (_, i) => i / n);
};
/**
 * The pattern that says «nothing here».
 * @param {string} id
 */
const hatch = id => s('defs', {},
  s('pattern', { id, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    s('line', { x1: 0, y1: 0, x2: 0, y2: 6, class: 'gap-line' })));

/**
 * Draws now and again whenever the width changes.
 * @param {HTMLElement} node
 * @param {(width: number) => void} draw
 */
const watch = (node, draw) => {
  new ResizeObserver(() => { if (node.clientWidth) draw(node.clientWidth); }).observe(node);
  return node;
};

/**
 * Runs of empty slots in slot numbers, the future left out.
 * @param {Slot[]} slots
 */
export function gaps(slots) {
  /** @type {{ from: number, to: number, why: string }[]} */
  const list = [];
  slots.forEach((slot, i) => {
    if (slot.p != null || slot.why === 'future') return;
    const last = list[list.length - 1];
    if (last && last.to === i && last.why === slot.why) last.to += 1;
    else list.push({ from: i, to: i + 1, why: slot.why || 'lost' });
  });
  return list;
}

const LEFT = 44, RIGHT = 8, HEAD = 16, FOOT = 34;

/**
 * The outline of one quantity as steps, because a slot holds a mean; gaps are not bridged.
 * @param {Slot[]} slots
 * @param {'p' | 'q'} key
 * @param {(i: number) => number} x
 * @param {(v: number) => number} y
 * @param {boolean} [area] closed down to zero
 */
function outline(slots, key, x, y, area) {
  let d = '', open = -1;
  const close = (/** @type {number} */ i) => {
    if (area && open >= 0) d += `L${x(i)} ${y(0)}L${x(open)} ${y(0)}Z`;
    open = -1;
  };
  slots.forEach((slot, i) => {
    const value = slot[key];
    if (value == null) return close(i);
    d += open < 0 ? `M${x(i)} ${area ? y(0) : y(value)}${area ? `L${x(i)} ${y(value)}` : ''}`
      : `L${x(i)} ${y(value)}`;
    if (open < 0) open = i;
    d += `L${x(i + 1)} ${y(value)}`;
    return undefined;
  });
  close(slots.length);
  return d;
}

/**
 * @param {Slot[]} slots
 * @param {number} step pixels
 * @param {(i: number) => number} x
 * @param {number} plot
 */
const gapMarks = (slots, step, x, plot, minutes = 30) => gaps(slots).map(gap => {
  const wide = (gap.to - gap.from) * step, middle = x((gap.from + gap.to) / 2);
  return [s('rect', { class: 'gap', x: x(gap.from), y: HEAD, width: wide, height: plot }),
    s('rect', { fill: 'url(#gap-hatch)', x: x(gap.from), y: HEAD, width: wide, height: plot }),
    s('line', { class: 'gap-edge', x1: x(gap.from), x2: x(gap.to), y1: HEAD, y2: HEAD, 'stroke-width': 2 }),
    s('title', {}, t('gap.' + gap.why)),
    wide > 40 && s('text', { class: 'strong', x: middle, y: HEAD - 5, 'text-anchor': 'middle' },
      span((gap.to - gap.from) * minutes * 60))];
});

/**
 * Hours below the axis, and the date where a day begins.
 * @param {Slot[]} slots
 * @param {number} width
 * @param {(i: number) => number} x
 * @param {number} base
 * @param {number} perDay
 */
function timeAxis(slots, width, x, base, perDay) {
  const days = slots.length / perDay, wide = width - LEFT - RIGHT;
  const hours = [3, 6, 12, 24, 48, 120, 240].find(n => wide / (days * 24 / n) > 64) || 240;
  const every = Math.max(1, Math.round(hours / 24 * perDay));
  const newDay = (/** @type {Slot} */ slot) => (slot.t + device.offset * 60) % 86400 === 0;
  const first = Math.max(0, slots.findIndex(newDay)) % every;
  return slots.map((slot, i) => {
    if ((i - first) % every !== 0) return null;
    const dated = newDay(slot), anchor = i ? 'middle' : 'start';
    return [s('line', { class: 'axis', x1: x(i), x2: x(i), y1: base, y2: base + (dated ? 6 : 3) }),
      hours < 24 && s('text', { x: x(i), y: base + 16, 'text-anchor': anchor }, clock(slot.t, device.offset)),
      dated && s('text', { class: 'strong', x: x(i), y: base + (hours < 24 ? 30 : 18),
        'text-anchor': anchor },
        day(slot.t, device.offset))];
  });
}

/**
 * What one slot says, in the line above the chart.
 * @param {Slot} slot
 * @param {number} minutes
 */
const slotWords = (slot, minutes) => {
  const until = clock(slot.t + minutes * 60, device.offset);
  return [h('b', {}, `${day(slot.t, device.offset)} ${clock(slot.t, device.offset)}–${until}`),
    slot.p == null ? h('span', {}, t('gap.' + (slot.why || 'lost')))
      : [h('span', {}, 'P+ ', h('b', {}, number(slot.p / 1000, 3)), ' ', t('unit.kw')),
        slot.q != null && h('span', {}, 'Q+ ', h('b', {}, number(slot.q / 1000, 3)), ' ', t('unit.kvar'))]];
};

/**
 * Half-hour profile. Arrow keys and the pointer move the hair; the readout is a line above, not a floating
 * box.
 * @param {Slot[]} slots
 * @param {{ height?: number, minutes?: number }} options minutes: length of a slot
 */
export function profileChart(slots, { height = 210, minutes = 30 } = {}) {
  const readout = h('div', { class: 'readout', 'aria-live': 'polite' }), box = h('div', {});
  const known = slots.filter(slot => slot.p != null), perDay = 1440 / minutes;
  const peak = known.reduce((a, b) => (Number(b.p) > Number(a?.p) ? b : a), known[0]);
  const highest = known.reduce((a, b) => Math.max(a, b.p || 0, b.q || 0), 0);
  const top = nice((highest || 1000) / 1000) * 1000, plot = height - HEAD - FOOT;
  const explain = (/** @type {number | undefined} */ i) => {
    const slot = i === undefined ? peak : slots[i];
    fill(readout, i === undefined && peak && h('span', { class: 'dim' }, t('chart.peak')),
      slot ? slotWords(slot, minutes) : h('span', { class: 'dim' }, t('read.nothing')));
  };
  let at = Math.max(0, slots.indexOf(peak));
  const draw = (/** @type {number} */ width) => {
    const step = (width - LEFT - RIGHT) / slots.length;
    const x = (/** @type {number} */ i) => Math.round((LEFT + i * step) * 10) / 10;
    const y = (/** @type {number} */ value) => Math.round((HEAD + plot - value / top * plot) * 10) / 10;
    const hair = s('line', { class: 'hair', y1: HEAD, y2: HEAD + plot, visibility: 'hidden' });
    const move = (/** @type {number} */ i) => {
      at = clamp(i, 0, slots.length - 1);
      hair.setAttribute('x1', String(x(at + .5)));
      hair.setAttribute('x2', String(x(at + .5)));
      hair.setAttribute('visibility', 'visible');
      explain(at);
    };
    fill(box, s('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, height, role: 'img', tabindex: 0,
      'aria-label': t('chart.profile-label', { peak: number((peak?.p || 0) / 1000, 2),
        n: gaps(slots).length }),
      onkeydown: event => {
        /** @type {Record<string, number>} */
        const keys = { ArrowLeft: -1, ArrowRight: 1, PageUp: -perDay, PageDown: perDay };
        if (!keys[event.key]) return;
        event.preventDefault();
        move(at + keys[event.key]);
      },
      onpointermove: event => {
        const box = event.currentTarget.getBoundingClientRect();
        move(Math.floor((event.clientX - box.left - LEFT) / step));
      },
      onpointerleave: () => { hair.setAttribute('visibility', 'hidden'); explain(undefined); } },
      hatch('gap-hatch'),
      ticks(top).map(k => [s('line',
        { class: k ? 'grid-line' : 'axis', x1: LEFT, x2: width - RIGHT, y1: y(k * top), y2: y(k * top) }),
        s('text', { x: LEFT - 6, y: y(k * top) + 4, 'text-anchor': 'end' },
          number(k * top / 1000, top < 500 ? 2 : top < 5000 ? 1 : 0))]),
      s('text', { x: LEFT - 6, y: 9, 'text-anchor': 'end' }, t('unit.kw')),
      gapMarks(slots, step, x, plot, minutes),
      s('path', { class: 'p-area', d: outline(slots, 'p', x, y, true) }),
      s('path', { class: 'q', d: outline(slots, 'q', x, y) }),
      s('path', { class: 'p', d: outline(slots, 'p', x, y) }),
      timeAxis(slots, width, x, HEAD + plot, perDay), hair));
  };
  explain(undefined);
  return h('figure', { class: 'stack' }, readout, watch(box, draw), legend());
}

function legend() {
  const mark = (/** @type {Kid} */ shape, /** @type {string} */ word) => h('span', {},
    s('svg', { class: 'chart', viewBox: '0 0 18 10', 'aria-hidden': 'true' }, shape), t(word));
  return h('figcaption', { class: 'legend' },
    mark(s('path', { class: 'p', d: 'M0 5h18' }), 'chart.p'),
    mark(s('path', { class: 'q', d: 'M0 5h18' }), 'chart.q'),
    mark([hatch('gap-key'), s('rect', { class: 'gap', width: 18, height: 10 }),
      s('rect', { fill: 'url(#gap-key)', width: 18, height: 10 })], 'chart.gap'));
}

/** @typedef {{ t: number, wh: number | null, have: number, due: number }} DaySum */

/**
 * Daily bars with the share of intervals present under each; a click or Enter chooses the day.
 * @param {DaySum[]} days
 * @param {{ chosen: (t: number) => boolean, pick: (t: number) => void, height?: number }} options
 */
export function dayChart(days, { chosen, pick, height = 92 }) {
  const box = h('div', {}), top = Math.max(1, ...days.map(one => one.wh || 0)), plot = height - 30;
  const bar = (/** @type {DaySum} */ one, /** @type {number} */ i, /** @type {number} */ step) => {
    const tall = one.wh ? Math.max(2, one.wh / top * plot) : 0, x = i * step + 1.5,
      wide = Math.max(1, step - 3);
    const share = one.due ? one.have / one.due : 0;
    const amount = one.wh == null ? t('gap.lost') : `${number(one.wh / 1000, 1)} ${t('unit.kwh')}`;
    const complete = t('chart.slots-of', { n: one.have, all: one.due });
    const word = `${day(one.t, device.offset)}: ${amount}, ${complete}`;
    return s('g', { class: 'pick', tabindex: 0, role: 'button', 'aria-label': word,
      onclick: () => pick(one.t),
      onkeydown: event => { if (event.key === 'Enter'
          || event.key === ' ') { event.preventDefault(); pick(one.t); } } },
      s('title', {}, word), s('rect', { class: 'bar-bg', x: i * step, y: 0, width: step, height }),
      one.wh == null
        ? [s('rect', { class: 'gap', x, y: 0, width: wide, height: plot }),
          s('rect', { fill: 'url(#day-hatch)', x, y: 0, width: wide, height: plot })]
        : s('rect', { class: 'bar-day' + (chosen(one.t) ? ' chosen' : ''), x, y: plot - tall, width: wide,
          height: tall }),
      s('rect', { class: 'lane', x, y: plot + 4, width: wide, height: 4 }),
      s('rect', { class: share < 1 ? 'c-find' : 'c-now', x, y: plot + 4, width: wide * share, height: 4 }));
  };
  return watch(box, width => {
    const step = width / days.length, every = Math.max(1, Math.ceil(48 / step)), last = days.length - 1;
    fill(box, s('svg', { class: 'chart', viewBox: `0 0 ${width} ${height}`, height, role: 'group',
      'aria-label': t('chart.days-label') },
      hatch('day-hatch'), days.map((one, i) => [bar(one, i, step),
        (last - i) % every === 0 && s('text', { x: i === last ? width : i * step + step / 2, y: height - 6,
          'text-anchor': i === last ? 'end' : i < 2 ? 'start' : 'middle' }, day(one.t, device.offset))])));
  });
}
