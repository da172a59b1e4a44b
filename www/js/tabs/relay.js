// «Состояние реле» (REQ-270…278): states are read of many meters; switched is one relay of one meter, after
// it was read, after the person has changed its state in the row, ticked that meter alone and confirmed.
import { h } from '../dom.js';
import { t, tOr } from '../i18n.js';
import { typeWord } from '../words.js';
import { session } from '../device.js';
import { flatten } from '../readings.js';
import { ask, toast } from '../modal.js';
import { freshChoice, askingColumns, askingTab } from '../asking.js';

/** Chosen meters and the job, kept while the admin is open. */
const choice = freshChoice();
/**
 * What is known of each relay: 0 off, 1 on, 2 ready for its button, −1 the meter has none.
 * @type {Map<number, number>}
 */
const states = new Map();
/**
 * What a person wants of a relay: 0 or 1, until it was written.
 * @type {Map<number, number>}
 */
const wanted = new Map();
/** The meter whose relay the job switches, until its end was told. */
let switching = 0;

/**
 * Takes what an item of a job tells of its meter's relay.
 * @param {import('../job.js').JobItem & { code?: string, relay?: number }} item
 */
function take(item) {
  const row = item.answer && flatten(item.answer).rows[0];
  const state = row ? row.relayControl ?? row.relayState : item.code === 'meter.relay' ? -1 : item.relay;
  if (state == null) return;
  states.set(item.id, Number(state));
  // What was asked for before the state was read again is no longer what the person saw.
  wanted.delete(item.id);
}

const word = (/** @type {number | undefined} */ state) => (state == null ? '' : t('relay.' + state));

/**
 * The state of the row, as a switch where it may be changed.
 * @param {Row} row
 * @param {() => void} changed
 */
function stateCell(row, changed) {
  const state = states.get(row.id), next = wanted.get(row.id);
  if (state == null || state < 0 || !session.canWrite) return h('span', { class: state == null ? '' : 'dim' },
    word(state));
  const isOn = (next ?? (state === 1 ? 1 : 0)) === 1;
  const turn = () => {
    if (next == null) wanted.set(row.id, isOn ? 0 : 1);
    else wanted.delete(row.id);
    changed();
  };
  return h('button', { class: 'switch', type: 'button', role: 'switch', 'aria-checked': String(isOn),
    'aria-label': t('relay.of', { id: row.id }), disabled: Boolean(choice.job?.running), onclick: turn },
  h('i', {}), h('span', {}, next == null ? word(state)
    : [h('span', { class: 'only-wide' }, word(state) + ' '), '→ ', word(next)]));
}

/** @param {import('../asking.js').Asking} page */
async function write(page) {
  if (page.refusal) return toast(t(page.refusal));
  if (choice.selected.size !== 1) return toast(t('relay.one'));
  const [id] = choice.selected, state = states.get(id), next = wanted.get(id);
  if (state == null) return toast(t('relay.unread', { id }));
  if (state < 0) return toast(t('relay.-1'));
  if (next == null) return toast(t('relay.same', { id }));
  const row = page.meters?.find(one => one.id === id);
  const facts = [['col.typeName', typeWord(row?.typeName)], ['col.addr', row?.addr],
    ['col.serial', row?.serial],
    ['col.comment', row?.comment]].filter(([, value]) => value);
  const sure = await ask({ title: t(next ? 'relay.on-title' : 'relay.off-title', { id }), text: [
    h('dl', { class: 'pairs' }, facts.map(([key, value]) => [h('dt', {}, t(key)), h('dd', {}, value)])),
    h('p', {}, t(next ? 'relay.on-text' : 'relay.off-text'))],
  yes: t(next ? 'relay.on' : 'relay.off'), no: t('do.cancel'), danger: !next });
  if (!sure) return undefined;
  switching = id;
  return page.start({ type: 'relay', relayState: next }, 'relay.writing');
}

/** Tells how the switching ended, once. */
function ended() {
  const item = /** @type {any} */ (choice.job?.items.get(switching));
  if (!item || choice.doing !== 'relay.writing') return;
  switching = 0;
  toast(item.state === 'ok' ? t('relay.done', { id: item.id, state: word(item.relay).toLowerCase() })
    : `${t('relay.failed', { id: item.id })} ${item.text || tOr('state.' + item.state, '')}`);
}

/**
 * @param {() => void} redraw
 * @param {string[]} args
 */
export async function render(redraw, args) {
  /** @type {{ page?: import('../asking.js').Asking }} */
  const shown = {};
  const columns = () => askingColumns(choice, [
    { key: 'relay', label: t('tab.relay'), width: 250, at: 'note',
      text: row => word(states.get(row.id)),
      cell: row => stateCell(row, () => shown.page?.view.refresh([row.id])) }]);
  const view = await askingTab(choice, { label: t('tab.relay'), columns, take, ended,
    buttons: page => {
      shown.page = page;
      return [page.button('time.read', () => page.start({ type: 'read', measures: ['GetRelay'],
        tags: ['relayState', 'relayControl'] }, 'relay.reading'), 'main'),
      session.canWrite && page.button('time.write', () => write(page))];
    } }, redraw, args);
  if (switching && choice.job && !choice.job.running) ended();
  return { ...view, body: [view.body, h('p', { class: 'dim small' }, t('relay.hint'))] };
}
