// «Поиск приборов учёта»: the device looks who answers on one of its lines, likely addresses first; what it
// finds goes into the draft of the meter table by one press. Form, job and findings live as long as the admin
// is open; a reload takes the running search up again.
import { h, fill, say } from '../dom.js';
import { t, number } from '../i18n.js';
import { icon, status } from '../icons.js';
import { table } from '../table.js';
import { Job } from '../job.js';
import { device, session } from '../device.js';
import { openDraft } from '../settings.js';
import { interfaces, speeds, newMeter } from '../fields.js';
import { explain, interfaceWord } from '../words.js';
import { toast } from '../modal.js';
import { progressLine } from '../progress.js';

/** Where a running search is remembered, with what it looks at. */
const KEY = 'job.scan';
const form = { ifaceName: 'Iface1', addr: '', speeds: new Set([9600]), serials: '', from: '16', to: '127' };
/** @type {{ job: Job | null, line: { ifaceName: string, addr: string } }} */
const search = { job: null, line: form };
/** Speeds that meters are set to; the rest of the manual's are for old modems. */
const usual = speeds.filter(speed => speed >= 2400);

const isNetwork = () => form.ifaceName === 'Ethernet';
const serials = () => form.serials.split(/[\s,;]+/).filter(Boolean);

/**
 * The row of the meter table that reaches a meter found.
 * @param {any} found
 * @param {number} id
 */
function rowOf(found, id) {
  const { ifaceName, addr } = search.line, [, speed, size, parity, stop] = /^(\d+),(.)(.)(.)/
    .exec(found.settings) || [];
  const own = ifaceName === 'Ethernet'
    ? { addr, physical: found.addr === 16 ? '' : String(found.addr), transport: found.transport }
    : { addr: String(found.addr), speed, size, parity, stop };
  return { ...newMeter(id), ifaceName, addressOctets: String(found.octets), serial: found.serial,
    comment: [found.maker, found.serial].filter(Boolean).join(' '), ...own };
}

/**
 * Whether the draft has a row for a meter found.
 * @param {import('../draft.js').Draft} draft
 * @param {any} found
 */
const isThere = (draft, found) => {
  const row = rowOf(found, 0);
  return draft.rows.some(one => one.ifaceName === row.ifaceName && one.addr === row.addr
    && (one.physical || '') === (row.physical || ''));
};

/** The page while it is shown. */
class Scan {
  /** @param {import('../draft.js').Draft} draft */
  constructor(draft) {
    this.draft = draft;
    this.form = h('div', { class: 'card stack' });
    this.progress = h('div', {});
    this.note = h('p', { class: 'dim', role: 'status' });
    this.view = table({ label: t('scan.found'), rows: this.rows, selectable: false, pageSize: 25,
      columns: this.columns(), empty: t('scan.none') });
    this.view.classList.add('acting');
    this.all = h('div', { class: 'row' });
    this.listen = () => this.changed();
    search.job?.addEventListener('change', this.listen);
    this.drawForm();
    this.changed();
  }

  /** @returns {Row[]} */
  get rows() { return [...search.job?.items.values() || []].filter(item => item.state === 'ok'); }

  /** @returns {Column[]} */
  columns() {
    return [
      { key: 'addr', label: t('col.addr'), width: 130, at: 'note', text: row => row.transport === 'wrapper'
        ? 'IP' : row.octets ? t('scan.octets', { addr: row.addr, n: row.octets }) : row.addr },
      { key: 'serial', label: t('col.serial'), width: 150, at: 'name',
        text: row => row.serial || t('scan.unnamed') },
      { key: 'maker', label: t('scan.maker'), width: 90 },
      ...(search.line.ifaceName === 'Ethernet' ? [] : [/** @type {Column} */ ({ key: 'settings',
        label: t('col.speed'), width: 120 })]),
      { key: 'ms', label: t('scan.ms'), width: 110, num: true, at: 'more', text: row => number(row.ms) },
      { key: 'diff', label: t('col.diff'), width: 120, num: true, text: row => row.diff ?? '–' },
      { key: '#add', label: t('scan.add'), hideLabel: true, width: 170, filter: false, at: 'dot',
        cell: row => this.adder(row) }];
  }

  /** @param {Row} row */
  adder(row) {
    const wide = (/** @type {string} */ word) => h('span', { class: 'only-wide' }, t(word));
    if (isThere(this.draft, row)) return [status('ok', t('scan.there'), true), ' ', wide('scan.there')];
    return session.canWrite && h('button', { class: 'btn plain', type: 'button',
      'aria-label': t('scan.add-one', { serial: row.serial || row.addr }),
      onclick: () => this.add([row]) }, icon('plus'), wide('scan.add'));
  }

  /** @param {Row[]} rows */
  add(rows) {
    rows.forEach(row => this.draft.add(rowOf(row, this.draft.nextId())));
    // The table is shown with its draft, so that what was added can be checked and written.
    sessionStorage.setItem('meters.read', '1');
    this.changed();
    toast(t('scan.added', { n: rows.length }), { label: t('title.meters'),
      run: () => { location.hash = '#/meters'; } });
  }

