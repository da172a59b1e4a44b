// Many rows of the meter table at once: «+ Группа строк», «Экспорт» and «Импорт» (JSON as exported, CSV
// with the table's headings). Everything lands in the draft; the device changes on «Записать» only.
import { h, fill } from './dom.js';
import { t } from './i18n.js';
import { icon, status } from './icons.js';
import { dialog, toast } from './modal.js';
import { meterFields, linkFields, meterChecks, newMeter, parentOptions, wordOf } from './fields.js';
import { chooseFile, download, parseCSV, formatCSV, BrokenCSV, optionValue } from './clipboard.js';
import { tables } from './settings.js';
import { device } from './device.js';

/** @typedef {import('./draft.js').Draft} Draft */
const secrets = ['passRd', 'passWr', 'ek', 'ak'];
/** Every field of a meter's row: the columns, then what «Дополнительно» holds. */
const allFields = (/** @type {Row[]} */ rows) => ({ ...meterFields(rows), ...linkFields() });

/**
 * @param {string} id
 * @param {string} label
 * @param {HTMLElement} control
 */
const field = (id, label, control) => {
  control.id = id;
  return h('div', { class: 'field w4' }, h('label', { for: id }, label), control);
};

/**
 * «+ Группа строк»: meters of one type with ascending addresses.
 * @param {Draft} draft
 * @param {() => void} sync
 */
export async function addMany(draft, sync) {
  const fields = meterFields(draft.rows);
  const choice = (/** @type {string} */ key, /** @type {string} */ value) => h('select',
    { class: 'in', value },
    /** @type {Option[]} */ (fields[key].options).map(([code, text]) => h('option', { value: code }, text)));
  const type = choice('typeName', 'SPODES'), line = choice('ifaceName', 'Iface1'),
    speed = choice('speed', '');
  const hubs = parentOptions(draft.rows);
  const parent = h('select', { class: 'in' }, hubs.map(([id, text]) => h('option', { value: id }, text)));
  const address = h('input', { class: 'in', inputmode: 'numeric', value: '1', 'data-first': true });
  const count = h('input', { class: 'in', inputmode: 'numeric', value: '10' });
  const readPassword = h('input', { class: 'in mono' }), writePassword = h('input', { class: 'in mono' });
  /** @type {Row[]} */
  let made = [];
  const list = h('ul', { class: 'list scroll-list' }), why = h('p', { class: 'why', role: 'alert' });
  const drawList = () => fill(list,
    made.map(row => h('li', {}, h('span', { class: 'grow' }, `ID ${row.id} · ${row.addr}`),
      h('button', { class: 'btn icon', type: 'button', 'aria-label': t('meters.delete', { id: row.id }),
        onclick: () => { made = made.filter(one => one !== row); drawList(); } }, icon('trash')))));
  const add = () => {
    const first = Number(address.value), n = Number(count.value);
    if (!Number.isInteger(first) || first < 0 || !Number.isInteger(n) || n < 1 || n > 500) {
      why.textContent = t('many.wrong');
      return;
    }
    why.textContent = '';
    const id = Math.max(draft.nextId(), ...made.map(row => row.id + 1));
    for (let i = 0; i < n; i += 1) {
      const framed = speed.value ? { speed: speed.value, size: '8', parity: 'n', stop: '1' } : {};
      made.push({ ...newMeter(id + i), typeName: type.value, ifaceName: line.value, addr: String(first + i),
        pId: Number(parent.value) || 0,
        passRd: readPassword.value.trim(), passWr: writePassword.value.trim(), ...framed });
    }
    address.value = String(first + n);
    drawList();
  };
  const sure = await dialog({ title: t('meters.add-many'), wide: true, body: [
    h('div', { class: 'grid' },
      field('many-type', t('col.typeName'), type), field('many-line', t('col.ifaceName'), line),
      hubs.length > 1 && field('many-parent', t('col.pId'), parent),
      field('many-speed', t('col.speed'), speed), field('many-address', t('many.first'), address),
      field('many-count', t('many.count'), count), field('many-read', t('col.passRd'), readPassword),
      field('many-write', t('col.passWr'), writePassword)),
    why, list,
    h('div', {}, h('button', { class: 'btn', type: 'button', onclick: add }, icon('plus'), t('many.add')))],
    actions: [{ label: t('do.cancel'), value: false }, { label: t('bulk.do'), kind: 'main', value: () => {
      if (made.length) return true;
      why.textContent = t('many.none');
      return undefined;
    } }] });
  if (!sure) return;
  draft.add(...made);
  sync();
}

