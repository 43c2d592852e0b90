/** mkdir(1), rmdir(1), mkfifo(1), mknod(1). */
import { parse, usageError } from '../libc/getopt.ts';
import { ENOTDIR } from '../../kernel/abi/errno.ts';
import { SysError } from '../libc/native.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import {
  chmod,
  makedev,
  mkdir,
  mknod,
  S_IFBLK,
  S_IFCHR,
  S_IFIFO,
  S_ISDIR,
  tryStat,
  umask,
} from '../libc/stat.ts';
import { rmdir } from '../libc/unistd.ts';
import { isError, reason } from './lib/errors.ts';
import { applyMode, parseMode } from './lib/mode.ts';
import { dirname } from './lib/path.ts';
import { quote, quoteaf } from './lib/quote.ts';

/** The mode that -m asks for, applied to `base`; undefined without -m. */
function modeOption(text: string | undefined, base: number): number | undefined {
  if (text === undefined) return undefined;
  const change = parseMode(text);
  if (!change) return fail(1, `invalid mode ${quote(text)}`);
  const mask = umask(0);
  umask(mask);
  return applyMode(change, base, mask);
}

/** Something on the way that is no directory. */
class NotDirectory extends SysError {
  readonly path: string;
  constructor(path: string) {
    super(ENOTDIR);
    this.path = path;
  }
}

/** Makes a directory and those above it that are missing, as mkdir -p. `made` hears of each one. */
export function makeDirectories(path: string, mode: number, made: (path: string) => void = () => {}): void {
  const trimmed = path.replace(/\/+$/, '') || '/';
  const missing: string[] = [];
  let found = trimmed;
  for (; found !== '/' && found !== '.' && !tryStat(found); found = dirname(found)) missing.push(found);
  const status = tryStat(found);
  if (missing.length > 0 && status && !S_ISDIR(status.mode)) throw new NotDirectory(found);
  for (const [i, directory] of missing.reverse().entries()) {
    const isLast = i === missing.length - 1;
    // Those between must be writable by the owner whatever the umask says.
    const mask = umask(0);
    umask(mask & ~0o300);
    try {
      if (isLast) umask(mask);
      mkdir(directory, isLast ? mode : 0o777);
      made(directory);
    } catch (error) {
      if (!isError(error, 'EEXIST')) throw error;
    } finally {
      umask(mask);
    }
  }
  if (missing.length === 0 && status && !S_ISDIR(status.mode)) mkdir(trimmed);
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'm:pvZ',
    long: { mode: 'm', parents: 'p', verbose: 'v', context: 'Z' },
    usage: `Usage: mkdir [OPTION]... DIRECTORY...
Create the DIRECTORY(ies), if they do not already exist.

  -m, --mode=MODE   set file mode (as in chmod), not a=rwx - umask
  -p, --parents     no error if existing, make parent directories as needed
  -v, --verbose     print a message for each created directory
`,
  });
  if (found.operands.length === 0) return usageError(argv[0]!, 'missing operand');
  const mode = modeOption(found.value('m'), 0o777);
  let status = 0;
  for (const name of found.operands) {
    const told = (path: string) => {
      if (found.has('v')) stdout.write(`mkdir: created directory ${quoteaf(path)}\n`);
    };
    try {
      if (found.has('p')) {
        const existed = tryStat(name) !== undefined;
        makeDirectories(name, mode === undefined ? 0o777 : mode & 0o777, told);
        if (!existed && mode !== undefined) chmod(name, mode);
      } else {
        mkdir(name, mode === undefined ? 0o777 : mode & 0o777);
        if (mode !== undefined) chmod(name, mode);
        told(name);
      }
    } catch (error) {
      const path = error instanceof NotDirectory ? error.path : name;
      warn(`cannot create directory ${quote(path)}: ${reason(error)}`);
      status = 1;
    }
  }
  return status;
}

