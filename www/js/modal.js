// A modal dialog with a focus trap, and the toast. Own code, because <dialog> is younger than the oldest
// browser served.
import { h, fill } from './dom.js';

const app = () => /** @type {HTMLElement} */ (document.getElementById('app'));

/**
 * @param {HTMLElement} box
 * @param {KeyboardEvent} event
 */
function trap(box, event) {
  const stops = /** @type {HTMLElement[]} */ ([...box.querySelectorAll(
    'button:not([disabled]), input:not([disabled]), select, textarea, a[href], [tabindex="0"]')]);
  const first = stops[0], last = stops[stops.length - 1];
  const leaving = event.shiftKey ? document.activeElement === first || document.activeElement === box
    : document.activeElement === last;
  if (!leaving) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
}

/**
 * Shows a dialog; resolves with the value of the pressed action, or null on Escape. An action whose `value`
 * is a
 * function is asked first and keeps the dialog open while it answers undefined.
 * @param {{ title: string, body: Kid, actions: Action[], wide?: boolean }} options
 * @returns {Promise<any>}
 */
export function dialog({ title, body, actions, wide }) {
  return new Promise(resolve => {
    const id = `dialog-${document.querySelectorAll('.shade').length}`;
    const before = /** @type {HTMLElement | null} */ (document.activeElement);
    /** @param {any} value */
    const close = value => {
      shade.remove();
      app().inert = Boolean(document.querySelector('.shade'));
      before?.focus?.();
      resolve(value);
    };
    /** @param {Action} action */
    const press = action => {
      const value = typeof action.value === 'function' ? action.value() : action.value;
      if (value !== undefined) close(value);
    };
    const box = h('div', { class: `dialog ${wide ? 'wide' : ''}`, role: 'dialog', 'aria-modal': 'true',
      'aria-labelledby': id, tabindex: '-1' },
      h('h2', { id }, title),
      h('div', { class: 'body' }, body),
      h('footer', {}, actions.map(action => h('button',
        { class: `btn ${action.kind || ''}`, type: 'button', onclick: () => press(action) }, action.label))));
    const shade = h('div', { class: 'shade', onkeydown: event => {
      event.stopPropagation();
      if (event.key === 'Escape') close(null);
      else if (event.key === 'Tab') trap(box, event);
    } }, box);
    document.body.append(shade);
    app().inert = true;
    (/** @type {HTMLElement | null} */ (box.querySelector('[data-first]')) || box).focus();
  });
}

/**
 * A yes-or-no question; «no» is on the left and Escape means it.
 * @param {{ title: string, text: Kid, yes: string, no: string, danger?: boolean }} question
 * @returns {Promise<boolean>}
 */
export const ask = async ({ title, text, yes, no, danger }) => Boolean(await dialog({ title,
  body: typeof text === 'string' ? h('p', {}, text) : text,
  actions: [{ label: no, value: false }, { label: yes, kind: danger ? 'danger' : 'main', value: true }] }));

/**
 * One toast at a time; it stays long enough to be read and acted upon, and goes when its action is used.
 * @param {string} text
 * @param {{ label: string, run: () => void }} [action]
 * @param {number} [seconds]
 */
export function toast(text, action, seconds = 12) {
  document.querySelector('.toast')?.remove();
  const box = h('div', { class: 'toast', role: 'status' });
  document.body.append(box);
  // The text comes after the live region exists: only then is it read aloud.
  fill(box, h('span', {}, text), action && h('button',
    { class: 'btn plain', type: 'button', onclick: () => { box.remove(); action.run(); } }, action.label));
  setTimeout(() => box.remove(), seconds * 1000);
}
