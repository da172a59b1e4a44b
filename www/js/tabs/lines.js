// «Диагностика линий»: what is wrong with each line and what to do next, who has it, how its time is used; of
// one line also its meters, the last hour, and its octets as they pass.
import { h, s, fill } from '../dom.js';
import { t, number } from '../i18n.js';
import { icon, status } from '../icons.js';
import { get, optional, post } from '../api.js';
import { session } from '../device.js';
import { explain } from '../words.js';
import { toast } from '../modal.js';

/** How often the figures and the octets are asked for while the page is looked at. */
const PACE = 3000, FRAMES = 1000;
/** Bursts that are kept, and those that are drawn. */
const KEPT = 1000, DRAWN = 150;

/** @param {string} name */
const address = name => '/state/lines/' + encodeURIComponent(name);
/** @param {string} name */
const lineName = name => (/^Iface\d/.test(name) ? t('line.iface', { n: name.slice(5) }) : name);
/** @param {string} stamp */
const time = stamp => stamp.slice(11, 23);
/**
 * @param {string} path
 * @param {any} body
 * @param {() => void} then
 */
const act = (path, body, then) => post(path, body).then(then, error => toast(explain(error)));

/** @param {any} verdict */
function verdictText(verdict) {
  const who = verdict.meter ? ` · ПУ ID ${verdict.meter}` : verdict.station ? ` · ${verdict.station}` : '';
  const shown = verdict.evidence.map((/** @type {any} */ one) => `${one.text}: ${number(one.count)}`);
  if (verdict.frames.length) shown.push(`${t('line.frames')}: ${verdict.frames.join(', ')}`);
  return [status(verdict.state, verdict.text + who + (verdict.reason ? `: ${verdict.reason}` : '')),
    h('p', {}, verdict.advice), shown.length > 0 && h('p', { class: 'dim' }, shown.join(' · '))];
}

/**
 * Who has the line and who waits for it.
 * @param {any} line
 * @param {() => void} again
 */
function ownerText(line, again) {
  const { holder, Waiters = [] } = line, transit = holder?.class === 'remote' && /^Iface/.test(line.line);
  const drop = (/** @type {string} */ path, /** @type {any} */ body, /** @type {string} */ who) =>
    session.canWrite && h('button', { class: 'btn plain', type: 'button',
      'aria-label': `${t('line.drop')} ${who}`, onclick: () => act(path, body, again) }, icon('stop'),
    t('line.drop'));
  return h('ul', { class: 'list' },
    holder && h('li', { class: 'wrap' }, holder.text,
      transit && drop('/action/transit/drop', { type: line.line.toLowerCase() }, holder.owner)),
    Waiters.map((/** @type {any} */ one) => h('li', { class: 'wrap' }, one.text,
      drop('/action/lines/drop', { line: line.line, number: one.number }, one.owner))));
}

/**
 * One line as a card.
 * @param {any} line
 * @param {() => void} again
 * @param {boolean} whole whether the line is opened
 */
function card(line, again, whole) {
  const tape = line.recording, on = !tape?.running;
  return h('section', { class: 'card stack' },
    h('header', {}, h('h2', {}, whole ? lineName(line.line)
      : h('a', { href: '#/diagnostics/lines/' + encodeURIComponent(line.line) }, lineName(line.line)), ' ',
    line.settings && h('span', { class: 'dim' }, line.settings))),
    verdictText(line.verdict), ownerText(line, again),
    (line.Facts || []).map((/** @type {string} */ one) => h('p', { class: 'dim' }, one)),
    whole && session.canWrite && h('p', { class: 'row' },
      h('button', { class: 'btn', type: 'button', onclick: () => act('/action/lines/record',
        { line: line.line, on }, again) }, icon(on ? 'play' : 'stop'), t(on ? 'line.record' : 'line.stop')),
      tape && [tape.text, h('a', { class: 'btn plain', download: '',
        href: `${address(line.line)}/recording` }, icon('save'), t('line.save'))]));
}

/**
 * The last hour: a bar a minute, held pale and octets on the wire dark.
 * @param {number[][]} hour
 * @param {string} label
 */
