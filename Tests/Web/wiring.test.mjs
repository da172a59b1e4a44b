// The verdicts on a meter's wiring, as a table: every wiring of three currents under loads of every kind, and
// the cases in which nothing may be concluded. Run by tools/check-web.
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import assert from 'node:assert/strict';

const source = readFileSync(new URL('../../www/js/wiring.js', import.meta.url), 'utf8');
const { examine, isPlain, wrap } = await import('data:text/javascript,' + encodeURIComponent(source));

const NAMES = ['A', 'B', 'C'];
const PLACES = [[0, 1, 2], [1, 0, 2], [0, 2, 1], [2, 1, 0], [1, 2, 0], [2, 0, 1]];
const ORDERS = { direct: [0, -120, 120], reverse: [0, 120, -120] };
const ANGLES = { direct: { AngAB: 120, AngBC: 120, AngAC: 240 }, reverse: { AngAB: 240, AngBC: 240, AngAC: 120 } };
const radians = degrees => degrees * Math.PI / 180;

/** What a meter tells that is wired so: `places[x]` is the phase whose current comes to voltage x. */
function told({ order = 'direct', places = PLACES[0], reversed = [], loads = [30, 30, 30], u = 230, i = 5,
  angles = true }) {
  const theta = ORDERS[order], row = angles ? { ...ANGLES[order] } : {};
  NAMES.forEach((name, x) => {
    const y = places[x], current = Array.isArray(i) ? i[y] : i, volts = Array.isArray(u) ? u[x] : u;
    const lag = loads[y] + theta[x] - theta[y] + (reversed.includes(x) ? 180 : 0);
    Object.assign(row, { ['U' + name]: volts, ['I' + name]: current,
      ['P' + name]: volts * current * Math.cos(radians(lag)),
      ['Q' + name]: volts * current * Math.sin(radians(lag)) });
  });
  return row;
}

const keys = row => examine(row).findings.map(one => one.key);
const same = (one, places, reversed, gives) => String(one.places) === String(places)
  && String(one.reversed) === String(reversed) && one.gives === gives;
const subsets = [...Array(8).keys()].map(mask => [0, 1, 2].filter(at => mask >> at & 1));
const moved = places => places.filter((one, at) => one !== at).length;

let cases = 0;
for (const order of ['direct', 'reverse']) {
  for (const [name, loads] of Object.entries({ resistive: [0, 0, 0], inductive: [30, 25, 35], motor: [45, 45, 45],
    capacitive: [-12, -10, -8], uneven: [5, 20, 30], generating: [180, 180, 180] })) {
    for (const places of PLACES) {
      for (const reversed of subsets) {
        const faults = moved(places) + reversed.length, gives = name === 'generating';
        cases += 1;
        test(`${order} ${name} currents ${places.map(y => NAMES[y]).join('')} reversed ${reversed}`, () => {
          const { wirings, findings, order: seen } = examine(told({ order, places, reversed, loads }));
          assert.equal(seen.is, order);
          assert.ok(wirings.length, 'something explains the numbers');
          // The truth is told unless five faults or more would have to come together, or generation adds to them.
          if (faults + (gives ? 2 : 0) <= 3) {
            assert.ok(wirings.some(one => same(one, places, reversed, gives)), JSON.stringify(wirings));
          }
          if (faults <= 1 && !gives) assert.equal(wirings.length, 1, JSON.stringify(wirings));
          // Nothing wrong is called right, unless the numbers are those of a right wiring.
          const innocent = findings.some(one => one.level === 'ok' && !one.key.startsWith('order'));
          if (innocent && (faults || gives)) assert.ok(faults + (gives ? 2 : 0) >= 5, 'called right');
          if (!faults && !gives) assert.ok(innocent, JSON.stringify(findings));
          // Whatever is told explains the angles: applied backwards it gives one kind of load.
          for (const one of wirings) assert.ok(one.spread <= 60.1, 'alike');
        });
      }
    }
  }
}
test('there are cases enough', () => assert.ok(cases >= 500, String(cases)));

test('without angles between voltages a reversed current and a pair in each other\'s place are still found', () => {
  for (const order of ['direct', 'reverse']) {
    const one = examine(told({ order, angles: false, reversed: [2] }));
    assert.equal(one.order.is, '');
    assert.ok(one.wirings.length === 1 && same(one.wirings[0], PLACES[0], [2], false));
    const swapped = examine(told({ order, angles: false, places: PLACES[1] }));
    assert.ok(swapped.wirings.some(wiring => same(wiring, PLACES[1], [], false)));
  }
});

