// «Типы показаний», «Параметры» and «Величина измерения» of the reading pages. The choice is kept while the
// admin is
// open, also when the panel is folded.
import { h, fill } from './dom.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { asked, remember, listOf, listText } from './address.js';

/** @typedef {import('./measures.js').TagGroup} TagGroup */

/** What is chosen on one reading page. */
export class Choice {
  /**
   * @param {[string, TagGroup[]][]} kinds
   * @param {string} kind
   * @param {string[]} tags
   */
  constructor(kinds, kind, tags) {
    this.kinds = kinds;
    this.kind = kind;
    /**
     * Chosen tags by kind.
     * @type {Map<string, Set<string>>}
     */
    this.tags = new Map([[kind, new Set(tags)]]);
    this.scale = 1;
    this.open = false;
    this.selected = new Set();
    /** Prefix of the words of a kind: archives and current values name the same measure differently. */
    this.words = 'kind';
  }
  get groups() { return this.kinds.find(([kind]) => kind === this.kind)?.[1] || []; }
  get all() { return this.groups.flatMap(group => group.tags); }
  /** A kind opened for the first time starts with its first group. */
  get chosen() {
    if (!this.tags.has(this.kind)) this.tags.set(this.kind, new Set(this.groups[0].tags));
    return /** @type {Set<string>} */ (this.tags.get(this.kind));
  }
  /** Chosen tags in the manual's order. */
  get list() { return this.all.filter(tag => this.chosen.has(tag)); }

  /**
   * Takes what the address names; the rest stays as it was. A link may name its meters as a part of the path.
   * @param {string | undefined} meters
   */
  restore(meters) {
    const ids = meters || asked('ids'), kind = asked('kind'), tags = asked('tags');
    if (ids != null) {
      this.selected.clear();
      listOf(ids).forEach(id => this.selected.add(id));
    }
    if (kind && this.kinds.some(([one]) => one === kind)) this.kind = kind;
    if (tags) this.tags.set(this.kind, new Set(tags.split(',')));
    if (kind) this.scale = asked('scale') === '1000' ? 1000 : 1;
  }

  /**
   * Puts the choice into the address, with what else belongs to the question.
   * @param {Record<string, any>} [more]
   * @param {boolean} [step]
   */
  remember(more, step) {
    remember({ ids: listText(this.selected), kind: this.kind, tags: this.list.join(','),
      scale: this.scale === 1 ? '' : this.scale, ...more }, step);
  }
}

/**
 * «Скрыть параметры» and «Показать параметры»; the choice itself is kept.
 * @param {Choice} choice
 * @param {() => void} redraw
 */
export const foldButton = (choice, redraw) => h('button', { class: 'btn', type: 'button',
  'aria-expanded': String(choice.open), 'aria-controls': 'parameters',
  onclick: () => { choice.open = !choice.open; redraw(); } },
  t(choice.open ? 'read.hide' : 'read.show'), icon(choice.open ? 'up' : 'down'));

/**
 * The word of a tag: sums are named, flags and ratios of a configuration are words.
 * @param {string} tag
 * @param {string} unit
 */
const tagWord = (tag, unit) => (/^[AR][+-]0$|^[PQS]S$|^k[PQ]S$/.test(tag) ? `${tag} (${t('read.sum')})`
    : unit === 'config' ? t('config.' + tag) : tag);

/**
 * @param {Choice} choice
 * @param {(what: 'kind' | 'tags' | 'scale') => void} changed
 */
export function parameters(choice, changed) {
  const box = h('div', { class: 'card grid', id: 'parameters' });
  const radio = (/** @type {string} */ name, /** @type {any} */ value, /** @type {string} */ label,
    /** @type {boolean} */ checked,
    /** @type {() => void} */ run) => h('label', { class: 'check' },
      h('input', { type: 'radio', name, value, checked, onchange: run }), label);
  const tick = (/** @type {string} */ label, /** @type {boolean} */ checked,
    /** @type {(on: boolean) => void} */ run) => h('label',
      { class: 'check' },
      h('input', { type: 'checkbox', checked, onchange: event => run(event.target.checked) }), label);
  const set = (/** @type {string[]} */ tags, /** @type {boolean} */ on) => {
    tags.forEach(tag => (on ? choice.chosen.add(tag) : choice.chosen.delete(tag)));
    changed('tags');
  };
  const draw = () => fill(box,
    h('fieldset', { class: 'w3' }, h('legend', { class: 'minor' }, t('read.kinds')),
      choice.kinds.map(([kind]) => h('div', {}, radio('kind', kind, t(`${choice.words}.${kind}`),
        kind === choice.kind, () => {
          choice.kind = kind;
          draw();
          /** @type {HTMLElement | null} */ (box.querySelector('input:checked'))?.focus();
          changed('kind');
    })))),
    h('fieldset', { class: 'w7' }, h('legend', { class: 'minor' }, t('read.parameters')),
      tick(t('read.all'), choice.list.length === choice.all.length, on => { set(choice.all, on); draw(); }),
      h('div', { class: 'tag-groups' }, choice.groups.map(group => h('div', {},
        h('p', { class: 'small dim' }, t('group.' + group.key)),
        h('div', { class: 'row' }, group.tags.map(tag => tick(tagWord(tag, group.key), choice.chosen.has(tag),
          on => set([tag], on)))))))),
    h('fieldset', { class: 'w2' }, h('legend', { class: 'minor' }, t('read.scale')),
      h('div', { class: 'row' }, [1, 1000].map(scale => radio('scale', scale, scale === 1 ? '1' : '1/1000',
        choice.scale === scale, () => { choice.scale = scale; changed('scale'); })))));
  draw();
  return box;
}
