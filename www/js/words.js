// Words that most pages need of meters and of failures, and numbers out of the words of a field.
import { t, tOr } from './i18n.js';
import { Refused, LinkLost } from './api.js';

/**
 * The manual's word for a type, or its own name where the manual has none.
 * @param {string} name
 */
export const typeWord = name => tOr('type.' + name, name || '');
/** @param {string} name */
export const interfaceWord = name => tOr('iface.' + name, name || '');

/**
 * Says in words why something asked of the device did not happen.
 * @param {unknown} error
 */
export const explain = error => (error instanceof LinkLost ? t('fault.link')
    : error instanceof Refused ? error.message : String(error));

/**
 * Numbers from a text field: whole, or the text itself for the check to refuse.
 * @param {string} text
 */
export const whole = text => (/^\d+$/.test(String(text).trim()) ? Number(text) : text);