test('energy given back in all phases and all currents reversed cannot be told apart, and both are named', () => {
  const { wirings, findings } = examine(told({ loads: [190, 185, 188] }));
  assert.ok(wirings.some(one => isPlain(one) && one.gives));
  assert.ok(wirings.some(one => one.reversed.length === 3 && !one.gives));
  assert.equal(findings.find(one => one.values.wirings).key, 'one-of');
});

test('a current too small to say anything is named and left out of the verdict', () => {
  const row = told({ i: [5, 5, 0.03] }), { findings, wirings } = examine(row);
  assert.deepEqual(findings.find(one => one.key === 'small').values.phases, ['C']);
  assert.ok(isPlain(wirings[0]) && wirings.length === 1);
  assert.deepEqual(examine(told({ i: 0.01 })).wirings, []);
  // A hundredth of the largest current is no better, however many amperes it is.
  assert.ok(keys(told({ i: [50, 50, 0.5] })).includes('small'));
});

test('no current at all concludes nothing about transformers', () => {
  const { findings } = examine(told({ i: 0 }));
  assert.ok(!findings.some(one => one.values.wirings));
  assert.deepEqual(findings.find(one => one.key === 'small').values.phases, NAMES);
});

test('a missing voltage is named, and a current beside it', () => {
  const found = keys(told({ u: [230, 0, 230] }));
  assert.ok(found.includes('dead') && found.includes('current-alone'));
  assert.ok(keys(told({ u: [230, 150, 230] })).includes('low'));
  assert.deepEqual(keys(told({ u: 0, i: 0 })).filter(key => key.startsWith('dead')), ['dead-all']);
  assert.ok(!keys({ IA: 5, PA: 100, QA: 10 }).includes('dead'));
});

test('without phase B nothing is said of transformers: a meter of two elements measures other angles', () => {
  const aron = { UA: 100, UC: 100, IA: 5, IC: 5, PA: 0, QA: 500, PC: 433, QC: 250 };
  for (const row of [aron, { ...aron, UB: 0, IB: 0, PB: 0, QB: 0 }]) {
    const { findings, wirings } = examine(row);
    assert.deepEqual(wirings, []);
    assert.ok(findings.some(one => one.key === 'two') && !findings.some(one => one.key === 'none'));
  }
  assert.ok(!keys(told({ u: [230, 0, 230] })).includes('two'));
});

test('two inputs of one phase are found by the voltage between them, or by the angle', () => {
  const row = { ...told({}), UAB: 2, UBC: 398, UCA: 399 };
  assert.ok(keys(row).includes('one-phase') && keys(row).includes('blind'));
  assert.ok(keys({ ...told({}), AngAB: 0, AngBC: 120, AngAC: 120 }).includes('order-same'));
  assert.ok(!keys({ ...told({}), UAB: 398, UBC: 398, UCA: 398 }).includes('one-phase'));
});

test('the order of phases is claimed only as far as the angles bear', () => {
  const order = angles => examine({ ...told({ angles: false }), ...angles }).findings
    .find(one => one.key.startsWith('order')).key;
  assert.equal(order({ AngAB: 120, AngBC: 121, AngAC: 241 }), 'order-direct');
  assert.equal(order({ AngAB: 120, AngBC: 120, AngAC: -120 }), 'order-direct');
  assert.equal(order({ AngAB: 240, AngBC: 239, AngAC: 120 }), 'order-reverse');
  assert.equal(order({ AngAB: -120, AngBC: -120 }), 'order-reverse');
  // Three times 120° also come from a meter that counts to 180° only.
  assert.equal(order({ AngAB: 120, AngBC: 120, AngAC: 120 }), 'order-direct-maybe');
  assert.equal(order({ AngAB: 119 }), 'order-direct-maybe');
  assert.equal(order({ AngAB: 90, AngBC: 150 }), 'order-odd');
  assert.equal(order({ AngAB: 0, AngBC: 0, AngAC: 0 }), 'order-untold');
  assert.equal(order({}), 'order-untold');
});