  changed() {
    const { job } = search, { rows } = this;
    const fresh = rows.filter(row => !isThere(this.draft, row));
    this.view.rows = rows;
    this.view.update();
    this.view.hidden = !rows.length && !job?.running;
    fill(this.progress, job && progressLine(job, t('scan.running')));
    const nobody = () => t(job?.done ? 'scan.nobody' : 'scan.unasked');
    fill(this.note, job ? job.text || (job.waits ? t('scan.waits')
      : job.garbled ? t('scan.garbled', { n: job.garbled })
        : !job.running && !rows.length ? nobody() : '') : t('scan.hint'));
    fill(this.all, session.canWrite && fresh.length > 1 && h('button', { class: 'btn', type: 'button',
      onclick: () => this.add(fresh) }, icon('plus'), t('scan.add-all', { n: fresh.length })));
    if (job && !job.running && sessionStorage.getItem(KEY)) {
      sessionStorage.removeItem(KEY);
      say(t('scan.done', { n: rows.length }));
      this.drawForm();
    }
  }

  drawForm() {
    const busy = Boolean(search.job?.running);
    const text = (/** @type {'addr' | 'from' | 'to'} */ key, /** @type {string} */ label, more = {}) =>
      h('label', { class: 'field' }, h('span', {}, t(label)), h('input', { class: 'in', value: form[key],
        oninput: event => { form[key] = event.target.value.trim(); }, ...more }));
    const digits = { inputmode: 'numeric', size: 6 };
    fill(this.form, h('div', { class: 'row' },
      h('label', { class: 'field' }, h('span', {}, t('col.ifaceName')), h('select', { class: 'in',
        onchange: event => { form.ifaceName = event.target.value; this.drawForm(); } },
      interfaces.filter(name => name !== 'Hub').map(name => h('option', { value: name,
        selected: name === form.ifaceName }, interfaceWord(name))))),
      isNetwork() && text('addr', 'scan.host', { placeholder: '192.168.0.7:4059' }),
      text('from', 'scan.from', digits), text('to', 'scan.to', digits)),
    !isNetwork() && h('fieldset', {}, h('legend', { class: 'minor' }, t('col.speed')),
      h('div', { class: 'row' }, usual.map(speed => h('label', { class: 'check' }, h('input', {
        type: 'checkbox', checked: form.speeds.has(speed), onchange: event => {
          if (event.target.checked) form.speeds.add(speed);
          else form.speeds.delete(speed);
        } }), String(speed))))),
    h('label', { class: 'field' }, h('span', {}, t('scan.serials')), h('textarea', {
      class: 'in short', rows: 3, value: form.serials,
      oninput: event => { form.serials = event.target.value; } })),
    h('div', { class: 'row' }, session.canWrite && h('button', { class: 'btn main', type: 'button',
      disabled: busy, onclick: () => this.start() }, icon('play'), t('scan.go')),
    h('a', { class: 'btn plain', href: '#/meters' }, t('title.meters'))));
  }

  async start() {
    const network = isNetwork(), from = Number(form.from), to = Number(form.to);
    if (network && !/.:\d+$/.test(form.addr)) return toast(t('fault.hub-address'));
    if (!network && !form.speeds.size) return toast(t('scan.no-speed'));
    const walks = Boolean(form.from || form.to);
    if (walks && !(from >= 1 && from <= to && to <= 16381)) return toast(t('fault.address-range'));
    try {
      search.job?.removeEventListener('change', this.listen);
      search.line = { ifaceName: form.ifaceName, addr: form.addr };
      search.job = await Job.start({ type: 'scan', ...search.line, serials: serials(),
        ...(network ? {} : { speeds: usual.filter(speed => form.speeds.has(speed)) }),
        ...(walks ? { from, to } : {}) });
      sessionStorage.setItem(KEY, JSON.stringify({ id: search.job.id, line: search.line }));
      search.job.addEventListener('change', this.listen);
      this.view.configure({ columns: this.columns() });
      this.drawForm();
      this.changed();
    } catch (error) {
      toast(explain(error));
    }
    return undefined;
  }
}

/** Takes up a search that ran before this page was loaded. */
async function resume() {
  const kept = JSON.parse(sessionStorage.getItem(KEY) || 'null');
  if (search.job || !kept) return;
  search.job = await Job.resume(kept.id);
  search.line = kept.line;
  if (!search.job) sessionStorage.removeItem(KEY);
}

/** @returns {Promise<PageView>} */
export async function render() {
  const [draft] = await Promise.all([openDraft('meters', device.serial), resume()]);
  const page = new Scan(draft);
  return { title: t('title.scan'), leave: () => search.job?.removeEventListener('change', page.listen),
    body: [page.form, page.progress, page.note, page.view, page.all] };
}
