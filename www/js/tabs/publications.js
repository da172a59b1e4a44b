// «Формирование публикаций»: a send template, a broker and the last part of the topic.
import { h } from '../dom.js';
import { t } from '../i18n.js';
import { tablePage } from '../table-page.js';
import { openDraft, readTable } from '../settings.js';
import { device } from '../device.js';

export async function render() {
  const [draft, brokers, messages] = await Promise.all([openDraft('publications', device.serial),
    readTable('brokers'),
    readTable('messages')]);
  const brokerOptions = brokers.rows.map(row => /** @type {Option} */ ([row.id, `${row.id}: ${row.addr}`]));
  const messageOptions = messages.rows.map(row => /** @type {Option} */ ([row.id,
    `${row.id}: ${row.name || ''}, ${t('format.' + (row.format || 'json'))}`]));
  const has = (/** @type {Option[]} */ options, /** @type {any} */ id) =>
    options.some(([one]) => one === Number(id));
  const topicOf = (/** @type {Row} */ row) => {
    const broker = brokers.rows.find(one => one.id === Number(row.brokerId));
    return broker ? [broker.prefix, broker.deviceID || broker.id, row.topic].filter(Boolean).join('/') : '';
  };
  return tablePage({ name: 'publications', label: t('tab.publications'), draft, add: t('publication.add'),
    tall: true,
    empty: brokerOptions.length && messageOptions.length ? t('publication.none') : t('publication.no-parts'),
    fresh: id => ({ id, brokerId: brokerOptions[0]?.[0] || '', meterMessageId: messageOptions[0]?.[0] || '',
      topic: '' }),
    check: row => ({ brokerId: has(brokerOptions, row.brokerId) ? '' : t('fault.choose'),
      meterMessageId: has(messageOptions, row.meterMessageId) ? '' : t('fault.choose'),
      topic: /[+#\0]/.test(row.topic || '') ? t('fault.topic') : '' }),
    columns: [
      { key: 'brokerId', label: t('col.brokerId'), width: 220, options: brokerOptions, at: 'name',
        text: row => brokerOptions.find(([id]) => id === Number(row.brokerId))?.[1] || '' },
      { key: 'kind', label: t('col.messageKind'), width: 200, editable: false,
        text: () => t('message.kind') },
      { key: 'meterMessageId', label: t('col.meterMessageId'), width: 260, options: messageOptions,
        at: 'note',
        text: row => messageOptions.find(([id]) => id === Number(row.meterMessageId))?.[1] || '' },
      { key: 'topic', label: t('col.topic'), width: 240, at: 'side', cell: row => h('span', { class: 'two' },
        h('span', {}, row.topic || '–'), h('span', { class: 'small dim mono' }, topicOf(row))) }] });
}
