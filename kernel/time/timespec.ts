/** Points in time and intervals as Linux's timespec: seconds, and 0–999,999,999 nanoseconds. Values are immutable. */
export interface Timespec {
  readonly sec: number;
  readonly nsec: number;
}

export const EPOCH: Timespec = { sec: 0, nsec: 0 };
export const NS_PER_SEC = 1e9;

export function compareTimespec(a: Timespec, b: Timespec): number {
  return a.sec - b.sec || a.nsec - b.nsec;
}

/** From nanoseconds since the epoch. */
export function timespecFromNs(ns: bigint): Timespec {
  const sec = ns >= 0n ? ns / 1_000_000_000n : -((-ns + 999_999_999n) / 1_000_000_000n);
  return { sec: Number(sec), nsec: Number(ns - sec * 1_000_000_000n) };
}
