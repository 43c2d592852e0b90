/** du(1): disk usage of trees. */
import { parse, usageError } from '../libc/getopt.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { type FileStatus, S_ISDIR } from '../libc/stat.ts';
import { fnmatch } from '../libc/fnmatch.ts';
import { localtime, strftime } from '../libc/time.ts';
import { compareTimespec, type Timespec } from '../../kernel/time/timespec.ts';
import { reason } from './lib/errors.ts';
import { basename } from './lib/path.ts';
import { quote, quoteaf } from './lib/quote.ts';
import {
  BYTES,
  defaultBlockSize,
  KIBIBYTES,
  parseBlockSize,
  parseSize,
  showSize,
  type SizeFormat,
} from './lib/sizes.ts';
import { type Follow, type Visit, walkTree } from './lib/tree.ts';

const usage = `Usage: du [OPTION]... [FILE]...
Summarize disk usage of the set of FILEs, recursively for directories.

  -0, --null            end each output line with NUL, not newline
  -a, --all             write counts for all files, not just directories
      --apparent-size   print apparent sizes, rather than disk usage
  -B, --block-size=SIZE  scale sizes by SIZE before printing them
  -b, --bytes           equivalent to '--apparent-size --block-size=1'
  -c, --total           produce a grand total
  -D, -H, --dereference-args  dereference only symlinks that are listed on the command line
  -d, --max-depth=N     print the total for a directory only if it is N or fewer levels below the argument
      --exclude=PATTERN  exclude files that match PATTERN
  -h, --human-readable  print sizes in human readable format (e.g., 1K 234M 2G)
      --inodes          list inode usage information instead of block usage
  -k                    like --block-size=1K
  -L, --dereference     dereference all symbolic links
  -l, --count-links     count sizes many times if hard linked
  -m                    like --block-size=1M
  -P, --no-dereference  don't follow any symbolic links (this is the default)
  -S, --separate-dirs   for directories do not include size of subdirectories
      --si              like -h, but use powers of 1000 not 1024
  -s, --summarize       display only a total for each argument
  -t, --threshold=SIZE  exclude entries smaller than SIZE if positive, or greater than SIZE if negative
      --time            show time of the last modification of any file in the directory, or any of its subdirectories
  -x, --one-file-system  skip directories on different file systems
`;

