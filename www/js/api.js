// The only module that talks to the device. Every answer is JSON or a named failure, so that pages never see
// a
// status code: LinkLost (nobody answered), Refused (the device said no, with faults by path).

/** The device did not answer: no link, or a time limit. */
export class LinkLost extends Error {}

/** The device refused; `faults` name the values it did not accept. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {any} answer
   */
  constructor(status, answer) {
    super(answer?.text || answer?.faults?.[0]?.text || `HTTP ${status}`);
    this.status = status;
    /** @type {string} */
    this.code = answer?.code || '';
    /** @type {FaultLine[]} */
    this.faults = answer?.faults || [];
    /** The whole answer, for the few callers that need more of it. */
    this.answer = answer;
  }
}

/**
 * `link` (detail: true when the device answers again), `session` (the session is over), `device` (detail:
 * what
 * changed there: revision, user, brokers).
 */
export const events = new EventTarget();
let linked = true;

/** @param {boolean} now */
const setLinked = now => {
  if (now === linked) return;
  linked = now;
  events.dispatchEvent(new CustomEvent('link', { detail: now }));
};

/** @param {Response} response */
async function parse(response) {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/**
 * One request. Resolves with the answer's value and its revision tag.
 * @param {string} method
 * @param {string} path
 * @param {any} [body]
 * @param {{ tag?: string | null, seconds?: number, headers?: Record<string, string>,
 *   file?: boolean }} options `file`: the answer is octets, given back as a Blob
 * @returns {Promise<{ data: any, tag: string | null }>}
 */
export async function call(method, path, body, { tag, seconds = 20, headers = {}, file } = {}) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), seconds * 1000);
  /** @type {Response} */
  let response;
  let data;
  try {
    response = await fetch(path, {
      method,
      cache: 'no-store',
      credentials: 'same-origin',
      signal: stop.signal,
      headers: {
        Accept: 'application/vnd.um+json',
        'Accept-Language': document.documentElement.lang,
        'X-Protocol-USPD': '40',
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(tag ? { 'If-Match': tag } : {}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    data = file && response.ok ? await response.blob() : await parse(response);
  } catch (error) {
    setLinked(false);
    throw new LinkLost(String(error));
  } finally {
    clearTimeout(timer);
  }
  setLinked(true);
  if (response.ok) return { data, tag: response.headers.get('ETag') };
  if (response.status === 401) events.dispatchEvent(new CustomEvent('session'));
  throw new Refused(response.status, data);
}

/**
 * @param {string} path
 * @param {{ seconds?: number }} options
 * @returns {Promise<any>}
 */
export const get = async (path, options = {}) => (await call('GET', path, undefined, options)).data;

/**
 * @param {string} path
 * @param {any} [body]
 * @param {{ seconds?: number }} options
 * @returns {Promise<any>}
 */
export const post = async (path, body, options = {}) => (await call('POST', path, body, options)).data;

/**
 * A value that this device may lack: null instead of a refusal.
 * @param {string} path
 * @returns {Promise<any>}
 */
export const optional = async path => {
  try {
    return await get(path);
  } catch (error) {
    if (error instanceof Refused && error.status !== 401) return null;
    throw error;
  }
};

/**
 * A static file of the admin as JSON; found from this module, so that it shares the modules' versioned
 * address.
 * @param {string} path from www/
 * @returns {Promise<any>}
 */
export const asset = async path => (await fetch(new URL('../' + path, import.meta.url).href)).json();

/** A stream that is broken for this long means that the link is lost. */
const LOST_AFTER = 5000;

/**
 * An event stream; reconnects by itself and goes on after the last event seen. Returns how to close it.
 * @param {string} path
 * @param {(data: any, name: string) => void} receive
 * @param {string[]} [names]
 * @param {{ id: string }} [last] the newest event of an earlier stream, kept up to date: a tab that comes
 *   back goes on after it
 */
export function stream(path, receive, names = ['message'], last = { id: '' }) {
  const after = last.id;
  const source = new EventSource(after ? `${path}?after=${encodeURIComponent(after)}` : path);
  let broken = 0;
  const mended = () => {
    clearTimeout(broken);
    broken = 0;
    setLinked(true);
  };
  source.onopen = mended;
  source.onerror = () => { broken = broken || window.setTimeout(() => setLinked(false), LOST_AFTER); };
  for (const name of names) {
    source.addEventListener(name, event => {
      mended();
      const { data, lastEventId } = /** @type {MessageEvent} */ (event);
      last.id = lastEventId;
      receive(JSON.parse(data), name);
    });
  }
  return () => {
    clearTimeout(broken);
    source.close();
  };
}
