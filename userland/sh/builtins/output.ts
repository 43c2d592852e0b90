/** echo (XSI: backslash escapes, -n) and printf(1p). */
import { utf8 } from '../word-reader.ts';
import { codePoint, characters } from '../../libc/fnmatch.ts';
import { BuiltinError, type Builtin } from './builtin.ts';

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  e: '\x1b',
  '\\': '\\',
};

/** Replaces backslash escapes; `isStopped` after \c. `octal`: how \ddd is written (\0ddd for echo and %b). */
function unescape(text: string, octal: 'echo' | 'format'): { text: string; isStopped: boolean } {
  if (!text.includes('\\')) return { text, isStopped: false };
  let result = '';
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (char !== '\\' || i + 1 >= text.length) {
      result += char;
      continue;
    }
    const next = text[++i]!;
    if (next === 'c' && octal === 'echo') return { text: result, isStopped: true };
    const rest = text.slice(i);
    const digits = (octal === 'echo' ? /^0[0-7]{0,3}|^[1-7][0-7]{0,2}/ : /^[0-7]{1,3}/).exec(rest)?.[0];
    const hex = /^x([0-9a-fA-F]{1,2})/.exec(rest)?.[1];
    const unicode = /^u([0-9a-fA-F]{1,4})|^U([0-9a-fA-F]{1,8})/.exec(rest);
    if (digits !== undefined) {
      result += String.fromCharCode(parseInt(digits, 8) & 0xff);
      i += digits.length - 1;
    } else if (hex !== undefined && octal === 'format') {
      result += String.fromCharCode(parseInt(hex, 16));
      i += hex.length;
    } else if (unicode && octal === 'format') {
      result += utf8(parseInt(unicode[1] ?? unicode[2]!, 16));
      i += unicode[0].length - 1;
    } else result += ESCAPES[next] ?? (next === '"' && octal === 'format' ? '"' : `\\${next}`);
  }
  return { text: result, isStopped: false };
}

export const echo: Builtin = {
  run: (shell, args) => {
    const hasNewline = args[1] !== '-n';
    const words = args.slice(hasNewline ? 1 : 2);
    const { text, isStopped } = unescape(words.join(' '), 'echo');
    shell.print(hasNewline && !isStopped ? `${text}\n` : text);
    return 0;
  },
};

