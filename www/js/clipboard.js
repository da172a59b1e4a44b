// Tables as text: what spreadsheets copy and paste (tabs), and CSV files (semicolons or commas, quoted).

/**
 * Splits tab-separated text into lines of cells.
 * @param {string} text
 */
export const parseTabs = text => text.replace(/\r/g, '').replace(/\n$/, '').split('\n')
  .map(line => line.split('\t').map(cell => cell.trim()));

/** @param {any[][]} lines */
export const formatTabs = lines => lines.map(line => line.map(cell =>
    String(cell ?? '').replace(/[\t\n]/g, ' ')).join('\t')).join('\n');

/**
 * The separator of the first line: Russian spreadsheets write semicolons.
 * @param {string} text
 */
const separatorOf = text => {
  const head = text.slice(0, text.indexOf('\n') + 1 || text.length);
  return [';', '\t', ','].reduce((best, one) => (head.split(one).length > head.split(best).length ? one
      : best), ';');
};

/** A CSV that cannot be cut into cells, with the place where it went wrong, counted from 1. */
export class BrokenCSV extends Error {
  /**
   * @param {number} line
   * @param {number} column cells before it and itself
   */
  constructor(line, column) {
    super(`line ${line}, column ${column}`);
    this.line = line;
    this.column = column;
  }
}

/**
 * Reads CSV with quotes, doubled quotes and line breaks inside quotes; each row with the line it begins at.
 * Empty lines are left out. Throws BrokenCSV at a quotation mark that is never closed.
 * @param {string} source
 */
export function parseCSV(source) {
  const text = source.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n'), separator = separatorOf(text);
  /** @type {{ line: number, cells: string[] }[]} */
  const rows = [{ line: 1, cells: [] }];
  let cell = '', line = 1, row = rows[0];
  /** @type {BrokenCSV | null} where the open quotation mark stands */
  let quoted = null;
  const endCell = () => { row.cells.push(cell.trim()); cell = ''; };
  for (let i = 0; i < text.length; i += 1) {
    const one = text[i];
    if (one === '\n') line += 1;
    if (quoted && one === '"' && text[i + 1] === '"') { cell += '"'; i += 1; }
    else if (quoted && one === '"') quoted = null;
    else if (one === '"' && !quoted && !cell.trim()) quoted = new BrokenCSV(line, row.cells.length + 1);
    else if (!quoted && one === separator) endCell();
    else if (!quoted && one === '\n') {
      endCell();
      rows.push(row = { line, cells: [] });
    } else cell += one;
  }
  if (quoted) throw quoted;
  endCell();
  return rows.filter(({ cells }) => cells.some(Boolean));
}

/**
 * Cells as CSV that Russian and English spreadsheets open: semicolons, UTF-8 with its mark, quotes where
 * needed.
 * @param {any[][]} rows
 */
export const formatCSV = rows => '\ufeff' + rows.map(cells => cells.map(cell => {
  const text = String(cell ?? '');
  return /[";\n\r]|^\s|\s$/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}).join(';') + '\r\n').join('');

/**
 * The value behind a drop-down's word, or the text itself.
 * @param {Option[] | undefined} options
 * @param {string} text
 */
export const optionValue = (options, text) => {
  const wanted = text.trim().toLowerCase();
  const found = options?.find(([value, word]) => word.toLowerCase() === wanted
      || String(value).toLowerCase() === wanted);
  return found ? found[0] : text.trim();
};

/**
 * Hands a file to the browser's downloads.
 * @param {string} name
 * @param {string | Blob} text
 * @param {string} [type]
 */
export function download(name, text, type = 'application/json') {
  const link = document.createElement('a'), address = URL.createObjectURL(new Blob([text], { type }));
  link.href = address;
  link.download = name;
  link.click();
  // Revoked late: some browsers open the address only after the click has been handled.
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

/**
 * Text of a file: UTF-8, or what older Russian spreadsheets write.
 * @param {ArrayBuffer} octets
 */
function decode(octets) {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets);
  } catch {
    return new TextDecoder('windows-1251').decode(octets);
  }
}

/**
 * Lets the user choose one file; resolves with its name and text.
 * @param {string} accept
 */
export const chooseFile = accept =>
  new Promise((/** @type {(file: { name: string, text: string }) => void} */ resolve) => {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = accept;
    input.onchange = async () => {
      const file = input.files?.[0];
      if (file) resolve({ name: file.name, text: decode(await file.arrayBuffer()) });
    };
    input.click();
  });
