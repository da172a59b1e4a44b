// The draft of one settings table: what was saved, what is edited, what differs. It lives in the browser's
// storage,
// so it survives a lost link, a closed tab and a flat battery; the device changes only on «Записать».
//
// Secrets are never stored: after a reload a typed password has to be typed again.

/**
 * @param {any} a
 * @param {any} b
 */
export const same = (a, b) => a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b));
/**
 * @param {Row} row
 * @returns {Row}
 */
const copy = row => JSON.parse(JSON.stringify(row));

export class Draft extends EventTarget {
  /**
   * @param {{ name: string, rows: Row[], keys: string[], secrets?: string[], tag: string | null }} options
   *   name: where it is stored; keys: what is compared and saved; tag: revision the rows were read at
   */
  constructor({ name, rows, keys, secrets = [], tag }) {
    super();
    this.place = 'draft.' + name;
    this.keys = keys;
    this.secrets = secrets;
    /** @type {{ change: Change, theirs: any }[]} */
    this.conflicts = [];
    /** @type {Map<any, Row>} */
    this.saved = new Map();
    /** @type {Row[]} */
    this.rows = [];
    this.tag = tag;
    this.unstored = false;
    this.load(rows, tag);
    const kept = this.stored();
    this.resumed = Boolean(kept?.length);
    if (kept) this.patch(kept);
  }

  /**
   * Takes rows as the saved state and as the edited one.
   * @param {Row[]} rows
   * @param {string | null} tag
   */
  load(rows, tag) {
    this.tag = tag;
    this.saved = new Map(rows.map(row => [row.id, copy(row)]));
    this.rows = rows.map(copy);
  }

  /** @returns {Change[] | null} */
  stored() {
    try {
      return JSON.parse(localStorage.getItem(this.place) || 'null');
    } catch {
      return null;
    }
  }

  /**
   * Puts stored changes on top of the rows; where the saved value is no longer the one edited, notes a
   * conflict.
   * @param {Change[]} changes
   */
  patch(changes) {
    for (const change of changes) {
      const { id, key, was, is } = change;
      const row = this.rows.find(one => one.id === id);
      if (key === '+') {
        if (row) this.rows.push({ ...copy(is), id: this.nextId() });
        else this.rows.push(copy(is));
      } else if (key === '-') this.rows = this.rows.filter(one => one.id !== id);
      else if (row) {
        if (!same(row[key], was) && !same(row[key], is)) this.conflicts.push({ change, theirs: row[key] });
        row[key] = is;
      }
    }
  }

  /**
   * Somebody else saved: new rows below, this draft on top.
   * @param {Row[]} rows
   * @param {string | null} tag
   */
  rebase(rows, tag) {
    const mine = this.changes();
    this.conflicts = [];
    this.load(rows, tag);
    this.patch(mine);
    this.touched();
  }

  /**
   * Settles a conflict.
   * @param {{ change: Change, theirs: any }} conflict
   * @param {boolean} mine
   */
  settle(conflict, mine) {
    const row = this.rows.find(one => one.id === conflict.change.id);
    if (row && !mine) row[conflict.change.key] = conflict.theirs;
    this.conflicts = this.conflicts.filter(one => one !== conflict);
    this.touched();
  }

  /**
   * @param {Row} row
   * @param {string} [key]
   */
  dirty(row, key) {
    const was = this.saved.get(row.id);
    return !was || (key !== undefined && !same(was[key], row[key]));
  }

  /** @returns {Change[]} */
  changes() {
    /** @type {Change[]} */
    const list = [];
    const present = new Set(this.rows.map(row => row.id));
    for (const row of this.rows) {
      const was = this.saved.get(row.id);
      if (!was) list.push({ id: row.id, key: '+', is: row });
      else for (const key of this.keys) {
        if (!same(was[key], row[key])) list.push({ id: row.id, key, was: was[key], is: row[key] });
      }
    }
    for (const id of this.saved.keys()) if (!present.has(id)) list.push({ id, key: '-' });
    return list;
  }

  /** Stores the difference and tells the page. */
  touched() {
    const list = this.changes().filter(change => !this.secrets.includes(change.key)).map(change => {
      if (change.key !== '+') return change;
      const open = copy(change.is);
      this.secrets.forEach(key => { if (key in open) open[key] = ''; });
      return { ...change, is: open };
    });
    try {
      if (list.length) localStorage.setItem(this.place, JSON.stringify(list));
      else localStorage.removeItem(this.place);
      this.unstored = false;
    } catch {
      this.unstored = list.length > 0;
    }
    this.dispatchEvent(new Event('change'));
  }

  nextId() {
    return this.rows.reduce((top, row) => Math.max(top, Number(row.id) || 0), 0) + 1;
  }

  /**
   * @param {Row} row
   * @param {string} key
   * @param {any} value
   */
  edit(row, key, value) {
    row[key] = value;
    this.touched();
  }

  /** @param {...Row} rows */
  add(...rows) {
    this.rows.push(...rows);
    this.touched();
  }

  /** @param {Set<any>} ids */
  remove(ids) {
    this.rows = this.rows.filter(row => !ids.has(row.id));
    this.touched();
  }

  reset() {
    this.rows = [...this.saved].map(([, row]) => copy(row));
    this.conflicts = [];
    this.resumed = false;
    this.touched();
  }
}
