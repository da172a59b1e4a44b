// «Дискретные входы»: which change of which input of the device is an event. Several rows may name one input.
import { h, fill } from '../dom.js';
import { t } from '../i18n.js';
import { status } from '../icons.js';
import { tablePage } from '../table-page.js';
import { optional } from '../api.js';
import { openDraft, optionalRows } from '../settings.js';
import { absent } from '../absent.js';
import { device } from '../device.js';
import { inputStates } from '../event-words.js';

/** The device has three inputs. */
const inputs = [1, 2, 3];
/** The longest filter, milliseconds. */
const LONGEST = 60000;
/** How often the levels are asked for while the page is looked at. */
const PACE = 5000;

/**
 * An absent filter is the device's own.
 * @param {any} value
 */
const isFilter = value => value == null || (/^\d{1,5}$/.test(String(value)) && Number(value) <= LONGEST);

/** @param {Row} row */
const check = row => ({ addr: inputs.includes(Number(row.addr)) ? '' : t('fault.choose'),
  type: inputStates.includes(Number(row.type)) ? '' : t('fault.choose'),
  filter: isFilter(row.filter) ? '' : t('input.filter-range') });

/**
 * The levels of the inputs now, one line.
 * @param {HTMLElement} place
 */
async function drawLevels(place) {
  const answer = await optional('/state/din').catch(() => null);
  /** @type {{ addr: number, state: number }[]} */
  const levels = answer?.State || [];
  if (answer && !levels.length) return fill(place, status('idle', t('input.absent')));
  return fill(place, levels.filter(({ addr }) => inputs.includes(addr)).map(({ addr, state }) => h('span', {},
    t('input.number', { n: addr }), ': ',
    status(state ? 'ok' : 'idle', t(state ? 'input.on' : 'input.off')))));
}

export async function render() {
  if (!await optionalRows('inputs')) return { body: absent() };
  const draft = await openDraft('inputs', device.serial);
  /** @type {Option[]} */
  const numbers = inputs.map(n => [n, t('input.number', { n })]);
  const states = inputStates.map(code => /** @type {Option} */ ([code, t('input.' + code)]));
  const wordOf = (/** @type {Option[]} */ options, /** @type {any} */ value) =>
    options.find(([code]) => code === value)?.[1] || '';
  const place = h('div', { class: 'row small', role: 'status' });
  drawLevels(place);
  const timer = setInterval(() => drawLevels(place), PACE);
  return { leave: () => clearInterval(timer), body: [place,
    tablePage({ name: 'inputs', label: t('title.inputs'), draft, add: t('input.add'), empty: t('input.none'),
      check, fresh: id => ({ id, addr: 1, type: 0, filter: 50 }),
      columns: [
        { key: 'addr', label: t('col.input'), width: 300, options: numbers, at: 'name',
          text: row => wordOf(numbers, row.addr) },
        { key: 'type', label: t('col.inputState'), width: 320, options: states, at: 'note',
          text: row => wordOf(states, row.type) },
        { key: 'filter', label: t('col.inputFilter'), width: 110, num: true, at: 'side',
          text: row => String(row.filter ?? '') }] })] };
}
