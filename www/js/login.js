// The login page: works before anything else of the admin is loaded. A factory account must choose its own
// password
// here before it can do anything else (design D10).
import { h } from './dom.js';
import { t, language, setLanguage, rememberedLanguage } from './i18n.js';
import { icon } from './icons.js';
import { setTheme, isDark } from './theme.js';
import { call, get, Refused } from './api.js';

/** What the form shows: the step, who logs in, and what was wrong. */
const state = { step: 'login', login: '', old: '', problem: '' };
const MINIMUM = 8;

/** Where the user was going when the session ended. */
const wayBack = () => {
  const hash = new URLSearchParams(location.search).get('back') || '';
  return 'index.html' + (hash.startsWith('#/') ? hash : '#/home');
};

/** @param {unknown} error */
const problemOf = error => {
  if (!(error instanceof Refused)) return 'login.no-link';
  if (error.code === 'access.attempts' || error.status === 429) return 'login.later';
  return error.code === 'access.right' ? 'login.no-access' : 'login.wrong';
};

/**
 * @param {string} login
 * @param {string} password
 */
async function enter(login, password) {
  try {
    await call('POST', '/auth', { login, password });
    await get('/main_index');
    location.href = wayBack();
  } catch (error) {
    if (error instanceof Refused && error.code === 'access.password.change') {
      Object.assign(state, { step: 'password', login, old: password, problem: '' });
    } else Object.assign(state, { login, problem: problemOf(error) });
    draw();
  }
}

/**
 * @param {string} next
 * @param {string} again
 */
async function change(next, again) {
  const problem = next.length < MINIMUM ? 'login.short' : next === state.old ? 'login.same'
    : next !== again ? 'login.differ' : '';
  if (problem) {
    state.problem = problem;
    return draw();
  }
  try {
    await call('PUT', '/auth/password', { login: state.login, old: state.old, new: next });
  } catch (error) {
    state.problem = error instanceof Refused ? 'login.refused' : 'login.no-link';
    return draw();
  }
  return enter(state.login, next);
}

/**
 * @param {string} id
 * @param {string} label
 * @param {Props} props
 */
const field = (id, label, props) => h('div', { class: 'field' }, h('label', { for: id }, t(label)),
  h('input', { class: 'in', id, name: id, required: true, 'aria-describedby': state.problem ? 'problem'
      : null,
    ...props }));

const switches = () => {
  const next = language === 'ru' ? 'en' : 'ru';
  return h('div', { class: 'row' }, h('span', { class: 'mark grow' }, icon('mark', 22), 'УМ SMART'),
    h('button', { class: 'btn plain', type: 'button', lang: next,
      onclick: async () => { await setLanguage(next); draw(); } }, next === 'en' ? 'English' : 'Русский'),
    h('button', { class: 'btn icon', type: 'button', 'aria-label': t('do.theme'),
      onclick: () => setTheme(isDark() ? 'light' : 'dark') }, icon('theme')));
};

const loginFields = () => [
  field('name', 'login.name', { autocomplete: 'username', autocapitalize: 'none', spellcheck: 'false',
    value: state.login }),
  field('password', 'login.password', { type: 'password', autocomplete: 'current-password' }),
  h('button', { class: 'btn main', type: 'submit' }, t('login.enter')),
  h('p', { class: 'small dim' }, t('login.forgot')),
];
const passwordFields = () => [
  h('p', {}, t('login.must-change', { login: state.login })),
  field('next', 'login.next', { type: 'password', autocomplete: 'new-password', minlength: MINIMUM }),
  field('again', 'login.again', { type: 'password', autocomplete: 'new-password' }),
  h('p', { class: 'small dim' }, t('login.rule', { n: MINIMUM })),
  h('button', { class: 'btn main', type: 'submit' }, t('login.set')),
];

function draw() {
  const choosing = state.step === 'password', title = t(choosing ? 'login.new-title' : 'login.title');
  document.title = `${title} – УМ SMART`;
  /** @param {any} event */
  const submit = event => {
    event.preventDefault();
    const form = event.currentTarget.elements, button = event.currentTarget.querySelector('[type=submit]');
    button.disabled = true;
    if (choosing) change(form.next.value, form.again.value);
    else enter(form.name.value.trim(), form.password.value);
  };
  document.getElementById('app')?.replaceChildren(h('form', { onsubmit: submit, novalidate: choosing },
    switches(),
    h('div', { class: 'card' }, h('h1', {}, title),
      state.problem && h('div', { class: 'notice error', role: 'alert', id: 'problem' }, icon('alert'),
        h('div', {}, h('strong', {}, t(state.problem)), ' ', t(state.problem + '-do'))),
      choosing ? passwordFields() : loginFields()),
    h('p', { class: 'small dim' }, t('login.host', { host: location.hostname }))));
  const first = choosing ? 'next' : state.login ? 'password' : 'name';
  document.getElementById(first)?.focus();
}
setLanguage(rememberedLanguage(), 'shell', 'login').then(draw);
