/** truncate(1) and fallocate(1). */
import { parse, usageError } from '../libc/getopt.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { fstat, S_ISFIFO, stat } from '../libc/stat.ts';
import { close, fallocate, ftruncate, open } from '../libc/unistd.ts';
import {
  FALLOC_FL_COLLAPSE_RANGE, FALLOC_FL_INSERT_RANGE, FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE, FALLOC_FL_ZERO_RANGE, O_CREAT, O_NONBLOCK, O_RDWR, O_WRONLY,
} from '../../kernel/abi/fcntl.ts'; // prettier-ignore
import { isError, reason } from './lib/errors.ts';
import { parseSize } from './lib/sizes.ts';
import { quote, quoteaf } from './lib/quote.ts';

const usage = `Usage: truncate OPTION... FILE...
Shrink or extend the size of each FILE to the specified size

  -c, --no-create        do not create any files
  -o, --io-blocks        treat SIZE as number of IO blocks instead of bytes
  -r, --reference=RFILE  base size on RFILE
  -s, --size=SIZE        set or adjust the file size by SIZE bytes: +extend, -reduce, <at most, >at least, /round down, %round up
`;

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'cor:s:',
    long: { 'no-create': 'c', 'io-blocks': 'o', reference: 'r', size: 's' },
    usage,
  });
  const [text, reference] = [found.value('s'), found.value('r')];
  if (text === undefined && reference === undefined) {
    return usageError(argv[0]!, `you must specify either ${quote('--size')} or ${quote('--reference')}`);
  }
  const given = text === undefined ? undefined : /^\s*([<>/%]?)\s*([+-]?)(.*)$/s.exec(text)!;
  const operator = given?.[1] || given?.[2] || '';
  const amount = given ? parseSize(given[3]!, 'KkMGTPEZY') : 0;
  if (amount === undefined || Number.isNaN(amount)) return fail(1, `Invalid number: ${quote(text!)}`);
  if (reference !== undefined && text !== undefined && operator === '') {
    return usageError(
      argv[0]!,
      `you must specify a relative ${quote('--size')} with ${quote('--reference')}`,
    );
  }
  if ((operator === '/' || operator === '%') && amount === 0) return fail(1, 'division by zero');
  if (found.operands.length === 0) return usageError(argv[0]!, 'missing file operand');
  let base: number | undefined;
  if (reference !== undefined) {
    try {
      base = stat(reference).size;
    } catch (error) {
      return fail(1, `cannot stat ${quoteaf(reference)}: ${reason(error)}`);
    }
  }
  let status = 0;
  for (const name of found.operands) {
    try {
      const fd = open(name, O_WRONLY | O_NONBLOCK | (found.has('c') ? 0 : O_CREAT), 0o666);
      try {
        const own = fstat(fd);
        const unit = found.has('o') ? own.blksize : 1;
        const size = newSize(
          base ?? (S_ISFIFO(own.mode) ? 0 : own.size),
          operator,
          amount * unit,
          text === undefined,
        );
        try {
          ftruncate(fd, size);
        } catch (error) {
          warn(`failed to truncate ${quoteaf(name)} at ${size} bytes: ${reason(error)}`);
          status = 1;
        }
      } finally {
        close(fd);
      }
    } catch (error) {
      if (found.has('c') && isError(error, 'ENOENT')) continue;
      warn(`cannot open ${quoteaf(name)} for writing: ${reason(error)}`);
      status = 1;
    }
  }
  return status;
}

function newSize(base: number, operator: string, amount: number, isReference: boolean): number {
  if (isReference) return base;
  switch (operator) {
    case '+':
      return base + amount;
    case '-':
      return Math.max(0, base - amount);
    case '<':
      return Math.min(base, amount);
    case '>':
      return Math.max(base, amount);
    case '/':
      return Math.floor(base / amount) * amount;
    case '%':
      return Math.ceil(base / amount) * amount;
    default:
      return amount;
  }
}

export function fallocateMain(argv: string[]): number {
  const found = parse(argv, {
    short: 'cdil:no:pvxz',
    long: {
      'collapse-range': 'c', 'insert-range': 'i', length: 'l', 'keep-size': 'n', offset: 'o', 'punch-hole': 'p',
      verbose: 'v', posix: 'x', 'zero-range': 'z',
    }, // prettier-ignore
    usage: `Usage: fallocate [options] <filename>
Preallocate space to, or deallocate space from a file.

 -c, --collapse-range  remove a range from the file
 -i, --insert-range    insert a hole at range, shifting existing data
 -l, --length <num>    length for range operations, in bytes
 -n, --keep-size       maintain the apparent size of the file
 -o, --offset <num>    offset for range operations, in bytes
 -p, --punch-hole      replace a range with a hole (implies -n)
 -z, --zero-range      zero and ensure allocation of a range
`,
  });
  const [name] = found.operands;
  if (name === undefined) return fail(1, 'no filename specified');
  const size = (key: string): number => {
    const text = found.value(key) ?? '0';
    const n = parseSize(text, 'KkMGTPEZY');
    return n === undefined || Number.isNaN(n)
      ? fail(1, `failed to parse ${key === 'l' ? 'length' : 'offset'}`)
      : n;
  };
  const length = size('l');
  if (length === 0) return fail(1, 'no length argument specified');
  let mode = found.has('n') ? FALLOC_FL_KEEP_SIZE : 0;
  if (found.has('p')) mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  if (found.has('c')) mode = FALLOC_FL_COLLAPSE_RANGE;
  if (found.has('i')) mode = FALLOC_FL_INSERT_RANGE;
  if (found.has('z')) mode |= FALLOC_FL_ZERO_RANGE;
  const isCreating = (mode & ~FALLOC_FL_KEEP_SIZE) === 0;
  try {
    const fd = open(name, O_RDWR | (isCreating ? O_CREAT : 0), 0o666);
    try {
      fallocate(fd, mode, size('o'), length);
    } catch (error) {
      return fail(1, `fallocate failed: ${reason(error)}`);
    } finally {
      close(fd);
    }
  } catch (error) {
    return fail(1, `cannot open ${name}: ${reason(error)}`);
  }
  return 0;
}