const hourChart = (hour, label) => s('svg', { viewBox: '0 0 240 50', role: 'img', width: '100%', height: 60,
  preserveAspectRatio: 'none', 'aria-label': label },
hour.map(([held, busy], i) => [
  s('rect', { x: i * 4, y: 50 - held / 2, width: 3, height: held / 2, fill: 'currentColor', opacity: .3 }),
  s('rect', { x: i * 4, y: 50 - busy / 2, width: 3, height: busy / 2, fill: 'currentColor' })]));

/** @param {any} state */
const more = state => {
  const use = t('line.hour', { n: Math.max(...state.hour.map((/** @type {number[]} */ one) => one[0])) });
  return h('section', { class: 'card stack' }, h('header', {}, h('h2', {}, t('line.stations'))),
    h('ul', { class: 'list' }, (state.Stations || []).map((/** @type {any} */ one) =>
      h('li', { class: 'wrap' }, status(one.verdict.state, one.text),
        one.verdict.state !== 'ok' && one.verdict.text))),
    h('p', { class: 'dim' }, use), hourChart(state.hour, use));
};

const meaning = (/** @type {any} */ frame) => frame.text + (frame.error ? ` ✕ ${frame.error}` : '');

/**
 * Octets as they pass: the newest first, a burst opens into its parts.
 * @param {string} path
 */
function sniffer(path) {
  const place = h('div', { class: 'scroll-list tall mono', tabindex: '0', role: 'log', 'aria-live': 'off',
    'aria-label': t('line.frames') });
  /** @type {any[]} */
  let bursts = [];
  let newest = -1, paused = false;
  const row = (/** @type {any} */ one) => {
    const parts = h('pre', {});
    return h('details', { ontoggle: async (/** @type {any} */ event) => {
      if (!event.target.open || parts.textContent) return;
      const whole = await optional(`${path}/frames/${one.n}`).catch(() => null);
      parts.textContent = [one.hex, ...(whole?.Frames || []).map((/** @type {any} */ frame) =>
        JSON.stringify({ link: frame.link, apdu: frame.apdu }, null, 1))].join('\n');
    } }, h('summary', {}, [one.n, time(one.time), one.direction === 'request' ? '▶' : '◀', one.octets,
      one.Frames.map(meaning).join(' + ') || one.hex.slice(0, 60)].join(' ')), parts);
  };
  const read = async () => {
    if (paused || document.hidden) return;
    const answer = await optional(`${path}/frames${newest < 0 ? '' : `?after=${newest}`}`).catch(() => null);
    if (!answer) return;
    if (newest < 0) fill(place, !answer.Frames.length && h('p', { class: 'dim' }, t('line.quiet')));
    newest = Math.max(newest, 0);
    if (!answer.Frames.length) return;
    if (!bursts.length) fill(place);
    bursts = [...bursts, ...answer.Frames].slice(-KEPT);
    newest = bursts[bursts.length - 1].n;
    place.prepend(...answer.Frames.map(row).reverse());
    // An open burst stays where it is; what is far below goes.
    while (place.childElementCount > DRAWN) place.lastElementChild?.remove();
  };
  const pause = h('button', { class: 'btn', type: 'button', 'aria-pressed': 'false', onclick: () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    fill(pause, icon(paused ? 'play' : 'stop'), t(paused ? 'line.go' : 'line.pause'));
  } }, icon('stop'), t('line.pause'));
  return { read, body: h('section', { class: 'card' },
    h('header', {}, h('h2', {}, t('line.frames')), pause), place) };
}

/** @param {string} [name] the line that is opened */
export async function render(name) {
  const place = h('div', { class: 'stack' });
  const path = name ? address(name) : '/state/lines';
  const frames = name && sniffer(path);
  let text = '';
  const draw = async () => {
    if (document.hidden) return;
    const state = await get(path).catch(() => null), now = JSON.stringify(state);
    if (!state || now === text || place.contains(document.activeElement) && text) return;
    text = now;
    fill(place, name ? [card(state, again, true), state.hour && more(state)]
      : state.Lines.map((/** @type {any} */ line) => card(line, again, false)),
    !name && !state.Lines.length && h('p', { class: 'card empty' }, t('line.none')),
    state.text && h('p', { class: 'dim' }, state.text));
  };
  const again = () => { text = ''; draw(); };
  await draw();
  if (frames) frames.read();
  const timers = [setInterval(draw, PACE), frames && setInterval(frames.read, FRAMES)];
  return { leave: () => timers.forEach(timer => clearInterval(timer || 0)), body: [
    place, frames && frames.body] };
}
