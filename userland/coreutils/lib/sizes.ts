/** Sizes: reading `10K`, `1MB`, `4GiB`, and showing them as ls, df and du do (gnulib's xstrtol and human). */
import { env } from '../../libc/stdlib.ts';

const LETTERS = 'KMGTPEZY';

/**
 * A number with a GNU suffix: K = KiB = 1024, KB = 1000, b = 512, c = 1, w = 2. undefined: no number at all;
 * NaN: a suffix that is none.
 */
export function parseSize(text: string, suffixes = 'bcwkKMGTPEZY'): number | undefined {
  const found = /^([+-]?\d+)(.*)$/s.exec(text.trimStart());
  if (!found) {
    // A suffix alone means one of it: -B K.
    const alone = /^([kKMGTPEZY])(B|iB)?$/.exec(text);
    return alone && suffixes.includes(alone[1]!) ? multiplier(text, suffixes) : undefined;
  }
  return Number(found[1]) * multiplier(found[2]!, suffixes);
}

function multiplier(suffix: string, suffixes: string): number {
  if (suffix === '') return 1;
  const found = /^([a-zA-Z])(B|iB)?$/.exec(suffix);
  if (!found || !suffixes.includes(found[1]!)) return NaN;
  const letter = found[1]!;
  const base = found[2] === 'B' ? 1000 : 1024;
  if (found[2] === undefined) {
    if (letter === 'b') return 512;
    if (letter === 'c') return 1;
    if (letter === 'w') return 2;
  }
  const power = LETTERS.indexOf(letter.toUpperCase());
  return power < 0 ? NaN : base ** (power + 1);
}

/** How sizes are shown: in units of `block` bytes, or scaled (`human`) by 1024 or 1000. */
export interface SizeFormat {
  readonly human: 0 | 1000 | 1024;
  readonly block: number;
  /** Printed after the number when the block size was given as a bare unit: --block-size=K. */
  readonly suffix: string;
}

export const BYTES: SizeFormat = { human: 0, block: 1, suffix: '' };
export const KIBIBYTES: SizeFormat = { human: 0, block: 1024, suffix: '' };

/** Reads --block-size. undefined: invalid. */
export function parseBlockSize(text: string): SizeFormat | undefined {
  if (text === 'human-readable') return { human: 1024, block: 1, suffix: '' };
  if (text === 'si') return { human: 1000, block: 1, suffix: '' };
  const block = parseSize(text.replace(/^'/, ''), 'KkMGTPEZY');
  if (block === undefined || Number.isNaN(block) || block <= 0) return undefined;
  const unit = /^[kKMGTPEZY](B|iB)?$/.test(text) ? text : '';
  const suffix = unit.length === 2 ? (unit[0] === 'K' ? `k${unit[1]}` : unit) : unit;
  return { human: 0, block, suffix };
}

/** The default of df and du: BLOCK_SIZE variables, POSIXLY_CORRECT, else 1024. */
export function defaultBlockSize(variable: string): SizeFormat {
  const text = env.get(variable) ?? env.get('BLOCK_SIZE') ?? env.get('BLOCKSIZE');
  const given = text === undefined ? undefined : parseBlockSize(text);
  if (given) return given;
  return env.has('POSIXLY_CORRECT') ? { human: 0, block: 512, suffix: '' } : KIBIBYTES;
}

/** Shows a number of bytes, rounded up as GNU does: `1.5K`, `12M`, or blocks. */
export function showSize(
  bytes: number,
  format: SizeFormat,
  rounding: 'ceiling' | 'nearest' = 'ceiling',
): string {
  const round = rounding === 'ceiling' ? Math.ceil : Math.round;
  if (format.human === 0) return `${round(bytes / format.block)}${format.suffix}`;
  const base = format.human;
  if (bytes < base) return String(bytes);
  let power = 0;
  let value = bytes;
  while (value >= base && power < LETTERS.length) {
    value /= base;
    power++;
  }
  // One decimal below ten, rounded up; rounding can carry into the next unit.
  let text: string;
  const tenths = round(value * 10 - 1e-9);
  if (tenths < 100) text = (tenths / 10).toFixed(1);
  else {
    let whole = round(value - 1e-9);
    if (whole >= base && power < LETTERS.length) {
      whole = 1;
      power++;
      text = '1.0';
    } else text = String(whole);
  }
  const letter = LETTERS[power - 1]!;
  return text + (base === 1000 && letter === 'K' ? 'k' : letter);
}