const DIRECTIVE = /%([-+ #0]*)(\*|[0-9]+)?(?:\.(\*|[0-9]*))?(?:hh|h|ll|l|j|z|t|L)?([^])?/y;

/** printf: the format is used again while arguments are left. */
export const printf: Builtin = {
  run: (shell, args) => {
    const operands = args[1] === '--' ? args.slice(2) : args.slice(1);
    const format = operands[0];
    if (format === undefined) throw new BuiltinError('usage: printf format [arg ...]');
    const printer = new Printer(operands.slice(1), message => shell.complainAs('printf', message));
    try {
      printer.run(format);
    } finally {
      shell.print(printer.output);
    }
    return printer.status;
  },
};

class Printer {
  output = '';
  status = 0;
  private readonly args: readonly string[];
  private readonly complain: (message: string) => void;
  private next = 0;

  constructor(args: readonly string[], complain: (message: string) => void) {
    this.args = args;
    this.complain = complain;
  }

  run(format: string): void {
    do {
      const before = this.next;
      if (!this.once(format) || this.next === before) return;
    } while (this.next < this.args.length);
  }

  /** One pass over the format; false when output is to stop (\c). */
  private once(format: string): boolean {
    for (let i = 0; i < format.length;) {
      const percent = format.indexOf('%', i);
      const literal = unescape(percent < 0 ? format.slice(i) : format.slice(i, percent), 'format');
      this.output += literal.text;
      if (percent < 0) return true;
      DIRECTIVE.lastIndex = percent;
      const found = DIRECTIVE.exec(format)!;
      i = DIRECTIVE.lastIndex;
      const [whole, flags = '', width, precision, conversion] = found;
      if (conversion === '%' && whole === '%%') {
        this.output += '%';
        continue;
      }
      if (conversion === undefined || !'diouxXcsbeEfFgGaA'.includes(conversion)) {
        throw new BuiltinError(`${whole}: invalid directive`);
      }
      if (!this.convert(flags, width, precision, conversion)) return false;
    }
    return true;
  }

  private argument(): string | undefined {
    return this.args[this.next++];
  }

  private convert(
    flags: string,
    width: string | undefined,
    precision: string | undefined,
    conversion: string,
  ): boolean {
    let wide = width === '*' ? Number(this.integer()) : Number(width ?? 0);
    let mark = flags;
    if (wide < 0) {
      mark += '-';
      wide = -wide;
    }
    let digits =
      precision === undefined ? undefined : precision === '*' ? Number(this.integer()) : Number(precision);
    if (digits !== undefined && digits < 0) digits = undefined;
    switch (conversion) {
      case 'c':
        this.put((this.argument() ?? '').slice(0, 1), mark.replace('0', ''), wide);
        return true;
      case 's':
        this.put((this.argument() ?? '').slice(0, digits), mark.replace('0', ''), wide);
        return true;
      case 'b': {
        const { text, isStopped } = unescape(this.argument() ?? '', 'echo');
        this.put(text.slice(0, digits), mark.replace('0', ''), wide);
        return !isStopped;
      }
      default:
        if ('eEfFgGaA'.includes(conversion)) {
          this.put(formatFloat(this.float(), conversion, digits, mark), mark, wide);
        } else {
          this.put(
            formatInteger(this.integer(), conversion, digits, mark),
            digits === undefined ? mark : mark.replace('0', ''),
            wide,
          );
        }
        return true;
    }
  }

  private put(text: string, flags: string, width: number): void {
    if (flags.includes('-')) this.output += text.padEnd(width);
    else if (flags.includes('0') && !/[in]/.test(text.slice(-3))) {
      const sign = /^(?:[-+ ]?0[xX]|[-+ ])?/.exec(text)![0];
      this.output += sign + text.slice(sign.length).padStart(width - sign.length, '0');
    } else this.output += text.padStart(width);
  }

  private bad(argument: string, message: string): void {
    this.complain(`${argument}: ${message}`);
    this.status = 1;
  }

  private integer(): bigint {
    const argument = this.argument();
    if (argument === undefined || argument === '') return this.emptyNumber(argument);
    if (/^['"]/.test(argument)) return BigInt(characterCode(argument));
    const found = /^\s*([-+]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)/.exec(argument);
    if (!found) {
      this.bad(argument, 'expected numeric value');
      return 0n;
    }
    if (found[0].length < argument.length) this.bad(argument, 'not completely converted');
    const digits = found[2]!;
    const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
    return found[1] === '-' ? -value : value;
  }

  private emptyNumber(argument: string | undefined): bigint {
    if (argument === '') this.bad('', 'expected numeric value');
    return 0n;
  }

  private float(): number {
    const argument = this.argument();
    if (argument === undefined) return 0;
    if (/^['"]/.test(argument)) return characterCode(argument);
    const found =
      /^\s*[-+]?(?:inf(?:inity)?|nan|0x[0-9a-f]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?)/i.exec(
        argument,
      );
    if (!found) {
      this.bad(argument, 'expected numeric value');
      return 0;
    }
    if (found[0].length < argument.length) this.bad(argument, 'not completely converted');
    const text = found[0].trim().toLowerCase();
    if (text.includes('inf')) return text.startsWith('-') ? -Infinity : Infinity;
    if (text.includes('nan')) return NaN;
    return Number(text);
  }
}

function characterCode(argument: string): number {
  const first = characters(argument.slice(1), true)[0];
  return first === undefined ? 0 : codePoint(first);
}

function formatInteger(
  value: bigint,
  conversion: string,
  precision: number | undefined,
  flags: string,
): string {
  const isSigned = conversion === 'd' || conversion === 'i';
  let magnitude: bigint;
  let sign = '';
  if (isSigned) {
    const limited = value > INT_MAX ? INT_MAX : value < -INT_MAX - 1n ? -INT_MAX - 1n : value;
    sign = limited < 0n ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
    magnitude = limited < 0n ? -limited : limited;
  } else magnitude = BigInt.asUintN(64, value);
  const base = conversion === 'o' ? 8 : conversion === 'x' || conversion === 'X' ? 16 : 10;
  let digits = magnitude.toString(base);
  if (precision !== undefined)
    digits = precision === 0 && magnitude === 0n ? '' : digits.padStart(precision, '0');
  if (flags.includes('#')) {
    if (base === 8 && !digits.startsWith('0')) digits = `0${digits}`;
    if (base === 16 && magnitude !== 0n) digits = `0x${digits}`;
  }
  return sign + (conversion === 'X' ? digits.toUpperCase() : digits);
}

const INT_MAX = 2n ** 63n - 1n;

function formatFloat(
  value: number,
  conversion: string,
  precision: number | undefined,
  flags: string,
): string {
  const sign =
    value < 0 || Object.is(value, -0) ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  const text = formatMagnitude(
    Math.abs(value),
    conversion.toLowerCase(),
    precision ?? 6,
    flags.includes('#'),
  );
  return sign + (/[A-Z]/.test(conversion) ? text.toUpperCase() : text);
}

function formatMagnitude(value: number, conversion: string, precision: number, isAlternate: boolean): string {
  if (Number.isNaN(value)) return 'nan';
  if (value === Infinity) return 'inf';
  switch (conversion) {
    case 'f':
      return fixed(value, precision);
    case 'e':
      return exponential(value, precision);
    case 'g': {
      const significant = precision === 0 ? 1 : precision;
      const exponent =
        value === 0 ? 0 : Number(/e(.*)$/.exec(value.toExponential(Math.min(100, significant - 1)))![1]);
      const text =
        exponent < -4 || exponent >= significant
          ? exponential(value, significant - 1)
          : fixed(value, significant - 1 - exponent);
      return isAlternate ? text : text.replace(/(\.[0-9]*?)0+(e|$)/, '$1$2').replace(/\.(e|$)/, '$1');
    }
    default: {
      if (value === 0) return '0x0p+0';
      const exponent = Math.floor(Math.log2(value));
      return `0x${(value / 2 ** exponent).toString(16)}p${exponent < 0 ? '' : '+'}${exponent}`;
    }
  }
}

function fixed(value: number, precision: number): string {
  if (value < 1e21) return value.toFixed(Math.min(100, precision));
  const whole = BigInt(value).toString();
  return precision > 0 ? `${whole}.${'0'.repeat(precision)}` : whole;
}

function exponential(value: number, precision: number): string {
  return value.toExponential(Math.min(100, precision)).replace(/e([-+])([0-9])$/, 'e$10$2');
}
