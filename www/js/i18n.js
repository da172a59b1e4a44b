// Words, numbers and times. Every visible word is in i18n/<language>/<area>.json; a missing key shows itself
// as the key. An area is loaded with the first page that needs it. Device time is never the browser's: it is
// formatted from UTC seconds plus the device's own offset in minutes.
import { asset } from './api.js';

/** @type {Record<string, any>} */
let words = {};
let plural = new Intl.PluralRules('ru');
export let language = 'ru';
/** Areas the pages of this visit asked for. */
const areas = new Set();

/**
 * @param {string} code
 * @param {Iterable<string>} names
 */
const load = async (code, names) => Object.assign({}, ...await Promise.all([...names].map(name =>
    asset(`i18n/${code}/${name}.json`))));

/**
 * Words of more areas, in the present language.
 * @param {...string} names
 * @returns {Promise<void>}
 */
export async function loadWords(...names) {
  const missing = names.filter(name => !areas.has(name)), code = language;
  if (!missing.length) return;
  const loaded = await load(code, missing);
  // Another language was chosen meanwhile: then these are not its words.
  if (code !== language) return loadWords(...names);
  missing.forEach(name => areas.add(name));
  Object.assign(words, loaded);
  return undefined;
}

/**
 * @param {string} code
 * @param {...string} names areas to have besides those already in use
 */
export async function setLanguage(code, ...names) {
  names.forEach(name => areas.add(name));
  words = await load(code, areas);
  language = code;
  plural = new Intl.PluralRules(code);
  document.documentElement.lang = code;
  localStorage.setItem('language', code);
}

/** The language of this browser's last visit; the first time Russian, as the device is sold. */
export const rememberedLanguage = () => (localStorage.getItem('language') === 'en' ? 'en' : 'ru');

/**
 * t(key, { n: 3 }): {n} is replaced; a value that is an object is chosen by plural form of n.
 * @param {string} key
 * @param {Record<string, any>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  let text = words[key] ?? key;
  if (typeof text === 'object') text = text[plural.select(values.n)] ?? text.other;
  return text.replace(/\{(\w+)\}/g, (/** @type {string} */ _, /** @type {string} */ name) =>
      (typeof values[name] === 'number' ? number(values[name]) : values[name] ?? ''));
}

/**
 * The words of a key, or the given text where the language has none.
 * @param {string} key
 * @param {string} other
 */
export const tOr = (key, other) => (key in words ? t(key) : other);

/**
 * 12345.6 → «12 345,6» or «12,345.6»; null → «–», never 0.
 * @param {number | null | undefined} value
 * @param {number} [digits] decimals shown
 */
export const number = (value, digits = 0) => (value == null ? '–'
    : value.toLocaleString(language, { minimumFractionDigits: digits, maximumFractionDigits: digits })
    .replace('-', '−'));

/** @param {number} value */
const two = value => String(value).padStart(2, '0');
/**
 * @param {number} seconds
 * @param {number} offset
 */
const shifted = (seconds, offset) => new Date((seconds + offset * 60) * 1000);

/**
 * 180 → «+03:00»
 * @param {number} offset minutes
 */
export const zoneText = offset => {
  const size = Math.abs(offset);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
};

/**
 * The device's form, as in the manual: 03.09.25 09:55:12 (+03:00).
 * @param {number} seconds
 * @param {number} offset
 */
export function stamp(seconds, offset, zone = true) {
  const d = shifted(seconds, offset);
  const date = `${two(d.getUTCDate())}.${two(d.getUTCMonth() + 1)}.${two(d.getUTCFullYear() % 100)}`;
  return `${date} ${clock(seconds, offset, true)}${zone ? ` (${zoneText(offset)})` : ''}`;
}

/**
 * «09:55» or «09:55:12»
 * @param {number} seconds
 * @param {number} offset
 */
export function clock(seconds, offset, full = false) {
  const d = shifted(seconds, offset);
  return `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}${full ? ':' + two(d.getUTCSeconds()) : ''}`;
}

/**
 * «03.09»
 * @param {number} seconds
 * @param {number} offset
 */
export function day(seconds, offset) {
  const d = shifted(seconds, offset);
  return `${two(d.getUTCDate())}.${two(d.getUTCMonth() + 1)}`;
}

/**
 * «2025-08-27 15:00», the form of period inputs.
 * @param {number} seconds
 * @param {number} offset
 */
export const inputStamp = (seconds, offset) => shifted(seconds, offset).toISOString().slice(0,
  16).replace('T', ' ');

/**
 * Reads «2025-08-27 15:00» (or with T, or the date alone) as device time.
 * @param {string} text
 * @param {number} offset
 */
export function parseInput(text, offset) {
  const found = /^\s*(\d{4})-(\d\d?)-(\d\d?)(?:[ T]+(\d\d?):(\d\d))?\s*$/.exec(text);
  if (!found) return null;
  const [, y, m, d, hour = '0', minute = '0'] = found;
  const at = Date.UTC(+y, +m - 1, +d, +hour, +minute);
  const back = new Date(at);
  if (back.getUTCDate() !== +d || back.getUTCMonth() !== +m - 1 || +hour > 23 || +minute > 59) return null;
  return at / 1000 - offset * 60;
}

/**
 * Reads an ISO stamp with its own offset: { t: UTC seconds, offset: minutes }.
 * @param {string} text
 */
export function parseStamp(text) {
  const found = /([+-])(\d\d):?(\d\d)$/.exec(text);
  const offset = found ? (found[1] === '-' ? -1 : 1) * (+found[2] * 60 + +found[3]) : 0;
  return { t: Math.round(Date.parse(text) / 1000), offset };
}

/**
 * 12600 → «3 ч 30 мин»
 * @param {number} seconds
 */
export function span(seconds) {
  const whole = Math.max(0, seconds), d = Math.floor(whole / 86400), hr = Math.floor(whole % 86400 / 3600);
  const m = Math.floor(whole % 3600 / 60), sec = Math.floor(whole % 60);
  /** @type {[number, string][]} */
  const parts = d ? [[d, 'd'], [hr, 'h']] : hr ? [[hr, 'h'], [m, 'm']] : m ? [[m, 'm'], [sec, 's']]
    : [[sec, 's']];
  return parts.filter(([value], i) => value || i === 0)
    .map(([value, unit]) => `${value}\u00a0${t('unit.' + unit)}`).join('\u00a0');
}
