// The settings tables of the device: where each is read and written, and how its wire record becomes a row of
// a page.
// A record's keys that no page shows are kept and sent back as they came.
import { call, post, Refused } from './api.js';
import { Draft, same } from './draft.js';

/**
 * @typedef {object} Table
 * @property {string} path
 * @property {string} wrapper key around the list on the wire
 * @property {string[]} keys what the page edits
 * @property {string[]} [secrets] never shown and never stored in the browser
 * @property {(record: any, index: number) => Row} [read]
 * @property {(row: Row) => any} [write]
 * @property {(record: any) => boolean} [keep] which records of the list the page edits; all without it
 * @property {Record<string, string>} [wireKeys] page key of a wire key, for faults by path
 */

const serialLine = /^(\d+),([78])([neo])([12])$/i;

/**
 * How a meter is spoken to (`link`), flat among the row's keys, and what holds where the record says nothing.
 * @type {Record<string, string>}
 */
export const automaticLink = { transport: 'auto', logical: '1', physical: '', addressOctets: '0',
  client: '32', mechanism: 'auto', systemTitle: '', ciphering: 'full', dedicatedKey: 'false' };
const linkKeys = Object.keys(automaticLink);
/** Ciphering keys of a link: as passwords, never shown. */
const cipherKeys = ['ek', 'ak'];
/** What a meter's row holds beside its columns: the link, its keys and the zone of the clock. */
export const moreKeys = [...linkKeys, ...cipherKeys, 'tz'];

/**
 * A part of a link as the wire has it: numbers, but for those that are words.
 * @param {string} key
 * @param {any} value
 */
const linkPart = (key, value) => (key === 'dedicatedKey' ? value === 'true' || value === true
    : key === 'systemTitle' || Number.isNaN(Number(value)) ? value : Number(value));

/**
 * «9600,8n1» → speed, size, parity, stop; '' is automatic.
 * @param {any} record
 * @returns {Row}
 */
function readMeter(record) {
  const found = serialLine.exec(String(record.ifaceCfg || ''));
  const [, speed = '', size = '', parity = '', stop = ''] = found || [];
  const parts = linkKeys.map(key => [key, String(record.link?.[key] ?? automaticLink[key])]);
  return { ...record, passRd: '', passWr: '', comment: record.comment || '', pId: record.pId || 0,
    speed, size, parity: parity.toLowerCase(), stop, tz: String(record.tz ?? ''),
    ...Object.fromEntries(parts), ek: '', ak: '' };
}

/**
 * Absent passwords are left as they are in the device; '-' takes them away.
 * @param {Row} row
 */
function writeMeter(row) {
  const { speed, size, parity, stop, passRd, passWr, hasPassRd, hasPassWr, index, type, ...record } = row;
  record.ifaceCfg = speed ? `${speed},${size || 8}${parity || 'n'}${stop || 1}` : '';
  record.passRd = passRd === '-' ? null : passRd;
  record.passWr = passWr === '-' ? null : passWr;
  // Parts of a link that no page shows stay as they are.
  record.link = { ...record.link };
  for (const key of linkKeys) {
    const value = record[key];
    delete record[key];
    delete record.link[key];
    if (value != null && (value !== '' || key === 'systemTitle')) record.link[key] = linkPart(key, value);
  }
  for (const key of cipherKeys) {
    record.link[key] = record[key] === '-' ? null : record[key] || '';
    delete record[key];
  }
  if (record.tz === '' || record.tz == null) delete record.tz;
  else record.tz = Number(record.tz);
  return record;
}

/**
 * A schedule's type follows from which fields it has.
 * @param {any} record
 * @returns {Row}
 */
const readSchedule = record => ({ month: '', day: '', hour: '', min: '', ...record,
  kind: record.month ? 'yearly' : record.day ? 'monthly' : record.hour != null ? 'daily' : 'every' });

/**
 * The fields a type of schedule uses.
 * @type {Record<string, string[]>}
 */
export const scheduleFields = {
  daily: ['hour', 'min'], monthly: ['day', 'hour', 'min'], every: ['min'],
  yearly: ['month', 'day', 'hour', 'min'],
};

/** @param {Row} row */
const writeSchedule = ({ id, kind, ...fields }) => Object.fromEntries([['id', id],
  ...scheduleFields[kind].map(key => [key, fields[key] === '' ? null : Number(fields[key])])]);

/**
 * @param {any} record
 * @returns {Row}
 */
const readBroker = record => ({ ...record, password: '', cert: record.cert || '',
  port: String(record.port ?? ''), qos: String(record.qos ?? 1), tls: record.tls || '',
  certCheck: Boolean(record.certCheck), hold: record.hold || 'always',
  keepAlive: String(record.keepAlive ?? 60) });

/** @param {Row} row */
function writeBroker(row) {
  const { hasPassword, crypto, ...record } = row;
  return { ...record, type: 0, port: Number(row.port), qos: Number(row.qos), cropt: row.tls ? 2 : 1,
    keepAlive: Number(row.keepAlive),
    password: row.password === '-' ? null : row.password };
}

