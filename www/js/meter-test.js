// «Тест связи»: starts the device's job, shows it line by line while it runs, and keeps the last state of
// every meter
// for the «Статус» column of all pages.
import { h, fill, say } from './dom.js';
import { t, span, parseStamp } from './i18n.js';
import { explain } from './words.js';
import { toast } from './modal.js';
import { optional, events } from './api.js';
import { Job } from './job.js';
import { now } from './device.js';
import { progressLine } from './progress.js';

/** Where a running test is remembered, so that a reload shows it again. */
const KEY = 'job.test';

/** Last known state of each meter: from the device's own polls, newer from a test. */
export const health = {
  /** @type {Map<number, { state: string, text?: string, last?: string }>} */
  states: new Map(),
  async load() {
    const answer = await optional('/state/meters');
    for (const one of answer?.State || []) if (!this.running?.items.has(one.id)) this.states.set(one.id, one);
  },
  /** @type {Job | null} */
  running: null,
  /** @param {Row} row */
  stateOf(row) { return this.states.get(Number(row.id))?.state || 'idle'; },
  /**
   * The reason and its age, for the tooltip.
   * @param {Row} row
   */
  wordOf(row) {
    const one = this.states.get(Number(row.id));
    if (!one) return '';
    const age = one.last ? t('home.since', { span: span(now() - parseStamp(one.last).t) }) : '';
    return [one.text || t('state.' + one.state), age].filter(Boolean).join(' · ');
  },
};

/**
 * The line above the table while a test runs, and its summary afterwards.
 * @param {{ refresh: (ids: number[]) => void, done: () => void }} page
 */
export function testPanel(page) {
  const node = h('div', {});
  let due = 0;

  const draw = (/** @type {Job} */ job) => fill(node, progressLine(job, t('meters.test'), () => {
    health.running = null;
    fill(node);
  }));

  function follow(/** @type {Job} */ job) {
    health.running = job;
    sessionStorage.setItem(KEY, job.id);
    const changed = (/** @type {number[]} */ ids) => {
      ids.forEach(id => { const item = job.items.get(id); if (item) health.states.set(id, item); });
      draw(job);
      page.refresh(ids);
      // Counting chips for every meter would cost more than the test: five times a second is enough.
      if (!due) due = window.setTimeout(() => { due = 0; page.done(); }, 200);
      if (job.running) return;
      page.done();
      sessionStorage.removeItem(KEY);
      say(t('test.done', { ok: job.count('ok', 'warn'), bad: job.count('mute', 'err') }));
    };
    job.addEventListener('change', event => changed(/** @type {CustomEvent} */ (event).detail));
    changed([...job.items.keys()]);
  }

  async function start(/** @type {Row[]} */ rows) {
    if (!rows.length) return toast(t('test.save-first'));
    if (health.running?.running) return toast(t('test.already'));
    try {
      const job = await Job.start({ type: 'test', ids: rows.map(row => row.id) });
      rows.forEach(row => health.states.set(row.id, { state: 'wait' }));
      follow(job);
      page.refresh(rows.map(row => row.id));
    } catch (error) {
      toast(explain(error));
    }
    return undefined;
  }

  /** The device's own polls change states too; those of a running test are newer. */
  const heard = (/** @type {Event} */ event) => {
    /** @type {{ id: number, state: string }[]} */
    const changed = /** @type {CustomEvent} */ (event).detail.meters || [];
    const ids = changed.filter(({ id, state }) => !health.running?.items.has(id)
        && health.states.get(id)?.state !== state).map(({ id, state }) => {
          health.states.set(id, { state });
          return id;
        });
    if (!ids.length) return;
    page.refresh(ids);
    page.done();
  };
  events.addEventListener('device', heard);

  const kept = sessionStorage.getItem(KEY);
  if (health.running) follow(health.running);
  else if (kept) Job.resume(kept).then(job => (job ? follow(job) : sessionStorage.removeItem(KEY)), () => {});
  return { node, start, leave: () => {
    clearTimeout(due);
    events.removeEventListener('device', heard);
  } };
}
