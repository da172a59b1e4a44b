// «Настройки шаблонов приборов учёта»: four tabs, each a module of its own, loaded when opened.
import { t } from '../i18n.js';
import { tabs } from '../tabs.js';

/** @type {Record<string, (redraw: () => void) => Promise<Kid>>} */
const parts = {
  groups: async () => (await import('../tabs/groups.js')).render(),
  data: async () => (await import('../tabs/data.js')).render(),
  polls: async () => (await import('../tabs/polls.js')).render(),
  events: async redraw => (await import('../tabs/events.js')).render(redraw),
};

export async function render(/** @type {PageContext} */ { args, redraw }) {
  const title = t('title.templates'), here = parts[args[0]] ? args[0] : 'groups';
  return { title, body: [tabs('templates', here, Object.keys(parts), title), await parts[here](redraw)] };
}
