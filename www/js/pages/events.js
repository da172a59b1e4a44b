// «Настройка системы событий» under its own line of the menu.
import { t } from '../i18n.js';
import * as events from '../tabs/events.js';

export const render = async (/** @type {PageContext} */ { redraw }) => ({ title: t('title.events'),
  body: await events.render(redraw) });