/**
 * The table as the device's own JSON; passwords are not in it, the device never hands them out.
 * @param {Row[]} rows
 */
export function exportMeters(rows) {
  const { write } = tables.meters;
  const records = rows.map(row => {
    const { passRd, passWr, ...record } = write ? write(row) : row;
    return record;
  });
  download(`meters-${device.serial}.json`, JSON.stringify({ Meters: records }, null, 2));
  toast(t('export.done', { n: rows.length }));
}

/** The table as CSV, in the words of the screen; passwords are not in it. */
export function exportCSV(/** @type {Row[]} */ rows) {
  const fields = allFields(rows), keys = ['id', ...Object.keys(fields)].filter(key => !secrets.includes(key));
  download(`meters-${device.serial}.csv`, formatCSV([keys.map(key => t('col.' + key)),
    ...rows.map(row => keys.map(key => wordOf(fields[key] || {}, row[key])))]), 'text/csv');
  toast(t('export.done', { n: rows.length }));
}

/**
 * A file as rows.
 * @typedef {object} Imported
 * @property {Row[]} rows
 * @property {string[]} places line or record of each row
 * @property {'line' | 'record'} name of a place
 * @property {string[]} left headings the table has no column for
 * @property {string[] | null} keys what the file carries of a row; null is a whole record
 */

/**
 * Where a text stops being JSON, as far as the browser tells.
 * @param {string} text
 * @param {unknown} error
 */
function notJSON(text, error) {
  const at = /position (\d+)/.exec(String(error));
  const before = text.slice(0, at ? Number(at[1]) : text.length).split('\n');
  return new Error(t('import.json', { line: before.length, column: before[before.length - 1].length + 1 }));
}

/**
 * @param {string} source
 * @returns {Imported}
 */
function readJSON(source) {
  const text = source.replace(/^\ufeff/, '');
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notJSON(text, error);
  }
  const list = Array.isArray(value) ? value : value.Meters;
  if (!Array.isArray(list)) throw new Error(t('import.no-list'));
  const { read } = tables.meters;
  const rows = list.map((record, i) => {
    const row = { ...newMeter(0), ...(read ? read(record, i) : record), passRd: record.passRd || '',
      passWr: record.passWr || '', id: Number(record.id) || 0 };
    delete row.hasPassRd;
    delete row.hasPassWr;
    return row;
  });
  return { rows, places: rows.map((_, i) => String(i + 1)), name: 'record', left: [], keys: null };
}

/**
 * CSV: headings are the table's words or the wire's names, in any order.
 * @param {string} text
 * @returns {Imported}
 */
function readCSV(text) {
  const [head, ...lines] = cells(text), fields = allFields([]);
  const names = ['id', ...Object.keys(fields)];
  const keys = (head?.cells || []).map(word => names.find(key => [key, t('col.' + key)]
      .some(name => name.toLowerCase() === word.toLowerCase())));
  if (!keys.includes('addr')) throw new Error(t('import.no-columns'));
  const rows = lines.map(({ line, cells: values }) => {
    if (values.slice(keys.length).some(Boolean)) {
      throw new Error(t('import.wide', { line, column: keys.length + 1, n: keys.length }));
    }
    const row = newMeter(0);
    keys.forEach((key, i) => {
      if (!key || !values[i]) return;
      const { options } = fields[key] || {};
      row[key] = optionValue(Array.isArray(options) ? options : undefined, values[i]);
    });
    // As in the table: a chosen speed without a frame has the usual one.
    const frame = row.speed
      ? { size: row.size || '8', parity: row.parity || 'n', stop: row.stop || '1' } : {};
    return { ...row, ...frame, id: Number(row.id) || 0, pId: Number(row.pId) || 0 };
  });
  const carried = keys.flatMap(key => (key === 'speed' ? ['speed', 'size', 'parity', 'stop'] : key || []));
  return { rows, places: lines.map(({ line }) => String(line)), name: 'line', keys: carried,
    left: (head?.cells || []).filter((word, i) => word && !keys[i]) };
}

