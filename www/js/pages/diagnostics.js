// «Диагностика»: what the device keeps, what is missing, what it did and who changed it.
import { t } from '../i18n.js';
import { tabs } from '../tabs.js';

/** @type {Record<string, (redraw: () => void) => Promise<PageView>>} */
const parts = {
  store: async () => (await import('../tabs/store.js')).render(),
  completeness: async redraw => (await import('../tabs/completeness.js')).render(redraw),
  firings: async () => (await import('../tabs/firings.js')).render(),
  revisions: async () => (await import('../tabs/revisions.js')).render(),
};

export async function render(/** @type {PageContext} */ { args, redraw }) {
  const title = t('title.diagnostics'), here = parts[args[0]] ? args[0] : 'store';
  const { body, leave } = await parts[here](redraw);
  return { title, leave, body: [tabs('diagnostics', here, Object.keys(parts), title), body] };
}
