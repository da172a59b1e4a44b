// «Ревизии»: the last configurations with who and when. What one of them changed is shown line by line; the
// whole, or one value of it, can be put back, which is a new revision.
import { h } from '../dom.js';
import { t, tOr, stamp, parseStamp } from '../i18n.js';
import { explain } from '../words.js';
import { status } from '../icons.js';
import { table } from '../table.js';
import { absent } from '../absent.js';
import { Refused, call, get, optional } from '../api.js';
import { device, session } from '../device.js';
import { ask, dialog, toast } from '../modal.js';

/**
 * What a table is called on the page where it is edited.
 * @type {Record<string, string>}
 */
const tableWords = { '/settings/meter/table': 'nav.meters', '/settings/templates/meter': 'tab.groups',
  '/settings/templates/arch': 'tab.data', '/settings/actions/meter': 'tab.polls',
  '/settings/events/schdl': 'nav.schedule', '/settings/events/din': 'nav.inputs',
  '/settings/events/manager': 'nav.events', '/settings/servers/mqtt': 'tab.brokers',
  '/settings/templates/messages': 'tab.messages', '/settings/actions/mqtt': 'tab.publications',
  '/settings/archive': 'tab.store', '/settings/time/local': 'revision.zone',
  '/settings/lines': 'revision.lines',
  '/settings/servers/tcp': 'nav.servers', '/settings/site': 'revision.site',
  '/settings/proto/json/auth': 'revision.accounts' };
/** @param {string} path */
const tableWord = path => (tableWords[path] ? t(tableWords[path]) : path);

/**
 * The words of a value's path inside its record: «/addr» → «Сетевой адрес».
 * @param {string} path
 */
const fieldWord = path => path.split('/').filter(Boolean)
  .map(key => tOr('col.' + key, tOr('mqtt.' + key, key))).join(' · ');

/** The newest revision of the list as it was read. */
let newest = 0;

/** @param {any} value */
const valueWord = value => (value == null || value === '' ? '–'
    : typeof value === 'object' ? JSON.stringify(value) : String(value));

/**
 * Puts a revision, or one record of it, back; says what came of it. What somebody has saved since the list
 * was read is not overwritten unseen.
 * @param {number} number
 * @param {any} what nothing for all, else { table, record }
 * @returns {Promise<boolean>} whether the list is another now
 */
async function restore(number, what) {
  const one = Boolean(what);
  const sure = await ask({ title: t(one ? 'revision.ask-one' : 'revision.ask', { n: String(number) }),
    text: t('revision.ask-text', { n: String(number) }), yes: t(one ? 'revision.restore-one'
        : 'revision.restore'), no: t('do.cancel') });
  if (!sure) return false;
  try {
    const { data } = await call('POST', `/settings/revisions/${number}/restore`, what,
      { tag: `"${newest}"`, seconds: 60 });
    toast(t('revision.done', { n: String(data?.revision ?? '') }));
    return true;
  } catch (error) {
    toast(explain(error));
    return error instanceof Refused && error.status === 412;
  }
}

/**
 * One changed value, with the way to put it back.
 * @param {any} change
 * @param {Kid} button
 */
const changeLine = (change, button) => h('div', {},
  h('span', {}, `${tableWord(change.table)} · ${change.record ? `ID ${change.record}` : ''}`,
    change.path && change.path !== '/' && ` · ${fieldWord(change.path)}`),
  change.kind === 'added' ? h('ins', {}, t('revision.added'))
    : change.kind === 'removed' ? h('del', {}, t('revision.removed'))
    : h('span', {}, h('del', {}, valueWord(change.old)), h('ins', {}, valueWord(change.new))),
  button);

/**
 * What a revision changed against the one before it, and the ways back.
 * @param {Row} row
 * @param {() => void} done
 */
async function showChanges({ id: number, before, current }, done) {
  /** @type {any[]} */
  let changes;
  try {
    changes = (await get(`/settings/revisions/${number}/diff`))?.Changes || [];
  } catch (error) {
    toast(explain(error));
    return;
  }
  /** Records that have their button already: a record is put back as a whole. */
  const seen = new Set();
  const back = (/** @type {any} */ change) => {
    const key = `${change.table}#${change.record}`;
    if (!session.canWrite || before == null || seen.has(key)) return null;
    seen.add(key);
    return h('button', { class: 'btn', type: 'button', onclick: async () => {
      const { table: name, record } = change;
      if (await restore(before, { table: name, record })) done();
    } }, t('revision.restore-one'));
  };
  const all = await dialog({ title: t('revision.title', { n: String(number) }), wide: true,
    body: changes.length ? h('div', { class: 'diff', tabindex: '0', role: 'group',
      'aria-label': t('revision.title', { n: String(number) }) },
    changes.slice(0, 300).map(change => changeLine(change, back(change))))
      : h('p', { class: 'dim' }, t('revision.same')),
    actions: [...(session.canWrite && !current ? [{ label: t('revision.restore'), value: true }] : []),
      { label: t('do.close'), kind: 'main', value: false }] });
  if (all && await restore(number, undefined)) done();
}

/** @param {any[]} list */
const rowsOf = list => {
  newest = list[0]?.revision ?? 0;
  return list.map((one, i) => ({ ...one, id: one.revision, before: list[i + 1]?.revision,
    current: i === 0 }));
};

/** @returns {Promise<PageView>} */
export async function render() {
  const answer = await optional('/settings/revisions');
  if (!answer) return { body: absent() };
  const reread = async () => {
    view.rows = rowsOf((await optional('/settings/revisions'))?.Revisions || []);
    view.update();
  };
  const button = (/** @type {string} */ word, /** @type {() => void} */ run) => h('button',
    { class: 'btn', type: 'button', onclick: run }, t(word));
  const view = table({ label: t('tab.revisions'), rows: rowsOf(answer.Revisions || []), selectable: false,
    pageSize: 25, addressed: true, empty: t('revision.none'), columns: [
      { key: 'id', label: t('revision.number'), width: 90, num: true, at: 'side' },
      { key: 'time', label: t('revision.time'), width: 170, at: 'more',
        text: row => stamp(parseStamp(row.time).t, device.offset, false) },
      { key: 'user', label: t('revision.user'), width: 140, at: 'name' },
      { key: 'tables', label: t('revision.tables'), width: 320, at: 'note',
        text: row => (row.tables || []).map(tableWord).join(', ') },
      { key: '#do', label: t('do.more'), hideLabel: true, width: 330, filter: false,
        cell: row => h('span', { class: 'row' },
          button('revision.show', () => showChanges(row, reread)),
          row.current ? status('ok', t('revision.current')) : session.canWrite
              && button('revision.restore', async () => {
                if (await restore(row.id, undefined)) reread();
              })) },
    ] });
  view.addEventListener('open', event => showChanges(/** @type {CustomEvent} */ (event).detail, reread));
  return { body: view };
}
