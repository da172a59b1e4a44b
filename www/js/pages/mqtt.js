// «MQTT»: five tabs; groups and the event system are the same tables as under their own menu lines.
import { tabs } from '../tabs.js';

/** @type {Record<string, (redraw: () => void) => Promise<Kid>>} */
const parts = {
  brokers: async () => (await import('../tabs/brokers.js')).render(),
  groups: async () => (await import('../tabs/groups.js')).render(),
  messages: async () => (await import('../tabs/messages.js')).render(),
  publications: async () => (await import('../tabs/publications.js')).render(),
  events: async redraw => (await import('../tabs/events.js')).render(redraw),
};

export async function render(/** @type {PageContext} */ { args, redraw }) {
  const here = parts[args[0]] ? args[0] : 'brokers';
  return { title: 'MQTT', body: [tabs('mqtt', here, Object.keys(parts), 'MQTT'), await parts[here](redraw)] };
}
