// Icons and status shapes: 16 × 16, one stroke weight, coloured by currentColor.
import { h, s } from './dom.js';
import { t } from './i18n.js';

/** @type {Record<string, string>} */
const strokes = {
  mark: 'M2 12.5h2.5l2-9 3 11 2-6H14', reboot: 'M8 2v5.5M4.8 4a5.5 5.5 0 1 0 6.4 0',
  exit: 'M6.5 3H3v10h3.5M7 8h6m-2.5-3L13.5 8l-3 3', theme: 'M8 2.5a5.5 5.5 0 1 0 0 11z',
  down: 'M4 6l4 4 4-4', up: 'M4 10l4-4 4 4', right: 'M6 4l4 4-4 4', left: 'M10 4L6 8l4 4',
  home: 'M2.5 7.5 8 3l5.5 4.5V13h-4V9.5h-3V13h-4z', table: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M6 6.5v6',
  chart: 'M2.5 2.5v11h11M5.5 10l2.5-3 2 2 3-4', menu: 'M2.5 4.5h11M2.5 8h11M2.5 11.5h11',
  trash: 'M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.5 9h6l.5-9M7 7v4M9 7v4',
  copy: 'M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3',
  info: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.5V11M8 5v.6',
  alert: 'M8 2 14.5 13.5h-13zM8 6.5v3.2M8 11.4v.7',
  plus: 'M8 3v10M3 8h10', stop: 'M4 4h8v8H4z', play: 'M5 3l8 5-8 5z', cut: 'M2 8h3.5M10.5 8H14M9.5 4l-3 8',
  save: 'M8 2v8m-3-3 3 3 3-3M3 13.5h10', edit: 'M3 13l.6-3L10.5 3 13 5.5 6 12.4z',
};

/**
 * @param {string} name
 * @param {number} [size] pixels
 */
export const icon = (name, size = 16) => s('svg',
  { viewBox: '0 0 16 16', width: size, height: size, 'aria-hidden': 'true', focusable: 'false' },
  s('path', { d: strokes[name], fill: 'none', stroke: 'currentColor', 'stroke-width': 1.4,
    'stroke-linejoin': 'round', 'stroke-linecap': 'round' }));

/**
 * @param {string} d
 * @param {string} [colour]
 */
const line = (d, colour = 'currentColor') => s('path',
  { d, fill: 'none', stroke: colour, 'stroke-width': 1.8, 'stroke-linecap': 'round' });
/** @param {Props} props */
const ring = props => s('circle',
  { cx: 8, cy: 8, r: 5, fill: 'none', stroke: 'currentColor', 'stroke-width': 1.4, ...props });

/**
 * The shape is the first cue, the colour the second.
 * @type {Record<string, () => Kid>}
 */
const shapes = {
  idle: () => ring({}),
  wait: () => [ring({}), s('circle', { cx: 8, cy: 8, r: 1.6, fill: 'currentColor' })],
  rest: () => [ring({}), line('M6.4 5.4v5.2M9.6 5.4v5.2')],
  run: () => ring({ r: 5.2, class: 'spin', 'stroke-width': 2, 'stroke-dasharray': '22 11' }),
  ok: () => [s('circle', { cx: 8, cy: 8, r: 6.5, fill: 'currentColor' }),
    line('M5 8.2 7.2 10.3 11 6', 'var(--surface)')],
  warn: () => [s('path', { d: 'M8 1.5 15 14H1z', fill: 'currentColor' }),
    line('M8 6v3.4M8 11.6v.1', 'var(--surface)')],
  err: () => [s('path', { d: 'M8 .8 15.2 8 8 15.2.8 8z', fill: 'currentColor' }),
    line('M6 6l4 4M10 6l-4 4', 'var(--surface)')],
  mute: () => [ring({ r: 5.6, 'stroke-width': 1.8 }), line('M4.2 11.8 11.8 4.2')],
};

/**
 * A status: shape, colour and a word. With `quiet` the word is only for screen readers and the tooltip.
 * @param {string} state a key of `shapes`
 * @param {string} [text] instead of the state's own word
 * @param {boolean} [quiet]
 */
export const status = (state, text, quiet) => {
  const word = text || t('state.' + state);
  return h('span', { class: 'st st-' + state, title: quiet && word },
    s('svg', { viewBox: '0 0 16 16', width: 14, height: 14, 'aria-hidden': 'true' }, shapes[state]()),
    quiet ? h('span', { class: 'sr' }, word) : h('b', {}, word));
};

/**
 * Signal level: four bars; missing bars are hollow, not pale.
 * @param {number} level 0…4
 */
export const signal = level => s('svg', { viewBox: '0 0 20 12', width: 20, height: 12,
  'aria-hidden': 'true' },
  [0, 1, 2, 3].map(i => s('rect', { x: i * 5 + .5, y: 8.5 - i * 2.7, width: 3, height: 3 + i * 2.7, rx: .5,
    fill: i < level ? 'currentColor' : 'none', stroke: 'currentColor' })));
