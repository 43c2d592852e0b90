/** Durations as sleep(1) and timeout(1) take them: `1.5`, `2m`, `0.1h`, `infinity`. */
import { parseReal } from './long-double.ts';

const UNITS: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400 };

/** Seconds; undefined: no duration. */
export function parseDuration(text: string): number | undefined {
  const { value, length } = parseReal(text);
  const unit = UNITS[text.slice(length)];
  if (length === 0 || unit === undefined || value.isNegative || value.kind === 'nan') return undefined;
  if (value.kind === 'inf') return Infinity;
  return Number(text.slice(0, length)) * unit;
}
