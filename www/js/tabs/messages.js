// «Шаблоны отправки»: what a publication carries – group, format, kinds of data and how much of each.
import { h } from '../dom.js';
import { t, tOr } from '../i18n.js';
import { whole } from '../words.js';
import { icon } from '../icons.js';
import { blockPage } from '../blocks.js';
import { openDraft, readTable } from '../settings.js';
import { device, session } from '../device.js';
import { templateMeasures, liveMeasures, journals } from '../measures.js';

const measureWord = (/** @type {string} */ name) => tOr('data.' + name, name);
const sized = (/** @type {string} */ type) => type === 'records' || type === 'days';
const goodSize = (/** @type {any} */ item) => !sized(item.depthType)
  || (Number.isInteger(Number(item.depth)) && Number(item.depth) >= 1 && Number(item.depth) <= 10000);

/** One line of a template in words: «Потребление за сутки (Последние N записей: 3)». */
const typeWord = (/** @type {any} */ item) => measureWord(item.measure)
  + (sized(item.depthType) ? ` (${t('depth.' + item.depthType)}: ${item.depth})` : '');

/** @param {Row} row */
const check = row => ({
  name: row.name ? '' : t('fault.name'),
  '#types': !row.types?.length ? t('fault.no-data') : row.types.every(goodSize) ? ''
    : t('fault.range', { low: 1, high: 10000 }),
});

/**
 * @param {Row} row
 * @param {number} i
 * @param {() => void} touched
 */
function line(row, i, touched) {
  const item = row.types[i], live = liveMeasures.includes(item.measure), off = !session.canWrite;
  const put = (/** @type {any} */ change) => {
    row.types = row.types.map((/** @type {any} */ one, /** @type {number} */ n) =>
        (n === i ? { ...one, ...change } : one));
    touched();
  };
  const taken = row.types.map((/** @type {any} */ one) => one.measure);
  const free = templateMeasures.filter(name => name === item.measure || !taken.includes(name));
  return h('tr', {},
    h('td', {}, h('select', { class: 'in', disabled: off, 'aria-label': t('col.data'), onchange: event => {
      const measure = event.target.value;
      put({ measure, ...(liveMeasures.includes(measure) ? { depthType: 'none', depth: 0 }
          : item.depthType === 'none' ? { depthType: 'full' } : {}) });
    } }, (free.includes(item.measure) ? free : [item.measure, ...free]).map(name => h('option', { value: name,
      selected: name === item.measure }, measureWord(name))))),
    h('td', {}, !live && h('select', { class: 'in', disabled: off, 'aria-label': t('col.depthType'),
      onchange: event => put({ depthType: event.target.value, depth: sized(event.target.value) ? item.depth
          || 1 : 0 }) },
      ['full', 'records', 'days'].map(type => h('option', { value: type, selected: type === item.depthType },
        t('depth.' + type))))),
    h('td', {}, !live && sized(item.depthType)
        && h('input', { class: 'in', inputmode: 'numeric', disabled: off, value: item.depth,
          'aria-label': t('col.depth'), 'aria-invalid': goodSize(item) ? null : 'true',
          onchange: event => put({ depth: whole(event.target.value) }) })),
    h('td', {}, !off && h('button', { class: 'btn icon', type: 'button',
      'aria-label': t('data.delete', { name: measureWord(item.measure) }), title: t('do.delete'),
      onclick: () => {
        row.types = row.types.filter((/** @type {any} */ _, /** @type {number} */ n) => n !== i);
        touched();
      } }, icon('trash'))));
}

/** «Все журналы»: all of each that has not been sent. */
function journalsButton(/** @type {Row} */ row, /** @type {() => void} */ touched) {
  const taken = (row.types || []).map((/** @type {any} */ one) => one.measure);
  const left = journals.filter(name => !taken.includes(name));
  return h('button', { class: 'btn', type: 'button', disabled: !left.length, onclick: () => {
    row.types = [...(row.types || []), ...left.map(measure => ({ measure, depthType: 'full', depth: 0 }))];
    touched();
  } }, icon('plus'), t('journal.all'));
}

export async function render() {
  const [draft, groups] = await Promise.all([openDraft('messages', device.serial), readTable('groups')]);
  const groupOptions = [['', t('group.everyone')], ...groups.rows.map(row => [row.name, row.name])];
  const choice = (/** @type {Row} */ row, /** @type {string} */ key, /** @type {string[][]} */ options,
    /** @type {() => void} */ touched) => {
      const id = `m${row.id}-${key}`;
      return h('div', { class: 'field w4' }, h('label', { for: id }, t('message.' + key)),
        h('select', { class: 'in' + (draft.dirty(row, key) ? ' dirty' : ''), id, disabled: !session.canWrite,
          onchange: event => { row[key] = event.target.value; touched(); } },
          options.map(([value, text]) => h('option', { value, selected: value === (row[key] || '') },
            text))));
    };
  return blockPage({ name: 'messages', draft, check, add: t('data.add'), empty: t('message.none'),
    fresh: id => ({ id, name: t('message.fresh', { id: String(id) }), group: '', format: 'json',
      types: [{ measure: 'ElDayEnergy', depthType: 'full', depth: 0 }] }),
    head: row => h('span', { class: 'dim' }, t('format.' + (row.format || 'json'))),
    body: (row, touched) => [
      h('div', { class: 'grid' }, choice(row, 'group', groupOptions, touched),
        choice(row, 'format', [['json', 'JSON'], ['json-zip', 'JSON-zip']], touched)),
      h('table', { class: 'plain-table depths' }, h('caption', { class: 'sr' }, t('data.types')),
        h('thead', {},
          h('tr', {}, ['data', 'depthType', 'depth'].map(key => h('th', { scope: 'col' }, t('col.' + key))),
            h('td', {}))),
        h('tbody', {}, (row.types || []).map((/** @type {any} */ _, /** @type {number} */ i) => line(row, i,
          touched)))),
      session.canWrite && h('div', {}, h('button', { class: 'btn', type: 'button', onclick: () => {
        const taken = (row.types || []).map((/** @type {any} */ one) => one.measure);
        const measure = templateMeasures.find(name => !taken.includes(name));
        if (!measure) return;
        row.types = [...(row.types || []), { measure, depthType: liveMeasures.includes(measure) ? 'none'
            : 'full', depth: 0 }];
        touched();
      } }, icon('plus'), t('data.add-type')), journalsButton(row, touched))],
    label: key => t(key === 'name' ? 'block.name' : key === 'types' ? 'data.types' : 'message.' + key),
    value: (key, value) =>
      (Array.isArray(value) ? value.map(typeWord).join(', ')
          : key === 'group' ? value || t('group.everyone') : String(value ?? '')) });
}