/** @param {Row} row */
const writeInput = ({ filter, ...record }) => (filter === '' || filter == null ? record
    : { ...record, filter: Number(filter) });

/**
 * @param {any} record
 * @returns {Row}
 */
const readServer = record => ({ ...record, port: String(record.port ?? ''),
  allow: (record.allow || []).join(', '), second: record.second || 'wait', wait: String(record.wait ?? 10),
  idle: String(record.idle ?? 120),
  mode: (record.tls ? 't' : '') + (record.rfc2217 ? 'r' : '') });

/** @param {Row} row */
const writeServer = ({ type, port, allow, second, wait, idle, quiet, echo, mode = '', grace,
  quirks }) => ({ type,
  port: Number(port), allow: String(allow || '').split(/[\s,;]+/).filter(Boolean),
  ...(/^iface/.test(type) ? { second, wait: Number(wait), idle: Number(idle), quiet, echo,
    tls: mode.includes('t'), rfc2217: mode.includes('r') }
    : type === 'remote' ? { tls: mode.includes('t'), grace } : { quirks }) });

/**
 * Speed 0 is automatic; the frame of such a row means nothing.
 * @param {any} record
 * @returns {Row}
 */
const readInterface = ({ br, size, parity, stop, iface, line, ...record }) => ({ ...record,
  iface: String(iface), line: String(line), ...(br ? { speed: String(br), size: String(size),
    parity: 'neo'[parity], stop: String(stop) } : { speed: '', size: '', parity: '', stop: '' }) });

/** @param {Row} row */
const writeInterface = ({ id, iface, speed, size, parity, stop, line }) => ({ id, iface: Number(iface),
  br: Number(speed), size: Number(size) || 8, parity: 'neo'.indexOf(parity), stop: Number(stop) || 1,
  line: Number(line) });

/** @type {Record<string, Table>} */
export const tables = {
  meters: { path: '/settings/meter/table', wrapper: 'Meters', read: readMeter, write: writeMeter,
    keys: ['pId', 'typeName', 'addr', 'passRd', 'passWr', 'ifaceName', 'speed', 'size', 'parity', 'stop',
      'comment', ...moreKeys],
    secrets: ['passRd', 'passWr', ...cipherKeys], wireKeys: { ifaceCfg: 'speed' } },
  groups: { path: '/settings/templates/meter', wrapper: 'Settings', keys: ['name', 'meters'] },
  data: { path: '/settings/templates/arch', wrapper: 'Settings', keys: ['name', 'types'] },
  polls: { path: '/settings/actions/meter', wrapper: 'Settings', keys: ['metersName', 'archTypesName'] },
  schedules: { path: '/settings/events/schdl', wrapper: 'Settings', read: readSchedule, write: writeSchedule,
    keys: ['kind', 'month', 'day', 'hour', 'min'] },
  inputs: { path: '/settings/events/din', wrapper: 'Settings', write: writeInput,
    keys: ['addr', 'type', 'filter'] },
  servers: { path: '/settings/servers/tcp', wrapper: 'Settings', read: readServer, write: writeServer,
    keep: record => !['http', 'https'].includes(record.type),
    keys: ['type', 'port', 'allow', 'second', 'wait', 'idle', 'mode'],
    wireKeys: { tls: 'mode', rfc2217: 'mode' } },
  interfaces: { path: '/settings/uart', wrapper: 'Settings', read: readInterface, write: writeInterface,
    keys: ['iface', 'speed', 'size', 'parity', 'stop', 'line'], wireKeys: { br: 'speed' } },
  depths: { path: '/settings/archive', wrapper: 'Settings', keys: ['depth'] },
  events: { path: '/settings/events/manager', wrapper: 'Settings',
    keys: ['eventType', 'eventId', 'actionType', 'actionId'] },
  brokers: { path: '/settings/servers/mqtt', wrapper: 'Settings', read: readBroker, write: writeBroker,
    keys: ['addr', 'port', 'qos', 'prefix', 'deviceID', 'login', 'password', 'tls', 'certCheck', 'cert',
      'hold', 'keepAlive'],
    secrets: ['password'], wireKeys: { cropt: 'tls', crypto: 'tls' } },
  messages: { path: '/settings/templates/messages', wrapper: 'Settings',
    keys: ['name', 'group', 'format', 'types'] },
  publications: { path: '/settings/actions/mqtt', wrapper: 'Settings',
    keys: ['brokerId', 'meterMessageId', 'topic'] },
};

/**
 * The rows of a table as saved in the device, with the revision they belong to.
 * @param {string} name
 */
export async function readTable(name) {
  const { path, wrapper, read, keep } = tables[name];
  const { data, tag } = await call('GET', path);
  const records = (data?.[wrapper] || []).filter(keep || (() => true));
  /** @type {Row[]} */
  const rows = records.map((/** @type {any} */ record, /** @type {number} */ i) => {
    const numbered = { id: i + 1, ...record };
    return read ? read(numbered, i) : numbered;
  });
  return { rows, tag };
}

/**
 * Rows of a table that older versions of the device do not have; null then.
 * @param {string} name
 * @returns {Promise<Row[] | null>}
 */
