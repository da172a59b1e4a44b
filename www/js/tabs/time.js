// «Время»: clocks of meters read and set, one after another on each line. The device does both as jobs; rows
// fill as answers come, and what is written is the device's time at the moment of the exchange (REQ-269).
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { device, session } from '../device.js';
import { stampColumns, flatten, shown } from '../readings.js';
import { ask, toast } from '../modal.js';
import { fold } from '../archive-lists.js';
import { freshChoice, askingColumns, askingTab } from '../asking.js';

/** Chosen meters and the job, kept while the admin is open. */
const choice = freshChoice();
/**
 * The newest clock of each meter: { ts, diff, serial }.
 * @type {Map<number, any>}
 */
const clocks = new Map();

const clockOf = (/** @type {Row} */ row) => clocks.get(row.id) || { id: row.id };

/**
 * Takes what an item of a job tells of its meter's clock.
 * @param {import('../job.js').JobItem & { diff?: number, before?: number, serial?: string }} item
 */
function take(item) {
  const row = item.answer && flatten(item.answer).rows[0];
  if (row) clocks.set(item.id, { ...row, id: item.id });
  else if (item.diff != null) {
    clocks.set(item.id, { id: item.id, serial: item.serial, ts: '', diff: item.diff, before: item.before });
  }
}

/** The difference now, and after a writing what it was before. */
const diffCell = (/** @type {Row} */ row) => {
  const { diff, before } = clockOf(row);
  if (diff == null) return '';
  return [`${diff > 0 ? '+' : ''}${shown(diff, 1)}`,
    before != null && h('span', { class: 'dim small' }, ` ${t('time.before', { diff: shown(before, 1) })}`)];
};

/** @returns {Column[]} */
const columns = () => {
  const [stamp, diff] = stampColumns();
  return askingColumns(choice, [
    { key: 'serial', label: t('col.serial'), width: 100, text: row => clockOf(row).serial || row.serial },
    { ...stamp, width: 208, at: 'note', text: row => stamp.text?.(clockOf(row)) },
    { ...diff, width: 126, at: 'side', text: row => diff.text?.(clockOf(row)), cell: diffCell },
  ]);
};

/** @param {import('../asking.js').Asking} page */
async function write(page) {
  if (page.refusal) return toast(t(page.refusal));
  if (!device.trusted) return toast(t('time.untrusted'));
  const sure = await ask({ title: t('time.write-title', { n: choice.selected.size }),
    text: t('time.write-text'), yes: t('time.write'), no: t('do.cancel') });
  return sure ? page.start({ type: 'time' }, 'time.writing') : undefined;
}

/**
 * @param {() => void} redraw
 * @param {string[]} args
 */
export const render = (redraw, args) => askingTab(choice, { label: t('tab.time'), columns, take,
  buttons: page => [
    page.button('time.read', () => page.start({ type: 'read', measures: ['GetTime'] }, 'time.reading'),
      'main'),
    session.canWrite && page.button('time.write', () => write(page))] }, redraw, args, fold('clocks'));
