/** printf(1). */
import { stdout } from '../libc/stdio.ts';
import { warn } from '../libc/stdlib.ts';
import { usageError } from '../libc/getopt.ts';
import { printf } from './lib/printf.ts';

const usage = `Usage: printf FORMAT [ARGUMENT]...
Print ARGUMENT(s) according to FORMAT, as the C function printf does.
FORMAT is used again until all ARGUMENTs are spent.

Escapes: \\" \\\\ \\a \\b \\c \\e \\f \\n \\r \\t \\v \\NNN \\xHH \\uHHHH \\UHHHHHHHH %%
Conversions: those of C (diouxXfeEgGaAcs), %b (a string with escapes), %q (quoted for a shell)
`;

export function main(argv: string[]): number {
  let args = argv.slice(1);
  if (args.length === 1 && args[0] === '--help') {
    stdout.write(usage);
    return 0;
  }
  if (args[0] === '--') args = args.slice(1);
  const [format, ...rest] = args;
  if (format === undefined) return usageError(argv[0]!, 'missing operand');
  return printf(format, rest, { write: text => stdout.write(text), warn });
}
