// The shell: head, device strip, menu, routing, keys, link state. Pages are loaded when first opened, and
// only the
// page is drawn anew when the address changes.
import { h, fill, say } from './dom.js';
import { t, language, setLanguage, loadWords, rememberedLanguage, stamp, clock, span } from './i18n.js';
import { icon, signal, status } from './icons.js';
import { dialog, ask, toast } from './modal.js';
import { setTheme, isDark } from './theme.js';
import { call, events, stream, Refused } from './api.js';
import { device, session, now, readDevice, readSession, signalOf, mustChangePassword } from './device.js';

/**
 * The menu of the manual, in its order; the first word of a group is its heading. Pages come in with their
 * module.
 */
const menu = [['home'], ['device', 'servers', 'interfaces', 'diagnostics'],
  ['collection', 'meters', 'templates'], ['readings', 'control', 'electricity'],
  ['eventsystem', 'events', 'schedule', 'inputs'], ['sending', 'mqtt']];
/**
 * Each page with the areas of words it needs beside the shell's own.
 * @type {Record<string, { load: () => Promise<PageModule>, words: string[] }>}
 */
const pages = {
  home: { load: () => import('./pages/home.js'), words: [] },
  meters: { load: () => import('./pages/meters.js'), words: ['tables', 'drafts'] },
  scan: { load: () => import('./pages/scan.js'), words: ['tables', 'drafts', 'scan'] },
  meter: { load: () => import('./pages/meter.js'), words: ['tables', 'drafts', 'readings'] },
  templates: { load: () => import('./pages/templates.js'),
    words: ['tables', 'drafts', 'settings', 'journals'] },
  electricity: { load: () => import('./pages/electricity.js'), words: ['tables', 'readings'] },
  events: { load: () => import('./pages/events.js'), words: ['tables', 'drafts', 'settings'] },
  schedule: { load: () => import('./pages/schedule.js'), words: ['tables', 'drafts', 'settings'] },
  inputs: { load: () => import('./pages/inputs.js'), words: ['tables', 'drafts', 'settings'] },
  servers: { load: () => import('./pages/servers.js'), words: ['tables', 'drafts', 'settings'] },
  interfaces: { load: () => import('./pages/interfaces.js'), words: ['tables', 'drafts', 'settings'] },
  mqtt: { load: () => import('./pages/mqtt.js'), words: ['tables', 'drafts', 'settings', 'journals'] },
  control: { load: () => import('./pages/control.js'), words: ['tables', 'readings', 'diagnostics'] },
  diagnostics: { load: () => import('./pages/diagnostics.js'),
    words: ['tables', 'diagnostics'] },
};
/**
 * A page that is not in the menu stands under one that is.
 * @type {Record<string, string>}
 */
const parentOf = { meter: 'meters', scan: 'meters' };
/**
 * What the second key of «g …» opens.
 * @type {Record<string, string>}
 */
const goKeys = { h: 'home', m: 'meters', t: 'templates', e: 'electricity', s: 'schedule',
  q: 'mqtt', d: 'diagnostics' };

const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const groupOf = (/** @type {string} */ page) => menu.find(group => group.indexOf(page) > 0)?.[0];
/**
 * When the link was lost, device time; null while it holds.
 * @type {number | null}
 */
let lost = null;
let keyOpen = false;

const pair = (/** @type {string} */ name, /** @type {Kid} */ value) => [h('dt', {}, t(name)),
  h('dd', {}, value || '\u00a0')];
const column = (/** @type {string} */ title, /** @type {Kid[]} */ ...pairs) => h('div', {},
  h('h2', { class: 'minor' }, title), h('dl', { class: 'pairs' }, pairs));

function keyPanel() {
  const ports = device.ethernet.length ? device.ethernet : [{ iface: 'eth0', ip: '', netmask: '', gw: '' }];
  return h('div', { class: 'key', id: 'key' },
    column(t('nav.device'), pair('key.time', stamp(now(), device.offset)),
      pair('key.ports', device.ports.join(','))),
    device.modem && column(t('key.modem'), pair('key.ip', device.modem.ip || 'No IP addr'),
      pair('key.operator', device.modem.ops), pair('key.registration', device.modem.generation),
        h('a', { href: '#/diagnostics' }, t('home.more'))),
    ports.map((port, i) => column(`Ethernet ${i + 1}`, pair('key.ip', port.ip || 'No IP addr'),
      pair('key.mask', port.netmask || 'None'), pair('key.gate', port.gw))),
    h('div', { class: 'foot' },
      h('span', {}, t('key.as-of', { time: stamp(device.readAt, device.offset, false) })),
      h('button', { class: 'btn', type: 'button', onclick: async () => { await readDevice(); drawStrip(); } },
        t('key.refresh'))));
}

