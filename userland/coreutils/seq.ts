/** seq(1): a sequence of numbers. Integers count exactly; others are long doubles as in GNU's. */
import { parse, usageError } from '../libc/getopt.ts';
import { stdout } from '../libc/stdio.ts';
import { fail } from '../libc/stdlib.ts';
import { type Directive, formatFloat } from './lib/directive.ts';
import { type Real, add, compare, formatReal, fromInteger, multiply, parseReal } from './lib/long-double.ts';
import { quote } from './lib/quote.ts';

const usage = `Usage: seq [OPTION]... LAST
  or:  seq [OPTION]... FIRST LAST
  or:  seq [OPTION]... FIRST INCREMENT LAST
Print numbers from FIRST to LAST, in steps of INCREMENT.

  -f, --format=FORMAT      use printf style floating-point FORMAT
  -s, --separator=STRING   use STRING to separate numbers (default: \\n)
  -w, --equal-width        equalize width by padding with leading zeroes
`;

interface Operand {
  readonly value: Real;
  /** Digits after the point; undefined: unknown (hexadecimal). */
  readonly precision: number | undefined;
  /** Characters that it needs. */
  readonly width: number;
}

function operand(argv0: string, text: string): Operand {
  const { value, length } = parseReal(text);
  if (length === 0 || length < text.length) {
    return usageError(argv0, `invalid floating point argument: ${quote(text)}`);
  }
  if (value.kind === 'nan')
    return usageError(argv0, `invalid ${quote('not-a-number')} argument: ${quote(text)}`);
  const bare = text.trimStart().replace(/^\+/, '');
  if (value.kind === 'inf' || /^-?0x/i.test(bare)) return { value, precision: undefined, width: bare.length };
  const [mantissa = '', exponentText] = bare.split(/e/i);
  const exponent = Number(exponentText ?? 0);
  const point = mantissa.indexOf('.');
  const decimals = point < 0 ? 0 : mantissa.length - point - 1;
  const precision = Math.max(0, decimals - exponent);
  const integerWidth = (point < 0 ? mantissa.length : point) + Math.max(0, exponent) + (point === 0 ? 1 : 0);
  return { value, precision, width: integerWidth + (precision > 0 ? precision + 1 : 0) };
}

