/** Where cp, mv, ln and install put things: `A B`, `A… DIRECTORY`, -t DIRECTORY, -T. */
import { type Options, usageError } from '../../libc/getopt.ts';
import { fail } from '../../libc/stdlib.ts';
import { S_ISDIR, tryStat } from '../../libc/stat.ts';
import { basename, join, stripTrailingSlashes } from './path.ts';
import { quoteaf } from './quote.ts';

export interface Pair {
  readonly from: string;
  readonly to: string;
}

/** Reads operands with the keys t and T. `link`: ln, where one operand suffices. */
export function readPairs(
  argv0: string,
  found: Options,
  options: { isLink?: boolean; parents?: boolean } = {},
): Pair[] {
  const { operands } = found;
  const directory = found.value('t');
  const isPlain = found.has('T');
  if (directory !== undefined && isPlain)
    fail(1, 'cannot combine --target-directory (-t) and --no-target-directory (-T)');
  const into = (target: string, names: readonly string[]) =>
    names.map(from => ({
      from,
      to: join(target, options.parents ? from.replace(/^\/+/, '') : basename(stripTrailingSlashes(from))),
    }));
  const isDirectory = (path: string) => {
    const status = tryStat(path);
    return status !== undefined && S_ISDIR(status.mode);
  };
  if (operands.length === 0) return usageError(argv0, 'missing file operand');
  if (directory !== undefined) {
    if (!isDirectory(directory)) {
      const what = tryStat(directory) ? 'Not a directory' : 'No such file or directory';
      return fail(1, `target directory ${quoteaf(directory)}: ${what}`);
    }
    return into(directory, operands);
  }
  if (operands.length === 1) {
    if (options.isLink && !isPlain)
      return into('.', operands).map(pair => ({ ...pair, to: pair.to.slice(2) }));
    return usageError(argv0, `missing destination file operand after ${quoteaf(operands[0]!)}`);
  }
  const last = operands.at(-1)!;
  if (isPlain) {
    if (operands.length > 2) return usageError(argv0, `extra operand ${quoteaf(operands[2]!)}`);
    return [{ from: operands[0]!, to: last }];
  }
  if (isDirectory(last)) return into(last, operands.slice(0, -1));
  if (operands.length > 2) {
    const what = tryStat(last) ? 'Not a directory' : 'No such file or directory';
    return fail(1, `target ${quoteaf(last)}: ${what}`);
  }
  return [{ from: operands[0]!, to: last }];
}
