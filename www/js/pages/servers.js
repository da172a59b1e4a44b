// «Настройки серверов устройства»: the server of pushes as a row of the table, and how it fares.
import { h, fill } from '../dom.js';
import { t, tOr } from '../i18n.js';
import { status } from '../icons.js';
import { tablePage } from '../table-page.js';
import { optional } from '../api.js';
import { openDraft } from '../settings.js';
import { device } from '../device.js';

/** How often the figures are asked for while the page is looked at. */
const PACE = 5000;

/** @param {Row} row */
const check = row => ({ port: /^\d{1,5}$/.test(String(row.port)) ? '' : t('server.port-range') });

/**
 * Whether it listens, what came and what was not taken.
 * @param {HTMLElement} place
 */
async function drawState(place) {
  const state = await optional('/state/push').catch(() => null);
  if (!state) return fill(place);
  const word = (/** @type {string} */ reason) => tOr('push.' + reason, reason);
  return fill(place,
    state.code ? status('err', state.text)
      : status(state.port ? 'ok' : 'idle', t(state.port ? 'server.listens' : 'server.off', state)),
    h('p', {}, t('server.taken', state), Object.entries(state.refused || {})
      .map(([reason, count]) => ` · ${word(reason)}: ${count}`)),
    h('ul', { class: 'list' }, (state.Refusals || []).map((/** @type {any} */ one) =>
      h('li', {}, `${one.peer}: ${word(one.reason)}`))));
}

export async function render() {
  const draft = await openDraft('servers', device.serial);
  /** @type {Option[]} */
  const types = [['push', t('server.push')]];
  const place = h('div', { class: 'small', role: 'status' });
  drawState(place);
  const timer = setInterval(() => drawState(place), PACE);
  return { title: t('title.servers'), leave: () => clearInterval(timer), body: [
    tablePage({ name: 'servers', label: t('title.servers'), draft, add: t('server.add'),
      empty: t('server.none'), check, fresh: id => ({ id, type: 'push', port: '4059', allow: '' }),
      columns: [
        { key: 'type', label: t('col.serverType'), width: 320, options: types, at: 'name',
          text: () => types[0][1] },
        { key: 'port', label: t('col.serverPort'), width: 110, num: true, at: 'side',
          text: row => String(row.port ?? '') },
        { key: 'allow', label: t('col.allow'), width: 360, at: 'note',
          text: row => row.allow || t('server.allow-table') }] }),
    place] };
}
