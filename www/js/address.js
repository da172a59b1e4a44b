// The state of a page in its address, `#/meters?state=mute&f.addr=31`: a link or a reload shows the same, and
// «назад» leads to what was there before. Names are those of the page that reads them.

const query = () => new URLSearchParams(location.hash.split('?')[1] || '');

/**
 * What the address says under a name; null when it says nothing.
 * @param {string} name
 */
export const asked = name => query().get(name);

/**
 * Everything under names that begin with a prefix, without it.
 * @param {string} prefix
 */
export const askedUnder = prefix => Object.fromEntries([...query()]
    .filter(([name]) => name.startsWith(prefix)).map(([name, value]) => [name.slice(prefix.length), value]));

/**
 * Puts values into the address; an empty one takes its name out. A `step` is something «назад» returns from;
 * the rest, such as the letters of a filter, only changes the present entry.
 * @param {Record<string, any>} values
 * @param {boolean} [step]
 */
export function remember(values, step = false) {
  const [path] = location.hash.split('?'), all = query();
  for (const [name, value] of Object.entries(values)) {
    if (value == null || value === '') all.delete(name);
    else all.set(name, String(value));
  }
  const text = all.toString().replace(/%2C/g, ',').replace(/%3A/g, ':');
  const address = (path || '#/home') + (text ? '?' + text : '');
  if (address === location.hash) return;
  history[step ? 'pushState' : 'replaceState'](null, '', address);
}

/**
 * Numbers with their runs drawn together: 1, 2, 3, 7 → «1-3,7».
 * @param {Iterable<number>} numbers
 */
export function listText(numbers) {
  /** @type {number[][]} */
  const runs = [];
  for (const n of [...numbers].sort((a, b) => a - b)) {
    const last = runs[runs.length - 1];
    if (last && n === last[1] + 1) last[1] = n;
    else runs.push([n, n]);
  }
  return runs.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(',');
}

/** How many numbers a list of an address may hold: more than any meter table. */
const MOST = 5000;

/**
 * The numbers of such a text; what is none is left out.
 * @param {string | null | undefined} text
 * @returns {number[]}
 */
export const listOf = text => (text || '').split(',').flatMap(part => {
  const found = /^(\d+)(?:-(\d+))?$/.exec(part);
  const first = Number(found?.[1]), last = Number(found?.[2] || first);
  if (!found || last < first || last - first > MOST) return [];
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}).slice(0, MOST);
