/** Applying the hunks of one file: the new text, what failed, and what is said about it. */
import { stdout } from '../../libc/stdio.ts';
import { ask } from './ask.ts';
import { contextOf, type Hunk, newLines, oldLines, reversed } from './hunk.ts';
import { locate } from './locate.ts';
import type { PatchOptions } from './options.ts';
import type { PatchFormat } from './reader.ts';
import { rejectedHunk } from './reject.ts';

export interface Applied {
  readonly lines: readonly string[];
  readonly failed: number;
  readonly hunks: number;
  /** The rest was not tried. */
  readonly isSkipped: boolean;
  /** Some hunk did not fit exactly where it should. */
  readonly isMismatch: boolean;
  readonly isReversed: boolean;
  readonly rejects: string;
}

export type Decision = { readonly reverses: boolean; readonly skips: boolean };

/** What to do with a patch that looks as if it were the other way round. */
export function decide(question: string, isReversed: boolean, options: PatchOptions): Decision {
  if (options.ignoresApplied || !(options.isForced && options.isSilent)) stdout.write(question);
  if (options.ignoresApplied) {
    stdout.write('  Skipping patch.\n');
    return { reverses: false, skips: true };
  }
  if (options.isForced) {
    if (!options.isSilent) stdout.write('  Applying it anyway.\n');
    return { reverses: false, skips: false };
  }
  if (options.isBatch) {
    stdout.write(isReversed ? '  Ignoring -R.\n' : '  Assuming -R.\n');
    return { reverses: true, skips: false };
  }
  if (ask(isReversed ? '  Ignore -R? [n] ' : '  Assume -R? [n] ').startsWith('y')) {
    return { reverses: true, skips: false };
  }
  if (ask('Apply anyway? [n] ').startsWith('y')) return { reverses: false, skips: false };
  if (!options.isSilent) stdout.write('Skipping patch.\n');
  return { reverses: false, skips: true };
}

export interface Work {
  readonly input: readonly string[];
  readonly hunks: Iterable<Hunk>;
  readonly format: PatchFormat;
  readonly isReversed: boolean;
  readonly isSkipped: boolean;
  /** The patch makes a file that is there already: it fits nowhere. */
  readonly fitsNowhere: boolean;
}

const squeeze = (line: string) => line.replace(/[ \t]+$/gm, '').replace(/[ \t]+/g, ' ');

export function applyHunks(work: Work, options: PatchOptions): Applied {
  const { input } = work;
  const output: string[] = [];
  const key = options.ignoresSpace ? squeeze : (line: string) => line;
  let { isReversed, isSkipped } = work;
  let appliesAnyway = false;
  let frozen = 0;
  let inOffset = 0;
  let outOffset = 0;
  let failed = 0;
  let count = 0;
  let isMismatch = false;
  let rejects = '';
  const say = (text: string) => {
    if (!options.isSilent) stdout.write(text);
  };

  const find = (hunk: Hunk, fuzz: number) =>
    locate(hunk, { lines: input, frozen, offset: inOffset, key }, fuzz);

  for (const original of work.hunks) {
    count++;
    let hunk = isReversed ? reversed(original) : original;
    let where = 0;
    let fuzz = 0;
    if (!isSkipped && !work.fitsNowhere) {
      const { prefix, suffix } = contextOf(hunk);
      const most = Math.min(options.maxFuzz, Math.max(prefix, suffix));
      for (; fuzz <= most; fuzz++) {
        where = find(hunk, fuzz);
        const isFirst =
          count === 1 && !options.isForced && !appliesAnyway && isReversed === options.isReversed;
        if (where === 0 && isFirst) {
          const other = reversed(hunk);
          where = find(other, fuzz);
          if (where !== 0) {
            const what = isReversed ? 'Unreversed' : 'Reversed (or previously applied)';
            const decision = decide(`${what} patch detected!`, isReversed, options);
            if (decision.reverses) {
              isReversed = !isReversed;
              hunk = other;
            } else {
              where = 0;
              appliesAnyway = true;
              isSkipped = decision.skips;
              fuzz--;
            }
          }
        }
        if (where !== 0 || isSkipped) break;
      }
    }
    const first = oldLines(hunk).length === 0 ? hunk.oldFirst + 1 : hunk.oldFirst;
    if (where === 0) {
      failed++;
      isMismatch = true;
      if (!isSkipped) say(`Hunk #${count} FAILED at ${first + outOffset}.\n`);
      rejects += rejectedHunk(hunk, work.format, outOffset);
      continue;
    }
    inOffset = where - first;
    if (fuzz > 0 || inOffset !== 0) isMismatch = true;
    if (options.isVerbose || fuzz > 0 || inOffset !== 0) {
      const fuzzText = fuzz > 0 ? ` with fuzz ${fuzz}` : '';
      const offsetText = inOffset === 0 ? '' : ` (offset ${inOffset} line${inOffset === 1 ? '' : 's'})`;
      say(`Hunk #${count} succeeded at ${where + outOffset}${fuzzText}${offsetText}.\n`);
    }
    // Unchanged lines come from the file: with fuzz they may not be those of the patch.
    let at = where - 1;
    for (const { mark, text } of hunk.lines) {
      if (mark === ' ') {
        at++;
        continue;
      }
      while (frozen < Math.min(at, input.length)) output.push(input[frozen++]!);
      if (mark === '+') output.push(text);
      else frozen = ++at;
    }
    outOffset += newLines(hunk).length - oldLines(hunk).length;
  }
  for (; frozen < input.length; frozen++) output.push(input[frozen]!);
  return { lines: output, failed, hunks: count, isSkipped, isMismatch, isReversed, rejects };
}
