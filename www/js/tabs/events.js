// «Настройка системы событий»: when something happens, do something. One table under three pages of the menu.
import { h, fill } from '../dom.js';
import { t, stamp, parseStamp, tOr } from '../i18n.js';
import { status } from '../icons.js';
import { tablePage } from '../table-page.js';
import { dialog } from '../modal.js';
import { optional } from '../api.js';
import { openDraft, readTable } from '../settings.js';
import { device } from '../device.js';
import { pollText, publicationText, scheduleText, scheduleWord } from '../event-words.js';

/**
 * Next firing and last outcome of each rule, where the device reports them.
 * @param {any} plan
 * @returns {Map<number, any>}
 */
const byRule = plan => new Map((plan?.Rules || []).map((/** @type {any} */ one) => [Number(one.id), one]));

/** The window «Расписания». */
async function schedules() {
  const place = h('div', { class: 'stack' });
  const { render } = await import('./schedules.js');
  fill(place, await render());
  await dialog({ title: t('title.schedule'), wide: true, body: place,
    actions: [{ label: t('do.close'), kind: 'main', value: true }] });
}

export async function render(/** @type {() => void} */ redraw) {
  const [draft, times, polls, brokers, messages, publications, plan] = await Promise.all([
    openDraft('events', device.serial), readTable('schedules'), readTable('polls'), readTable('brokers'),
    readTable('messages'), readTable('publications'), optional('/state/schdl')]);
  const rules = byRule(plan),
    next = new Map((plan?.State || []).map((/** @type {any} */ one) => [Number(one.id), one.time]));
  /** @type {Option[]} */
  const when = times.rows.map(row => [row.id, `${row.id}: ${scheduleText(row)}`]);
  /** @type {Record<string, Option[]>} */
  const what = { Poller: polls.rows.map(row => [row.id, pollText(row)]),
    MQTTMeterMessages: publications.rows
      .map(row => [row.id, publicationText(row, brokers.rows, messages.rows)]) };
  const actions = Object.keys(what).map(name => /** @type {Option} */ ([name, t('action.' + name)]));
  const whatWord = (/** @type {Row} */ row) => (what[row.actionType] || []).find(([id]) =>
      id === Number(row.actionId))?.[1] || '';
  const two = (/** @type {Kid} */ upper, /** @type {Kid} */ lower) => h('span', { class: 'two' },
    h('span', {}, upper),
    h('span', { class: 'small dim' }, lower));
  const outcome = (/** @type {Row} */ row) => {
    const rule = rules.get(row.id);
    return rule?.result ? status(rule.result, rule.text) : '';
  };
  const nextWord = (/** @type {Row} */ row) => {
    const time = rules.get(row.id)?.next || next.get(Number(row.eventId));
    return time ? t('event.next', { time: stamp(parseStamp(time).t, device.offset, false) }) : '';
  };
  return tablePage({ name: 'events', label: t('title.events'), draft, add: t('event.add'), tall: true,
    tools: h('button',
      { class: 'btn', type: 'button', onclick: async () => { await schedules(); redraw(); } },
      t('event.schedules')),
    empty: when.length ? t('event.none') : t('event.no-schedules'),
    fresh: id => ({ id, eventType: 'Scheduler', eventId: when[0]?.[0] || '', actionType: 'Poller',
      actionId: what.Poller[0]?.[0] || '' }),
    set: (row, key, value) => { if (key === 'actionType') row.actionId = (what[value] || [])[0]?.[0] || ''; },
    check: row =>
      ({ eventId: !row.eventId ? t('fault.choose') : when.some(([id]) => id === Number(row.eventId)) ? ''
          : t('fault.gone'),
        actionId: !row.actionId ? t('fault.choose') : whatWord(row) ? '' : t('fault.gone') }),
    columns: [
      { key: 'eventType', label: t('col.eventType'), width: 116,
        options: [['Scheduler', t('event.Scheduler')]],
        text: row => tOr('event.' + row.eventType, row.eventType) },
      { key: 'eventId', label: t('col.eventId'), width: 260, options: when, at: 'side',
        text: row => scheduleWord(times.rows, row.eventId),
        cell: row => [h('span', { class: 'only-narrow small dim' }, scheduleWord(times.rows, row.eventId)
            || '–'),
          two(scheduleWord(times.rows, row.eventId) || '–', nextWord(row))] },
      { key: 'actionType', label: t('col.actionType'), width: 250, options: actions, at: 'name',
        text: row => tOr('action.' + row.actionType, row.actionType) },
      { key: 'actionId', label: t('col.actionId'), width: 280, options: row => what[row.actionType] || [],
        at: 'note',
        text: whatWord, cell: row => two(whatWord(row) || '–', outcome(row)) }] });
}
