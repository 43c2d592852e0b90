/**
 * The sed script parser. A script arrives in pieces (each -e, each -f file); blocks, and the text of a, i and c, may
 * go on in the next piece. Messages and character counts are GNU sed's.
 */
import { Regex, RegexError, type Syntax } from '../../libc/regex.ts';
import { characters } from '../../libc/regex/utf8.ts';
import { numericEscape, parseReplacement, simpleEscape } from './replacement.ts';
import { type Address, type Command, type Script, ScriptError } from './script.ts';

export interface ParseOptions {
  readonly isExtended: boolean;
  readonly isUtf8: boolean;
  readonly isSandboxed?: boolean;
}

const NO_ADDRESS = new Set([':', '}', '#']);
const KNOWN = '{}=abcdDeFgGhHilnNpPqQrRstTvwWxyz:#';

export class ScriptParser {
  readonly script: Script = { commands: [], isQuiet: false };
  private readonly options: ParseOptions;
  private text = '';
  private at = 0;
  private name = '';
  private isFile = false;
  private piece = 0;
  /** Open blocks, and where each was opened for the message. */
  private readonly blocks: { index: number; where: string }[] = [];
  /** An a, i or c whose text goes on in the next piece. */
  private pending: Command | undefined;

  constructor(options: ParseOptions) {
    this.options = options;
  }

  addExpression(text: string): void {
    this.piece++;
    this.name = `-e expression #${this.piece}`;
    this.add(text, false);
  }
  addFile(name: string, text: string): void {
    this.name = name;
    this.add(text.endsWith('\n') ? text.slice(0, -1) : text, true);
  }

  /** Call when all pieces are in: checks blocks and resolves labels. */
  finish(): Script {
    const { commands } = this.script;
    const open = this.blocks.at(-1);
    if (open) throw new ScriptError(`${open.where}: unmatched \`{'`);
    const labels = new Map<string, number>();
    commands.forEach((command, i) => {
      if (command.name === ':') labels.set(command.text, i);
    });
    for (const command of commands) {
      if (command.name !== 'b' && command.name !== 't' && command.name !== 'T') continue;
      const target = command.text === '' ? commands.length : labels.get(command.text);
      if (target === undefined) throw new ScriptError(`can't find label for jump to \`${command.text}'`, 4);
      command.target = target;
    }
    return this.script;
  }

  private fail(message: string): never {
    throw new ScriptError(`${this.where(this.at)}: ${message}`);
  }
  private where(at: number): string {
    if (!this.isFile) return `${this.name}, char ${at}`;
    return `file ${this.name} line ${this.text.slice(0, at).split('\n').length}`;
  }

  private add(text: string, isFile: boolean): void {
    const isFirst = this.script.commands.length === 0 && !this.pending && this.piece <= 1;
    this.text = text;
    this.at = 0;
    this.isFile = isFile;
    if (isFirst && (text === '#n' || text.startsWith('#n\n'))) this.script.isQuiet = true;
    if (this.pending) {
      const command = this.pending;
      this.pending = undefined;
      this.readText(command);
    }
    for (;;) {
      while (this.at < text.length && /[\s;]/.test(text[this.at]!)) this.at++;
      if (this.at >= text.length) return;
      this.command();
    }
  }

  private skipBlanks(): void {
    while (this.text[this.at] === ' ' || this.text[this.at] === '\t') this.at++;
  }
  private skipSpace(): void {
    while (this.at < this.text.length && /\s/.test(this.text[this.at]!)) this.at++;
  }

