// What the voltages, currents and angles of one moment say about how a meter is connected. Nothing but
// arithmetic, so that a table of cases proves it (Tests/Web/wiring.test.mjs).
//
// An element that sees voltage x and the current of phase y, which lags its own voltage by φ, measures the
// angle δ = φ + (θx − θy), and 180° more where that current is reversed; θ are the directions of the
// voltages. All 48 wirings of three currents are tried: one that makes the loads of the phases alike and
// usual is possible, and of these the ones with the fewest faults are told. Several often remain; then all
// of them are named, never one.

/** @typedef {{ name: string, u: number | null, i: number | null, p: number | null, q: number | null,
 *   factor: number | null, angles: number[], from: string, state: string }} Element_ */
/** @typedef {{ places: number[], reversed: number[], gives: boolean, load: number, spread: number,
 *   cost: number }} Wiring */
/** @typedef {{ key: string, level: 'ok' | 'warn' | 'err' | 'idle', values: Record<string, any> }} Finding */

export const NAMES = ['A', 'B', 'C'];
const PLACES = [[0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0], [2, 0, 1]];
/** Below this a current says nothing of its direction: amperes, and a share of the largest current. */
const LEAST_CURRENT = 0.05, LEAST_SHARE = 0.02;
/** Wirings that need at most this many faults more than the simplest are told too. */
const NEAR = 1;

/** To -180 … 180. */
export const wrap = (/** @type {number} */ angle) => ((angle % 360) + 540) % 360 - 180;
const degrees = (/** @type {number} */ y, /** @type {number} */ x) => Math.atan2(y, x) * 180 / Math.PI;
const cosine = (/** @type {number} */ angle) => Math.cos(angle * Math.PI / 180);
const near = (/** @type {number} */ angle, /** @type {number} */ other) => Math.abs(wrap(angle - other)) < 20;

/** @type {(row: Record<string, any>, tag: string) => number | null} */
const told = (row, tag) => (typeof row[tag] === 'number' ? row[tag] : null);

/**
 * Angles by which the current of an element may lag its voltage, and what they follow from. Two angles stand
 * for one whose sign the meter does not tell.
 * @param {Record<string, any>} row
 * @param {string} name
 * @param {number | null} p
 * @param {number | null} q
 * @param {number | null} s apparent power
 * @returns {[number[], string]}
 */
function anglesOf(row, name, p, q, s) {
  const least = Number.isInteger(p) && Number.isInteger(q) ? 10 : 1;
  if (p != null && q != null) return Math.hypot(p, q) < least ? [[], 'small'] : [[degrees(q, p)], 'pq'];
  const angle = told(row, 'AngUI' + name), tangent = told(row, 'kQ' + name);
  if (angle != null) {
    const one = wrap(angle);
    // A power that contradicts the angle: one of the two is not of this moment.
    if (p != null && Math.abs(cosine(one)) > 0.2 && (p < 0) !== (cosine(one) < 0)) return [[], 'disagree'];
    return [q == null ? [one, -one] : [q < 0 ? -Math.abs(one) : Math.abs(one)], 'angle'];
  }
  if (p && tangent != null) return [[degrees(p * tangent, p)], 'tangent'];
  const factor = told(row, 'kP' + name) ?? (p != null && s ? p / s : null);
  if (factor == null || Math.abs(factor) > 1.02) return [[], 'none'];
  const bounded = Math.min(1, Math.abs(factor)) * (p != null && p < 0 ? -1 : Math.sign(factor) || 1);
  const size = Math.acos(bounded) * 180 / Math.PI;
  return [[size, -size], 'factor'];
}

/**
 * @param {Record<string, any>} row values under their tags
 * @returns {Element_[]}
 */
function elementsOf(row) {
  const list = NAMES.map(name => {
    const [u, i, p, q] = ['U', 'I', 'P', 'Q'].map(letter => told(row, letter + name));
    const s = told(row, 'S' + name) ?? (u != null && i != null ? u * i : null);
    const [angles, from] = anglesOf(row, name, p, q, s);
    const factor = angles.length ? cosine(angles[0]) : null;
    return { name, u, i, p, q, factor, angles, from, state: '' };
  });
  const most = Math.max(...list.map(one => one.i || 0)), top = Math.max(...list.map(one => one.u || 0));
  const shares = list.map(({ u, i, p, q }) => (u && i && p != null && q != null ? Math.hypot(p, q) / (u * i)
      : null));
  const known = shares.filter(share => share != null).sort((one, other) => Number(one) - Number(other));
  const usual = known[1] || known[0] || 1;
  return list.map((one, n) => {
    const share = shares[n];
    const odd = share != null && (share < 0.5 || share > 1.5) && (share < usual / 1.5 || share > usual * 1.5);
    const small = one.i != null && (one.i < LEAST_CURRENT || one.i < most * LEAST_SHARE);
    const state = one.u == null && one.i == null ? 'absent' : one.u != null && one.u <= top * 0.1 ? 'dead'
      : small || one.from === 'small' ? 'small' : odd || one.from === 'disagree' ? 'disagree'
        : one.angles.length ? 'good' : 'untold';
    return { ...one, state };
  });
}

