// «Настройки таблицы ПУ»: the meter table, its draft, bulk edit, files and the live communication test.
import { h, fill } from '../dom.js';
import { t, number } from '../i18n.js';
import { icon, status } from '../icons.js';
import { table } from '../table.js';
import { draftBar, serverFault, forgetFault, explain } from '../draftbar.js';
import { dialog, toast } from '../modal.js';
import { openDraft, draftInHand } from '../settings.js';
import { device, session } from '../device.js';
import { meterFields, meterChecks, newMeter, wordOf, typeWord, whole } from '../fields.js';
import { optionValue } from '../clipboard.js';
import { health, testPanel } from '../meter-test.js';
import { addMany, exportMeters, importMeters } from '../meter-rows.js';

/** @typedef {import('../draft.js').Draft} Draft */
/** The table was read in this session: then it is read by itself (REQ-034 asks for one press). */
const READ = 'meters.read';

export async function render(/** @type {PageContext} */ { redraw }) {
  if (!sessionStorage.getItem(READ) && !draftInHand('meters')) return unread(redraw);
  return page(await openDraft('meters', device.serial));
}

/**
 * @param {() => void} redraw
 * @returns {PageView}
 */
const unread = redraw =>
  ({ body: h('div', { class: 'card empty' }, icon('table', 32), h('p', {}, t('meters.unread')),
  h('button', { class: 'btn main', type: 'button', onclick: () => {
    sessionStorage.setItem(READ, '1');
    redraw();
  } }, t('do.read-table'))) });

const secretKeys = ['passRd', 'passWr'];
/** A password is shown as dots while it is the device's; what is being typed is shown. */
const passwordText = (/** @type {Row} */ row, /** @type {string} */ key) => row[key]
  || (row[key === 'passRd' ? 'hasPassRd' : 'hasPassWr'] ? '••••••••' : '');

/**
 * @param {Draft} draft
 * @param {() => void} sync
 * @returns {Column[]}
 */
function columns(draft, sync) {
  const fields = meterFields(draft.rows), canWrite = session.canWrite;
  const button = (/** @type {string} */ glyph, /** @type {string} */ label, /** @type {() => void} */ run) =>
    h('button',
    { class: 'btn icon', type: 'button', 'aria-label': label, title: label, onclick: run }, icon(glyph));
  const copyRow = (/** @type {Row} */ row) => {
    const { serial, index, hasPassRd, hasPassWr, ...rest } = row;
    draft.add({ ...rest, id: draft.nextId() });
    sync();
  };
  /** @type {Column[]} */
  const own = Object.entries(fields)
    .map(([key, field]) => ({ width: 120, ...field, key, label: t('col.' + key),
    editable: canWrite && (field.editable || true),
    text: row => (secretKeys.includes(key) ? passwordText(row, key) : wordOf(field, row[key])),
    at: { comment: 'name', addr: 'note', ifaceName: 'more' }[key],
    cell: row => {
      if (key === 'addr') return h('span', {},
        h('span', { class: 'only-narrow' }, `${typeWord(row.typeName)} ·\u00a0`), row.addr);
      if (key === 'comment') return h('span', {}, row.comment,
        !row.comment && h('span', { class: 'only-narrow' }, typeWord(row.typeName)));
      if (field.mono) return h('span', { class: 'mono' }, passwordText(row, key));
      if (['size', 'parity', 'stop'].includes(key) && !row.speed) return h('span', { class: 'dim' }, '-');
      return wordOf(field, row[key]);
    } }));
  return [
    { key: '#sel', label: t('table.all'), width: 34, pin: true, tight: true, filter: false, at: 'mark' },
    ...(canWrite
      ? [/** @type {Column} */ ({ key: '#copy', label: t('do.copy'), hideLabel: true, width: 34, pin: true,
      tight: true, filter: false, cell: row => button('copy', t('meters.copy', { id: row.id }),
        () => copyRow(row)) })] : []),
    { key: '#', label: '№', width: 42, pin: true, num: true, filter: false,
      text: row => draft.rows.indexOf(row) + 1,
      cell: row => h('span', { class: 'dim' }, String(draft.rows.indexOf(row) + 1)) },
    { key: 'state', label: t('col.status'), width: 60, pin: true, tight: true, at: 'dot',
      text: row => t('state.' + health.stateOf(row)), cell: row => status(health.stateOf(row),
        health.wordOf(row), true) },
    { key: 'id', label: 'ID', width: 56, pin: 'last', num: true, at: 'side', editable: row => canWrite
      && draft.dirty(row),
      cell: row => (draft.dirty(row) ? String(row.id) : h('a', { href: '#/meter/' + row.id },
        h('span', { class: 'only-narrow' }, 'ID\u00a0'), String(row.id))) },
    ...own,
    ...(canWrite
      ? [/** @type {Column} */ ({ key: '#del', label: t('do.delete'), hideLabel: true, width: 40, tight: true,
      filter: false, cell: row => button('trash', t('meters.delete', { id: row.id }), () => {
        draft.remove(new Set([row.id]));
        sync();
      }) })] : []),
  ];
}

