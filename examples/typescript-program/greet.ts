/** A program for the guest: what a C program would do, with the functions of a C library. */
import { getenv, getpid, toText, writeAll } from 'lodger/program';

export function main(argv: string[]): number {
  const names = argv.slice(1);
  if (names.length === 0) {
    writeAll(2, 'usage: greet NAME…\n');
    return 2;
  }
  for (const name of names) writeAll(1, `${toText(getenv('GREETING') ?? 'hello')} ${name}\n`);
  return getpid() > 1 ? 0 : 1;
}