function drawStrip() {
  const box = byId('strip'), heard = signalOf();
  const item = (/** @type {string} */ name, /** @type {Kid} */ value, kind = '') => h('div', { class: kind },
    h('dt', {}, t('strip.' + name)), h('dd', {}, value));
  fill(box,
    h('div', { class: `line${keyOpen ? ' open' : ''}${lost ? ' lost' : ''}` },
      h('dl', { class: 'grow' }, item('type', device.type, 'type'), item('serial', device.serial),
        item('version', device.version, 'version'),
        heard && item('signal', [heard.generation, signal(heard.level), t('signal.' + heard.level)]),
        !device.trusted && item('clock', status('warn', t('strip.untrusted'))),
        lost && item('link', status('mute', t('link.off')))),
      h('button', { class: 'btn plain', type: 'button', 'aria-expanded': String(keyOpen),
        'aria-controls': 'key',
        'aria-label': t(keyOpen ? 'strip.hide' : 'strip.show'),
        onclick: async () => {
          keyOpen = !keyOpen;
          if (keyOpen) await readDevice().catch(() => {});
          drawStrip();
          box.querySelector('button')?.focus();
        } },
        h('span', { class: 'only-wide' }, t(keyOpen ? 'strip.hide' : 'strip.show')),
        icon(keyOpen ? 'up' : 'down'))),
    keyOpen && keyPanel());
}

async function reboot() {
  if (!await ask({ title: t('reboot.title'), text: t('reboot.text'), yes: t('do.reboot'), no: t('do.cancel'),
    danger: true })) return;
  await call('POST', '/action/restart').then(() => toast(t('reboot.started')), error => toast(error.message));
}

async function exit() {
  if (!await ask({ title: t('exit.title'), text: t('exit.text'), yes: t('do.exit'),
    no: t('do.cancel') })) return;
  await call('POST', '/logoff').catch(() => {});
  location.href = 'login.html';
}

const changeLanguage = () => setLanguage(language === 'ru' ? 'en' : 'ru').then(drawAll);
const changeTheme = () => setTheme(isDark() ? 'light' : 'dark');

function head() {
  const next = language === 'ru' ? 'en' : 'ru';
  const command = (/** @type {string} */ glyph, /** @type {() => void} */ run, /** @type {string} */ word) =>
    [
      h('button', { class: 'btn plain only-wide', type: 'button', onclick: run }, icon(glyph), t(word)),
      h('button', { class: 'btn icon only-narrow', type: 'button', 'aria-label': t(word), onclick: run },
        icon(glyph, 20))];
  return h('header', { class: 'head' },
    h('a', { class: 'mark', href: '#/home' }, icon('mark', 20), 'УМ SMART'),
    h('span', { class: 'crumb', id: 'crumb' }), h('h1', { class: 'grow', id: 'title' }),
    h('button', { class: 'btn plain only-wide', type: 'button', lang: next, onclick: changeLanguage },
      next === 'en' ? 'English' : 'Русский'),
    h('button', { class: 'btn icon only-wide', type: 'button', 'aria-label': t('do.theme'),
      title: t('do.theme'),
      onclick: changeTheme }, icon('theme')),
    session.canWrite && command('reboot', reboot, 'do.reboot'), command('exit', exit, 'do.exit'));
}