/**
 * @param {Draft} draft
 * @returns {PageView}
 */
function page(draft) {
  const title = t('title.meters'), tools = h('div', { class: 'row tools' });
  const chips = h('div', { class: 'chips', role: 'group', 'aria-label': t('meters.states') });
  let only = '';
  const faultOf = (/** @type {Row} */ row, /** @type {string} */ key) =>
    meterChecks[key]?.(row, draft.rows) || serverFault(draft, row, key);
  const view = table({ label: title, rows: draft.rows, only: row => !only || health.stateOf(row) === only,
    empty: session.canWrite ? t('table.none') : t('table.none-read'),
    dirty: (row, key) => draft.keys.includes(key) && draft.dirty(row, key), fault: faultOf }, true);
  const sync = () => {
    view.rows = draft.rows;
    view.update();
    drawTools();
  };
  view.configure({ columns: columns(draft, sync) });

  const badCells = () => draft.rows.flatMap(row => Object.keys(meterChecks)
    .filter(key => meterChecks[key](row, draft.rows)).map(key => ({ row, key })));
  const jump = () => {
    const first = badCells()[0];
    if (!first) return;
    only = '';
    view.filters = {};
    view.update();
    view.focusCell(view.shown.indexOf(first.row), view.columns.findIndex(column => column.key === first.key));
  };
  const set = (/** @type {Row} */ row, /** @type {string} */ key, /** @type {any} */ value) => {
    row[key] = key === 'pId' || key === 'id' ? whole(value) || 0 : value;
    // Automatic speed has no frame of its own; a chosen speed starts with the usual one.
    if (key === 'speed') Object.assign(row, value === '' ? { size: '', parity: '', stop: '' }
      : { size: row.size || '8', parity: row.parity || 'n', stop: row.stop || '1' });
    forgetFault(draft, row, key);
  };
  view.addEventListener('edit', event => {
    const edits = /** @type {CustomEvent} */ (event).detail;
    edits.forEach((/** @type {any} */ { row, key, value }) => set(row, key, value));
    draft.touched();
    drawTools();
  });
  view.addEventListener('append', event => {
    if (!session.canWrite) return;
    const { lines, from } = /** @type {CustomEvent} */ (event).detail;
    lines.forEach((/** @type {string[]} */ cells) => {
      const row = newMeter(draft.nextId());
      cells.forEach((text, i) => {
        const column = view.columns[from + i];
        if (column?.editable && column.key !== 'id') set(row, column.key,
          optionValue(view.optionsOf(column, row), text));
      });
      draft.rows.push(row);
    });
    draft.touched();
    sync();
  });
  view.addEventListener('select', () => drawTools());
  view.addEventListener('open',
    event => { location.hash = '#/meter/' + /** @type {CustomEvent} */ (event).detail.id; });

  const chosen = () => draft.rows.filter(row => view.selected.has(row.id));
  const reread = async () => {
    try {
      const fresh = await openDraft('meters', device.serial);
      if (fresh !== draft) draft.load(fresh.rows, fresh.tag);
      sync();
      toast(t('meters.read', { n: draft.rows.length }));
    } catch (error) {
      toast(explain(error));
    }
  };
  const tester = testPanel({ refresh: ids => view.refresh(ids), done: () => drawTools() });

  function drawTools() {
    const button = (/** @type {string} */ word, /** @type {() => void} */ run,
      /** @type {string | null} */ glyph = null,
      kind = '', more = {}) => h('button', { class: 'btn ' + kind, type: 'button', onclick: run, ...more },
      glyph && icon(glyph), t(word));
    const n = view.selected.size, write = session.canWrite;
    const test = (/** @type {Row[]} */ rows) => tester.start(rows.filter(row => draft.saved.has(row.id)));
    tools.classList.toggle('picked', n > 0);
    fill(tools, n
      ? [h('strong', { class: 'nowrap grow-narrow' }, t('meters.selected', { n })),
        write && button('bulk.edit', () => bulk(draft, chosen(), set, sync), 'edit'),
        button('meters.test', () => test(chosen()), 'play', 'main'),
        write && button('do.delete', () => { draft.remove(view.selected); view.selected.clear(); sync(); },
          'trash', 'danger'),
        button('meters.unselect', () => { view.selected.clear(); view.changed(); }, null, 'plain unselect')]
      : [button('do.read-table', reread),
        write && button('meters.add', () => {
          draft.add(newMeter(draft.nextId()));
          sync();
          view.page = view.pages - 1;
          view.update();
          view.focusCell(view.shown.length - 1, view.columns.findIndex(column => column.key === 'addr'));
        }, 'plus'),
        write && button('do.more', () => { tools.classList.toggle('all'); }, null, 'only-narrow'),
        write && button('meters.add-many', () => addMany(draft, sync), 'plus', 'extra'),
        button('do.export', () => exportMeters(draft.rows), null, 'extra'),
        write && button('do.import', () => importMeters(draft, sync), null, 'extra'),
        h('span', { class: 'grow' }),
        button('meters.test', () => test(view.found.slice()), 'play', 'main',
          { disabled: !draft.rows.length, title: draft.rows.length ? null : t('table.none') })]);
    drawChips();
  }
  function drawChips() {
    const count = (/** @type {string} */ state) => draft.rows
      .filter(row => health.stateOf(row) === state).length;
    const chip = (/** @type {string} */ state, /** @type {Kid} */ words) => h('button',
      { class: 'chip', type: 'button',
      'aria-pressed': String(only === state), onclick: () => {
        only = only === state ? '' : state;
        view.update();
        drawChips();
      } }, words);
    fill(chips, chip('', [t('meters.all'), ' ', number(draft.rows.length)]),
      ['ok', 'warn', 'mute', 'err', 'run', 'wait', 'idle'].filter(state => count(state) || state === only)
        .map(state => chip(state, [status(state), number(count(state))])));
  }

  const fields = meterFields(draft.rows);
  const words = { row: (/** @type {any} */ id) => `ID ${id}`, label: (/** @type {string} */ key) =>
    t('col.' + key),
    value: (/** @type {string} */ key, /** @type {any} */ value) => (secretKeys.includes(key)
      ? (value ? '••••' : t('diff.unchanged'))
      : wordOf(fields[key] || {}, value)) };
  const bar = draftBar('meters', draft, { words, redraw: sync, faults: () => badCells().length, jump });
  drawTools();
  health.load().then(() => { view.refresh(); drawTools(); }).catch(() => {});
  return { title, body: [tools, chips, tester.node, view, bar], leave: tester.leave };
}