test('a single-phase meter has a direction of its current and no order', () => {
  const one = examine({ UA: 230, IA: 5, PA: 1000, QA: 300 });
  assert.ok(one.single && isPlain(one.wirings[0]) && !one.findings.some(({ key }) => key.startsWith('order')));
  const back = examine({ UA: 230, IA: 5, PA: -1000, QA: -300 });
  assert.ok(back.wirings.some(({ reversed }) => reversed.length) && back.wirings.some(({ gives }) => gives));
});

test('angles come from what is told: powers, the angle itself, the tangent, the factor', () => {
  const angle = row => examine(row).elements[0];
  assert.ok(Math.abs(angle({ UA: 230, IA: 5, PA: 1000, QA: 577.35 }).angles[0] - 30) < 0.01);
  assert.deepEqual(angle({ UA: 230, IA: 5, AngUIA: 330 }).angles, [-30, 30]);
  assert.deepEqual(angle({ UA: 230, IA: 5, AngUIA: 30, QA: -500 }).angles, [-30]);
  assert.ok(Math.abs(angle({ UA: 230, IA: 5, PA: -900, kQA: 0.577 }).angles[0] + 150) < 0.1);
  assert.deepEqual(angle({ UA: 230, IA: 5, kPA: 0.5 }).angles.map(Math.round), [60, -60]);
  assert.deepEqual(angle({ UA: 230, IA: 5, PA: -575 }).angles.map(Math.round), [120, -120]);
  assert.equal(angle({ UA: 230, IA: 5 }).state, 'untold');
  assert.equal(angle({ UA: 230, IA: 5, PA: -900, AngUIA: 10 }).state, 'disagree');
});

test('a reversed current is found by factors alone, though their sign says nothing of the load', () => {
  const row = { UA: 230, UB: 230, UC: 230, IA: 5, IB: 5, IC: 5, PA: 1000, PB: 1000, PC: -1000,
    kPA: 0.87, kPB: 0.87, kPC: 0.87 };
  const { wirings } = examine(row);
  assert.ok(wirings.some(one => same(one, PLACES[0], [2], false)));
});

test('powers that do not belong to the voltage and current beside them are not believed', () => {
  const row = told({});
  row.PB = 50;
  row.QB = 20;
  assert.deepEqual(examine(row).findings.find(one => one.key === 'disagree').values.phases, ['B']);
  // Powers of the primary side beside currents of the secondary are of another scale, but of one.
  const scaled = told({});
  for (const name of NAMES) { scaled['P' + name] *= 40; scaled['Q' + name] *= 40; }
  assert.ok(!keys(scaled).includes('disagree'));
});

test('a load of almost nothing but reactive power is told as such, not as six faults', () => {
  const { findings, wirings } = examine(told({ loads: [72, 71, 73] }));
  assert.ok(isPlain(wirings[0]));
  assert.ok(findings.some(one => one.key === 'idle-load' && one.level === 'warn'));
  // Nearer to a right angle a capacitive load behind displaced currents is as likely: both are named.
  const both = examine(told({ loads: [80, 78, 82] }));
  assert.ok(isPlain(both.wirings[0]) && both.findings.some(one => one.key === 'one-of'));
});

test('nothing told concludes nothing', () => {
  const { findings, wirings, elements } = examine({ ts: 'now', serial: '1' });
  assert.deepEqual(wirings, []);
  assert.ok(elements.every(one => one.state === 'absent'));
  assert.ok(findings.every(one => one.level === 'idle'));
});

test('angles wrap to half a circle each way', () => {
  assert.deepEqual([190, -190, 360, 540, -180].map(wrap), [-170, 170, 0, -180, -180]);
});

test('no numbers make it fail', () => {
  let seed = 17;
  const draw = () => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed / 2147483648; };
  const tags = ['U', 'I', 'P', 'Q', 'S', 'kP', 'kQ', 'AngUI'].flatMap(one => NAMES.map(name => one + name))
    .concat(['AngAB', 'AngBC', 'AngAC', 'UAB', 'UBC', 'UCA']);
  for (let n = 0; n < 3000; n += 1) {
    const row = {};
    for (const tag of tags) {
      if (draw() < 0.7) row[tag] = [0, 1e-9, 1e9, -1, 230, 5, NaN][Math.floor(draw() * 7)] ?? (draw() - 0.5) * 500;
    }
    const { findings } = examine(row);
    assert.ok(findings.every(one => one.key && one.level));
  }
});