/**
 * The order of the voltages by the angles between them; meters count from a phase to the next one.
 * @param {Record<string, any>} row
 * @returns {{ is: 'direct' | 'reverse' | 'same' | 'odd' | '', sure: boolean, angles: (number | null)[] }}
 */
function orderOf(row) {
  const angles = ['AngAB', 'AngBC', 'AngAC'].map(tag => told(row, tag)), [ab, bc, ac] = angles;
  // The third is from A to C with some meters, from C to A with others.
  const steps = [ab, bc].filter(one => one != null).map(one => wrap(/** @type {number} */ (one)));
  const zero = [ab, bc, ac].some(one => one != null && Math.abs(wrap(one)) < 20);
  if (!steps.length || angles.every(one => !one)) return { is: '', sure: false, angles };
  if (zero) return { is: 'same', sure: true, angles };
  // Full circles are told once a value lies beyond 180°, or below 0°.
  const signed = angles.some(one => one != null && (one > 190 || one < -10));
  if (steps.every(one => near(one, 120))) return { is: 'direct', sure: signed, angles };
  if (steps.every(one => near(one, -120))) return { is: 'reverse', sure: true, angles };
  return { is: 'odd', sure: false, angles };
}

/** Directions of the voltages. */
const directions = (/** @type {boolean} */ direct) => (direct ? [0, -120, 120] : [0, 120, -120]);

/**
 * How far a load is from the usual one: most are between a little capacitive and cos φ 0.64.
 * @param {number} angle
 */
const oddness = angle => (angle >= -15 && angle <= 50 ? 0 : angle >= -40 && angle <= 70 ? 1 : 3);

/**
 * One wiring judged by the angles it would mean for the loads; null when it cannot be.
 * @param {{ at: number, angle: number }[]} seen
 * @param {number[]} theta
 * @param {number[]} places which phase's current comes to which voltage
 * @param {number} mask reversed elements
 * @param {boolean} gives the loads give energy back
 * @returns {Wiring | null}
 */
function judged(seen, theta, places, mask, gives) {
  const turned = (/** @type {number} */ at) => (mask >> at & 1 ? 180 : 0) + (gives ? 180 : 0);
  const loads = seen.map(({ at, angle }) => wrap(angle - theta[at] + theta[places[at]] - turned(at)));
  if (loads.some(one => Math.abs(one) > 90)) return null;
  const spread = Math.max(...loads) - Math.min(...loads), plain = places === PLACES[0] && !mask;
  if (spread > (plain ? 90 : 60)) return null;
  const load = loads.reduce((sum, one) => sum + one, 0) / loads.length;
  const reversed = seen.map(one => one.at).filter(at => mask >> at & 1);
  const moved = places.filter((one, at) => one !== at).length;
  const cost = moved + reversed.length + (gives ? 2 : 0) + (spread > 60 ? 2 : spread > 30 ? 1 : 0)
    + oddness(load);
  return { places, reversed, gives, load, spread, cost };
}

/**
 * The simplest wirings that explain the angles, simplest first.
 * @param {Element_[]} elements
 * @param {boolean[]} orders
 * @returns {Wiring[]}
 */
function wiringsOf(elements, orders) {
  const good = elements.map((one, at) => ({ ...one, at })).filter(one => one.state === 'good');
  /** @type {{ at: number, angle: number }[][]} */
  const readings = good.reduce((lists, { at, angles }) =>
      lists.flatMap(list => angles.map(angle => [...list, { at, angle }])),
    /** @type {{ at: number, angle: number }[][]} */ ([[]]));
  /** @type {Map<string, Wiring>} */
  const found = new Map();
  const single = elements.filter(one => one.state !== 'absent').length < 2;
  for (const seen of good.length ? readings : []) {
    for (const direct of orders) {
      for (const places of single ? PLACES.slice(0, 1) : PLACES) {
        for (let mask = 0; mask < 8; mask += 1) {
          if (NAMES.some((_, at) => mask >> at & 1 && !seen.some(one => one.at === at))) continue;
          for (const gives of [false, true]) {
            const one = judged(seen, directions(direct), places, mask, gives);
            const key = `${places}/${mask}/${gives}`, known = found.get(key);
            if (one && (!known || one.cost < known.cost)) found.set(key, one);
          }
        }
      }
    }
  }
  const list = [...found.values()].sort((one, other) => one.cost - other.cost);
  return list.filter(one => one.cost <= list[0].cost + NEAR);
}

/** True for every current at its own voltage, in its direction. */
export const isPlain = (/** @type {Wiring} */ one) => one.places === PLACES[0] && !one.reversed.length;

/**
 * @param {Element_[]} elements
 * @param {Record<string, any>} row
 * @returns {Finding[]}
 */
