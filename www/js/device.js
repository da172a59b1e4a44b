// What the shell and «Главная» know of the device: identity, time, network, and who is logged in. One reading
// of each,
// shared by everybody; the clock then runs on by itself, so that the page never shows the browser's time.
import { get, optional, Refused } from './api.js';
import { parseStamp } from './i18n.js';

/** Who is logged in and what he may do. */
export const session = { login: '', level: 0, canWrite: false };

export const device = {
  type: 'УМ SMART', serial: '', version: '',
  /** Minutes east of UTC. */
  offset: 180,
  /** False while the device does not trust its own clock. */
  trusted: true,
  /** When the values below were read, device time. */
  readAt: 0,
  /** @type {number[]} */
  ports: [],
  /** @type {{ type: string, port: number }[]} */
  servers: [],
  /** @type {{ iface: string, ip: string, netmask: string, gw: string }[]} */
  ethernet: [],
  /** @type {any} null when there is no modem */
  modem: null,
  /**
   * Contact lines of the menu, from the device's configuration.
   * @type {{ text: string, href?: string }[]}
   */
  contacts: [],
};
let base = 0, measured = 0;

/** Device time, UTC seconds. */
export const now = () => base + (performance.now() - measured) / 1000;

/** Network generation and 0…4 bars of a modem's report, or null when no signal is known. */
export function signalOf() {
  const { csq, generation } = device.modem || {};
  if (csq == null || csq === 99) return null;
  // 3GPP TS 27.007: rssi 0…31 in steps of 2 dB from -113 dBm; the borders are those of common modems.
  const level = csq < 2 ? 0 : csq < 10 ? 1 : csq < 15 ? 2 : csq < 20 ? 3 : 4;
  return { level, generation: generation || '', dbm: -113 + 2 * csq };
}

/** Reads everything the strip, the panel and «Главная» show. */
export async function readDevice() {
  const [system, time, ethernet, modem, servers, contacts] = await Promise.all([get('/state/system'),
    get('/state/time'), optional('/settings/ip'), optional('/state/modem'), optional('/settings/servers/tcp'),
    optional('/state/contacts')]);
  const info = system.SystemInfo || {};
  device.serial = info.SN || '';
  device.version = system.fw || '';
  device.ethernet = ethernet?.Settings || [];
  device.modem = modem && Object.keys(modem).length ? modem : null;
  device.servers = servers?.Settings || [];
  device.ports = device.servers.map(one => Number(one.port)).sort((a, b) => a - b);
  device.type = system.name || device.type;
  device.contacts = contacts?.Contacts || [];
  device.trusted = time.sync !== false;
  const { t, offset } = parseStamp(time.time);
  base = t;
  measured = performance.now();
  device.offset = offset;
  device.readAt = t;
}

/** Who am I? Throws Refused(401) without a session. */
export async function readSession() {
  const answer = await get('/auth/session');
  session.login = answer?.login || '';
  session.level = Number(answer?.lvl ?? 0);
  session.canWrite = session.level >= 2;
}

/**
 * True when the only thing this session may do is to choose a new password.
 * @param {unknown} error
 */
export const mustChangePassword = error => error instanceof Refused
  && error.code === 'access.password.change';
