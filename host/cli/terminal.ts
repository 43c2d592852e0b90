/**
 * The host's terminal, lent to a guest terminal: raw mode while it is lent, its size passed on, and given back as it
 * was, whatever happens.
 */
import type { Readable, Writable } from 'node:stream';

/** Ctrl-] */
const ESCAPE = 0x1d;
const ESCAPE_COUNT = 3;

export interface GuestTerminal {
  readonly output: Readable;
  readonly input: Writable;
  resize(rows: number, columns: number): void;
}

/** Connects the host's stdin and stdout with a guest terminal; returns how to take them back. */
export function lendTerminal(guest: GuestTerminal, onEscape: () => void): () => void {
  const { stdin, stdout } = process;
  let escapes = 0;
  const onData = (chunk: Buffer): void => {
    for (const byte of chunk) {
      escapes = byte === ESCAPE ? escapes + 1 : 0;
      if (escapes === ESCAPE_COUNT) return onEscape();
    }
    if (!guest.input.write(chunk)) stdin.pause();
  };
  const onDrain = (): void => void stdin.resume();
  const onResize = (): void => guest.resize(stdout.rows ?? 24, stdout.columns ?? 80);
  const restore = (): void => {
    if (stdin.isTTY) stdin.setRawMode(false);
  };
  if (stdin.isTTY) stdin.setRawMode(true);
  if (stdout.isTTY) onResize();
  process.on('exit', restore);
  stdin.on('data', onData);
  guest.input.on('drain', onDrain);
  stdout.on('resize', onResize);
  guest.output.pipe(stdout, { end: false });
  return () => {
    guest.output.unpipe(stdout);
    guest.input.off('drain', onDrain);
    stdin.off('data', onData);
    stdout.off('resize', onResize);
    stdin.pause();
    restore();
    process.off('exit', restore);
  };
}
