// «Диагностика»: what the device keeps, what is missing, what it did and who changed it.
import { t, loadWords } from '../i18n.js';
import { tabs } from '../tabs.js';

/** @type {Record<string, (redraw: () => void, args: string[]) => Promise<PageView>>} */
const parts = {
  lines: async (redraw, args) => (await import('../tabs/lines.js')).render(args[1]),
  store: async () => (await withWords(import('../tabs/store.js'), 'drafts', 'readings', 'journals')).render(),
  completeness: async redraw =>
    (await withWords(import('../tabs/completeness.js'), 'readings')).render(redraw),
  firings: async () => (await withWords(import('../tabs/firings.js'), 'settings')).render(),
  revisions: async () => (await withWords(import('../tabs/revisions.js'), 'drafts', 'settings')).render(),
};

/**
 * A tab together with the words that it alone needs.
 * @template T
 * @param {Promise<T>} tab
 * @param {...string} areas
 */
const withWords = async (tab, ...areas) => (await Promise.all([tab, loadWords(...areas)]))[0];

export async function render(/** @type {PageContext} */ { args, redraw }) {
  const title = t('title.diagnostics'), here = parts[args[0]] ? args[0] : 'lines';
  const { body, leave } = await parts[here](redraw, args);
  return { title, leave, body: [tabs('diagnostics', here, Object.keys(parts), title), body] };
}
