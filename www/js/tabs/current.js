// «Текущие показания»: read from the meters themselves, now. The device does it as a job; rows fill as
// answers come.
import { h, fill } from '../dom.js';
import { t, number } from '../i18n.js';
import { icon, status } from '../icons.js';
import { table } from '../table.js';
import { Job } from '../job.js';
import { current } from '../measures.js';
import { Choice, parameters } from '../parameters.js';
import { metersInHand, readMeters, mayReadMeters, meterColumns, valueColumns, stampColumns, flatten,
  countText,
  downloadJSON }
  from '../readings.js';
import { explain } from '../draftbar.js';
import { toast } from '../modal.js';

const choice = new Choice(current, 'ElMomentEnergy', ['A+0', 'A+1', 'A+2', 'R+0']);
choice.open = true;
choice.words = 'now';
/**
 * Values of the last reading by meter and kind: they stay when parameters are folded or the page is left.
 * @type {Map<string, Row>}
 */
const values = new Map();
/** @type {Job | null} */
let job = null;

/** @param {() => void} redraw */
export async function render(redraw, /** @type {string[]} */ args) {
  if (args[1]) args[1].split(',').map(Number).filter(Boolean).forEach(id => choice.selected.add(id));
  const meters = metersInHand() || (mayReadMeters() ? await readMeters() : null);
  const count = h('span', { class: 'dim small nowrap', role: 'status' }), progress = h('div', {});
  const valueOf = (/** @type {Row} */ row) => values.get(`${choice.kind}/${row.id}`) || { id: row.id };
  const stateOf = (/** @type {Row} */ row) => job?.items.get(row.id);
  const columns = () => /** @type {Column[]} */ ([
    { key: '#sel', label: t('table.all'), width: 34, pin: true, tight: true, filter: false, at: 'mark' },
    { key: 'id', label: 'ID', width: 60, pin: true, num: true },
    { key: 'state', label: t('col.status'), width: 64, pin: 'last', tight: true, at: 'dot',
      text: row => t('state.' + (stateOf(row)?.state || 'idle')),
      cell: row => status(stateOf(row)?.state || 'idle', stateOf(row)?.text, true) },
    ...meterColumns(row => row),
    { key: 'serial', label: t('col.serial'), width: 112, text: row => valueOf(row).serial || row.serial },
    ...stampColumns()
      .map(column => ({ ...column, at: '', text: (/** @type {Row} */ row) => column.text?.(valueOf(row)) })),
    { key: 'comment', label: t('col.comment'), width: 160, at: 'name', text: row => row.comment
      || `ID ${row.id}` },
    ...valueColumns(choice).map((column, i) => ({ ...column, at: ['side', 'more', 'note'][i],
      text: (/** @type {Row} */ row) => column.text?.(valueOf(row)), cell: (/** @type {Row} */ row) =>
        column.cell?.(valueOf(row)) })),
  ]);
  const view = table({ label: t('title.electricity'), rows: meters || [], pageSize: 10,
    selected: choice.selected, columns: columns(),
    empty: meters ? t('read.no-meters') : t('meters.unread') });
  const say = () => {
    count.textContent = countText(meters, choice);
  };
  view.addEventListener('select', say);

  function drawProgress() {
    if (!job) return fill(progress);
    const now = job, track = h('i', {});
    track.style.transform = `scaleX(${now.total ? now.done / now.total : 0})`;
    return fill(progress, h('div', { class: 'progress', role: 'group', 'aria-label': t('read.go') },
      h('strong', { class: 'nowrap' }, t('test.asked', { done: now.done, total: now.total })),
        h('span', { class: 'track' }, track),
      status('ok', number(now.count('ok', 'warn'))), status('err', number(now.count('mute', 'err'))),
      now.running && h('button', { class: 'btn danger', type: 'button',
        onclick: () => now.stop().catch(error => toast(explain(error))) }, icon('stop'), t('do.stop'))));
  }
  function take(/** @type {number[]} */ ids) {
    ids.forEach(id => {
      const answer = job?.items.get(id)?.answer;
      const row = answer && flatten(answer.measures ? answer : { measures: [{ devices: [answer] }] }).rows[0];
      if (row) values.set(`${choice.kind}/${id}`, row);
    });
    view.refresh(ids);
    drawProgress();
    if (!job?.running) go.disabled = false;
  }
  async function read() {
    if (!meters) return toast(t('meters.unread'));
    if (!choice.selected.size) return toast(t('read.choose'));
    go.disabled = true;
    try {
      job = await Job.start({ type: 'read', ids: [...choice.selected], measures: [choice.kind],
        tags: choice.list });
      job.addEventListener('change', event => take(/** @type {CustomEvent} */ (event).detail));
      drawProgress();
      view.refresh();
    } catch (error) {
      go.disabled = false;
      toast(explain(error));
    }
    return undefined;
  }
  const go = h('button', { class: 'btn main', type: 'button', onclick: read,
    disabled: Boolean(job?.running) }, t('read.go'));
  const save = () => downloadJSON(choice, (meters || []).filter(row => choice.selected.has(row.id))
    .map(valueOf));
  const listen = (/** @type {Event} */ event) => take(/** @type {CustomEvent} */ (event).detail);
  job?.addEventListener('change', listen);
  const panel = h('div', { hidden: !choice.open },
    parameters(choice, () => view.configure({ columns: columns() })));
  say();
  drawProgress();
  return [h('div', { class: 'row tools reading' },
    h('button', { class: 'btn', type: 'button', onclick: () => readMeters().then(redraw,
      error => toast(explain(error))) },
      t('do.read-table')),
    count, h('span', { class: 'grow' }),
    h('button', { class: 'btn plain', type: 'button', onclick: save }, icon('save'), t('read.json')),
    h('button', { class: 'btn', type: 'button', 'aria-expanded': String(choice.open),
      'aria-controls': 'parameters',
      onclick: () => { choice.open = !choice.open; redraw(); } }, t(choice.open ? 'read.hide' : 'read.show'),
      icon(choice.open ? 'up' : 'down')), go),
  panel, progress, view];
}
