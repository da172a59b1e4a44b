// Long work of the device: «Тест связи» and reading from meters. The work belongs to the device, not to the
// tab: it has
// an id, and a second tab, a reload or a new link shows it again from where it is.
import { call, get, post, stream, LinkLost } from './api.js';

/**
 * @typedef {object} JobItem
 * @property {number} id meter
 * @property {string} state wait, run, ok, warn, mute or err
 * @property {string} [text] reason in words
 * @property {any} [answer] what was read, for reading jobs
 */

export class Job extends EventTarget {
  /** @param {string} id */
  constructor(id) {
    super();
    this.id = id;
    this.total = 0;
    this.done = 0;
    this.running = true;
    /** Of a search: places where octets came that are no answer. */
    this.garbled = 0;
    /** Of a search: whether others have the line. */
    this.waits = false;
    /** Why the whole of it could not be done. */
    this.text = '';
    this.began = performance.now();
    /** @type {Map<number, JobItem>} */
    this.items = new Map();
    this.close = () => {};
  }

  /**
   * Starts work in the device.
   * @param {any} order { type, ids, … }
   */
  static async start(order) {
    const answer = await post('/jobs', order);
    const job = new Job(String(answer.id));
    job.total = answer.total || 0;
    job.follow();
    return job;
  }

  /**
   * Takes up work that was started before this page was loaded; null when the device no longer knows it.
   * @param {string} id
   */
  static async resume(id) {
    const job = new Job(id);
    try {
      job.take(await get('/jobs/' + id));
    } catch (error) {
      if (error instanceof LinkLost) throw error;
      return null;
    }
    if (job.running) job.follow();
    return job;
  }

  follow() {
    this.close = stream(`/jobs/${this.id}/events`, data => this.take(data),
      ['message', 'item', 'progress', 'end']);
  }

  /**
   * A whole state or a difference; both have the same keys.
   * @param {any} data
   */
  take(data) {
    if (data.total != null) this.total = data.total;
    if (data.garbled != null) this.garbled = data.garbled;
    this.waits = Boolean(data.waits);
    if (data.text) this.text = data.text;
    /** @type {JobItem[]} */
    const items = data.items || (data.item ? [data.item] : []);
    items.forEach(item => this.items.set(item.id, item));
    this.done = data.done ?? [...this.items.values()]
      .filter(item => !['wait', 'run'].includes(item.state)).length;
    if (data.state && data.state !== 'running') {
      this.running = false;
      this.close();
    }
    this.dispatchEvent(new CustomEvent('change', { detail: items.map(item => item.id) }));
  }

  /** Ends after the transaction that runs now; finished results stay. */
  async stop() {
    await call('DELETE', '/jobs/' + this.id);
  }

  /** Seconds left, guessed from the pace so far; null before the first result. */
  get left() {
    if (!this.done) return null;
    return (performance.now() - this.began) / this.done * (this.total - this.done) / 1000;
  }

  /** @param {string[]} states */
  count(...states) {
    return [...this.items.values()].filter(item => states.includes(item.state)).length;
  }
}
