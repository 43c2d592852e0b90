/**
 * A line as less shows it: control characters in caret notation and reverse, overstruck text bold or underlined, colours
 * (-R), matches of the last search reverse; wrapped or cut.
 */
import { nextColumn, previousColumn, shownCharacter } from '../vi/text.ts';
import { type Row, appendCharacter, appendPlain } from '../terminal/cells.ts';

export interface LineOptions {
  readonly columns: number;
  /** Wrapped, or one row that begins at a column (-S). */
  readonly isChopped: boolean;
  readonly shift: number;
  readonly hasColours: boolean;
  /** Line number, for -N. */
  readonly number: number | undefined;
  /** Where the search matches, in columns of the line. */
  readonly matches: readonly { start: number; end: number }[];
}

const SGR = /\x1b\[([0-9;:]*)m/y;
const GUTTER = 8;

export function lineRows(text: string, options: LineOptions): Row[] {
  const gutter = options.number === undefined ? 0 : GUTTER;
  const width = Math.max(1, options.columns - gutter);
  const whole = lineCells(text, options);
  const rows: Row[] = [];
  const number = options.number === undefined ? '' : `${String(options.number).padStart(GUTTER - 1)} `;
  const push = (cells: Row): void => {
    const row: Row = [];
    appendPlain(row, rows.length === 0 ? number : ' '.repeat(gutter));
    row.push(...cells);
    rows.push(row);
  };
  if (options.isChopped) {
    const shown = whole.slice(options.shift, options.shift + width);
    if (whole.length > options.shift + width && shown.length > 0)
      shown[shown.length - 1] = { text: '>', style: '7' };
    push(shown);
    return rows;
  }
  for (let at = 0; at < whole.length || at === 0;) {
    let end = Math.min(whole.length, at + width);
    // A wide character is not cut in two.
    if (end < whole.length && whole[end]!.text === '' && end - 1 > at) end--;
    push(whole.slice(at, end));
    at = Math.max(end, at + 1);
  }
  return rows;
}

function lineCells(text: string, { hasColours, matches }: LineOptions): Row {
  const row: Row = [];
  let colour = '';
  for (let i = 0; i < text.length;) {
    if (hasColours && text[i] === '\x1b') {
      SGR.lastIndex = i;
      const match = SGR.exec(text);
      if (match) {
        colour = nextColour(colour, match[1]!);
        i = SGR.lastIndex;
        continue;
      }
    }
    const struck = overstruck(text, i);
    const next = struck?.end ?? nextColumn(text, i);
    const char = struck?.char ?? text.slice(i, next);
    const isMatch = matches.some(({ start, end }) => i >= start && i < end);
    const styles = [colour, struck?.style ?? '', isMatch ? '7' : ''].filter(style => style !== '');
    put(row, char, styles.join(';'));
    i = next;
  }
  return row;
}

function put(row: Row, char: string, style: string): void {
  if (char === '\x1b') {
    appendPlain(row, 'ESC', '7');
    return;
  }
  const { text, width } = shownCharacter(char, row.length, 8);
  if (text === char) appendCharacter(row, char, width, style);
  else appendPlain(row, text, char === '\t' ? style : '7');
}

/** Colours add up until a reset. */
function nextColour(colour: string, parameters: string): string {
  if (/^0*$/.test(parameters)) return '';
  const fresh = parameters.replace(/^(.*;)?0+;/, '');
  return colour === '' || fresh !== parameters ? fresh : `${colour};${fresh}`;
}

/** x BS x is bold, _ BS x is underlined: how formatted manuals come. */
function overstruck(text: string, at: number): { char: string; style: string; end: number } | undefined {
  const behind = nextColumn(text, at);
  if (text[behind] !== '\b' || behind + 1 >= text.length) return undefined;
  const end = nextColumn(text, behind + 1);
  const first = text.slice(at, behind);
  const second = text.slice(behind + 1, end);
  if (first === second) return { char: second, style: first === '_' ? '4' : '1', end };
  if (first === '_') return { char: second, style: '4', end };
  return second === '_' ? { char: first, style: '4', end } : undefined;
}

/** Colours and overstriking taken away: what searches look at. */
export function plainText(text: string): string {
  let plain = text;
  if (plain.includes('\x1b')) plain = plain.replace(/\x1b\[[0-9;:]*m/g, '');
  while (plain.includes('\b')) {
    const at = plain.indexOf('\b');
    plain = plain.slice(0, previousColumn(plain, at)) + plain.slice(at + 1);
  }
  return plain;
}
