// Builds DOM from nodes, never from markup, so that no text of a meter or a user can become markup. Used by
// every module.

/**
 * @template {Element} N
 * @param {N} node
 * @param {Props | null} [props]
 * @returns {N}
 */
const apply = (node, props) => {
  for (const [name, value] of Object.entries(props || {})) {
    if (value == null || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'data') Object.assign(/** @type {any} */ (node).dataset, value);
    else if (name === 'value') /** @type {any} */ (node).value = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  return node;
};

/**
 * @param {Kid[]} kids
 * @returns {(Node | string)[]}
 */
const flat = kids => /** @type {any[]} */ (kids).flat(20)
  .filter(kid => kid != null && kid !== false && kid !== true)
  .map(kid => (kid instanceof Node ? kid : String(kid)));

/**
 * An HTML element: h('p', { class: 'dim' }, 'text', child, [children])
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props | null} [props]
 * @param {...Kid} kids
 * @returns {HTMLElementTagNameMap[K]}
 */
export const h = (tag, props, ...kids) => {
  const node = /** @type {any} */ (document.createElement(tag));
  // A select takes its value only after it has its options.
  const { value, ...rest } = props || {};
  apply(node, tag === 'select' ? rest : props);
  node.append(...flat(kids));
  if (tag === 'select' && value != null) node.value = value;
  return node;
};

const SVG = 'http://www.w3.org/2000/svg';

/**
 * The same for SVG.
 * @param {string} tag
 * @param {Props | null} [props]
 * @param {...Kid} kids
 * @returns {SVGElement}
 */
export const s = (tag, props, ...kids) => {
  const node = /** @type {SVGElement} */ (apply(document.createElementNS(SVG, tag), props));
  node.append(...flat(kids));
  return node;
};

/**
 * Replaces what is inside a node; false and null are skipped.
 * @template {Element} N
 * @param {N} node
 * @param {...Kid} kids
 * @returns {N}
 */
export const fill = (node, ...kids) => {
  node.replaceChildren(...flat(kids));
  return node;
};

/**
 * Says a line to screen readers without moving focus.
 * @param {string} text
 */
export const say = text => {
  const live = document.getElementById('live');
  if (live) live.textContent = text;
};

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** True on a phone's width: the same border as in the style sheets. */
export const phone = matchMedia('(max-width: 899px)');