function side() {
  const next = language === 'ru' ? 'en' : 'ru';
  const link = (/** @type {string} */ id, top = false) => h('a', { href: '#/' + id, class: top && 'top',
    data: { page: id } }, top && icon('home'), t('nav.' + id));
  return h('nav', { class: 'side', id: 'menu', 'aria-label': t('nav.label') },
    menu.map(([group, ...items]) => (items.length ? [h('h2', {}, t('nav.' + group)),
      items.map(id => link(id))]
        : link(group, true))),
    h('div', { class: 'contacts' },
      h('div', { class: 'row only-narrow' },
        h('button', { class: 'btn', type: 'button', lang: next, onclick: changeLanguage },
          next === 'en' ? 'English' : 'Русский'),
        h('button', { class: 'btn', type: 'button', onclick: changeTheme }, icon('theme'), t('do.theme'))),
      device.contacts.map(({ text, href }) => (href ? h('a', { href }, text) : h('span', {}, text)))));
}

function bar() {
  const tab = (/** @type {string} */ address, /** @type {string} */ glyph, /** @type {string} */ word) =>
    h('a',
      { href: '#/' + address, data: { group: address.split('/')[0] } }, icon(glyph, 20), t(word));
  const toggle = (/** @type {any} */ event) => {
    const open = byId('menu').classList.toggle('open');
    event.currentTarget.setAttribute('aria-expanded', String(open));
  };
  return h('nav', { class: 'bar', 'aria-label': t('nav.quick') },
    tab('home', 'home', 'nav.home'), tab('meters', 'table', 'nav.collection'),
    tab('electricity/archive', 'chart', 'nav.readings'),
    h('button', { type: 'button', id: 'menu-button', 'aria-expanded': 'false', 'aria-controls': 'menu',
      onclick: toggle }, icon('menu', 20), t('nav.menu')));
}

function drawNotice() {
  fill(byId('notice'), lost && h('div', { class: 'notice warning', role: 'status' }, icon('cut'),
    h('div', { class: 'grow' }, h('strong', {}, t('link.lost', { time: clock(lost, device.offset, true) })),
      ' ',
      t('link.lost-text', { span: span(now() - lost) }))));
}

/** Everything around the page; again only when the language changes. */
function drawFrame() {
  const main = h('main', { class: 'page', id: 'main', tabindex: '-1' });
  fill(byId('app'),
    h('a', { class: 'skip', href: '#main', onclick: event => { event.preventDefault(); main.focus(); } },
      t('shell.skip')),
    head(), h('section', { class: 'strip', id: 'strip', 'aria-label': t('strip.label') }), side(), main,
    bar());
  drawStrip();
}

/**
 * Marks where we are in the menu and the bottom bar.
 * @param {string} shown
 */
function markPlace(shown) {
  const group = groupOf(shown);
  byId('menu').classList.remove('open');
  byId('menu-button').setAttribute('aria-expanded', 'false');
  for (const link of document.querySelectorAll('.side a[data-page], .bar a')) {
    const { page, group: first } = /** @type {HTMLElement} */ (link).dataset;
    const here = page ? page === shown : first === shown
      || (Boolean(group) && groupOf(first || '') === group);
    if (here) link.setAttribute('aria-current', page === shown || first === shown ? 'page' : 'true');
    else link.removeAttribute('aria-current');
  }
  fill(byId('crumb'), group && t('nav.' + group));
  byId('crumb').hidden = !group;
}

/** @type {(() => void) | undefined} */
let leave;
let drawing = 0;

