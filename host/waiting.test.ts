import { describe, expect, it } from 'vitest';
import { CONTEXT_WORDS, WAITING } from '../kernel/abi/trap.ts';
import { beginWait, endWait, isWaiting, waitedNs } from './waiting.ts';

function record(): { records: Int32Array; base: number } {
  return { records: new Int32Array(new SharedArrayBuffer(2 * CONTEXT_WORDS * 4)), base: CONTEXT_WORDS };
}

describe('what a program slept on words of its own', () => {
  it('grows while it sleeps, and stays while it does not', () => {
    const { records, base } = record();
    expect(waitedNs(records, base, 5)).toBe(0);
    beginWait(records, base, 1000);
    expect(isWaiting(records, base)).toBe(true);
    expect(waitedNs(records, base, 1250)).toBe(250);
    endWait(records, base, 1500.5);
    expect(isWaiting(records, base)).toBe(false);
    expect(waitedNs(records, base, 9999)).toBe(500.5);
    beginWait(records, base, 2000);
    endWait(records, base, 2100);
    beginWait(records, base, 3000);
    expect(waitedNs(records, base, 3001)).toBe(601.5);
  });

  it('is of one moment, wherever the writer has got to', () => {
    const { records, base } = record();
    // A reader that is interrupted by writes sees one of the values that were true meanwhile.
    const real = Atomics.load;
    let step = 0;
    Object.assign(Atomics, {
      load(words: Int32Array, at: number): number {
        step++;
        if (words === records && step === 3) {
          Object.assign(Atomics, { load: real });
          endWait(records, base, 2000);
          beginWait(records, base, 5000);
        }
        return real(words, at);
      },
    });
    try {
      beginWait(records, base, 1000);
      step = 0;
      expect(waitedNs(records, base, 6000)).toBe(1000 + 1000);
    } finally {
      Object.assign(Atomics, { load: real });
    }
    expect(records[base + WAITING]).toBe(3);
  });

  it('does not go back when the clock of another core is a little behind', () => {
    const { records, base } = record();
    beginWait(records, base, 1000);
    expect(waitedNs(records, base, 999)).toBe(0);
    endWait(records, base, 998);
    expect(waitedNs(records, base, 999)).toBe(0);
  });
});
