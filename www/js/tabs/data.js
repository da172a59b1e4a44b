// «Шаблоны данных ПУ»: which kinds of data a poll collects.
import { h } from '../dom.js';
import { t, tOr } from '../i18n.js';
import { icon } from '../icons.js';
import { blockPage } from '../blocks.js';
import { openDraft } from '../settings.js';
import { device, session } from '../device.js';
import { templateMeasures, journals } from '../measures.js';

const measureWord = (/** @type {string} */ name) => tOr('data.' + name, name);

/**
 * @param {Row} row
 * @param {Row[]} rows
 */
const check = (row, rows) => ({
  name: !row.name ? t('fault.name') : rows.some(one => one !== row && one.name === row.name)
    ? t('fault.name-twice') : '',
  '#types': row.types.length ? '' : t('fault.no-data'),
});

/** One line of a template: the drop-down with what is not in it yet, and the basket. */
function line(/** @type {Row} */ row, /** @type {number} */ i, /** @type {() => void} */ touched) {
  const now = row.types[i], free = templateMeasures.filter(name => name === now || !row.types.includes(name));
  const options = free.includes(now) ? free : [now, ...free];
  if (!session.canWrite) return h('li', {}, measureWord(now));
  return h('li', {},
    h('select', { class: 'in', 'aria-label': t('data.line', { n: i + 1 }), onchange: event => {
      row.types = row.types.map((/** @type {string} */ name, /** @type {number} */ n) =>
          (n === i ? event.target.value : name));
      touched();
    } }, options.map(name => h('option', { value: name, selected: name === now }, measureWord(name)))),
    h('button', { class: 'btn icon', type: 'button',
      'aria-label': t('data.delete', { name: measureWord(now) }),
      title: t('do.delete'), onclick: () => {
        row.types = row.types.filter((/** @type {string} */ _, /** @type {number} */ n) => n !== i);
        touched();
      } }, icon('trash')));
}

/** «Все журналы»: forty lines at once. */
function journalsButton(/** @type {Row} */ row, /** @type {() => void} */ touched) {
  const left = journals.filter(name => !row.types.includes(name));
  return h('button', { class: 'btn', type: 'button', disabled: !left.length,
    onclick: () => { row.types = [...row.types, ...left]; touched(); } }, icon('plus'), t('journal.all'));
}

export async function render() {
  const draft = await openDraft('data', device.serial);
  return blockPage({ name: 'data', draft, check, add: t('data.add'), empty: t('data.none'),
    fresh: id => ({ id, name: '', types: ['ElDayEnergy'] }),
    head: row => h('span', { class: 'dim' }, t('data.count', { n: row.types.length })),
    body: (row, touched) => {
      const free = templateMeasures.find(name => !row.types.includes(name));
      return [h('ul', { class: 'list' },
        row.types.map((/** @type {string} */ _, /** @type {number} */ i) => line(row, i, touched))),
        session.canWrite && h('div', {}, h('button', { class: 'btn', type: 'button', disabled: !free,
          title: free ? null : t('data.all-in'),
          onclick: () => { row.types = [...row.types, free]; touched(); } },
          icon('plus'), t('data.add-type')), journalsButton(row, touched))];
    },
    label: key => t(key === 'name' ? 'block.name' : 'data.types'),
    value: (key, value) => (Array.isArray(value) ? value.map(measureWord).join(', ')
        : String(value ?? '')) });
}
