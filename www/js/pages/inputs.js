// «Дискретные входы» under its own line of the menu.
import { t } from '../i18n.js';
import * as inputs from '../tabs/inputs.js';

export async function render() {
  return { title: t('title.inputs'), ...await inputs.render() };
}
