// «Расписание» under its own line of the menu.
import { t } from '../i18n.js';
import * as schedules from '../tabs/schedules.js';

export const render = async () => ({ title: t('title.schedule'), body: await schedules.render() });