/** Splits a -f format: text around exactly one directive for a long double. */
function splitFormat(format: string): { before: string; directive: Directive; after: string } {
  const found = /^((?:[^%]|%%)*)%([-+ #0']*)(\d*)(?:\.(\d*))?(L?)(.?)(.*)$/s.exec(format);
  const shown = quote(format);
  if (!found) return fail(1, `format ${shown} has no % directive`);
  const [, before, flags, width, precision, , conversion, after] = found;
  if (conversion === '') return fail(1, `format ${shown} ends in %`);
  if (!/[efgaEFGA]/.test(conversion!)) return fail(1, `format ${shown} has unknown %${conversion} directive`);
  if (/%(?!%)/.test(after!.replaceAll('%%', ''))) return fail(1, `format ${shown} has too many % directives`);
  return {
    before: before!.replaceAll('%%', '%'),
    directive: {
      flags: flags!,
      width: Number(width),
      precision: precision === undefined ? undefined : Number(precision),
      conversion: conversion!,
    },
    after: after!.replaceAll('%%', '%'),
  };
}

function countIntegers(first: bigint, step: bigint, last: bigint, separator: string, width: number): void {
  const isAscending = step > 0n;
  if (isAscending ? first > last : first < last) return;
  const limit = BigInt(Number.MAX_SAFE_INTEGER);
  const small = [first, last, last + step].every(n => n <= limit && n >= -limit);
  const padded = (text: string) =>
    text.startsWith('-') ? '-' + text.slice(1).padStart(width - 1, '0') : text.padStart(width, '0');
  let isFirst = true;
  const put = (text: string) => {
    stdout.write((isFirst ? '' : separator) + (width > 0 ? padded(text) : text));
    isFirst = false;
  };
  if (small) {
    const [from, by, to] = [Number(first), Number(step), Number(last)];
    for (let n = from; isAscending ? n <= to : n >= to; n += by) put(String(n));
  } else {
    for (let n = first; isAscending ? n <= last : n >= last; n += step) put(n.toString());
  }
  stdout.write('\n');
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: '+f:s:w',
    long: { format: 'f', separator: 's', 'equal-width': 'w' },
    operand: /^-[.\d]/,
    usage,
  });
  const words = found.operands;
  if (words.length === 0) return usageError(argv[0]!, 'missing operand');
  if (words.length > 3) return usageError(argv[0]!, `extra operand ${quote(words[3]!)}`);
  const separator = found.value('s') ?? '\n';
  const isEqualWidth = found.has('w');
  const given = found.value('f');
  if (given !== undefined && isEqualWidth) {
    return usageError(argv[0]!, 'format string may not be specified when printing equal width strings');
  }
  const [firstText, stepText, lastText] =
    words.length === 1 ? ['1', '1', words[0]!] : words.length === 2 ? [words[0]!, '1', words[1]!] : words;
  const first = operand(argv[0]!, firstText!);
  const step = operand(argv[0]!, stepText!);
  const last = operand(argv[0]!, lastText!);
  if (step.value.kind === 'finite' && step.value.mantissa === 0n) {
    return usageError(argv[0]!, `invalid Zero increment value: ${quote(stepText!)}`);
  }

  const isInteger = [firstText, stepText, lastText].every(text => /^\s*[+-]?\d+$/.test(text!));
  if (isInteger && given === undefined) {
    const numbers = [firstText, stepText, lastText].map(text => BigInt(text!.trim().replace(/^\+/, '')));
    const width = isEqualWidth ? Math.max(first.width, last.width) : 0;
    countIntegers(numbers[0]!, numbers[1]!, numbers[2]!, separator, width);
    return 0;
  }

  const precision =
    first.precision === undefined || step.precision === undefined || last.precision === undefined
      ? undefined
      : Math.max(first.precision, step.precision);
  let format = {
    before: '',
    directive: { flags: '', width: 0, precision: undefined, conversion: 'g' } as Directive,
    after: '',
  };
  if (given !== undefined) format = splitFormat(given);
  else if (precision !== undefined) {
    // -w: as wide as the wider end with the common number of decimals.
    const widthOf = (end: Operand) =>
      end.width + precision - end.precision! + (end.precision === 0 && precision > 0 ? 1 : 0);
    const lastWidth =
      last.width +
      (precision - last.precision!) +
      (last.precision! > 0 && precision === 0 ? -1 : last.precision === 0 && precision > 0 ? 1 : 0);
    const width = isEqualWidth ? Math.max(widthOf(first), lastWidth) : 0;
    format.directive = { flags: isEqualWidth ? '0' : '', width, precision, conversion: 'f' };
  }
  printReals(first.value, step.value, last.value, separator, format);
  return 0;
}

function printReals(
  first: Real,
  step: Real,
  last: Real,
  separator: string,
  format: { before: string; directive: Directive; after: string },
): void {
  const isPast = (x: Real) => (step.isNegative ? compare(x, last) < 0 : compare(x, last) > 0);
  if (isPast(first)) return;
  const show = (x: Real) => format.before + formatFloat(x, format.directive) + format.after;
  let text = show(first);
  stdout.write(text);
  for (let i = 1n; ; i++) {
    const x = add(first, multiply(fromInteger(i), step));
    const next = show(x);
    if (isPast(x)) {
      // An increment that is no binary fraction overshoots a little: what prints as LAST is LAST.
      const number = parseReal(formatFloat(x, format.directive)).value;
      const { precision, conversion } = format.directive;
      const isLast =
        compare(number, last) === 0 ||
        formatReal(x, conversion, precision, false) === formatReal(last, conversion, precision, false);
      if (!isLast || next === text || isPast(number)) break;
      stdout.write(separator + next);
      break;
    }
    stdout.write(separator + next);
    text = next;
  }
  stdout.write('\n');
}
