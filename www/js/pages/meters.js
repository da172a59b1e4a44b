// «Настройки таблицы ПУ»: the meter table, its draft, bulk edit, files and the live communication test.
import { h, fill } from '../dom.js';
import { t, number } from '../i18n.js';
import { explain, typeWord } from '../words.js';
import { icon, status } from '../icons.js';
import { table } from '../table.js';
import { draftBar, serverFault } from '../draftbar.js';
import { dialog, toast } from '../modal.js';
import { openDraft, draftInHand, moreKeys } from '../settings.js';
import { device, session } from '../device.js';
import { meterFields, linkFields, meterChecks, newMeter, parentOptions, wordOf } from '../fields.js';
import { meterForm, setMeter } from '../meter-form.js';
import { optionValue } from '../clipboard.js';
import { health, testPanel } from '../meter-test.js';
import { asked, remember } from '../address.js';
import { addMany, exportMeters, exportCSV, importMeters } from '../meter-rows.js';

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
/** The keys a column stands for: the button of the form for all that have no column of their own. */
const hidden = (/** @type {string} */ key) => (key === '#more' ? moreKeys : [key]);
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
        ? [/** @type {Column} */ ({ key: '#more', label: t('form.more'), hideLabel: true, width: 40,
          tight: true, filter: false, cell: row => button('edit', t('meters.edit', { id: row.id }),
            async () => { if (await meterForm(draft, row)) sync(); }) }),
        /** @type {Column} */ ({ key: '#del', label: t('do.delete'), hideLabel: true, width: 40,
          tight: true,
          filter: false, cell: row => button('trash', t('meters.delete', { id: row.id }), () => {
            draft.remove(new Set([row.id]));
            sync();
          }) })] : []),
  ];
}

/** The page while it is shown. */
class MeterTable {
  /** @param {Draft} draft */
  constructor(draft) {
    this.draft = draft;
    this.tools = h('div', { class: 'row tools' });
    this.chips = h('div', { class: 'chips', role: 'group', 'aria-label': t('meters.states') });
    /** The state that is shown alone; '' shows all. */
    this.only = asked('state') || '';
    this.view = table({ label: t('title.meters'), rows: draft.rows, addressed: true,
      only: row => !this.only || health.stateOf(row) === this.only,
      empty: session.canWrite ? t('table.none') : t('table.none-read'),
      dirty: (row, key) => hidden(key).some(one => draft.keys.includes(one) && draft.dirty(row, one)),
      fault: (row, key) => hidden(key).map(one => meterChecks[one]?.(row, draft.rows)
          || serverFault(draft, row, one)).find(Boolean) || '' }, true);
    this.view.configure({ columns: columns(draft, () => this.sync()) });
    this.tester = testPanel({ refresh: ids => this.view.refresh(ids), done: () => this.drawTools() });
    this.listen();
  }

  listen() {
    const { view, draft } = this;
    const on = (/** @type {string} */ name, /** @type {(detail: any) => void} */ run) =>
      view.addEventListener(name, event => run(/** @type {CustomEvent} */ (event).detail));
    on('edit', edits => {
      edits.forEach((/** @type {any} */ { row, key, value }) => this.set(row, key, value));
      draft.touched();
      this.drawTools();
    });
    on('append', pasted => this.append(pasted));
    on('select', () => this.drawTools());
    on('open', row => { location.hash = '#/meter/' + row.id; });
  }

  /** The table and everything around it, after rows came or went. */
  sync() {
    this.view.rows = this.draft.rows;
    this.view.update();
    this.drawTools();
  }

  /**
   * @param {Row} row
   * @param {string} key
   * @param {any} value
   */
  set(row, key, value) {
    setMeter(this.draft, row, key, value);
  }

  /**
   * Pasted lines below the last row become meters.
   * @param {{ lines: string[][], from: number }} pasted
   */
  append({ lines, from }) {
    if (!session.canWrite) return;
    for (const cells of lines) {
      const row = newMeter(this.draft.nextId());
      cells.forEach((text, i) => {
        const column = this.view.columns[from + i];
        if (!column?.editable || column.key === 'id') return;
        this.set(row, column.key, optionValue(this.view.optionsOf(column, row), text));
      });
      this.draft.rows.push(row);
    }
    this.draft.touched();
    this.sync();
  }

  get bad() {
    const { rows } = this.draft;
    return rows.flatMap(row => Object.keys(meterChecks).filter(key => meterChecks[key](row, rows))
        .map(key => ({ row, key })));
  }

  /** Goes to the first wrong cell, whatever is filtered. */
  jump() {
    const first = this.bad[0], { view } = this;
    if (!first) return;
    this.only = '';
    remember({ state: '' });
    view.filters = {};
    view.update();
    view.focusCell(view.shown.indexOf(first.row),
      view.columns.findIndex(column => hidden(column.key).includes(first.key)));
  }

  addRow() {
    const { view } = this;
    this.draft.add(newMeter(this.draft.nextId()));
    this.sync();
    view.page = view.pages - 1;
    view.update();
    view.focusCell(view.shown.length - 1, view.columns.findIndex(column => column.key === 'addr'));
  }

