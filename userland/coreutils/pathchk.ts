/** pathchk(1): can files have these names? */
import { parse, usageError } from '../libc/getopt.ts';
import { warn } from '../libc/stdlib.ts';
import { lstat } from '../libc/stat.ts';
import { isError, reason } from './lib/errors.ts';
import { quote, quoteaf, quotef } from './lib/quote.ts';

const POSIX_PATH = 256;
const POSIX_NAME = 14;
const PATH_MAX = 4096;
const NAME_MAX = 255;

function check(path: string, isPortable: boolean, isStrict: boolean): string | undefined {
  const parts = path.split('/').filter(Boolean);
  if (isStrict && parts.some(part => part.startsWith('-')))
    return `leading '-' in a component of file name ${quoteaf(path)}`;
  if ((isPortable || isStrict) && path === '') return 'empty file name';
  if (isPortable) {
    const wrong = /[^A-Za-z0-9._\-/]/.exec(path)?.[0];
    if (wrong !== undefined) return `nonportable character ${quote(wrong)} in file name ${quoteaf(path)}`;
  } else {
    try {
      lstat(path);
      return undefined;
    } catch (error) {
      if (!isError(error, 'ENOENT') || path === '') return `${quotef(path)}: ${reason(error)}`;
    }
  }
  const [pathLimit, nameLimit] = isPortable ? [POSIX_PATH, POSIX_NAME] : [PATH_MAX, NAME_MAX];
  if (path.length >= pathLimit)
    return `limit ${pathLimit - 1} exceeded by length ${path.length} of file name ${quoteaf(path)}`;
  const long = parts.find(part => part.length > nameLimit);
  if (long !== undefined)
    return `limit ${nameLimit} exceeded by length ${long.length} of file name component ${quote(long)}`;
  return undefined;
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: '+pP',
    long: { portability: 'portability' },
    usage: `Usage: pathchk [OPTION]... NAME...
Diagnose invalid or unportable file names.

  -p                  check for most POSIX systems
  -P                  check for empty names and leading "-"
      --portability   check for all POSIX systems (equivalent to -p -P)
`,
  });
  if (found.operands.length === 0) return usageError(argv[0]!, 'missing operand');
  let status = 0;
  for (const path of found.operands) {
    const problem = check(path, found.has('p', 'portability'), found.has('P', 'portability'));
    if (problem === undefined) continue;
    warn(problem);
    status = 1;
  }
  return status;
}