/** @param {string} text */
function cells(text) {
  try {
    return parseCSV(text);
  } catch (error) {
    if (!(error instanceof BrokenCSV)) throw error;
    throw new Error(t('import.quote', { line: error.line, column: error.column }));
  }
}

/**
 * Rows without a number get the next ones.
 * @param {Row[]} rows
 */
function numbered(rows) {
  let next = rows.reduce((top, row) => Math.max(top, row.id), 0);
  return rows.map(row => (row.id ? row : { ...row, id: next += 1 }));
}

/**
 * Reads a file; says what is broken and answers null then.
 * @param {{ name: string, text: string }} file
 * @returns {Promise<Imported | null>}
 */
async function imported(file) {
  try {
    const isJSON = /^\s*[[{]/.test(file.text.replace(/^\ufeff/, ''));
    const found = isJSON ? readJSON(file.text) : readCSV(file.text);
    return { ...found, rows: numbered(found.rows) };
  } catch (error) {
    await dialog({ title: t('import.broken', { name: file.name }),
      body: [h('p', {}, error instanceof Error ? error.message : String(error)),
        h('p', { class: 'dim' }, t('import.unchanged'))],
      actions: [{ label: t('do.close'), kind: 'main', value: true }] });
    return null;
  }
}

/**
 * What is wrong in a file, by line or record and column.
 * @param {Imported} file
 */
const faultsOf = ({ rows, places, name }) => rows.flatMap((row, i) => Object.keys(meterChecks)
    .map(key => ({ key, text: meterChecks[key](row, rows) })).filter(({ text }) => text)
    .map(({ key, text }) => t('import.' + name, { n: places[i], column: t('col.' + key), text })));

/**
 * A row that is there already keeps what the file does not carry: passwords, columns it lacks.
 * @param {Row | undefined} saved
 * @param {Row} row
 * @param {string[] | null} keys
 * @returns {Row}
 */
function joined(saved, row, keys) {
  if (!saved || (keys && !keys.includes('id'))) return row;
  return { ...saved, ...(keys ? Object.fromEntries(keys.map(key => [key, row[key]])) : row), id: row.id };
}

/**
 * «Импорт»: dry run, what is wrong by line and column, then the draft.
 * @param {Draft} draft
 * @param {() => void} sync
 */
export async function importMeters(draft, sync) {
  const file = await chooseFile('.json,.csv,.txt,application/json,text/csv'), found = await imported(file);
  if (!found) return;
  const { rows, left } = found, bad = faultsOf(found);
  const way = await dialog({ title: t('import.title', { n: rows.length }), body: [
    h('p', {}, t('import.text', { name: file.name })),
    left.length > 0 && h('p', { class: 'dim' }, t('import.unknown', { names: left.join(', ') })),
    bad.length > 0 && h('ul', { class: 'list scroll-list' },
      bad.slice(0, 50).map(line => h('li', {}, status('err', line))))],
    actions: [{ label: t('do.cancel'), value: null }, { label: t('import.append'), value: 'append' },
      { label: t('import.replace'), kind: 'main', value: 'replace' }] });
  if (!way) return;
  if (way === 'replace') {
    draft.rows = rows.map(row => joined(draft.saved.get(row.id), row, found.keys));
  } else {
    // A number that is taken gives way to one that neither the table nor the file has.
    let next = rows.reduce((top, row) => Math.max(top, row.id + 1), draft.nextId());
    const taken = new Set(draft.rows.map(row => row.id));
    rows.forEach(row => draft.rows.push(taken.has(row.id) ? { ...row, id: next++ } : row));
  }
  draft.touched();
  sync();
  toast(t('import.done', { n: rows.length }));
}