async function draw() {
  const [asked = 'home', ...args] = location.hash.split('?')[0].replace(/^#\//, '').split('/')
    .filter(Boolean).map(decodeURIComponent);
  const address = location.hash, page = pages[asked] ? asked : 'home', { load, words } = pages[page];
  const turn = drawing += 1, main = byId('main');
  leave?.();
  leave = undefined;
  markPlace(parentOf[page] || page);
  byId('title').textContent = t('title.' + page);
  // A page that has to ask the device first says so after a moment, in its own place.
  const waiting = setTimeout(() => { if (turn === drawing) fill(main, h('div', { id: 'notice' }),
    loading()); }, 400);
  try {
    const [module] = await Promise.all([load(), loadWords(...words)]);
    const view = await module.render({ page, args, redraw: draw });
    if (turn !== drawing) return view.leave?.();
    leave = view.leave;
    const title = view.title || t('title.' + page);
    byId('title').textContent = title;
    document.title = `${title} – УМ SMART`;
    fill(main, h('div', { id: 'notice' }), view.body);
    // Says which address is on the screen now; tests and other tools wait for it.
    main.dataset.drawn = address;
    drawNotice();
    main.querySelector('.tabs [aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
  } catch (error) {
    if (turn === drawing) fill(main, h('div', { id: 'notice' }), failed(error));
  } finally {
    clearTimeout(waiting);
  }
  return undefined;
}

const loading = () => h('div', { class: 'card empty', role: 'status' }, status('run', t('page.loading')));
const failed = (/** @type {unknown} */ error) => h('div', { class: 'card empty', role: 'alert' },
  icon('cut', 32),
  h('h2', {}, t('page.failed')), h('p', {}, error instanceof Error ? error.message : String(error)),
  h('button', { class: 'btn main', type: 'button', onclick: draw }, t('page.again')));

function drawAll() {
  drawFrame();
  return draw();
}

const keysHelp = () => dialog({ title: t('keys.title'),
  body: h('dl', { class: 'pairs keys' }, [['/', 'keys.search'], ['g h', 'nav.home'], ['g m', 'nav.meters'],
    ['g t', 'nav.templates'], ['g e', 'nav.electricity'], ['g s', 'nav.schedule'], ['g q', 'nav.mqtt'],
    ['g d', 'nav.diagnostics'],
    ['Ctrl+S', 'do.save'], ['?', 'keys.title']].map(([key, word]) => [h('dt', {}, h('kbd', {}, key)),
      h('dd', {}, t(word))])),
  actions: [{ label: t('do.close'), kind: 'main', value: true }] });

let gAt = 0;
function keys(/** @type {KeyboardEvent} */ event) {
  const typing = /** @type {HTMLElement} */ (event.target).matches('input, select, textarea');
  if ((event.ctrlKey || event.metaKey) && event.code === 'KeyS') {
    event.preventDefault();
    /** @type {HTMLElement | null} */ (document.querySelector('.draft [data-save]'))?.click();
    return;
  }
  if (typing || event.ctrlKey || event.metaKey || event.altKey || document.querySelector('.shade')
      || /** @type {HTMLElement} */ (event.target).closest('um-table tbody')) return;
  if (event.key === '/') {
    event.preventDefault();
    /** @type {HTMLElement | null} */ (document.querySelector('.filters .in'))?.focus();
  } else if (event.key === '?') keysHelp();
  else if (event.key === 'g') gAt = performance.now();
  else if (goKeys[event.key] && performance.now() - gAt < 1500) location.hash = '#/' + goKeys[event.key];
}

function toLogin() {
  location.href = `login.html?back=${encodeURIComponent(location.hash)}`;
}

/** One stream for the whole admin, while somebody looks; a hidden tab asks nothing. */
function listen() {
  /** @type {(() => void) | null} */
  let close = null;
  const last = { id: '' };
  const follow = () => {
    if (document.hidden) {
      close?.();
      close = null;
    } else if (!close) {
      close = stream('/events', data => events.dispatchEvent(new CustomEvent('device', { detail: data })),
        ['message'], last);
    }
  };
  document.addEventListener('visibilitychange', follow);
  follow();
}

async function start() {
  try {
    // Side by side: on a slow link every round trip one after another would be seen.
    await Promise.all([setLanguage(rememberedLanguage(), 'shell'), readSession(), readDevice()]);
  } catch (error) {
    if (mustChangePassword(error)) return toLogin();
    if (error instanceof Refused && error.status === 401) return undefined;
    fill(byId('app'), h('main', { class: 'login' }, h('div', { class: 'card empty', role: 'alert' },
      icon('cut', 32),
      h('h1', {}, t('page.failed')), h('p', {}, error instanceof Error ? error.message : String(error)),
      h('button', { class: 'btn main', type: 'button', onclick: () => location.reload() },
        t('page.again')))));
    return undefined;
  }
  addEventListener('hashchange', () => draw().then(() => {
    scrollTo(0, 0);
    byId('main').focus({ preventScroll: true });
    say(document.title);
  }));
  addEventListener('keydown', keys);
  events.addEventListener('link', event => {
    lost = /** @type {CustomEvent} */ (event).detail ? null : now();
    drawStrip();
    drawNotice();
  });
  listen();
  return drawAll();
}
events.addEventListener('session', toLogin);
start();