interface Sum {
  size: number;
  time: Timespec;
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: '0abd:chHklmst:xB:DLPSX:',
    long: {
      null: '0', all: 'a', 'apparent-size': 'apparent', 'block-size': 'B', bytes: 'b', total: 'c', 'dereference-args': 'D',
      'max-depth': 'd', exclude: 'exclude:', 'human-readable': 'h', inodes: 'inodes', dereference: 'L', 'count-links': 'l',
      'no-dereference': 'P', 'separate-dirs': 'S', si: 'si', summarize: 's', threshold: 't', time: 'time::',
      'time-style': 'time-style:', 'one-file-system': 'x', 'files0-from': 'files0-from:',
    }, // prettier-ignore
    usage,
  });
  let format = defaultBlockSize('DU_BLOCK_SIZE');
  let follow: Follow = 'none';
  for (const { key, value } of found.options) {
    const named: Readonly<Record<string, SizeFormat>> = {
      h: { human: 1024, block: 1, suffix: '' },
      si: { human: 1000, block: 1, suffix: '' },
      b: BYTES,
      k: KIBIBYTES,
      m: { human: 0, block: 1048576, suffix: '' },
    };
    format = named[key] ?? format;
    if (key === 'B') format = parseBlockSize(value!) ?? fail(1, `invalid -B argument ${quote(value!)}`);
    if (key === 'D' || key === 'H') follow = 'operands';
    if (key === 'L') follow = 'all';
    if (key === 'P') follow = 'none';
  }
  const isSummary = found.has('s');
  const showsAll = found.has('a');
  let maxDepth = Infinity;
  const depthText = found.value('d');
  if (depthText !== undefined) {
    maxDepth = /^\d+$/.test(depthText) ? Number(depthText) : NaN;
    if (Number.isNaN(maxDepth)) {
      warn(`invalid maximum depth ${quote(depthText)}`);
      return usageError(argv[0]!, '');
    }
  }
  if (showsAll && isSummary) return usageError(argv[0]!, 'cannot both summarize and show all entries');
  if (isSummary && depthText !== undefined && maxDepth !== 0) {
    warn(`warning: summarizing conflicts with --max-depth=${maxDepth}`);
    return usageError(argv[0]!, '');
  }
  if (isSummary) maxDepth = 0;
  const isApparent = found.has('apparent', 'b');
  const isInodes = found.has('inodes');
  const thresholdText = found.value('t');
  const threshold = thresholdText === undefined ? 0 : (parseSize(thresholdText, 'KkMGTPEZY') ?? NaN);
  if (Number.isNaN(threshold)) return fail(1, `invalid --threshold argument ${quote(thresholdText!)}`);
  const excluded = found.values('exclude');
  const end = found.has('0') ? '\0' : '\n';
  const shownFormat = isInodes && format.human === 0 ? BYTES : format;
  let status = 0;
  const seen = new Set<string>();
  let total = 0;
  let latest: Timespec = { sec: 0, nsec: 0 };

  const print = (sum: Sum, path: string) => {
    const isHidden = threshold < 0 ? sum.size > -threshold : sum.size < threshold;
    if (isHidden) return;
    const time = found.has('time') ? `\t${strftime('%Y-%m-%d %H:%M', localtime(sum.time.sec))}` : '';
    stdout.write(`${showSize(sum.size, shownFormat)}${time}\t${path}${end}`);
  };
  const measure = (file: FileStatus): number => {
    if (isInodes) return 1;
    return isApparent ? file.size : file.blocks * 512;
  };

  for (const operand of found.operands.length > 0 ? found.operands : ['.']) {
    // One sum for each open directory, the operand's first; -S keeps what is below apart.
    const stack: { own: Sum; below: Sum }[] = [];
    let device: number | undefined;
    let result: Sum | undefined;
    const later = (a: Timespec, b: Timespec) => (compareTimespec(a, b) > 0 ? a : b);
    const add = (to: Sum, what: Sum) => {
      to.size += what.size;
      to.time = later(to.time, what.time);
    };
    const finish = (visit: Visit, own: Sum, all: Sum) => {
      const parent = stack.at(-1);
      if (parent) {
        if (S_ISDIR(visit.status.mode)) add(parent.below, all);
        else add(parent.own, all);
      } else result = all;
      const isShown =
        visit.depth <= maxDepth && (S_ISDIR(visit.status.mode) || showsAll || visit.depth === 0);
      if (isShown) print(found.has('S') ? own : all, visit.path);
    };
    const isCounted = ({ path, status: file, depth }: Visit): boolean => {
      if (excluded.some(pattern => fnmatch(pattern, basename(path)) || fnmatch(pattern, path))) return false;
      device ??= file.dev;
      if (found.has('x') && depth > 0 && file.dev !== device) return false;
      if (!found.has('l') && (file.nlink > 1 || depth === 0 || follow !== 'none')) {
        const key = `${file.dev}:${file.ino}`;
        if (seen.has(key)) return false;
        seen.add(key);
      }
      return true;
    };
    walkTree(operand, follow, {
      before: visit => {
        if (!isCounted(visit)) return 'skip';
        const sum: Sum = { size: measure(visit.status), time: visit.status.mtime };
        if (S_ISDIR(visit.status.mode))
          stack.push({ own: sum, below: { size: 0, time: { sec: 0, nsec: 0 } } });
        else finish(visit, sum, sum);
        return undefined;
      },
      after: visit => {
        const { own, below } = stack.pop()!;
        const all = { ...own };
        add(all, below);
        finish(visit, own, all);
      },
      failed: (path, action, error) => {
        warn(`cannot ${action === 'stat' ? 'access' : 'read directory'} ${quoteaf(path)}: ${reason(error)}`);
        status = 1;
      },
    });
    if (result) {
      total += result.size;
      latest = later(latest, result.time);
    }
  }
  if (found.has('c')) print({ size: total, time: latest }, 'total');
  return status;
}
