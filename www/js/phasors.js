// The phasor diagram of one moment, with its numbers and the verdict on the wiring in words. Voltages are
// solid, currents dashed; UA points up and a lagging current stands clockwise of its voltage. What may be
// concluded is wiring.js's to say; here it gets its words.
import { h, s, fill } from './dom.js';
import { t, number, loadWords } from './i18n.js';
import { status } from './icons.js';
import { examine, isPlain, NAMES, wrap } from './wiring.js';

/** @typedef {ReturnType<typeof examine>} Verdict */
/** @typedef {import('./wiring.js').Wiring} Wiring */

/** What a diagram is drawn from. */
export const wanted = ['U', 'I', 'P', 'Q', 'AngUI'].flatMap(letter => NAMES.map(name => letter + name))
  .concat(['AngAB', 'AngBC', 'AngAC']);

/** Lengths of the longest voltage and the longest current, and of the room for letters. */
const LONG = 100, SHORT = 74, ROOM = 128;

/** @param {number | null | undefined} angle */
const degreesText = angle => (angle == null ? '–' : `${number(Math.round(angle) || 0)}°`);

/**
 * A load in words: cos φ and its kind.
 * @param {number} angle
 */
const loadText = angle => t('wiring.load', { factor: number(Math.cos(angle * Math.PI / 180), 2),
  kind: t('wiring.' + (Math.abs(angle) < 5 ? 'active' : angle > 0 ? 'inductive' : 'capacitive')) });

/**
 * Where every current stands against its voltage.
 * @param {Verdict} verdict
 */
const anglesText = verdict => verdict.elements.filter(one => one.state === 'good')
  .map(({ name, angles }) => `φ${name}\u00a0${angles.length > 1 ? '±' : ''}${degreesText(angles[0])}`)
  .join(', ');

/**
 * One possible wiring in words.
 * @param {Wiring} wiring
 */
function wiringText(wiring) {
  const moved = NAMES.filter((_, at) => wiring.places[at] !== at), parts = [];
  if (moved.length === 2) parts.push(t('wiring.swap', { one: moved[0], other: moved[1] }));
  if (moved.length === 3) {
    const [A, B, C] = wiring.places.map(at => NAMES[at]);
    parts.push(t('wiring.circle', { A, B, C }));
  }
  if (wiring.reversed.length) {
    parts.push(t('wiring.reversed', { n: wiring.reversed.length,
      currents: wiring.reversed.map(at => 'I' + NAMES[at]).join(', ') }));
  }
  if (isPlain(wiring)) parts.push(t('wiring.in-place'));
  if (wiring.gives) parts.push(t('wiring.gives'));
  return parts.join('; ');
}

/**
 * One finding as a sentence with its evidence.
 * @param {import('./wiring.js').Finding} finding
 * @param {Verdict} verdict
 */
function findingText({ key, values }, verdict) {
  const wirings = /** @type {Wiring[]} */ (values.wirings || []);
  const angles = key.startsWith('order')
    ? ['AngAB', 'AngBC', 'AngAC'].map((tag, n) => [tag, values.angles[n]]).filter(([, one]) => one != null)
      .map(([tag, one]) => `${tag}\u00a0${degreesText(one)}`).join(', ') : anglesText(verdict);
  const text = t('wiring.' + key, { ...Object.fromEntries(['u', 'top', 'line'].map(name =>
      [name, number(values[name], 1)])), angles, n: values.n ?? (values.phases || []).length,
  phase: values.phase, phases: (values.phases || []).join(', '), one: values.one, other: values.other,
  pair: values.pair, load: wirings.length ? loadText(wirings[0].load) : '',
  wiring: wirings.length ? wiringText(wirings[0]) : '' });
  return key !== 'one-of' ? text
    : [text, h('ul', { class: 'marked' }, wirings.map(one => h('li', {},
      t('wiring.then', { wiring: wiringText(one), load: loadText(one.load) }))))];
}

/**
 * @param {number} direction degrees, counter-clockwise from above
 * @param {number} length
 */
const tip = (direction, length) => {
  const angle = direction * Math.PI / 180;
  return [-Math.sin(angle) * length, -Math.cos(angle) * length];
};

/**
 * @param {string} name UA
 * @param {number} direction
 * @param {number} length
 * @param {boolean} isCurrent
 */
function arrow(name, direction, length, isCurrent) {
  const [x, y] = tip(direction, length), phase = name.slice(-1).toLowerCase();
  // A current's letter stands beside its line, so that a voltage in its direction does not run through it.
  const [tx, ty] = isCurrent ? tip(direction - 700 / Math.max(length, 30), Math.max(length, 30) + 4)
    : tip(direction, length + 14);
  return s('g', { class: `phasor p${phase}` + (isCurrent ? ' current' : '') },
    s('line', { x1: 0, y1: 0, x2: x, y2: y }),
    s('path', { d: 'M0 0l-4 9 4-2 4 2z', transform: `translate(${x} ${y}) rotate(${-direction})` }),
    s('text', { x: tx, y: ty + 4, 'text-anchor': 'middle' }, name[0],
      s('tspan', { dy: 3, 'font-size': 9 }, name.slice(1))));
}

