/**
 * The printf utility, printf(1): a format that is used again until the arguments are spent. A function over callbacks,
 * so that the shell has it as a builtin.
 */
import { toBytes } from '../../../kernel/abi/byte-string.ts';
import { type Directive, formatFloat, formatInteger, formatString } from './directive.ts';
import { escapeAt, EscapeError, expandEscapes } from './escapes.ts';
import { parseReal } from './long-double.ts';
import { quote, quotef, isUtf8Locale } from './quote.ts';

export interface PrintfOutput {
  write(text: string): void;
  /** A complaint, without the program's name. */
  warn(message: string): void;
}

/** Nothing more is printed: `\c`, or a format that is wrong. */
class Stop {
  readonly status: number;
  constructor(status: number) {
    this.status = status;
  }
}

const DIRECTIVE = /^%([-+ #0']*)(\*|\d+)?(?:\.(\*|-?\d*))?(?:hh|h|ll|l|j|z|t|L)?([diouxXfFeEgGaAcsbq%])?/;

class Run {
  readonly out: PrintfOutput;
  readonly args: readonly string[];
  next = 0;
  status = 0;

  constructor(args: readonly string[], out: PrintfOutput) {
    this.args = args;
    this.out = out;
  }

  argument(): string | undefined {
    return this.args[this.next++];
  }

  complain(message: string): void {
    this.out.warn(message);
    this.status = 1;
  }

  /** The code of the character after a leading quote: `'a` is 97. */
  characterCode(text: string): number | undefined {
    if (!/^['"]./s.test(text)) return undefined;
    if (isUtf8Locale() && text.charCodeAt(1) >= 0x80) {
      const decoded = new TextDecoder().decode(toBytes(text.slice(1)));
      const code = decoded.codePointAt(0)!;
      if (code !== 0xfffd) {
        if (decoded.length > String.fromCodePoint(code).length) this.#warnRest(decoded.slice(1));
        return code;
      }
    } else if (text.length > 2) this.#warnRest(text.slice(2));
    return text.charCodeAt(1);
  }

  #warnRest(rest: string): void {
    this.out.warn(`warning: ${rest}: character(s) following character constant have been ignored`);
  }

  #check(text: string, parsed: number): void {
    if (parsed === 0) this.complain(`${quote(text)}: expected a numeric value`);
    else if (parsed < text.length) this.complain(`${quote(text)}: value not completely converted`);
  }

  integer(text: string | undefined, isSigned: boolean): bigint {
    if (text === undefined) return 0n;
    const code = this.characterCode(text);
    if (code !== undefined) return BigInt(code);
    const found = /^\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/.exec(text);
    if (!found) {
      this.#check(text, 0);
      return 0n;
    }
    const digits = found[2]!;
    const magnitude = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
    const value = found[1] === '-' ? -magnitude : magnitude;
    const [low, high] = isSigned ? [-(1n << 63n), (1n << 63n) - 1n] : [-(1n << 64n) + 1n, (1n << 64n) - 1n];
    if (value < low || value > high) {
      this.complain(`${quote(text)}: Numerical result out of range`);
      return value < low ? (isSigned ? low : high) : high;
    }
    this.#check(text, found[0].length);
    return value;
  }

  directive(format: string, at: number): number {
    const found = DIRECTIVE.exec(format.slice(at));
    const conversion = found?.[4];
    if (!found || conversion === undefined) {
      const shown = format.slice(at, at + (found?.[0].length ?? 1) + 1);
      this.out.warn(`${shown}: invalid conversion specification`);
      throw new Stop(1);
    }
    if (conversion === '%' && found[0].length === 2) {
      this.out.write('%');
      return 2;
    }
    let flags = found[1]!;
    let width = 0;
    if (found[2] === '*') {
      width = Number(this.integer(this.argument(), true));
      if (width < 0) {
        flags += '-';
        width = -width;
      }
    } else if (found[2]) width = Number(found[2]);
    let precision: number | undefined;
    if (found[3] !== undefined) {
      const given = found[3] === '*' ? Number(this.integer(this.argument(), true)) : Number(found[3]);
      precision = given < 0 ? undefined : given;
    }
    this.convert({ flags, width, precision, conversion });
    return found[0].length;
  }

  convert(directive: Directive): void {
    const { conversion } = directive;
    const text = this.argument();
    switch (conversion) {
      case 's':
        return this.out.write(formatString(text ?? '', directive));
      case 'c':
        return this.out.write(formatString((text ?? '').slice(0, 1), { ...directive, precision: undefined }));
      case 'b': {
        const { text: expanded, isStopped } = expandEscapes(text ?? '', '%b');
        this.out.write(formatString(expanded, directive));
        if (isStopped) throw new Stop(this.status);
        return;
      }
      case 'q':
        return this.out.write(text === undefined ? "''" : quotef(text));
      case 'd':
      case 'i':
        return this.out.write(formatInteger(this.integer(text, true), directive));
      case 'o':
      case 'u':
      case 'x':
      case 'X':
        return this.out.write(formatInteger(this.integer(text, false), directive));
      default: {
        const code = text === undefined ? undefined : this.characterCode(text);
        const { value, length } = parseReal(code === undefined ? (text ?? '0') : String(code));
        if (text !== undefined && code === undefined) this.#check(text, length);
        return this.out.write(formatFloat(value, directive));
      }
    }
  }

  /** The format once. */
  once(format: string): void {
    for (let at = 0; at < format.length;) {
      const c = format[at]!;
      if (c === '%') at += this.directive(format, at);
      else if (c === '\\') {
        const escape = escapeAt(format, at, 'format');
        if (escape.text === undefined) throw new Stop(this.status);
        this.out.write(escape.text);
        at += escape.length;
      } else {
        const end = format.slice(at).search(/[%\\]/);
        const stop = end < 0 ? format.length : at + end;
        this.out.write(format.slice(at, stop));
        at = stop;
      }
    }
  }
}

/** Prints `args` by `format`; answers the exit status. */
export function printf(format: string, args: readonly string[], out: PrintfOutput): number {
  const run = new Run(args, out);
  try {
    do {
      const before = run.next;
      run.once(format);
      if (run.next === before) {
        if (before < args.length) {
          out.warn(`warning: ignoring excess arguments, starting with ${quote(args[before]!)}`);
        }
        break;
      }
    } while (run.next < args.length);
  } catch (error) {
    if (error instanceof Stop) return error.status;
    if (!(error instanceof EscapeError)) throw error;
    out.warn(error.message);
    return 1;
  }
  return run.status;
}