function voltageFindings(elements, row) {
  const top = Math.max(...elements.map(one => one.u || 0)), measured = elements.filter(one => one.u != null);
  if (!measured.length) return [{ key: 'no-voltages', level: 'idle', values: {} }];
  if (!top) return [{ key: 'dead-all', level: 'err', values: {} }];
  /** @type {Finding[]} */
  const list = [];
  for (const { name, u, state } of measured) {
    if (state === 'dead') list.push({ key: 'dead', level: 'err', values: { phase: name, u, top } });
    else if (Number(u) < top * 0.8) list.push({ key: 'low', level: 'warn', values: { phase: name, u, top } });
  }
  for (const one of [0, 1, 2]) {
    const other = (one + 1) % 3, pair = NAMES[one] + NAMES[other], line = told(row, 'U' + pair);
    const alive = [one, other].every(at => Number(elements[at].u) > top * 0.5);
    if (line != null && alive && line < top * 0.3) {
      list.push({ key: 'one-phase', level: 'err',
        values: { one: NAMES[one], other: NAMES[other], line, pair: 'U' + pair } });
    }
  }
  return list;
}

/**
 * @param {Element_[]} elements
 * @returns {Finding[]}
 */
function currentFindings(elements) {
  const present = elements.filter(one => one.state !== 'absent');
  const of = (/** @type {string} */ state) => present.filter(one => one.state === state).map(one => one.name);
  /** @type {Finding[]} */
  const list = [];
  const dead = present.filter(one => one.state === 'dead' && Number(one.i) >= LEAST_CURRENT);
  if (dead.length) list.push({ key: 'current-alone', level: 'warn',
    values: { phases: dead.map(one => one.name) } });
  if (of('small').length) list.push({ key: 'small', level: 'idle', values: { phases: of('small') } });
  for (const [key, level] of /** @type {[string, 'idle' | 'warn'][]} */ ([['disagree', 'warn'],
    ['untold', 'idle']])) {
    if (of(key).length) list.push({ key, level, values: { phases: of(key) } });
  }
  return list;
}

/**
 * Whether this may be a meter of two elements on three wires: nothing is told of phase B. Its elements see
 * the voltages between lines, so their angles stand 30° off, each the other way.
 * @param {Element_[]} elements
 */
const isTwo = ([, middle]) => middle.state === 'absent'
  || (middle.state === 'dead' && Number(middle.i) < LEAST_CURRENT);

/** More explanations than this explain nothing. */
const TOLD = 3;

/**
 * @param {Wiring[]} wirings
 * @returns {Finding[]}
 */
function wiringFindings(wirings) {
  if (!wirings.length) return [];
  const [best] = wirings;
  if (isPlain(best) && !best.gives && wirings.length === 1) {
    return [{ key: Math.abs(best.load) > 70 ? 'idle-load' : best.spread > 60 ? 'uneven' : 'plain',
      level: oddness(best.load) > 1 || best.spread > 60 ? 'warn' : 'ok', values: { wirings } }];
  }
  if (wirings.length > TOLD) return [{ key: 'many', level: 'warn', values: { n: wirings.length } }];
  return [{ key: wirings.length > 1 ? 'one-of' : 'is', level: wirings.length > 1 ? 'warn' : 'err',
    values: { wirings } }];
}

/**
 * Everything the numbers say.
 * @param {Record<string, any>} row values under their tags
 */
export function examine(row) {
  const elements = elementsOf(row), order = orderOf(row);
  const present = elements.filter(one => one.state !== 'absent');
  const single = present.length === 1, voltages = voltageFindings(elements, row);
  const orders = order.is === 'reverse' ? [false] : order.is === 'direct' && order.sure ? [true]
    : [true, false];
  // The same phase on two inputs, or strange angles: the directions of the voltages are not known.
  const blind = ['same', 'odd'].includes(order.is) || voltages.some(one => one.key === 'one-phase');
  const two = !single && isTwo(elements);
  const wirings = blind || two ? [] : wiringsOf(elements, orders);
  const good = elements.some(one => one.state === 'good');
  /** @type {Finding[]} */
  const findings = [...voltages];
  if (present.length > 1 && !voltages.some(one => one.key === 'dead-all')) {
    const maybe = order.is === 'direct' && !order.sure ? '-maybe' : '';
    const level = order.is === 'direct' && order.sure ? 'ok' : order.is && !maybe ? 'warn' : 'idle';
    findings.push({ key: `order-${order.is || 'untold'}${maybe}`, level, values: { angles: order.angles } });
  }
  findings.push(...currentFindings(elements), ...wiringFindings(wirings));
  if (good && two) findings.push({ key: 'two', level: 'idle', values: {} });
  else if (good && !wirings.length) {
    findings.push({ key: blind ? 'blind' : 'none', level: 'warn', values: {} });
  }
  return { elements, order, single, theta: directions(order.is !== 'reverse'), wirings, findings };
}
