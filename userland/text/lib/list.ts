/** Lists of ranges, as cut takes them: 1,3-5,7-,-2. Numbered from 1. */
import { quote } from '../../coreutils/lib/quote.ts';

export interface Span {
  readonly from: number;
  /** Inclusive; Infinity for an open range. */
  readonly to: number;
}

export class ListError extends Error {}

/** Sorted and merged. `what` is `field` or `byte/character`, for the messages. */
export function parseList(text: string, isFields: boolean): Span[] {
  const spans: { from: number; to: number }[] = [];
  const noun = isFields ? 'fields' : 'byte/character positions';
  for (const part of text.split(/[, \t]/)) {
    const match = /^([0-9]*)(-?)([0-9]*)$/.exec(part);
    if (!match) {
      const bad = part.replace(/^[0-9]*-?[0-9]*/, '') || part;
      if (/^[0-9]*-[0-9]*-/.test(part))
        throw new ListError(isFields ? 'invalid field range' : 'invalid byte or character range');
      throw new ListError(
        isFields ? `invalid field value ${quote(bad)}` : `invalid byte/character position ${quote(bad)}`,
      );
    }
    const [, low, dash, high] = match;
    if (low === '' && dash === '') throw new ListError(`${noun} are numbered from 1`);
    if (low === '' && high === '') throw new ListError('invalid range with no endpoint: -');
    const from = low === '' ? 1 : Number(low);
    const to = dash === '' ? from : high === '' ? Infinity : Number(high);
    if (from === 0 || (dash !== '' && high !== '' && to === 0 && low === ''))
      throw new ListError(`${noun} are numbered from 1`);
    if (to < from) throw new ListError('invalid decreasing range');
    spans.push({ from, to });
  }
  spans.sort((a, b) => a.from - b.from);
  const merged: { from: number; to: number }[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    // Ranges that only touch stay apart: --output-delimiter shows between them.
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else merged.push({ ...span });
  }
  return merged;
}

export function complementList(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  let next = 1;
  for (const { from, to } of spans) {
    if (from > next) out.push({ from: next, to: from - 1 });
    next = to + 1;
  }
  if (next !== Infinity) out.push({ from: next, to: Infinity });
  return out;
}
