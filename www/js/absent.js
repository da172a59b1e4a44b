// What a page says where the device lacks something: older versions do not report everything.
import { h } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';

/**
 * @param {string} [words] key of what is missing and why
 */
export const absent = (words = 'page.absent') => h('div', { class: 'card empty' }, icon('info', 32),
  h('p', {}, t(words)));
