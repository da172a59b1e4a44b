// «Журнал событий»: every firing of the event system, planned or caused by an input, with what came of it.
// The newest stands first; older ones are asked for a page at a time.
import { h } from '../dom.js';
import { t, tOr, stamp, parseStamp, span } from '../i18n.js';
import { explain } from '../words.js';
import { status } from '../icons.js';
import { table } from '../table.js';
import { absent } from '../absent.js';
import { get, optional } from '../api.js';
import { device } from '../device.js';
import { readTable, optionalRows } from '../settings.js';
import { scheduleText, inputText, pollText, groupText, publicationText } from '../event-words.js';
import { toast } from '../modal.js';

const LIMIT = 200;

/**
 * UTC seconds of a record's time: the device's journal counts them, our own additions are ISO stamps.
 * @param {any} value
 */
const secondsOf = value => (value == null ? null : typeof value === 'number' ? value : parseStamp(value).t);

/**
 * @param {any} record
 * @returns {Row}
 */
function read(record) {
  const began = secondsOf(record.began ?? record.time), ended = secondsOf(record.ended);
  return { ...record, planned: secondsOf(record.planned ?? record.time), began,
    took: began != null && ended != null ? ended - began : null };
}

/** Names of what fired and what was done, as they are called now. */
async function words() {
  const [schedules, inputs, polls, groups, brokers, messages, publications] = await Promise.all([
    readTable('schedules'), optionalRows('inputs'), readTable('polls'), readTable('groups'),
    readTable('brokers'), readTable('messages'), readTable('publications')]);
  /** @type {Record<string, (id: number) => string | undefined>} */
  const by = {
    Scheduler: id => named(schedules.rows, id, row => `${row.id}: ${scheduleText(row)}`),
    IntDigitalSensor: id => named(inputs || [], id, row => `${row.id}: ${inputText(row)}`),
    Poller: id => named(polls.rows, id, pollText), SyncTime: id => named(groups.rows, id, groupText),
    MQTTMeterMessages: id => named(publications.rows, id,
      row => publicationText(row, brokers.rows, messages.rows)),
    User: () => '', SetRelay: id => `ID ${id}`,
  };
  return (/** @type {any} */ part) => (part ? by[part.type]?.(Number(part.id)) ?? String(part.id ?? '') : '');
}

/**
 * @param {Row[]} rows
 * @param {number} id
 * @param {(row: Row) => string} word
 */
const named = (rows, id, word) => {
  const row = rows.find(one => Number(one.id) === id);
  return row && word(row);
};

/**
 * @param {(part: any) => string} nameOf
 * @returns {Column[]}
 */
const columns = nameOf => {
  const time = (/** @type {number | null} */ at) => (at == null ? '–' : stamp(at, device.offset, false));
  return [
    { key: 'planned', label: t('firing.time'), width: 150, at: 'note', text: row => time(row.planned) },
    { key: 'event', label: t('col.eventId'), width: 196,
      text: row => [row.event && tOr('event.' + row.event.type, row.event.type), nameOf(row.event)]
        .filter(Boolean).join(', ') },
    { key: 'action', label: t('col.actionType'), width: 180, at: 'name',
      text: row => tOr('action.' + row.action?.type, row.action?.type || '') },
    { key: 'what', label: t('col.actionId'), width: 166, at: 'more', text: row => nameOf(row.action) },
    { key: 'result', label: t('firing.result'), width: 250, at: 'side',
      text: row => row.text || tOr('state.' + row.result, row.result || ''),
      cell: row => h('span', { title: row.text || null }, status(row.result || 'idle', row.text || '')) },
    { key: 'took', label: t('firing.took'), width: 90, num: true, filter: false,
      text: row => (row.took == null ? '–' : span(row.took)) },
  ];
};

/** @returns {Promise<PageView>} */
export async function render() {
  const [answer, nameOf] = await Promise.all([optional(`/jrnl/action?limit=${LIMIT}`), words()]);
  if (!answer) return { body: absent() };
  /** @type {Row[]} */
  let rows = (answer.Jrnl || []).map(read);
  const view = table({ label: t('tab.firings'), rows, selectable: false, pageSize: 25, addressed: true,
    empty: t('firing.none'), columns: columns(nameOf) });
  const more = h('button', { class: 'btn', type: 'button', hidden: rows.length < LIMIT, onclick: async () => {
    try {
      const older = (await get(`/jrnl/action?limit=${LIMIT}&before=${rows[rows.length - 1].id}`))?.Jrnl || [];
      rows = [...rows, ...older.map(read)];
      more.hidden = older.length < LIMIT;
      view.rows = rows;
      view.update();
    } catch (error) {
      toast(explain(error));
    }
  } }, t('firing.older'));
  return { body: [view, h('div', {}, more)] };
}
