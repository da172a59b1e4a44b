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

/**
 * Reads CSV with quotes, doubled quotes and line breaks inside quotes.
 * @param {string} source
 */
export function parseCSV(source) {
  const text = source.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n'), separator = separatorOf(text);
  /** @type {string[][]} */
  const lines = [[]];
  let cell = '', quoted = false;
  const endCell = () => { lines[lines.length - 1].push(cell.trim()); cell = ''; };
  for (let i = 0; i < text.length; i += 1) {
    const one = text[i];
    if (quoted && one === '"' && text[i + 1] === '"') { cell += '"'; i += 1; }
    else if (one === '"' && (quoted || !cell.trim())) quoted = !quoted;
    else if (!quoted && one === separator) endCell();
    else if (!quoted && one === '\n') { endCell(); lines.push([]); }
    else cell += one;
  }
  endCell();
  return lines.filter(line => line.some(Boolean));
}

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
 * @param {string} text
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
      if (file) resolve({ name: file.name, text: await file.text() });
    };
    input.click();
  });
