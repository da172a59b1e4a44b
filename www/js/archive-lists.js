// What the archive set aside or corrected: quarantine, days whose registers and profile disagree, the log of
// changes, corrected clocks. Each list is asked for when it is unfolded, a screen full at a time.
import { h, fill } from './dom.js';
import { t, tOr, stamp, parseStamp } from './i18n.js';
import { explain } from './words.js';
import { status } from './icons.js';
import { get } from './api.js';
import { shown } from './readings.js';

const LIMIT = 100;
const signed = (/** @type {any} */ value) => (value == null ? '?' : value > 0 ? `+${value}` : String(value));

/**
 * What a list says of a row beside its numbers.
 * @param {string} name of the list
 * @param {any} row
 */
function told(name, row) {
  if (name === 'unbalanced') {
    return t('store.balance', { registers: shown(row.old, 1000), profile: shown(row.new, 1000) });
  }
  if (name === 'clocks') {
    const by = t('store.by-' + row.by);
    return [t('store.clock', { was: signed(row.old), is: signed(row.new), by }), ' ', row.text];
  }
  const what = row.tag ? `${row.tag} ` : '';
  const why = row.text || (row.reason ? tOr('gap.' + row.reason, row.reason) : '');
  return [what, row.old != null && h('del', {}, String(row.old)), ' ',
    row.new != null && h('ins', {}, String(row.new)), ' ', why];
}

/**
 * @param {string} name of the list
 * @param {any} row
 */
const line = (name, row) => {
  const at = row.ts;
  return h('li', {},
    at && h('span', { class: 'nowrap' }, stamp(parseStamp(at).t, parseStamp(at).offset, false)),
    row.meter != null && h('a', { class: 'nowrap', href: '#/meter/' + row.meter }, `ID ${row.meter}`),
    h('span', {}, tOr('kind.' + row.measure, tOr('data.' + row.measure, row.measure || ''))),
    h('span', { class: 'grow dim' }, told(name, row)),
    row.time && h('span', { class: 'dim small nowrap' }, t('store.corrected',
      { time: stamp(parseStamp(row.time).t, parseStamp(row.time).offset, false) })));
};

/**
 * One list, read when it is opened.
 * @param {string} name
 */
export function fold(name) {
  const place = h('div', {}), list = h('ul', { class: 'list' });
  let read = false;
  const more = async (/** @type {any} */ before) => {
    fill(place, status('run', t('page.loading')));
    try {
      const answer = await get(`/archive/${name}?limit=${LIMIT}${before ? `&before=${before}` : ''}`);
      /** @type {any[]} */
      const rows = answer?.Rows || [];
      list.append(...rows.map(row => line(name, row)));
      fill(place, !list.children.length && h('p', { class: 'dim' }, t('store.none')),
        rows.length === LIMIT && h('button', { class: 'btn', type: 'button',
          onclick: () => more(rows[rows.length - 1].id) }, t('do.more')));
    } catch (error) {
      read = false;
      fill(place, h('p', {}, status('err', explain(error))));
    }
  };
  return h('details', { class: 'card', ontoggle: event => {
    if (!event.target.open || read) return;
    read = true;
    more(0);
  } }, h('summary', {}, t('store.' + name)), list, place);
}

export const folds = () => ['quarantine', 'unbalanced', 'changes'].map(fold);
