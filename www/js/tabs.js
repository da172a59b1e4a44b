// The tabs of a page: links, because each tab has an address of its own.
import { h } from './dom.js';
import { t } from './i18n.js';

/**
 * @param {string} page
 * @param {string} here
 * @param {string[]} names
 * @param {string} label
 */
export const tabs = (page, here, names, label) => h('nav', { class: 'tabs', 'aria-label': label },
  names.map(name => h('a', { href: `#/${page}/${name}`, 'aria-current': name === here ? 'page' : null },
    t('tab.' + name))));
