/** yes(1): a line, over and over. The lines fill a buffer once, which is then written again and again. */
import { parse } from '../libc/getopt.ts';
import { native } from '../libc/native.ts';
import { warn } from '../libc/stdlib.ts';
import { writeAll } from '../libc/unistd.ts';
import { ioBuffer } from './lib/io.ts';
import { reason } from './lib/errors.ts';

export function main(argv: string[]): number {
  const { operands } = parse(argv, {
    short: '+',
    usage: `Usage: yes [STRING]...\nRepeatedly output a line with all specified STRING(s), or 'y'.\n`,
  });
  const line = (operands.length > 0 ? operands.join(' ') : 'y') + '\n';
  const { bytes } = ioBuffer();
  // A buffer of 64 KiB fills a pipe and no more: a reader of a few lines does not wait for the rest.
  const repeated = line.repeat(Math.max(1, Math.floor(65536 / line.length))).slice(0, bytes.length);
  const fits = line.length <= bytes.length;
  if (fits) native().encode(repeated, bytes, 0);
  try {
    for (;;) writeAll(1, fits ? bytes.subarray(0, repeated.length) : line);
  } catch (error) {
    warn(`standard output: ${reason(error)}`);
    return 1;
  }
}
