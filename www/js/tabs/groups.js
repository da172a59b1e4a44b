// «Группы ПУ»: one module under «Настройки шаблонов ПУ» and under «MQTT».
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { interfaceWord, typeWord } from '../words.js';
import { icon } from '../icons.js';
import { blockPage } from '../blocks.js';
import { table } from '../table.js';
import { dialog } from '../modal.js';
import { openDraft, readTable } from '../settings.js';
import { device, session } from '../device.js';

/** @returns {Column[]} */
const meterColumns = () => [
  { key: 'id', label: 'ID', width: 64, num: true, at: 'side' },
  { key: 'typeName', label: t('col.typeName'), width: 150, text: row => typeWord(row.typeName), at: 'note' },
  { key: 'addr', label: t('col.addr'), width: 170, at: 'more' },
  { key: 'ifaceName', label: t('col.ifaceName'), width: 180, text: row => interfaceWord(row.ifaceName) },
  { key: 'comment', label: t('col.comment'), width: 200, at: 'name' },
];

/**
 * The choice of members; null when refused.
 * @param {Row[]} meters
 * @param {number[]} chosen
 */
async function choose(meters, chosen) {
  const count = h('strong', { role: 'status' });
  const view = table({ label: t('group.choose'), rows: meters, pageSize: 10, selected: new Set(chosen),
    columns: [
      { key: '#sel', label: t('table.all'), width: 34, tight: true, filter: false, at: 'mark' },
      ...meterColumns()] });
  const say = () => { count.textContent = t('meters.selected', { n: view.selected.size }); };
  view.addEventListener('select', say);
  say();
  const sure = await dialog({ title: t('group.choose'), wide: true, body: [count, view],
    actions: [{ label: t('do.cancel'), value: false }, { label: t('do.choose'), kind: 'main',
      value: true }] });
  return sure ? meters.map(meter => meter.id).filter(id => view.selected.has(id)) : null;
}

/**
 * @param {Row} row
 * @param {Row[]} rows
 */
const check = (row, rows) => ({ name: !row.name ? t('fault.name')
    : rows.some(one => one !== row && one.name === row.name) ? t('fault.name-twice') : '' });

export async function render() {
  const [draft, { rows: meters }] = await Promise.all([openDraft('groups', device.serial),
    readTable('meters')]);
  const members = (/** @type {Row} */ row) => meters.filter(meter => row.meters.includes(meter.id));
  return blockPage({ name: 'groups', draft, check, add: t('group.add'), empty: t('group.none'),
    fresh: id => ({ id, name: '', meters: [] }),
    head: row => h('span', { class: 'dim' }, row.meters.length ? t('group.members', { n: row.meters.length })
        : t('group.everyone')),
    body: (row, touched) => [
      row.meters.length > 0 ? table({ label: t('group.list', { name: row.name }), rows: members(row),
        selectable: false,
        pageSize: 10, columns: meterColumns() }) : h('p', { class: 'dim' }, t('group.everyone-text')),
      session.canWrite && h('div', { class: 'row end' },
        h('button', { class: 'btn', type: 'button', onclick: async () => {
          const ids = await choose(meters, row.meters);
          if (!ids) return;
          row.meters = ids;
          touched();
        } }, icon('plus'), t('group.add-meter')))],
    label: key => t(key === 'name' ? 'block.name' : 'group.meters'),
    value: (key, value) => (Array.isArray(value) ? value.join(', ') || t('group.everyone')
        : String(value ?? '')) });
}
