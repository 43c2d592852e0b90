/** Ex command lines: `[range]name[!] argument | next`. Addresses as POSIX ex has them. */
import type { Editor } from './editor.ts';
import { EditorError, compile, find, splitPattern } from './search.ts';

export interface ExCommand {
  /** Lines from 0; undefined if no range was given. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly addressCount: number;
  readonly name: string;
  readonly isForced: boolean;
  readonly argument: string;
  /** What follows behind a bar. */
  readonly rest: string | undefined;
}

export class AddressReader {
  private readonly editor: Editor;
  private readonly text: string;
  at: number;

  constructor(editor: Editor, text: string, at = 0) {
    this.editor = editor;
    this.text = text;
    this.at = at;
  }

  skipBlanks(): void {
    while (/[ \t:]/.test(this.text[this.at] ?? '')) this.at++;
  }

  /** All addresses of a range; lines count from 0, line 0 is -1. */
  readAll(): number[] {
    const found: number[] = [];
    let current = this.editor.cursor.line;
    this.skipBlanks();
    if (this.text[this.at] === '%') {
      this.at++;
      return [0, this.editor.buffer.lineCount - 1];
    }
    for (;;) {
      const address = this.read(current);
      this.skipBlanks();
      const separator = this.text[this.at];
      if (address !== undefined) found.push(address);
      if (separator !== ',' && separator !== ';') return found;
      if (address === undefined) found.push(current);
      if (separator === ';') current = found.at(-1)!;
      this.at++;
      this.skipBlanks();
      if (!/[-+.$'/?\\0-9]/.test(this.text[this.at] ?? '')) {
        found.push(current);
        return found;
      }
    }
  }

  /** One address, or undefined. */
  read(current: number): number | undefined {
    this.skipBlanks();
    let line = this.base(current);
    for (;;) {
      this.skipBlanks();
      const match = /^([+-])[ \t]*([0-9]*)|^([0-9]+)/.exec(this.text.slice(this.at));
      if (!match || (match[3] !== undefined && line === undefined)) return line;
      const amount = Number(match[3] ?? (match[2] === '' ? 1 : match[2]));
      line = (line ?? current) + (match[1] === '-' ? -amount : amount);
      this.at += match[0].length;
    }
  }

  private base(current: number): number | undefined {
    const { editor, text } = this;
    const char = text[this.at] ?? '';
    if (char === '.') {
      this.at++;
      return current;
    }
    if (char === '$') {
      this.at++;
      return editor.buffer.lineCount - 1;
    }
    if (/[0-9]/.test(char)) {
      const digits = /^[0-9]+/.exec(text.slice(this.at))![0];
      this.at += digits.length;
      return Number(digits) - 1;
    }
    if (char === "'") {
      const name = text[this.at + 1] ?? '';
      this.at += 2;
      const mark =
        name === '<'
          ? editor.lastVisual?.from
          : name === '>'
            ? editor.lastVisual?.to
            : editor.buffer.marks.get(name === '`' ? "'" : name);
      if (!mark) throw new EditorError('E20: Mark not set');
      return mark.line;
    }
    if (char === '/' || char === '?') return this.pattern(char, current);
    if (char === '\\' && /[/?&]/.test(text[this.at + 1] ?? '')) {
      this.at += 2;
      return this.search(editor.lastSearch?.pattern, text[this.at - 1] !== '?', current);
    }
    return undefined;
  }

  private pattern(delimiter: string, current: number): number {
    const behind = this.text.slice(this.at + 1);
    const { pattern, rest, isClosed } = splitPattern(behind, delimiter);
    this.at += 1 + behind.length - rest.length;
    if (!isClosed) this.at = this.text.length;
    const used = pattern === '' ? this.editor.lastSearch?.pattern : pattern;
    if (pattern !== '') this.editor.lastSearch = { pattern, isForward: delimiter === '/', offset: '' };
    return this.search(used, delimiter === '/', current);
  }

  private search(pattern: string | undefined, isForward: boolean, current: number): number {
    const { editor } = this;
    if (pattern === undefined) throw new EditorError('E35: No previous regular expression');
    const start = { line: current, column: isForward ? editor.buffer.line(current).length : 0 };
    const found = find(editor, compile(editor, pattern), start, isForward);
    if (!found) throw new EditorError(`E486: Pattern not found: ${pattern}`);
    return found.at.line;
  }
}

/** Commands whose argument goes to the end of the line, bars and all. */
const TAKES_BARS = /^(g|gl|glo|glob|globa|global|v|vg|vgl|vglo|vglob|vgloba|vglobal|norm|norma|normal|!)$/;

/** Reads the first command of a line. */
export function parseExCommand(editor: Editor, line: string): ExCommand {
  const reader = new AddressReader(editor, line);
  const addresses = reader.readAll();
  reader.skipBlanks();
  const text = line.slice(reader.at);
  const name = commandName(text);
  let argument = text.slice(name.length);
  const isShell = name === '!';
  const isForced = !isShell && argument.startsWith('!');
  if (isForced) argument = argument.slice(1);
  if (!/^(s|&|~)$/.test(name)) argument = argument.replace(/^[ \t]+/, '');
  const takesBars =
    TAKES_BARS.test(name) ||
    (/^(r|re|rea|read|w|wr|wri|writ|write)$/.test(name) && (argument.startsWith('!') || isForced)) ||
    name === '"';
  const { own, rest } = takesBars ? { own: argument, rest: undefined } : splitAtBar(argument);
  const [from, to] = addresses.length > 1 ? addresses.slice(-2) : [addresses[0], addresses[0]];
  return { from, to, addressCount: Math.min(2, addresses.length), name, isForced, argument: own, rest };
}

function commandName(text: string): string {
  // s, k and & take their argument without a blank.
  if (/^(s|k)([^a-zA-Z]|$)/.test(text)) return text[0]!;
  if (/^s[gcirn]+( |$|\|)/.test(text) && !/^(se|set|sh|shell|st|stop|sus|suspend)\b/.test(text)) return 's';
  if (/^k[a-z]([ \t|]|$)/.test(text)) return 'k';
  if (/^(d|delete|y|yank)[ \t]?/.test(text) && /^(d|y)[ \t]+/.test(text)) return text[0]!;
  return /^([a-zA-Z]+|[!&~<>=@#"*]|)/.exec(text)![0];
}

function splitAtBar(text: string): { own: string; rest: string | undefined } {
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\' || text[i] === '\x16') {
      if (text[i + 1] === '|') text = text.slice(0, i) + text.slice(i + 1);
      else i++;
    } else if (text[i] === '|') return { own: text.slice(0, i), rest: text.slice(i + 1) };
  }
  return { own: text, rest: undefined };
}
