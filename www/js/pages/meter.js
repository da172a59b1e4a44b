// The meter card: what is known of one meter, and «Прочитать сейчас» under the thumb. Reached from every ID.
import { h, fill } from '../dom.js';
import { t, number, stamp, span, parseStamp } from '../i18n.js';
import { explain, interfaceWord, typeWord } from '../words.js';
import { icon, status } from '../icons.js';
import { optional, post } from '../api.js';
import { device, now, session } from '../device.js';
import { ask, dialog, toast } from '../modal.js';
import { readTable, openDraft } from '../settings.js';
import { meterForm } from '../meter-form.js';
import { energy, quality } from '../measures.js';
import { flatten, shown } from '../readings.js';
import { health } from '../meter-test.js';
import { strip } from '../day-strip.js';

/** What one press reads, in this order: the clock also proves the link. */
const parts = ['GetTime', 'ElMomentEnergy', 'ElMomentQuality'];

/**
 * @param {import('../measures.js').TagGroup[]} groups
 * @param {Row} row
 */
const values = (groups, row) => h('table', { class: 'plain-table' }, h('tbody', {}, groups.flatMap(group => {
  const present = group.tags.filter(tag => row[tag] != null);
  return present.length ? [h('tr', {}, h('th', { scope: 'row', class: 'dim' }, t('group.' + group.key)),
    h('td', { class: 'num' }, present.map(tag => [h('span', { class: 'nowrap' },
      h('span', { class: 'dim small' }, tag + ' '), shown(row[tag], 1)), ' '])))] : [];
})));

/**
 * @param {string} part
 * @param {any} answer
 */
function result(part, answer) {
  const { rows, devices } = flatten(answer), row = rows[0];
  if (!row) return h('p', {}, status('err', devices[0]?.error || t('read.nothing')));
  if (part === 'GetTime') {
    return h('dl', { class: 'pairs' }, h('dt', {}, t('meter.clock')),
      h('dd', {}, stamp(row.t, parseStamp(row.ts).offset)),
      h('dt', {}, t('col.diff')),
      h('dd', {}, `${Number(row.diff) > 0 ? '+' : ''}${shown(row.diff, 1)} ${t('unit.s')}`));
  }
  if (part === 'ElMomentEnergy') return values(energy, row);
  const place = h('div', {});
  import('../phasors.js').then(({ drawPhasors }) => drawPhasors(place, row)).catch(() => {});
  return [place, values(quality, row)];
}

/**
 * Passwords never come with the table; one meter's may be looked at, and the device notes who did (D12).
 * @param {number} id
 */
async function reveal(id) {
  if (!await ask({ title: t('reveal.title', { id: String(id) }), text: t('reveal.text'),
    yes: t('reveal.show'),
    no: t('do.cancel') })) return;
  try {
    const answer = await post(`/settings/meter/table/${id}/reveal`);
    const shown = ['passRd', 'passWr', 'ek', 'ak'];
    await dialog({ title: `ID ${id}`, body: h('dl', { class: 'pairs' }, shown.map(key => [
      h('dt', {}, t('col.' + key)), h('dd', { class: 'mono' }, answer[key] || t('reveal.none'))])),
      actions: [{ label: t('do.close'), kind: 'main', value: true }] });
  } catch (error) {
    toast(explain(error));
  }
}

/**
 * Edits the meter's row in the draft of the table, which is then shown: there it is saved.
 * @param {number} id
 */
async function edit(id) {
  try {
    const draft = await openDraft('meters', device.serial), row = draft.rows.find(one => one.id === id);
    if (row && await meterForm(draft, row)) location.hash = '#/meters';
  } catch (error) {
    toast(explain(error));
  }
}

/**
 * @param {number} id
 * @param {HTMLElement} place
 */
