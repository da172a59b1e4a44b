// Types shared by the modules, for the checker only; no browser loads this file.

/** What h() accepts as a child; false and null are left out. */
type Kid = Node | string | number | boolean | null | undefined | Kid[];

/** Attributes and listeners of h(): on… adds a listener, data fills the dataset, the rest is attributes. */
interface Props {
  onclick?: (event: any) => any;
  onchange?: (event: any) => any;
  oninput?: (event: any) => any;
  onkeydown?: (event: any) => any;
  onfocus?: (event: any) => any;
  ondblclick?: (event: any) => any;
  onscroll?: (event: any) => any;
  onsubmit?: (event: any) => any;
  ontoggle?: (event: any) => any;
  onpointermove?: (event: any) => any;
  onpointerleave?: (event: any) => any;
  [name: string]: any;
}

/** One row of a settings or reading table. */
type Row = { id: any; [key: string]: any };

/** A choice of a drop-down: value and its words. */
type Option = [any, string];

/** One column of <um-table>. */
interface Column {
  key: string;
  label: string;
  width: number;
  /** What is shown; without it the text. */
  cell?: (row: Row) => Kid;
  /** What is filtered, sorted and copied; without it the value under the key. */
  text?: (row: Row) => string | number | null | undefined;
  options?: Option[] | ((row: Row) => Option[]);
  editable?: boolean | ((row: Row) => boolean);
  /** What an empty field shows of how it is written. */
  hint?: (row: Row) => string;
  filter?: boolean;
  hideLabel?: boolean;
  pin?: boolean | 'last';
  tight?: boolean;
  num?: boolean;
  /** Place in the two-line item of a phone: mark, dot, name, note, side, more. */
  at?: string;
}

/** A difference between the saved state and the draft; key '+' is an added row, '-' a removed one. */
type Change = { id: any; key: string; was?: any; is?: any };

/** What the server says about one value it did not accept. */
type FaultLine = { path: string; code: string; params?: Record<string, any>; text?: string };

/** A page: what the shell asks of it and what it gives back. */
interface PageContext { page: string; args: string[]; redraw: () => void }
interface PageModule { render: (context: PageContext) => PageView | Promise<PageView> }
interface PageView { title?: string; body: Kid; leave?: () => void }

/** One slot of a profile: start in UTC seconds, mean powers, and why there is nothing. */
type Slot = { t: number; p: number | null; q: number | null; why?: string };

/** One row of an archive answer, flattened. */
type ArchiveRow = Row & { meter: number; ts: string; t: number; diff: number | null };

/** An action of a dialog; `value` is what the dialog resolves with. */
type Action = { label: string; kind?: string; value: any };

interface HTMLElementTagNameMap { 'um-table': import('./js/table.js').UmTable }
