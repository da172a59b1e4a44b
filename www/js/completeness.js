// «вчера: 31 из 32 полностью»: yesterday of one line, on «Главная» and on the page of completeness.
import { h } from './dom.js';
import { t, tOr } from './i18n.js';
import { status } from './icons.js';

/**
 * @param {{ iface: string, name?: string, meters: number, full: number }} line
 */
export const lineWord = ({ iface, name, meters, full }) => h('li', { class: 'wrap' },
  status(full >= meters ? 'ok' : 'warn', '', true),
  h('span', { class: 'grow nowrap' }, name || tOr('iface.' + iface, iface)),
  h('span', { class: 'nowrap' }, t('full.yesterday', { full, all: meters })));
