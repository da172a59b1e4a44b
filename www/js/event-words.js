// Schedules, inputs, poll templates and publications in one line each, as the drop-downs of the event system
// and the journal of firings name them.
import { t } from './i18n.js';

/**
 * A schedule in the manual's words: «Ежедневно 1ч 30мин».
 * @param {Row} row
 */
export const scheduleText = row => t('when.' + row.kind, { h: String(row.hour), m: String(row.min),
  d: String(row.day),
  month: String(row.month) });

/**
 * «1: Ежедневно 1ч 30мин» of a schedule by its number.
 * @param {Row[]} schedules
 * @param {any} id
 */
export const scheduleWord = (schedules, id) => {
  const row = schedules.find(one => one.id === Number(id));
  return row ? `${row.id}: ${scheduleText(row)}` : '';
};

/** Numbers of «Ожидаемое состояние» in the manual's order. */
export const inputStates = [0, 1, 2, 3];

/**
 * «Дискретный вход УСПД №1, Появление сигнала»
 * @param {Row} row
 */
export const inputText = row => `${t('input.number', { n: Number(row.addr) })}, ${t('input.' + row.type)}`;

/**
 * «1: МКД» of a group, as «Синхронизация времени» names it.
 * @param {Row} row
 */
export const groupText = row => `${row.id}: ${row.name}`;

/**
 * «1: МКД, Суточные»
 * @param {Row} row a poll template
 */
export const pollText = row => `${row.id}: ${row.metersName || t('group.everyone')}, ${row.archTypesName}`;

/**
 * «1: broker, template»
 * @param {Row} row a publication
 * @param {Row[]} brokers
 * @param {Row[]} messages
 */
export const publicationText = (row, brokers, messages) => {
  const broker = brokers.find(one => one.id === Number(row.brokerId));
  const message = messages.find(one => one.id === Number(row.meterMessageId));
  return `${row.id}: ${broker ? broker.addr : row.brokerId}, ${message?.name || row.meterMessageId}`;
};