async function readNow(id, place) {
  const began = performance.now(),
    steps = new Map(parts.map(part => [part, /** @type {Kid} */ (status('wait'))]));
  const bodies = new Map();
  const draw = () => fill(place, parts.map(part => h('section', { class: 'card stack' },
    h('header', {}, h('h2', {}, t('part.' + part)), steps.get(part)), bodies.get(part))));
  for (const part of parts) {
    steps.set(part, status('run'));
    draw();
    const from = performance.now();
    try {
      const answer = await post('/meter/data/moment', { ids: [id], measures: [part], tags: [] },
        { seconds: 15 });
      bodies.set(part, result(part, answer));
      steps.set(part, flatten(answer).rows.length
          ? h('span', { class: 'row' }, status('ok', '', true), h('span', { class: 'dim small' },
            `${number(performance.now() - from)} ${t('unit.ms')}`))
          : status('err', '', true));
    } catch (error) {
      steps.set(part, status('err', explain(error)));
    }
    draw();
    if (part === 'GetTime' && !bodies.has(part)) break;
  }
  return performance.now() - began;
}

/**
 * A month of this meter by day, where the device reports it.
 * @param {number} id
 * @param {any} completeness
 */
function daysPart(id, completeness) {
  const own = completeness?.Meters?.find((/** @type {any} */ one) => one.id === id);
  if (!own?.days?.length) return null;
  const readout = h('p', { class: 'small dim', role: 'status' }, t('full.hint'));
  return h('div', { class: 'stack' }, h('h2', { class: 'minor' }, t('tab.completeness')),
    strip(own, text => fill(readout, text)), readout);
}

export async function render(/** @type {PageContext} */ { args }) {
  const id = Number(args[0]),
    [{ rows }, completeness] = await Promise.all([readTable('meters'),
      optional(`/state/completeness?days=31&ids=${id}`), health.load().catch(() => {})]);
  const meter = rows.find(row => row.id === id), title = t('title.meter');
  if (!meter) {
    return { title, body: h('div', { class: 'card empty' }, icon('table', 32),
      h('p', {}, t('meter.unknown', { id: String(id) })),
      h('a', { class: 'btn', href: '#/meters' }, t('nav.meters'))) };
  }
  const place = h('div', { class: 'stack' }), state = health.states.get(id);
  const button = h('button', { class: 'btn main big grow', type: 'button', onclick: async () => {
    button.disabled = true;
    await readNow(id, place);
    button.disabled = false;
  } }, icon('play', 20), t('meter.read'));
  const line = meter.speed ? `${meter.speed} ${meter.size}${(meter.parity || 'n').toUpperCase()}${meter.stop}`
    : t('speed.auto');
  return { title, body: h('div', { class: 'meter' },
    h('section', { class: 'card stack' },
      h('div', {}, h('p', { class: 'dim small' }, `ID ${id} · ${typeWord(meter.typeName)}`),
        h('h2', { class: 'meter-name' }, meter.comment || `${typeWord(meter.typeName)} ${meter.addr}`),
        status(state?.state || 'idle', state?.text), state?.last && h('span', { class: 'dim small' },
          ' · ', t('home.since', { span: span(now() - parseStamp(state.last).t) }))),
      h('dl', { class: 'pairs' }, /** @type {[string, Kid][]} */ ([['col.addr', meter.addr],
        ['col.ifaceName', interfaceWord(meter.ifaceName)], ['col.speed', line],
        ['col.serial', meter.serial || '–'],
        ['col.pId', meter.pId ? h('a', { href: '#/meter/' + meter.pId }, String(meter.pId)) : '–']])
          .map(([name, value]) => [h('dt', {}, t(name)), h('dd', {}, value)])),
      h('div', { class: 'row' }, h('a', { class: 'btn', href: `#/electricity/archive/${id}` }, icon('chart'),
        t('tab.archive')),
        h('a', { class: 'btn', href: '#/meters' }, icon('table'), t('nav.meters')),
        session.canWrite && h('button', { class: 'btn', type: 'button', onclick: () => edit(id) },
          icon('edit'), t('meter.edit')),
        session.canWrite && (meter.hasPassRd || meter.hasPassWr)
          && h('button', { class: 'btn', type: 'button',
            onclick: () => reveal(id) }, t('reveal.show'))),
      daysPart(id, completeness),
      h('div', { class: 'go' }, button)),
    place) };
}