/**
 * One field of many rows at once; only the draft changes.
 * @param {Draft} draft
 * @param {Row[]} rows
 * @param {(row: Row, key: string, value: any) => void} set
 * @param {() => void} sync
 */
async function bulk(draft, rows, set, sync) {
  const fields = meterFields(draft.rows);
  const pick = h('select', { class: 'in', id: 'bulk-field', 'data-first': true },
    ['passRd', 'passWr', 'ifaceName', 'speed', 'typeName', 'parity', 'pId', 'comment']
      .map(key => h('option', { value: key },
      t('col.' + key))));
  const place = h('div', { class: 'field' });
  const draw = () => {
    const { options } = fields[pick.value];
    fill(place, h('label', { for: 'bulk-value' }, t('bulk.value')), Array.isArray(options)
      ? h('select', { class: 'in', id: 'bulk-value' },
        options.map(([value, text]) => h('option', { value }, text)))
      : h('input', { class: 'in', id: 'bulk-value' }));
  };
  pick.addEventListener('change', draw);
  draw();
  const sure = await dialog({ title: t('bulk.title', { n: rows.length }),
    body: [h('div', { class: 'field' }, h('label', { for: 'bulk-field' }, t('bulk.field')), pick), place,
      h('p', { class: 'small dim' }, t('bulk.text'))],
    actions: [{ label: t('do.cancel'), value: false }, { label: t('bulk.do'), kind: 'main', value: true }] });
  if (!sure) return;
  const { value } = /** @type {HTMLInputElement} */ (place.querySelector('.in'));
  rows.forEach(row => set(row, pick.value, value));
  draft.touched();
  sync();
}