  get chosen() {
    return this.draft.rows.filter(row => this.view.selected.has(row.id));
  }

  removeChosen() {
    this.draft.remove(this.view.selected);
    this.view.selected.clear();
    this.sync();
  }

  /** «Считать таблицу»: a draft with changes stays as it is, on top of what the device has now. */
  async reread() {
    try {
      const fresh = await openDraft('meters', device.serial);
      if (fresh !== this.draft) this.draft.load(fresh.rows, fresh.tag);
      this.sync();
      toast(t('meters.read', { n: this.draft.rows.length }));
    } catch (error) {
      toast(explain(error));
    }
  }

  /**
   * Only rows the device knows can be tested.
   * @param {Row[]} rows
   */
  test(rows) {
    return this.tester.start(rows.filter(row => this.draft.saved.has(row.id)));
  }

  drawTools() {
    const n = this.view.selected.size;
    this.tools.classList.toggle('picked', n > 0);
    fill(this.tools, n ? this.pickedTools(n) : this.usualTools());
    this.drawChips();
  }

  /** @param {number} n */
  pickedTools(n) {
    const { view, draft } = this, write = session.canWrite;
    return [h('strong', { class: 'nowrap grow-narrow' }, t('meters.selected', { n })),
      write && button('bulk.edit',
        () => bulk(draft, this.chosen, (row, key, value) => this.set(row, key, value),
          () => this.sync()), 'edit'),
      button('meters.test', () => this.test(this.chosen), 'play', 'main'),
      write && button('do.delete', () => this.removeChosen(), 'trash', 'danger'),
      button('meters.unselect', () => { view.selected.clear(); view.changed(); }, '', 'plain unselect')];
  }

  usualTools() {
    const { draft } = this, write = session.canWrite, sync = () => this.sync();
    return [button('do.read-table', () => this.reread()),
      write && button('meters.add', () => this.addRow(), 'plus'),
      write && button('do.more', () => { this.tools.classList.toggle('all'); }, '', 'only-narrow'),
      write && button('meters.add-many', () => addMany(draft, sync), 'plus', 'extra'),
      write && h('a', { class: 'btn extra', href: '#/scan' }, t('meters.scan')),
      button('do.export', () => exportMeters(draft.rows), '', 'extra'),
      button('export.csv', () => exportCSV(draft.rows), '', 'extra'),
      write && button('do.import', () => importMeters(draft, sync), '', 'extra'),
      h('span', { class: 'grow' }),
      button('meters.test', () => this.test(this.view.found.slice()), 'play', 'main',
        { disabled: !draft.rows.length, title: draft.rows.length ? null : t('table.none') })];
  }

  drawChips() {
    const count = (/** @type {string} */ state) =>
      this.draft.rows.filter(row => health.stateOf(row) === state).length;
    const chip = (/** @type {string} */ state, /** @type {Kid} */ words) => h('button', { class: 'chip',
      type: 'button', 'aria-pressed': String(this.only === state), onclick: () => {
        this.only = this.only === state ? '' : state;
        remember({ state: this.only });
        this.view.update();
        this.drawChips();
      } }, words);
    fill(this.chips, chip('', [t('meters.all'), ' ', number(this.draft.rows.length)]),
      ['ok', 'warn', 'mute', 'err', 'run', 'wait', 'idle'].filter(state => count(state)
          || state === this.only)
        .map(state => chip(state, [status(state), number(count(state))])));
  }

  get words() {
    const fields = { ...meterFields(this.draft.rows), ...linkFields() };
    return { row: (/** @type {any} */ id) => `ID ${id}`, label: (/** @type {string} */ key) =>
        t('col.' + key),
      value: (/** @type {string} */ key, /** @type {any} */ value) => (secretKeys.includes(key)
          ? (value ? '••••' : t('diff.unchanged')) : wordOf(fields[key] || {}, value)) };
  }
}

/**
 * @param {string} word
 * @param {() => void} run
 * @param {string} [glyph]
 * @param {string} [kind]
 * @param {Props} [more]
 */
const button = (word, run, glyph = '', kind = '', more = {}) => h('button',
  { class: 'btn ' + kind, type: 'button', onclick: run, ...more }, glyph && icon(glyph), t(word));

/**
 * @param {Draft} draft
 * @returns {PageView}
 */
function page(draft) {
  const meters = new MeterTable(draft);
  const bar = draftBar('meters', draft, { words: meters.words, redraw: () => meters.sync(),
    faults: () => meters.bad.length, jump: () => meters.jump() });
  meters.drawTools();
  health.load().then(() => {
    // A link may ask for one state, and only now the states are known.
    if (meters.only) meters.view.update();
    else meters.view.refresh();
    meters.drawTools();
  }).catch(() => {});
  return { body: [meters.tools, meters.chips, meters.tester.node, meters.view, bar],
    leave: meters.tester.leave };
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
    const given = fields[pick.value].options;
    const options = pick.value === 'pId' ? parentOptions(draft.rows) : given;
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
