// «Управление приборами учёта»: one tab for each thing that can be asked of meters at once.
import { t } from '../i18n.js';
import { tabs } from '../tabs.js';

/** @type {Record<string, (redraw: () => void, args: string[]) => Promise<PageView>>} */
const parts = {
  time: async (redraw, args) => (await import('../tabs/time.js')).render(redraw, args),
  relay: async (redraw, args) => (await import('../tabs/relay.js')).render(redraw, args),
};

export async function render(/** @type {PageContext} */ { args, redraw }) {
  const title = t('title.control'), here = parts[args[0]] ? args[0] : 'time';
  const { body, leave } = await parts[here](redraw, args);
  return { title, leave, body: [tabs('control', here, Object.keys(parts), title), body] };
}