  private command(): void {
    const first = this.address();
    let second: Address | undefined;
    if (first) {
      if (first.kind === 'count' || first.kind === 'multiple')
        this.fail('invalid usage of +N or ~N as first address');
      this.skipSpace();
      if (this.text[this.at] === ',') {
        this.at++;
        this.skipSpace();
        second = this.address();
        if (!second) this.fail("unexpected `,'");
      }
      if (first.kind === 'line' && first.line === 0 && second?.kind !== 'regex') {
        this.failNext('invalid usage of line address 0');
      }
    }
    this.skipSpace();
    let isNegated = false;
    while (this.text[this.at] === '!') {
      this.at++;
      if (isNegated) this.fail("multiple `!'s");
      isNegated = true;
      this.skipSpace();
    }
    if (this.at >= this.text.length) this.fail('missing command');
    const name = this.text[this.at++]!;
    if (name === ',') this.fail("unexpected `,'");
    if (!KNOWN.includes(name)) this.fail(`unknown command: \`${name}'`);
    if (first && NO_ADDRESS.has(name)) {
      if (name === ':') this.fail(": doesn't want any addresses");
      if (name === '#') this.fail("comments don't accept any addresses");
      this.fail("} doesn't want any addresses".replace('} ', "unexpected `}' "));
    }
    if (second && (name === 'q' || name === 'Q')) this.fail('command only uses one address');
    if (name === '#') {
      const end = this.text.indexOf('\n', this.at);
      this.at = end < 0 ? this.text.length : end;
      return;
    }
    const command: Command = {
      name,
      first,
      second,
      isNegated,
      text: '',
      number: NaN,
      substitution: undefined,
      map: undefined,
      target: 0,
      range: first?.kind === 'line' && first.line === 0 ? 'active' : 'inactive',
      rangeEnd: 0,
    };
    this.script.commands.push(command);
    this.argument(command);
  }

  /** GNU sed has read one character more when it notices. */
  private failNext(message: string): never {
    this.at = Math.min(this.at + 1, this.text.length);
    return this.fail(message);
  }