export const optionalRows = name => readTable(name).then(({ rows }) => rows, error => {
  if (error instanceof Refused && [404, 405, 501].includes(error.status)) return null;
  throw error;
});

/**
 * Drafts of this visit by table: a page left and opened again goes on where it was.
 * @type {Map<string, Draft>}
 */
const drafts = new Map();

/**
 * The draft of a table: the open one when it has changes, else freshly read.
 * @param {string} name
 * @param {string} serial of the device, so that a draft is never offered to another one
 */
export async function openDraft(name, serial) {
  const open = drafts.get(name);
  if (open?.changes().length) return open;
  const { rows, tag } = await readTable(name), { keys, secrets } = tables[name];
  const draft = new Draft({ name: `${serial}.${name}`, rows, keys, secrets, tag });
  drafts.set(name, draft);
  return draft;
}

/**
 * The draft that is open already, without asking the device.
 * @param {string} name
 */
export const draftInHand = name => drafts.get(name);

/**
 * @param {string} name
 * @param {Row[]} rows
 */
const wireList = (name, rows) => {
  const { wrapper, write } = tables[name];
  return { [wrapper]: rows.map(row => (write ? write(row) : row)) };
};

/**
 * What a save would destroy, by the device's own count; throws Refused with faults when it would not be
 * accepted.
 * @param {string} name
 * @param {Draft} draft
 * @returns {Promise<{ lost: FaultLine[], warnings: FaultLine[] }>} also what is allowed but odd
 */
export async function previewSave(name, draft) {
  const answer = await post('/settings/preview',
    { path: tables[name].path, body: wireList(name, draft.rows) });
  return { lost: answer?.lost || [], warnings: answer?.warnings || [] };
}

/**
 * The draft takes what the device has now as saved.
 * @param {string} name
 * @param {Draft} draft
 */
async function settle(name, draft) {
  const saved = await readTable(name);
  draft.load(saved.rows, saved.tag);
  draft.conflicts = [];
  draft.resumed = false;
  draft.touched();
}

/**
 * Saves the draft as the whole table; afterwards the draft holds what the device now has. A revision that did
 * not
 * touch this table is no reason to ask anybody: the save is then tried again on top of it.
 * @param {string} name
 * @param {Draft} draft
 * @returns {Promise<{ revision: string, before: string }>} the new revision and the one it followed
 */
export async function saveDraft(name, draft) {
  const put = () => call('PUT', tables[name].path, wireList(name, draft.rows),
    { tag: draft.tag, seconds: 60 });
  try {
    await put();
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 412) throw error;
    const { rows, tag } = await readTable(name);
    if (!same(rows, [...draft.saved.values()])) throw error;
    draft.tag = tag;
    await put();
  }
  const before = revisionOf(draft.tag);
  await settle(name, draft);
  return { revision: revisionOf(draft.tag), before };
}

/**
 * Takes a save back, with everything that went with it. Refuses when somebody saved since.
 * @param {string} name
 * @param {Draft} draft
 * @param {{ revision: string, before: string }} save
 * @returns {Promise<boolean>} false when it was too late
 */
export async function undoSave(name, draft, { revision, before }) {
  const { tag } = await readTable(name);
  if (revisionOf(tag) !== revision) return false;
  await post(`/settings/revisions/${before}/restore`);
  await settle(name, draft);
  return true;
}

/**
 * '"118"' → '118'
 * @param {string | null} tag
 */
export const revisionOf = tag => (tag || '').replace(/^W\//, '').replace(/"/g, '');

/**
 * Reads again under a draft that somebody else overtook.
 * @param {string} name
 * @param {Draft} draft
 */
export async function rebase(name, draft) {
  const { rows, tag } = await readTable(name);
  draft.rebase(rows, tag);
}

/**
 * Warnings in one line each, with the number of their row.
 * @param {string} name
 * @param {Row[]} rows as they were sent
 * @param {FaultLine[]} warnings
 */
export function faultLines(name, rows, warnings) {
  const place = new RegExp(`/${tables[name].wrapper}/(\\d+)`);
  return warnings.map(({ path, text, code }) => {
    const row = rows[Number(place.exec(path || '')?.[1] ?? -1)];
    return `${row ? `ID ${row.id}: ` : ''}${text || code}`;
  });
}

/**
 * Faults of a refused save as { 'row id/page key': text }.
 * @param {string} name
 * @param {Row[]} rows as they were sent
 * @param {Refused} refused
 */
export function faultsByCell(name, rows, refused) {
  const { wrapper, wireKeys = {} } = tables[name];
  /** @type {Map<string, string>} */
  const cells = new Map();
  /** @type {string[]} */
  const rest = [];
  for (const fault of refused.faults) {
    const found = new RegExp(`/${wrapper}/(\\d+)(?:/(?:link/)?([^/]+))?`).exec(fault.path || '');
    const row = found && rows[Number(found[1])], text = fault.text || fault.code;
    if (row && found[2]) cells.set(`${row.id}/${wireKeys[found[2]] || found[2]}`, text);
    else rest.push(row ? `ID ${row.id}: ${text}` : text);
  }
  return { cells, rest };
}
