// «Настройки цифровых интерфейсов»: how the lines run in transit mode, and what feeds them.
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { status } from '../icons.js';
import { tablePage } from '../table-page.js';
import { optional } from '../api.js';
import { openDraft } from '../settings.js';
import { device } from '../device.js';
import { meterFields } from '../fields.js';
import { interfaceWord } from '../words.js';

const numbers = ['0', '1', '2', '3'];
const own = (/** @type {Row} */ row) => String(Number(row.iface) + 1);

/**
 * On is the interface's own line; a client of the API may have named another one.
 * @param {Row} row
 * @returns {Option[]}
 */
const supplies = row => [['0', t('supply.off')], [own(row), t('supply.on')],
  .../** @type {Option[]} */ (['0', own(row)].includes(row.line) ? []
    : [[row.line, t('supply.line', { n: row.line })]])];

export async function render() {
  const [draft, state] = await Promise.all([openDraft('interfaces', device.serial),
    optional('/state/dout').catch(() => null)]);
  const { speed, size, parity, stop } = meterFields([]);
  const set = (/** @type {Row} */ row, /** @type {string} */ key) => {
    if (key === 'speed') [row.size, row.parity, row.stop] = !row.speed ? ['', '', '']
      : [row.size || '8', row.parity || 'n', row.stop || '1'];
    // A supply that was the interface's own stays its own.
    if (key === 'iface' && row.line !== '0') row.line = own(row);
  };
  const fresh = (/** @type {number} */ id) => ({ id, speed: '', size: '', parity: '', stop: '', line: '0',
    iface: numbers.find(one => draft.rows.every(row => row.iface !== one)) || '0' });
  const column = (/** @type {string} */ key, /** @type {Partial<Column>} */ field) =>
    /** @type {Column} */ ({ key, label: t('col.' + key), ...field, text: row => {
      const options = typeof field.options === 'function' ? field.options(row) : field.options;
      return options?.find(([code]) => code === row[key])?.[1];
    } });
  return { title: t('title.interfaces'), body: [
    tablePage({ name: 'interfaces', label: t('title.interfaces'), draft, add: t('interface.add'),
      empty: t('interface.none'), set, fresh,
      check: (row, rows) => ({ iface: rows.some(one => one !== row && one.id !== row.id
        && one.iface === row.iface) ? t('interface.one') : '' }),
      columns: [column('iface', { label: t('col.ifaceName'), width: 150, at: 'name',
        options: numbers.map((one, i) => /** @type {Option} */ ([one, interfaceWord(`Iface${i + 1}`)])) }),
      column('speed', { ...speed, width: 150, at: 'side' }), column('size', { ...size, width: 110 }),
      column('parity', { ...parity, width: 190, at: 'note' }), column('stop', { ...stop, width: 160 }),
      column('line', { label: t('col.supply'), width: 140, options: supplies, at: 'more' })] }),
    h('ul', { class: 'list' }, (state?.State || []).map((/** @type {any} */ one, /** @type {number} */ i) =>
      (one.code ? h('li', {}, status('err', one.text))
        : one.state === 'on' && h('li', {}, status('ok', t('supply.now', { n: i + 1 }))))))] };
}
