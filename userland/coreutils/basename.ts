/** basename(1) and dirname(1). */
import { parse, usageError } from '../libc/getopt.ts';
import { stdout } from '../libc/stdio.ts';
import { basename, dirname } from './lib/path.ts';
import { quote } from './lib/quote.ts';

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: '+as:z',
    long: { multiple: 'a', suffix: 's', zero: 'z' },
    usage: `Usage: basename NAME [SUFFIX]
  or:  basename OPTION... NAME...
Print NAME with any leading directory components removed.
If specified, also remove a trailing SUFFIX.

  -a, --multiple       support multiple arguments and treat each as a NAME
  -s, --suffix=SUFFIX  remove a trailing SUFFIX; implies -a
  -z, --zero           end each output line with NUL, not newline
`,
  });
  let names = found.operands;
  let suffix = found.value('s');
  if (names.length === 0) return usageError(argv[0]!, 'missing operand');
  if (!found.has('a', 's')) {
    if (names.length > 2) return usageError(argv[0]!, `extra operand ${quote(names[2]!)}`);
    suffix = names[1];
    names = names.slice(0, 1);
  }
  for (const name of names) {
    let base = basename(name);
    if (suffix && base !== suffix && base.endsWith(suffix)) base = base.slice(0, -suffix.length);
    stdout.write(base + (found.has('z') ? '\0' : '\n'));
  }
  return 0;
}

export function dirnameMain(argv: string[]): number {
  const found = parse(argv, {
    short: '+z',
    long: { zero: 'z' },
    usage: `Usage: dirname [OPTION] NAME...
Output each NAME with its last non-slash component and trailing slashes removed.

  -z, --zero     end each output line with NUL, not newline
`,
  });
  if (found.operands.length === 0) return usageError(argv[0]!, 'missing operand');
  for (const name of found.operands) stdout.write(dirname(name) + (found.has('z') ? '\0' : '\n'));
  return 0;
}
