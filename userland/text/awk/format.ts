/** printf for awk: C's conversions on doubles and byte strings. */
import { charLength, encodeCode } from '../../libc/regex/utf8.ts';
import { numberOf, StrNum, type Value } from './value.ts';

const MAX_LONG = 2 ** 63;

function special(value: number): string | undefined {
  if (Number.isNaN(value)) return 'nan';
  if (value === Infinity) return 'inf';
  return value === -Infinity ? '-inf' : undefined;
}

/** toFixed without its limit of 1e21. */
function fixed(value: number, precision: number): string {
  const digits = Math.min(precision, 100);
  const text =
    Math.abs(value) < 1e21
      ? value.toFixed(digits)
      : `${BigInt(value)}${digits > 0 ? `.${'0'.repeat(digits)}` : ''}`;
  return precision > digits ? text + '0'.repeat(precision - digits) : text;
}

function exponential(value: number, precision: number): string {
  return value.toExponential(Math.min(precision, 100)).replace(/e([-+])([0-9])$/, 'e$10$2');
}

/** %g */
function general(value: number, precision: number, isAlternate: boolean): string {
  const digits = precision === 0 ? 1 : Math.min(precision, 100);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const exponent = Number(/e([-+][0-9]+)$/.exec(value.toExponential(digits - 1))![1]);
  const isShort = exponent >= -4 && exponent < digits;
  let text = isShort ? fixed(value, Math.max(0, digits - 1 - exponent)) : exponential(value, digits - 1);
  if (!isAlternate && text.includes('.')) text = text.replace(/\.?0*(e|$)/, '$1');
  return text;
}

/** A number as awk turns it into a string: whole ones as integers, others by CONVFMT or OFMT. */
export function numberText(value: number, format: string): string {
  if (Number.isInteger(value) && Math.abs(value) < MAX_LONG) {
    return Math.abs(value) < 1e21 && Math.abs(value) <= 2 ** 53
      ? value === 0
        ? '0'
        : String(value)
      : String(BigInt(value));
  }
  if (format === '%.6g') return special(value) ?? general(value, 6, false);
  return sprintf(format, [value], () => '', true);
}

const DIRECTIVE = /%([-+ #0']*)(\*|[0-9]+)?(?:\.(\*|[0-9]+)?)?([hlLqjzt]*)([^])/g;

export function sprintf(
  format: string,
  args: readonly Value[],
  textOf: (value: Value) => string,
  isUtf8: boolean,
): string {
  if (!format.includes('%')) return format;
  let next = 0;
  const number = (): number => numberOf(args[next++]);
  return format.replaceAll(
    DIRECTIVE,
    (
      whole,
      flags: string,
      width: string | undefined,
      precisionText: string | undefined,
      _size: string,
      conversion: string,
    ) => {
      if (conversion === '%') return '%';
      let isLeft = flags.includes('-');
      let columns = 0;
      if (width === '*') {
        columns = Math.trunc(number());
        if (columns < 0) {
          isLeft = true;
          columns = -columns;
        }
      } else if (width !== undefined) columns = Number(width);
      const hasPoint = whole.includes('.');
      let precision =
        precisionText === '*'
          ? Math.trunc(number())
          : precisionText === undefined
            ? hasPoint
              ? 0
              : -1
            : Number(precisionText);
      const pad = (sign: string, body: string, canZero: boolean): string => {
        const length = sign.length + body.length;
        if (length >= columns) return sign + body;
        if (isLeft) return sign + body + ' '.repeat(columns - length);
        if (canZero && flags.includes('0')) return sign + '0'.repeat(columns - length) + body;
        return ' '.repeat(columns - length) + sign + body;
      };
      const signOf = (isNegative: boolean): string =>
        isNegative ? '-' : flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
      switch (conversion) {
        case 'd':
        case 'i': {
          const value = number();
          const odd = special(value);
          if (odd !== undefined) return pad(signOf(odd.startsWith('-')), odd.replace('-', ''), false);
          const whole = Math.trunc(value);
          let digits =
            Math.abs(whole) <= 2 ** 53 ? String(Math.abs(whole)) : BigInt(Math.abs(whole)).toString();
          if (precision === 0 && whole === 0) digits = '';
          return pad(signOf(whole < 0), digits.padStart(precision, '0'), precision < 0);
        }
        case 'o':
        case 'x':
        case 'X':
        case 'u': {
          const value = number();
          const odd = special(value);
          if (odd !== undefined) return pad('', odd, false);
          const whole = BigInt.asUintN(64, BigInt(Math.trunc(value)));
          const radix = conversion === 'o' ? 8 : conversion === 'u' ? 10 : 16;
          let digits = whole.toString(radix).padStart(precision, '0');
          if (conversion === 'X') digits = digits.toUpperCase();
          let prefix = '';
          if (flags.includes('#') && whole !== 0n) {
            if (radix === 8 && !digits.startsWith('0')) digits = `0${digits}`;
            if (radix === 16) prefix = `0${conversion}`;
          }
          return pad(prefix, digits, precision < 0);
        }
        case 'e':
        case 'E':
        case 'f':
        case 'F':
        case 'g':
        case 'G': {
          const value = number();
          const odd = special(value);
          if (odd !== undefined) {
            const text = odd.replace('-', '');
            return pad(signOf(odd.startsWith('-')), conversion < 'a' ? text.toUpperCase() : text, false);
          }
          if (precision < 0) precision = 6;
          const magnitude = Math.abs(value);
          const kind = conversion.toLowerCase();
          const isAlternate = flags.includes('#');
          let body =
            kind === 'f'
              ? fixed(magnitude, precision)
              : kind === 'e'
                ? exponential(magnitude, precision)
                : general(magnitude, precision, isAlternate);
          if (conversion < 'a') body = body.toUpperCase();
          return pad(signOf(value < 0 || Object.is(value, -0)), body, true);
        }
        case 'c': {
          const value = args[next++];
          if (typeof value === 'number' || (value instanceof StrNum && value.isNumeric)) {
            const code = Math.trunc(numberOf(value));
            return pad(
              '',
              isUtf8 && code >= 128 && code < 0x110000 ? encodeCode(code) : String.fromCharCode(code & 255),
              false,
            );
          }
          const text = textOf(value);
          return pad('', text === '' ? '' : text.slice(0, isUtf8 ? charLength(text, 0) : 1), false);
        }
        case 's': {
          const text = textOf(args[next++]);
          return pad('', precision >= 0 ? cut(text, precision, isUtf8) : text, false);
        }
        default:
          return whole;
      }
    },
  );
}

/** The first `count` characters. */
function cut(text: string, count: number, isUtf8: boolean): string {
  if (!isUtf8) return text.slice(0, count);
  let at = 0;
  for (let i = 0; i < count && at < text.length; i++) at += charLength(text, at);
  return text.slice(0, at);
}
