// «Расписание»: the table behind the page and behind the window «Расписания» of the event pages.
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { whole } from '../words.js';
import { icon } from '../icons.js';
import { tablePage } from '../table-page.js';
import { openDraft, scheduleFields } from '../settings.js';
import { device } from '../device.js';

/**
 * Allowed ranges by field; «Каждые» has its own for the minute.
 * @type {Record<string, [number, number]>}
 */
const ranges = { month: [1, 12], day: [1, 31], hour: [0, 23], min: [0, 59] };

/**
 * @param {Row} row
 * @returns {Record<string, string>}
 */
const check = row => Object.fromEntries(scheduleFields[row.kind].map(key => {
  const [low, high] = row.kind === 'every' ? [1, 59] : ranges[key], value = row[key];
  const good = value !== '' && Number.isInteger(Number(value)) && Number(value) >= low
    && Number(value) <= high;
  return [key, good ? '' : t('fault.range', { low, high })];
}));

/**
 * Fields a type does not use are empty; those it newly uses start somewhere sensible.
 * @param {Row} row
 */
const settle = row => Object.keys(ranges).forEach(key => {
  const used = scheduleFields[row.kind].includes(key);
  if (!used) row[key] = '';
  else if (row[key] === '' || row[key] == null) row[key] = row.kind === 'every' ? 30 : ranges[key][0];
  else if (row.kind === 'every' && row[key] === 0) row[key] = 30;
});

export async function render() {
  const draft = await openDraft('schedules', device.serial);
  const kinds = ['daily', 'monthly', 'every', 'yearly']
    .map(kind => /** @type {Option} */ ([kind, t('schedule.' + kind)]));
  const part = (/** @type {string} */ key, /** @type {string} */ at) =>
    /** @type {Column} */ ({ key, label: t('col.' + key),
      width: 110, num: true, at, editable: row => scheduleFields[row.kind].includes(key),
      cell: row => (scheduleFields[row.kind].includes(key) ? String(row[key]) : h('span', { class: 'dim' },
        '–')) });
  return [h('div', { class: 'notice warning' }, icon('alert'), h('div', {}, h('strong', {}, t('attention')),
    ' ',
    t('schedule.attention'))),
    tablePage({ name: 'schedules', label: t('title.schedule'), draft, add: t('schedule.add'),
      empty: t('schedule.none'), check,
      fresh: id => ({ id, kind: 'daily', month: '', day: '', hour: 1, min: 30 }),
      set: (row, key, value) => {
        if (key === 'kind') settle(row);
        else row[key] = whole(value);
      },
      columns: [{ key: 'kind', label: t('col.kind'), width: 200, options: kinds,
        text: row => t('schedule.' + row.kind), at: 'name' },
        part('month', ''), part('day', ''), part('hour', ''),
        { ...part('min', 'note'), text: row => [row.day && `${t('col.day')} ${row.day}`,
          row.hour !== '' && `${t('col.hour')} ${row.hour}`,
          `${t('col.min')} ${row.min}`].filter(Boolean).join(', '),
          cell: row => [h('span', { class: 'only-wide' }, String(row.min)),
            h('span', { class: 'only-narrow' },
              [row.day !== '' && `${t('col.day')} ${row.day}`,
                row.hour !== '' && `${t('col.hour')} ${row.hour}`,
                `${t('col.min')} ${row.min}`].filter(Boolean).join(', '))] }] })];
}
