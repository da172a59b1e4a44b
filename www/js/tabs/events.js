// «Настройка системы событий»: when something happens, do something. One table under three pages of the menu.
import { h, fill } from '../dom.js';
import { t, stamp, parseStamp, tOr } from '../i18n.js';
import { status } from '../icons.js';
import { tablePage } from '../table-page.js';
import { dialog } from '../modal.js';
import { optional } from '../api.js';
import { openDraft, readTable, optionalRows } from '../settings.js';
import { device } from '../device.js';
import { pollText, publicationText, scheduleText, inputText, groupText } from '../event-words.js';

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

/**
 * Everything a rule can name, as the device has it now.
 */
async function parts() {
  const [draft, times, inputs, polls, groups, brokers, messages, publications, plan] = await Promise.all([
    openDraft('events', device.serial), readTable('schedules'), optionalRows('inputs'), readTable('polls'),
    readTable('groups'), readTable('brokers'), readTable('messages'), readTable('publications'),
    optional('/state/schdl')]);
  const options = (/** @type {Row[]} */ rows, /** @type {(row: Row) => string} */ word) =>
    rows.map(row => /** @type {Option} */ ([row.id, word(row)]));
  /** @type {Record<string, Option[]>} */
  const when = { Scheduler: options(times.rows, row => `${row.id}: ${scheduleText(row)}`) };
  /** @type {Record<string, Option[]>} */
  const what = { Poller: options(polls.rows, pollText) };
  if (inputs) {
    when.IntDigitalSensor = options(inputs, row => `${row.id}: ${inputText(row)}`);
    what.SyncTime = options(groups.rows, groupText);
  }
  what.MQTTMeterMessages = options(publications.rows,
    row => publicationText(row, brokers.rows, messages.rows));
  return { draft, when, what, plan };
}

/**
 * When a rule fires next, and by how much that may differ.
 * @param {any} plan
 * @returns {(row: Row) => string}
 */
function nextWords(plan) {
  const rules = byRule(plan);
  const times = new Map((plan?.State || []).map((/** @type {any} */ one) => [Number(one.id), one.time]));
  return row => {
    if (row.eventType !== 'Scheduler') return '';
    const rule = rules.get(row.id), time = rule?.next || times.get(Number(row.eventId));
    if (!time) return '';
    return [t('event.next', { time: stamp(parseStamp(time).t, device.offset, false) }),
      rule?.jitter > 0 && t('event.jitter', { n: rule.jitter })].filter(Boolean).join(', ');
  };
}

/** Two lines in one cell: the choice, and what is to be known of it. */
const two = (/** @type {Kid} */ upper, /** @type {Kid} */ lower) => h('span', { class: 'two' },
  h('span', {}, upper), h('span', { class: 'small dim' }, lower));

/**
 * The newest outcome of a rule.
 * @param {any} rule
 */
const outcome = rule => {
  if (!rule?.result) return '';
  const time = rule.last ? stamp(parseStamp(rule.last).t, device.offset, false) : '';
  return status(rule.result, [time, rule.text].filter(Boolean).join(' '));
};

export async function render(/** @type {() => void} */ redraw) {
  const { draft, when, what, plan } = await parts(), rules = byRule(plan), nextWord = nextWords(plan);
  const wordIn = (/** @type {Option[] | undefined} */ options, /** @type {any} */ id) =>
    options?.find(([one]) => one === Number(id))?.[1] || '';
  const whenWord = (/** @type {Row} */ row) => wordIn(when[row.eventType], row.eventId);
  const whatWord = (/** @type {Row} */ row) => wordIn(what[row.actionType], row.actionId);
  const names = (/** @type {Record<string, Option[]>} */ by, /** @type {string} */ words) =>
    Object.keys(by).map(name => /** @type {Option} */ ([name, t(words + name)]));
  const first = (/** @type {Option[] | undefined} */ options) => options?.[0]?.[0] || '';
  const fault = (/** @type {any} */ id, /** @type {string} */ word) => (!id ? t('fault.choose')
      : word ? '' : t('fault.gone'));
  const some = Object.values(when).some(options => options.length);
  return tablePage({ name: 'events', label: t('title.events'), draft, add: t('event.add'), tall: true,
    tools: [h('button',
      { class: 'btn', type: 'button', onclick: async () => { await schedules(); redraw(); } },
      t('event.schedules')),
    when.IntDigitalSensor && h('a', { class: 'btn', href: '#/inputs' }, t('event.inputs')),
    h('a', { class: 'btn plain', href: '#/diagnostics/firings' }, t('tab.firings'))],
    empty: some ? t('event.none') : t(when.IntDigitalSensor ? 'event.no-conditions' : 'event.no-schedules'),
    fresh: id => ({ id, eventType: 'Scheduler', eventId: first(when.Scheduler), actionType: 'Poller',
      actionId: first(what.Poller) }),
    set: (row, key, value) => {
      if (key === 'eventType') row.eventId = first(when[value]);
      if (key === 'actionType') row.actionId = first(what[value]);
    },
    check: row => ({ eventId: fault(row.eventId, whenWord(row)), actionId: fault(row.actionId,
      whatWord(row)) }),
    columns: [
      { key: 'eventType', label: t('col.eventType'), width: 180, options: names(when, 'event.'),
        text: row => tOr('event.' + row.eventType, row.eventType) },
      { key: 'eventId', label: t('col.eventId'), width: 290, options: row => when[row.eventType] || [],
        at: 'side', text: whenWord,
        cell: row => [h('span', { class: 'only-narrow small dim' }, whenWord(row) || '–'),
          two(whenWord(row) || '–', nextWord(row))] },
      { key: 'actionType', label: t('col.actionType'), width: 220, options: names(what, 'action.'),
        at: 'name', text: row => tOr('action.' + row.actionType, row.actionType) },
      { key: 'actionId', label: t('col.actionId'), width: 280, options: row => what[row.actionType] || [],
        at: 'note', text: whatWord, cell: row => two(whatWord(row) || '–', outcome(rules.get(row.id))) }] });
}