/**
 * @param {Verdict} verdict
 */
function picture(verdict) {
  const { elements, theta, order } = verdict;
  const top = Math.max(...elements.map(one => one.u || 0));
  const most = Math.max(...elements.map(one => one.i || 0));
  const [ab, , ac] = order.angles, told = order.is === 'direct' || order.is === 'reverse';
  // Angles that were told place the voltages; the third counts either way round.
  const places = [0, told && ab != null ? wrap(-ab) : theta[1],
    told && ac != null ? (Math.abs(wrap(-ac - theta[2])) < 60 ? wrap(-ac) : wrap(ac)) : theta[2]];
  const lines = elements.map(({ name, u, i, angles, state }, at) => [
    u != null && state !== 'dead' && top && arrow('U' + name, places[at], LONG * u / top, false),
    i && angles.length > 0 && state !== 'small'
      && arrow('I' + name, places[at] - angles[0], SHORT * i / most, true)]);
  const label = elements.filter(one => one.state !== 'absent').map(({ name, u, i, angles }) =>
      `U${name} ${number(u, 1)} ${t('unit.v')}, I${name} ${number(i, 2)} ${t('unit.a')}`
      + (angles.length ? `, φ ${degreesText(angles[0])}` : '')).join('; ');
  return s('svg', { class: 'chart phasors', viewBox: `${-ROOM} ${-ROOM} ${2 * ROOM} ${2 * ROOM}`, role: 'img',
    'aria-label': t('wiring.label', { list: label }) },
    [LONG, LONG / 2].map(r => s('circle', { class: 'ring', r })),
    s('path', { class: 'grid-line', d: `M0 ${-LONG}V${LONG}M${-LONG} 0H${LONG}` }), lines);
}

/**
 * The same numbers as a table: a column for each phase.
 * @param {Verdict} verdict
 */
function numbers({ elements }) {
  const present = elements.filter(one => one.state !== 'absent');
  /** @type {[string, (one: typeof elements[0]) => string][]} */
  const lines = [[`U, ${t('unit.v')}`, one => number(one.u, 1)],
    [`I, ${t('unit.a')}`, one => number(one.i, 2)],
    [`P, ${t('unit.w')}`, one => number(one.p, 1)], [`Q, ${t('unit.var')}`, one => number(one.q, 1)],
    ['cos φ', one => number(one.state === 'small' ? null : one.factor, 2)],
    ['φ', one => (one.state === 'small' ? '–'
      : (one.angles.length > 1 ? '±' : '') + degreesText(one.angles[0]))]];
  return h('table', { class: 'plain-table' }, h('caption', { class: 'sr' }, t('wiring.numbers')),
    h('thead', {}, h('tr', {}, h('td', {}), present.map(one =>
      h('th', { scope: 'col', class: 'num phase p' + one.name.toLowerCase() }, one.name)))),
    h('tbody', {}, lines.map(([name, text]) => h('tr', {}, h('th', { scope: 'row', class: 'dim' }, name),
      present.map(one => h('td', { class: 'num' }, text(one)))))));
}

/** How the two kinds of lines look. */
const legend = () => h('p', { class: 'legend' }, ['voltage', 'current'].map(name => h('span', {},
  s('svg', { viewBox: '0 0 18 10', 'aria-hidden': 'true', class: 'phasor ' + name },
    s('line', { x1: 0, y1: 5, x2: 18, y2: 5 })), t('wiring.' + name))));

/**
 * Puts the diagram of these values into a place, or the reason why there is none.
 * @param {HTMLElement} place
 * @param {Row} row values under their tags
 * @param {Kid} [head] what stands beside the heading
 * @param {() => void} [choose] chooses what is missing
 */
export async function drawPhasors(place, row, head, choose) {
  await loadWords('wiring');
  const verdict = examine(row), { single } = verdict;
  const has = (/** @type {'u' | 'i'} */ key) => verdict.elements.some(one => one[key] != null);
  const title = h('header', {}, h('h2', {}, t('wiring.title')), head);
  if (!has('u') || !has('i') || !verdict.elements.some(one => one.angles.length || one.from === 'small')) {
    fill(place, choose && h('section', { class: 'card stack' }, title,
      h('p', { class: 'dim' }, t('wiring.missing')),
      h('p', {}, h('button', { class: 'btn', type: 'button', onclick: choose }, t('wiring.choose')))));
    return;
  }
  fill(place, h('section', { class: 'card stack' }, title, h('div', { class: 'wiring' },
    h('ul', { class: 'verdict' }, verdict.findings.map(one => h('li', {},
      status(one.level === 'idle' ? 'idle' : one.level, t('wiring.level-' + one.level), true),
      h('div', {}, findingText(one, verdict))))),
    h('div', {}, picture(verdict), legend()),
    h('div', {}, numbers(verdict), h('p', { class: 'dim small' },
      t(single ? 'wiring.note-single' : 'wiring.note'))))));
}
