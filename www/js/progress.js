// The progress line of a job: how far, how it went, how long still, and «Остановить».
import { h } from './dom.js';
import { t, number, span } from './i18n.js';
import { explain } from './words.js';
import { icon, status } from './icons.js';
import { toast } from './modal.js';

/**
 * @param {import('./job.js').Job} job
 * @param {string} label what is going on
 * @param {() => void} [close] takes the summary away; without it the summary stays
 */
export function progressLine(job, label, close) {
  const track = h('i', {});
  track.style.transform = `scaleX(${job.total ? job.done / job.total : 0})`;
  const stop = () => job.stop().catch(error => toast(explain(error)));
  return h('div', { class: 'progress', role: 'group', 'aria-label': label },
    h('strong', { class: 'nowrap' }, t('test.asked', { done: job.done, total: job.total })),
    h('span', { class: 'track' }, track),
    status('ok', number(job.count('ok', 'warn'))), status('err', number(job.count('mute', 'err'))),
    job.running && job.left != null && h('span', { class: 'dim nowrap' },
      t('test.left', { span: span(job.left) })),
    job.running && h('button', { class: 'btn danger', type: 'button', onclick: stop }, icon('stop'),
      t('do.stop')),
    !job.running && close && h('button', { class: 'btn plain', type: 'button', onclick: close },
      t('do.close')));
}
