// «Показания электросчётчиков»: three tabs, each a module of its own.
import { t, loadWords } from '../i18n.js';
import { tabs } from '../tabs.js';

/** @type {Record<string, (redraw: () => void, args: string[]) => Promise<PageView>>} */
const parts = {
  current: async (redraw, args) => (await import('../tabs/current.js')).render(redraw, args),
  archive: async (redraw, args) => (await import('../tabs/archive.js')).render(redraw, args),
  journals: async (redraw, args) => {
    const [{ render: draw }] = await Promise.all([import('../tabs/journals.js'), loadWords('journals')]);
    return draw(redraw, args);
  },
};

export async function render(/** @type {PageContext} */ { args, redraw }) {
  const title = t('title.electricity'), here = parts[args[0]] ? args[0] : 'archive';
  const { body, leave } = await parts[here](redraw, args);
  return { title, leave, body: [tabs('electricity', here, Object.keys(parts), title), body] };
}
