/** Floating-point numbers with as many digits as tell them apart, in the manner of %g (gnulib's ftoastr). */
import { formatReal, parseReal } from './long-double.ts';

/** `size`: 4 for a float, 8 for a double. */
export function shortestFloat(value: number, size: 4 | 8): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  const same = (text: string) =>
    size === 4 ? Math.fround(Number(text)) === Math.fround(magnitude) : Number(text) === magnitude;
  const most = size === 4 ? 9 : 17;
  // Exact decimal text of the double, so that rounding to fewer digits is right.
  const exact = parseReal(magnitude.toExponential(17 + 3)).value;
  for (let digits = 1; digits <= most; digits++) {
    const text = formatReal(exact, 'g', digits, false);
    if (same(text) || digits === most) return sign + text;
  }
  return sign + String(magnitude);
}