  private argument(command: Command): void {
    const index = this.script.commands.length - 1;
    switch (command.name) {
      case '{':
        this.blocks.push({ index, where: this.isFile ? this.where(this.at) : `${this.name}, char 0` });
        return;
      case '}': {
        const open = this.blocks.pop();
        if (!open) this.fail("unexpected `}'");
        this.script.commands[open.index]!.target = index;
        return this.endOfCommand();
      }
      case 'a':
      case 'i':
      case 'c':
        return this.readText(command, true);
      case ':': {
        this.skipBlanks();
        // A label runs to white space or a semicolon; a brace may be part of it.
        const label = /^[^\s;]*/.exec(this.text.slice(this.at))![0];
        if (label === '') this.fail('":" lacks a label');
        this.at += label.length;
        command.text = label;
        return;
      }
      case 'b':
      case 't':
      case 'T': {
        this.skipBlanks();
        const label = /^[^\s;}]*/.exec(this.text.slice(this.at))![0];
        this.at += label.length;
        command.text = label;
        return this.endOfCommand();
      }
      case 'r':
      case 'R':
      case 'w':
      case 'W':
        command.text = this.fileName();
        if (this.options.isSandboxed) this.fail('e/r/w commands disabled in sandbox mode');
        return;
      case 'e': {
        if (this.options.isSandboxed) this.fail('e/r/w commands disabled in sandbox mode');
        this.skipBlanks();
        command.text = this.restOfLine();
        return;
      }
      case 'q':
      case 'Q':
      case 'l':
      case 'L': {
        this.skipBlanks();
        const digits = /^[0-9]*/.exec(this.text.slice(this.at))![0];
        this.at += digits.length;
        if (digits !== '') command.number = Number(digits);
        return this.endOfCommand();
      }
      case 'v': {
        this.skipBlanks();
        this.at += /^[^\s;]*/.exec(this.text.slice(this.at))![0].length;
        return this.endOfCommand();
      }
      case 's':
        this.substitution(command);
        return;
      case 'y':
        this.transliteration(command);
        return this.endOfCommand();
      default:
        return this.endOfCommand();
    }
  }

  private restOfLine(): string {
    const end = this.text.indexOf('\n', this.at);
    const rest = this.text.slice(this.at, end < 0 ? undefined : end);
    this.at += rest.length;
    return rest;
  }

  private fileName(): string {
    this.skipBlanks();
    const name = this.restOfLine();
    if (name === '') this.fail('missing filename in r/R/w/W commands');
    return name;
  }

  private endOfCommand(): void {
    this.skipBlanks();
    const char = this.text[this.at];
    if (char === undefined || char === '}' || char === '#') return;
    this.at++;
    if (char !== '\n' && char !== ';' && char !== '\r') this.fail('extra characters after command');
  }

  /** The text of a, i, c: to the end of a line that ends in no backslash. */
  private readText(command: Command, isStart = false): void {
    const { text } = this;
    if (isStart) {
      this.skipBlanks();
      if (this.at >= text.length) this.fail("expected \\ after `a', `c' or `i'");
      if (text[this.at] === '\\') {
        const behind = /^\\[ \t]*\n/.exec(text.slice(this.at));
        if (behind) this.at += behind[0].length;
        else if (/^\\[ \t]*$/.test(text.slice(this.at))) {
          this.at = text.length;
          this.pending = command;
          return;
        } else this.at++;
      }
    }
    let out = '';
    while (this.at < text.length && text[this.at] !== '\n') {
      let char = text[this.at++]!;
      if (char === '\\') {
        if (this.at >= text.length) {
          command.text += out + '\n';
          this.pending = command;
          return;
        }
        const numeric = numericEscape(text, this.at);
        if (numeric) {
          out += numeric.char;
          this.at = numeric.end;
          continue;
        }
        char = text[this.at++]!;
        // Right behind the command's own backslash a letter is only a letter.
        char = simpleEscape(char) ?? char;
      }
      out += char;
    }
    this.at++;
    command.text += `${out}\n`;
  }

  /** Reads to the next unescaped delimiter; undefined if there is none on this line. */
  private delimited(delimiter: string, isRegex: boolean): string | undefined {
    const { text } = this;
    let out = '';
    while (this.at < text.length) {
      let char = text[this.at++]!;
      if (char === delimiter) return out;
      if (char === '\n' && isRegex) {
        this.at--;
        return undefined;
      }
      if (char === '[' && isRegex) {
        // The delimiter is an ordinary member of a bracket expression.
        const end = bracketEnd(text, this.at);
        if (end === undefined) {
          this.at = text.length;
          return undefined;
        }
        out += `[${text.slice(this.at, end).replaceAll('\\n', '\n')}`;
        this.at = end;
        continue;
      }
      if (char === '\\') {
        if (this.at >= text.length) return undefined;
        char = text[this.at++]!;
        if (char === 'n' && isRegex) char = '\n';
        else if (char !== '\n' && (char !== delimiter || (!isRegex && char === '&'))) out += '\\';
        else if (char === '\n' && !isRegex) out += '\\';
      }
      out += char;
    }
    return undefined;
  }

  private address(): Address | undefined {
    const { text } = this;
    const char = text[this.at];
    if (char === undefined) return undefined;
    if (char === '/' || char === '\\') {
      const delimiter = char === '/' ? char : text[this.at + 1];
      if (delimiter === undefined) this.fail("unexpected `,'");
      this.at += char === '/' ? 1 : 2;
      const pattern = this.delimited(delimiter, true);
      if (pattern === undefined) {
        this.at = this.text.length;
        this.fail('unterminated address regex');
      }
      let flags = '';
      while (text[this.at] === 'I' || text[this.at] === 'M') flags += text[this.at++];
      return { kind: 'regex', regex: this.regex(pattern, flags) };
    }
    if (char === '$') {
      this.at++;
      return { kind: 'last' };
    }
    const number = (): number => {
      const digits = /^[0-9]*/.exec(text.slice(this.at))![0];
      this.at += digits.length;
      return Number(digits);
    };
    if (char >= '0' && char <= '9') {
      const line = number();
      this.skipBlanks();
      if (text[this.at] !== '~') return { kind: 'line', line };
      this.at++;
      this.skipBlanks();
      return { kind: 'step', first: line, step: number() };
    }
    if (char === '+' || char === '~') {
      this.at++;
      this.skipBlanks();
      const value = number();
      return char === '+' ? { kind: 'count', count: value } : { kind: 'multiple', of: value };
    }
    return undefined;
  }

  private regex(pattern: string, flags: string): Regex | undefined {
    if (pattern === '') {
      if (flags !== '') this.fail('cannot specify modifiers on empty regexp');
      return undefined;
    }
    const syntax: Syntax = {
      isExtended: this.options.isExtended,
      isUtf8: this.options.isUtf8,
      isCaseless: flags.includes('I'),
      dialect: 'sed',
      lines: flags.includes('M') ? 'each' : 'whole',
    };
    try {
      return new Regex(pattern, syntax);
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      if (error.message.startsWith('character class')) throw new ScriptError(error.message);
      return this.fail(error.message);
    }
  }

  private substitution(command: Command): void {
    const delimiter = this.text[this.at++];
    if (delimiter === undefined || delimiter === '\n' || delimiter === '\\')
      this.fail("unterminated `s' command");
    const pattern = this.delimited(delimiter, true);
    const right = pattern === undefined ? undefined : this.delimited(delimiter, false);
    if (pattern === undefined || right === undefined) return this.fail("unterminated `s' command");
    let flags = '';
    let number = 0;
    let isGlobal = false;
    let isPrinted = false;
    let isEvaluated = false;
    let file: string | undefined;
    flags: for (;;) {
      const char = this.text[this.at];
      switch (char) {
        case 'i':
        case 'I':
          flags += 'I';
          break;
        case 'm':
        case 'M':
          flags += 'M';
          break;
        case 'e':
          isEvaluated = true;
          break;
        case 'p':
          if (isPrinted) this.failNext("multiple `p' options to `s' command");
          isPrinted = true;
          break;
        case 'g':
          if (isGlobal) this.failNext("multiple `g' options to `s' command");
          isGlobal = true;
          break;
        case 'w':
          this.at++;
          file = this.fileName();
          break flags;
        case ' ':
        case '\t':
          break;
        case undefined:
        case '}':
        case '#':
        case '\n':
        case ';':
        case '\r':
          break flags;
        default: {
          const digits = /^[0-9]+/.exec(this.text.slice(this.at))?.[0];
          if (!digits) this.failNext("unknown option to `s'");
          this.at += digits.length - 1;
          if (number !== 0) this.failNext("multiple number options to `s' command");
          number = Number(digits);
          if (number === 0) this.failNext("number option to `s' command may not be zero");
        }
      }
      this.at++;
    }
    if (this.text[this.at] === ';' || this.text[this.at] === '\n') this.at++;
    const replacement = parseReplacement(right);
    const regex = this.regex(pattern, flags);
    if (regex && replacement.maxGroup > regex.groupCount) {
      this.fail(`invalid reference \\${replacement.maxGroup} on \`s' command's RHS`);
    }
    command.substitution = {
      regex,
      replacement,
      isGlobal,
      number: number || 1,
      isPrinted,
      isEvaluated,
      file,
    };
  }

  private transliteration(command: Command): void {
    const delimiter = this.text[this.at++];
    const from = delimiter === undefined ? undefined : this.delimited(delimiter, false);
    const to = from === undefined ? undefined : this.delimited(delimiter!, false);
    if (from === undefined || to === undefined) return this.fail("unterminated `y' command");
    const split = (text: string): string[] => {
      const chars = this.options.isUtf8 ? characters(text) : Array.from(text);
      const list: string[] = [];
      for (let i = 0; i < chars.length; i++) {
        if (chars[i] !== '\\' || i + 1 >= chars.length) {
          list.push(chars[i]!);
          continue;
        }
        const next = chars[++i]!;
        const escape = simpleEscape(next);
        if (escape !== undefined) list.push(escape);
        else if (next === '\\' || next === '\n') list.push(next);
        else list.push('\\', next);
      }
      return list;
    };
    const left = split(from);
    const right = split(to);
    if (left.length !== right.length) this.fail("strings for `y' command are different lengths");
    const map = new Map<string, string>();
    left.forEach((char, i) => {
      if (!map.has(char)) map.set(char, right[i]!);
    });
    command.map = map;
  }
}

/** Where a bracket expression ends whose opening bracket stands before `at`; undefined if it does not. */
function bracketEnd(text: string, at: number): number | undefined {
  let i = at;
  if (text[i] === '^') i++;
  if (text[i] === ']') i++;
  for (; i < text.length && text[i] !== '\n'; i++) {
    if (text[i] === ']') return i + 1;
    const mark = text[i + 1];
    if (text[i] === '[' && (mark === ':' || mark === '.' || mark === '=')) {
      const close = text.indexOf(`${mark}]`, i + 2);
      if (close > 0) i = close + 1;
    }
  }
  return undefined;
}
