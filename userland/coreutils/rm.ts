/** rm(1) and unlink(1). */
import { parse, usageError } from '../libc/getopt.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { tryStat, AT_SYMLINK_NOFOLLOW } from '../libc/stat.ts';
import { unlink } from '../libc/unistd.ts';
import { ask } from './lib/ask.ts';
import { invalidArgument } from './lib/choice.ts';
import { reason } from './lib/errors.ts';
import { basename } from './lib/path.ts';
import { quote, quoteaf } from './lib/quote.ts';
import { remove } from './lib/remove.ts';

const usage = `Usage: rm [OPTION]... [FILE]...
Remove (unlink) the FILE(s).

  -f, --force           ignore nonexistent files and arguments, never prompt
  -i                    prompt before every removal
  -I                    prompt once before removing more than three files, or when removing recursively
      --interactive[=WHEN]  prompt according to WHEN: never, once (-I), or always (-i)
      --one-file-system  skip any directory on another file system than the argument's
      --no-preserve-root  do not treat '/' specially
      --preserve-root   do not remove '/' (default)
  -r, -R, --recursive   remove directories and their contents recursively
  -d, --dir             remove empty directories
  -v, --verbose         explain what is being done
`;

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'dfirvIR',
    long: {
      force: 'f', interactive: 'interactive::', 'one-file-system': 'one-file-system', 'no-preserve-root': 'no-preserve-root',
      'preserve-root': 'preserve-root::', recursive: 'r', dir: 'd', verbose: 'v',
    }, // prettier-ignore
    usage,
  });
  let isForced = false;
  let asking: 'never' | 'once' | 'always' = 'never';
  for (const { key, value } of found.options) {
    if (key === 'f') [isForced, asking] = [true, 'never'];
    else if (key === 'i') [isForced, asking] = [false, 'always'];
    else if (key === 'I') [isForced, asking] = [false, 'once'];
    else if (key === 'interactive') {
      isForced = false;
      if (value === undefined || ['always', 'yes'].includes(value)) asking = 'always';
      else if (value === 'once') asking = 'once';
      else if (['never', 'no', 'none'].includes(value)) asking = 'never';
      else
        invalidArgument(argv[0]!, '--interactive', value, [
          ['never', 'no', 'none'],
          ['once'],
          ['always', 'yes'],
        ]);
    }
  }
  const isRecursive = found.has('r', 'R');
  const files = found.operands;
  if (files.length === 0) {
    if (isForced) return 0;
    return usageError(argv[0]!, 'missing operand');
  }
  if (asking === 'once' && (isRecursive || files.length > 3)) {
    const what = `${files.length} argument${files.length === 1 ? '' : 's'}`;
    if (!ask(`remove ${what}${isRecursive ? ' recursively' : ''}?`)) return 0;
  }
  const options = {
    isRecursive,
    removesEmpty: found.has('d'),
    isForced,
    isAsking: asking === 'always',
    isVerbose: found.has('v'),
    oneFileSystem: found.has('one-file-system'),
  };
  const root = found.has('no-preserve-root') ? undefined : tryStat('/');
  let status = 0;
  for (const file of files) {
    const last = basename(file);
    if (isRecursive && (last === '.' || last === '..')) {
      warn(`refusing to remove '.' or '..' directory: skipping ${quoteaf(file)}`);
      status = 1;
      continue;
    }
    const own = isRecursive && root ? tryStat(file, AT_SYMLINK_NOFOLLOW) : undefined;
    if (own && own.dev === root!.dev && own.ino === root!.ino) {
      const same = file === '/' ? '' : ` (same as ${quoteaf('/')})`;
      warn(`it is dangerous to operate recursively on ${quoteaf(file)}${same}`);
      warn('use --no-preserve-root to override this failsafe');
      status = 1;
      continue;
    }
    if (!remove(file, options)) status = 1;
  }
  return status;
}

export function unlinkMain(argv: string[]): number {
  const { operands } = parse(argv, {
    usage: 'Usage: unlink FILE\nCall the unlink function to remove the specified FILE.\n',
  });
  const [name, extra] = operands;
  if (name === undefined) return usageError(argv[0]!, 'missing operand');
  if (extra !== undefined) return usageError(argv[0]!, `extra operand ${quote(extra)}`);
  try {
    unlink(name);
    return 0;
  } catch (error) {
    return fail(1, `cannot unlink ${quoteaf(name)}: ${reason(error)}`);
  }
}
