// Theme: system, light or dark. Only the media query of the dark sheet changes, so no colour is written
// twice.

const sheet = () => /** @type {HTMLLinkElement} */ (document.getElementById('dark'));

/** @param {string} name light, dark or system */
export function setTheme(name) {
  localStorage.setItem('theme', name);
  sheet().media = name === 'light' ? 'not all' : name === 'dark' ? 'all' : '(prefers-color-scheme: dark)';
}
export const isDark = () => matchMedia(sheet().media).matches;
setTheme(localStorage.getItem('theme') || 'system');
