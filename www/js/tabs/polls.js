// «Шаблоны опросов ПУ»: a group of meters joined with a data template.
import { t } from '../i18n.js';
import { tablePage } from '../table-page.js';
import { openDraft, readTable } from '../settings.js';
import { device } from '../device.js';

export async function render() {
  const [draft, groups, data] = await Promise.all([openDraft('polls', device.serial), readTable('groups'),
    readTable('data')]);
  draft.rows.forEach(row => { row.metersName = row.metersName || ''; });
  draft.saved.forEach(row => { row.metersName = row.metersName || ''; });
  /** @type {Option[]} */
  const groupOptions = [['', t('group.everyone')],
    ...groups.rows.map(row => /** @type {Option} */ ([row.name, row.name]))];
  const dataOptions = data.rows.map(row => /** @type {Option} */ ([row.name, row.name]));
  return tablePage({ name: 'polls', label: t('tab.polls'), draft, add: t('poll.add'),
    empty: dataOptions.length ? t('poll.none') : t('poll.no-data'),
    fresh: id => ({ id, metersName: groupOptions[1]?.[0] || '', archTypesName: dataOptions[0]?.[0] || '' }),
    check: (row, rows) => ({
      metersName: groupOptions.some(([name]) => name === row.metersName) ? '' : t('fault.gone'),
      archTypesName: !row.archTypesName ? t('fault.choose')
        : !dataOptions.some(([name]) => name === row.archTypesName) ? t('fault.gone')
        : rows.some(one => one !== row && one.metersName === row.metersName
            && one.archTypesName === row.archTypesName)
        ? t('fault.pair-twice') : '' }),
    columns: [
      { key: 'metersName', label: t('col.metersName'), width: 320, options: groupOptions, at: 'name',
        text: row => row.metersName || t('group.everyone') },
      { key: 'archTypesName', label: t('col.archTypesName'), width: 320, options: dataOptions,
        at: 'note' }] });
}
