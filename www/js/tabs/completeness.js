// «Полнота данных»: what was due, per line yesterday and per meter and day, with the reasons of what is
// missing; and the alarms meters raised. A row that its meter no longer had does not make a day incomplete.
import { h, fill } from '../dom.js';
import { t, tOr, number, stamp, parseStamp } from '../i18n.js';
import { explain, interfaceWord, typeWord } from '../words.js';
import { status } from '../icons.js';
import { table } from '../table.js';
import { absent } from '../absent.js';
import { optional, post } from '../api.js';
import { readTable } from '../settings.js';
import { isFull, strip, STEP } from '../day-strip.js';
import { lineWord } from '../completeness.js';
import { session } from '../device.js';
import { toast } from '../modal.js';

const DAYS = 31;

/**
 * Alarms; who may control takes note of them, all at once or one by one.
 * @param {any[]} alarms
 * @param {() => void} redraw
 */
function alarmCard(alarms, redraw) {
  const note = (/** @type {any} */ body) => post('/action/alarms', body)
    .then(redraw, error => toast(explain(error)));
  const mayNote = session.canWrite && alarms.some(one => one.active !== false);
  return h('section', { class: 'card stack' },
    h('header', {}, h('h2', {}, t('alarm.title')), mayNote && h('button', { class: 'btn', type: 'button',
      onclick: () => note({}) }, t('alarm.note-all'))),
    alarms.length ? h('ul', { class: 'list' }, alarms.slice(0, 50).map(one => alarmRow(one, note)))
      : h('p', { class: 'dim' }, t('alarm.none')));
}

/**
 * @param {any} one
 * @param {(body: any) => void} note
 */
function alarmRow(one, note) {
  const word = one.active !== false ? '' : t(one.until ? 'alarm.over' : 'alarm.noted');
  return h('li', { class: 'wrap' }, status(one.active === false ? 'idle' : 'err', word, true),
    one.meter != null && h('a', { class: 'nowrap', href: '#/meter/' + one.meter }, `ID ${one.meter}`),
    h('span', { class: 'grow' }, one.text || tOr('alarm.' + one.code, one.code || '')),
    one.time && h('span', { class: 'dim nowrap' },
      stamp(parseStamp(one.time).t, parseStamp(one.time).offset, false)),
    session.canWrite && one.active !== false && h('button', { class: 'btn', type: 'button',
      onclick: () => note({ ids: [one.id] }) }, t('alarm.note')));
}

/**
 * @param {(row: Row) => Kid} strips
 * @returns {Column[]}
 */
const columns = strips => [
  { key: 'id', label: 'ID', width: 56, num: true, pin: 'last', at: 'side',
    cell: row => h('a', { href: '#/meter/' + row.id }, String(row.id)) },
  { key: 'type', label: t('col.typeName'), width: 130, text: row => typeWord(row.typeName) },
  { key: 'addr', label: t('col.addr'), width: 120 },
  { key: 'iface', label: t('col.ifaceName'), width: 120, text: row => interfaceWord(row.iface) },
  { key: 'share', label: t('full.share'), width: 110, num: true, at: 'more',
    text: row => (row.last?.want ? `${number(row.last.have)} / ${number(row.last.want)}` : '–') },
  { key: 'days', label: t('full.days'), width: DAYS * STEP + 20, filter: false, at: 'note',
    text: row => String(row.days.filter(isFull).length), cell: strips },
  { key: 'comment', label: t('col.comment'), width: 200, at: 'name',
    text: row => row.comment || `ID ${row.id}` },
];

/** @returns {Promise<PageView>} */
export async function render(/** @type {() => void} */ redraw) {
  const [state, alarms, meters] = await Promise.all([optional(`/state/completeness?days=${DAYS}`),
    optional('/state/alarms'), readTable('meters')]);
  if (!state) return { body: [alarms && alarmCard(alarms.Alarms || [], redraw), absent()] };
  const known = new Map(meters.rows.map(row => [row.id, row]));
  /** @type {Row[]} */
  const rows = (state.Meters || []).map((/** @type {any} */ one) => ({ ...known.get(one.id), ...one,
    days: one.days || [], last: one.days?.[one.days.length - 1] }));
  const readout = h('p', { class: 'small', role: 'status' }, h('span', { class: 'dim' }, t('full.hint')));
  const tell = (/** @type {string} */ text) => fill(readout, text);
  const view = table({ label: t('tab.completeness'), rows, selectable: false, pageSize: 25, addressed: true,
    empty: t('full.none'), columns: columns(row => (row.days.length ? strip(row, tell) : '–')) });
  /** @type {any[]} */
  const lines = state.Lines || [];
  return { body: [
    alarms && alarmCard(alarms.Alarms || [], redraw),
    lines.length > 0 && h('section', { class: 'card stack' },
      h('header', {}, h('h2', {}, t('full.lines'))),
      h('ul', { class: 'list' }, lines.map(lineWord))),
    readout, view] };
}