export function rmdirMain(argv: string[]): number {
  const found = parse(argv, {
    short: 'pv',
    long: { parents: 'p', verbose: 'v', 'ignore-fail-on-non-empty': 'ignore' },
    usage: `Usage: rmdir [OPTION]... DIRECTORY...
Remove the DIRECTORY(ies), if they are empty.

      --ignore-fail-on-non-empty  ignore each failure that is solely because a directory is non-empty
  -p, --parents   remove DIRECTORY and its ancestors
  -v, --verbose   output a diagnostic for every directory processed
`,
  });
  if (found.operands.length === 0) return usageError(argv[0]!, 'missing operand');
  let status = 0;
  for (const name of found.operands) {
    let path = found.has('p') ? name.replace(/\/+$/, '') || name : name;
    for (let isOperand = true; ; isOperand = false) {
      if (found.has('v')) stdout.write(`rmdir: removing directory, ${quoteaf(path)}\n`);
      try {
        rmdir(path);
      } catch (error) {
        const isIgnored = found.has('ignore') && isError(error, 'ENOTEMPTY', 'EEXIST');
        if (!isIgnored) {
          warn(`failed to remove ${isOperand ? '' : 'directory '}${quoteaf(path)}: ${reason(error)}`);
          status = 1;
        }
        break;
      }
      const parent = dirname(path);
      if (!found.has('p') || !path.includes('/') || parent === '/' || parent === '.') break;
      path = parent;
    }
  }
  return status;
}

export function mkfifoMain(argv: string[]): number {
  const found = parse(argv, {
    short: 'm:Z',
    long: { mode: 'm', context: 'Z' },
    usage: `Usage: mkfifo [OPTION]... NAME...
Create named pipes (FIFOs) with the given NAMEs.

  -m, --mode=MODE    set file permission bits to MODE, not a=rw - umask
`,
  });
  if (found.operands.length === 0) return usageError(argv[0]!, 'missing operand');
  const mode = modeOption(found.value('m'), 0o666);
  let status = 0;
  for (const name of found.operands) {
    try {
      mknod(name, S_IFIFO | 0o666);
      if (mode !== undefined) chmod(name, mode);
    } catch (error) {
      warn(`cannot create fifo ${quoteaf(name)}: ${reason(error)}`);
      status = 1;
    }
  }
  return status;
}

export function mknodMain(argv: string[]): number {
  const found = parse(argv, {
    short: 'm:Z',
    long: { mode: 'm', context: 'Z' },
    usage: `Usage: mknod [OPTION]... NAME TYPE [MAJOR MINOR]
Create the special file NAME of the given TYPE: b (block), c or u (character), p (FIFO).

  -m, --mode=MODE    set file permission bits to MODE, not a=rw - umask
`,
  });
  const [name, type, majorText, minorText, extra] = found.operands;
  if (name === undefined) return usageError(argv[0]!, 'missing operand');
  if (type === undefined) return usageError(argv[0]!, `missing operand after ${quote(name)}`);
  const mode = modeOption(found.value('m'), 0o666);
  const isFifo = type === 'p';
  if (!isFifo && minorText === undefined) {
    warn(`missing operand after ${quote(found.operands.at(-1)!)}`);
    stderr.write('Special files require major and minor device numbers.\n');
    return usageError(argv[0]!, '');
  }
  const tooMany = isFifo ? majorText : extra;
  if (tooMany !== undefined) {
    warn(`extra operand ${quote(tooMany)}`);
    if (isFifo && found.operands.length === 4)
      stderr.write('Fifos do not have major and minor device numbers.\n');
    return usageError(argv[0]!, '');
  }
  const kinds: Readonly<Record<string, number>> = { b: S_IFBLK, c: S_IFCHR, u: S_IFCHR, p: S_IFIFO };
  const kind = kinds[type[0] ?? ''];
  if (kind === undefined) return usageError(argv[0]!, `invalid device type ${quote(type)}`);
  const number = (text: string, what: string) => {
    const n = /^(0x[0-9a-f]+|\d+)$/i.test(text)
      ? Number(/^0[0-7]+$/.test(text) ? `0o${text.slice(1)}` : text)
      : NaN;
    return Number.isNaN(n) ? fail(1, `invalid ${what} device number ${quote(text)}`) : n;
  };
  const device = isFifo ? 0 : makedev(number(majorText!, 'major'), number(minorText!, 'minor'));
  try {
    mknod(name, kind | 0o666, device);
    if (mode !== undefined) chmod(name, mode);
  } catch (error) {
    return fail(1, `${quoteaf(name)}: ${reason(error)}`);
  }
  return 0;
}
