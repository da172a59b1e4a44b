// What can be read of an electricity meter: measures by wire name, their tags, units and groups, in the
// manual's order.
// Words come from i18n: kind.<measure>, group.<key>.

/**
 * Tags of one quantity with the key of their unit.
 * @typedef {{ key: string, unit: string, tags: string[] }} TagGroup
 */

/** @param {string} letter */
const tariffs = letter => [0, 1, 2, 3, 4].map(n => letter + n);

/** @type {TagGroup[]} */
export const energy = [
  { key: 'a-plus', unit: 'wh', tags: tariffs('A+') }, { key: 'a-minus', unit: 'wh', tags: tariffs('A-') },
  { key: 'r-plus', unit: 'varh', tags: tariffs('R+') }, { key: 'r-minus', unit: 'varh', tags: tariffs('R-') },
];

/** @type {TagGroup[]} */
export const quality = [
  { key: 'u', unit: 'v', tags: ['UA', 'UB', 'UC'] },
  { key: 'u-line', unit: 'v', tags: ['UAB', 'UBC', 'UCA'] },
  { key: 'i', unit: 'a', tags: ['IA', 'IB', 'IC'] }, { key: 'i-diff', unit: 'a', tags: ['IDiff'] },
  { key: 'i-n', unit: 'a', tags: ['IN'] }, { key: 'p', unit: 'w', tags: ['PS', 'PA', 'PB', 'PC'] },
  { key: 'q', unit: 'var', tags: ['QS', 'QA', 'QB', 'QC'] },
  { key: 's', unit: 'va', tags: ['SS', 'SA', 'SB', 'SC'] },
  { key: 'ang', unit: 'deg', tags: ['AngAB', 'AngBC', 'AngAC'] },
  { key: 'ang-ui', unit: 'deg', tags: ['AngUIA', 'AngUIB', 'AngUIC'] },
  { key: 'kp', unit: '', tags: ['kPS', 'kPA', 'kPB', 'kPC'] },
  { key: 'kq', unit: '', tags: ['kQS', 'kQA', 'kQB', 'kQC'] }, { key: 'freq', unit: 'hz', tags: ['Freq'] },
];

/** @type {TagGroup[]} */
export const profile = [
  { key: 'p-mean', unit: 'w', tags: ['P+', 'P-'] }, { key: 'q-mean', unit: 'var', tags: ['Q+', 'Q-'] },
];

/** @type {TagGroup[]} */
export const configuration = [
  { key: 'config', unit: '',
    tags: ['kU', 'kI', 'const', 'cTime', 'isDst', 'cArrays', 'isClock', 'isTrf', 'isAm'] },
];

/**
 * Read from the meter now: [measure, groups].
 * @type {[string, TagGroup[]][]}
 */
export const current = [['ElMomentEnergy', energy], ['ElMomentQuality', quality]];

/**
 * The eight archive kinds.
 * @type {[string, TagGroup[]][]}
 */
export const archives = [
  ['ElDayEnergy', energy], ['ElMonthEnergy', energy], ['ElDayConsEnergy', energy],
  ['ElMonthConsEnergy', energy],
  ['ElArr1ConsPower', profile], ['ElMomentQuality', quality], ['ElMomentEnergy', energy],
  ['ElConfig', configuration],
];

/** The forty journals of the manual, in its order; the last one is on its screenshot only. */
export const journals = ['Pwr', 'TimeCorr', 'Reset', 'C1Init', 'C2Init', 'TrfCorr', 'Open', 'UnAyth', 'PwrA',
  'PwrB', 'PwrC', 'Prog', 'Relay', 'LimETrf1', 'LimETrf2', 'LimETrf3', 'LimETrf4', 'LimUAMax', 'LimUAMin',
  'LimUBMax', 'LimUBMin', 'LimUCMax', 'LimUCMin', 'LimUABMax', 'LimUABMin', 'LimUBCMax', 'LimUBCMin',
  'LimUCAMax', 'LimUCAMin', 'LimIAMax', 'LimIBMax', 'LimICMax', 'LimFreqMin', 'LimPwr', 'LimPwrPP',
  'LimPwrPM', 'LimPwrQP', 'LimPwrQM', 'Reverce', 'LimFreqMax'].map(name => 'ElJrnl' + name);

/** Journals of one kind of event: there is no beginning and no end to tell. */
export const singleEvents = ['TimeCorr', 'Reset', 'C1Init', 'C2Init', 'TrfCorr', 'Open', 'UnAyth', 'Prog']
  .map(name => 'ElJrnl' + name);
/** Journals of something switched on and off. */
export const switches = ['Pwr', 'PwrA', 'PwrB', 'PwrC', 'Relay'].map(name => 'ElJrnl' + name);

/** Every data type a template may name; `live` ones have no depth in a publication. */
export const templateMeasures = ['GetTime', 'ElMomentEnergy', 'ElMomentQuality', 'ElDayEnergy',
  'ElMonthEnergy',
  'ElDayConsEnergy', 'ElMonthConsEnergy', 'ElArr1ConsPower', 'ElConfig', 'GetRelay', ...journals];
export const liveMeasures = ['GetTime', 'GetRelay'];

/** Units that «Величина измерения 1/1000» divides. */
const scalable = ['wh', 'varh', 'w', 'var', 'va'];

/**
 * @param {TagGroup[]} groups
 * @param {string} tag
 */
export const unitOf = (groups, tag) => groups.find(group => group.tags.includes(tag))?.unit || '';

/** @param {string} unit */
export const canScale = unit => scalable.includes(unit);
