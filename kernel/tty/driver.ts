/**
 * TtyDriver: what stands behind a terminal and moves its bytes: a Port of the machine, or the master of a pty. Linux
 * counterpart: struct tty_operations.
 */
export interface TtyDriver {
  readonly kind: 'port' | 'pty';
  /** How many bytes `write` takes now. Woken by Tty.outputReady when it grows. */
  writeRoom(): number;
  /** Takes bytes, at most writeRoom(). */
  write(bytes: Uint8Array): void;
  /** The discipline has room for input again: offer what is waiting. */
  unthrottle(): void;
  /** Drops output that is not delivered yet. */
  flushOutput(): void;
  /** Drops input that the discipline has not taken yet. */
  flushInput(): void;
  /** The other side is gone: reads end, writes are EIO. */
  readonly isOtherSideClosed: boolean;
  /** The last open file of the terminal is closed. */
  lastFileClosed(): void;
  /** TIOCPKT_* bits for a pty's master in packet mode. */
  packetEvent(bits: number): void;
}
