/**
 * Args: the six argument registers of a system call, copied out of the trap before anything looks at them. A guest
 * can put anything into them, so each reader names how it is to be taken.
 */

export const ARG_WORDS = 12;
const POW32 = 2 ** 32;

export class Args {
  /** Six registers, low word first. */
  readonly words = new Int32Array(ARG_WORDS);

  i32(n: number): number {
    return this.words[n * 2]!;
  }
  u32(n: number): number {
    return this.words[n * 2]! >>> 0;
  }
  /** A file descriptor (an int; negative ones are EBADF later, or AT_FDCWD). */
  fd(n: number): number {
    return this.words[n * 2]!;
  }
  /** A guest address. Anything past 2^53 is inexact, and no guest address is that large: it faults. */
  ptr(n: number): number {
    return (this.words[n * 2 + 1]! >>> 0) * POW32 + (this.words[n * 2]! >>> 0);
  }
  /** A size_t; exact below 2^53. */
  len(n: number): number {
    return (this.words[n * 2 + 1]! >>> 0) * POW32 + (this.words[n * 2]! >>> 0);
  }
  /** A signed 64-bit offset; exact within ±2^53. */
  i64(n: number): number {
    return this.words[n * 2 + 1]! * POW32 + (this.words[n * 2]! >>> 0);
  }
  /** An opaque 64-bit word. */
  b64(n: number): bigint {
    return (BigInt(this.words[n * 2 + 1]! >>> 0) << 32n) | BigInt(this.words[n * 2]! >>> 0);
  }
}
