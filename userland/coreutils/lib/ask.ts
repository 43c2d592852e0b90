/** Questions of rm -i, cp -i, mv -i: a line from standard input that begins with y. */
import { stderr, stdout } from '../../libc/stdio.ts';
import { programName } from '../../libc/stdlib.ts';
import { read } from '../../libc/unistd.ts';

/** Asks on standard error; reads byte by byte, so that the rest of the input stays for others. */
export function ask(question: string): boolean {
  stdout.flush();
  stderr.write(`${programName}: ${question} `);
  stderr.flush();
  const byte = new Uint8Array(1);
  let first = '';
  for (;;) {
    if (read(0, byte) === 0 || byte[0] === 10) return /^[yY]/.test(first);
    if (first === '') first = String.fromCharCode(byte[0]!);
  }
}
