/** diff(1), GNU diffutils 3.8: what is compared with what. */
import { readdir } from '../libc/dirent.ts';
import { O_CLOEXEC, O_RDONLY } from '../libc/fcntl.ts';
import { fnmatch } from '../libc/fnmatch.ts';
import { SysError } from '../libc/native.ts';
import * as fs from '../libc/stat.ts';
import { readText, stdout } from '../libc/stdio.ts';
import { warn } from '../libc/stdlib.ts';
import { close, open, readlink } from '../libc/unistd.ts';
import { basename, join } from '../coreutils/lib/path.ts';
import { quotef } from '../coreutils/lib/quote.ts';
import { compareFiles, type Operand, type Outcome } from './compare-files.ts';
import { type DiffOptions, readOptions } from './diff-options.ts';

const DANGLING = new Set(['ENOENT', 'ENOTDIR']);

/** A name that is compared, and what stat says of it. */
interface Place {
  readonly path: string;
  readonly status: fs.FileStatus | undefined;
  readonly error: SysError | undefined;
}

function worst(a: Outcome, b: Outcome): Outcome {
  return a > b ? a : b;
}

function lookAt(path: string, options: DiffOptions): Place {
  try {
    const status = path === '-' ? fs.fstat(0) : options.followsLinks ? fs.stat(path) : fs.lstat(path);
    return { path, status, error: undefined };
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return { path, status: undefined, error };
  }
}

function contentOf(place: Place): string {
  if (!place.status) return '';
  const fd = place.path === '-' ? 0 : open(place.path, O_RDONLY | O_CLOEXEC);
  try {
    return readText(fd);
  } finally {
    if (fd !== 0) close(fd);
  }
}

function isDirectory(place: Place): boolean {
  return place.status !== undefined && fs.S_ISDIR(place.status.mode);
}

/** Words for the kind of a file, as messages have them. */
function kindOf(status: fs.FileStatus): string {
  const { mode, size } = status;
  if (fs.S_ISREG(mode)) return size === 0 ? 'regular empty file' : 'regular file';
  if (fs.S_ISDIR(mode)) return 'directory';
  if (fs.S_ISLNK(mode)) return 'symbolic link';
  if (fs.S_ISFIFO(mode)) return 'fifo';
  if (fs.S_ISSOCK(mode)) return 'socket';
  return fs.S_ISCHR(mode) ? 'character special file' : 'block special file';
}

class Differ {
  readonly #options: DiffOptions;
  constructor(options: DiffOptions) {
    this.#options = options;
  }

  /** Two operands of the command line. */
  operands(first: string, second: string): Outcome {
    const options = this.#options;
    let a = lookAt(first, options);
    let b = lookAt(second, options);
    // A file and a directory: the file of that name in the directory.
    if (isDirectory(a) && b.status && !isDirectory(b) && second !== '-') {
      a = lookAt(join(first, basename(second)), options);
    } else if (isDirectory(b) && a.status && !isDirectory(a) && first !== '-') {
      b = lookAt(join(second, basename(first)), options);
    }
    const missing = [a, b].filter(place => place.error);
    const mayMiss = (place: Place, side: 0 | 1) =>
      options.newFile === 'both' || (options.newFile === 'first' && side === 0)
        ? place.error !== undefined && DANGLING.has(place.error.code)
        : false;
    const isFine =
      missing.length === 0 || (missing.length === 1 && (a.error ? mayMiss(a, 0) : mayMiss(b, 1)));
    if (!isFine) {
      for (const place of missing) warn(`${quotef(place.path)}: ${place.error!.message}`);
      return 2;
    }
    if (this.#isSameFile(a, b)) return 0;
    if ((isDirectory(a) || !a.status) && (isDirectory(b) || !b.status)) return this.#directories(a, b);
    return this.#pair(a, b, false);
  }

  /** One file under two names, or twice the same name: there is nothing to read, if nothing is to be shown. */
  #isSameFile(a: Place, b: Place): boolean {
    const { reportsSame, format, style } = this.#options;
    if (reportsSame || (format === 'side-by-side' && !style.suppressesCommon)) return false;
    return a.status !== undefined && a.status.ino === b.status?.ino && a.status.dev === b.status.dev;
  }

  /** Two files that are there, or one that is and nothing. */
  #pair(a: Place, b: Place, isInDirectory: boolean): Outcome {
    const options = this.#options;
    if (this.#isSameFile(a, b)) return 0;
    if (a.status && b.status && isDirectory(a) !== isDirectory(b)) {
      stdout.write(
        `File ${quotef(a.path)} is a ${kindOf(a.status)} while file ${quotef(b.path)} is a ${kindOf(b.status)}\n`,
      );
      return 1;
    }
    if (isDirectory(a) || isDirectory(b)) {
      if (options.isRecursive) return this.#directories(a, b);
      stdout.write(`Common subdirectories: ${quotef(a.path)} and ${quotef(b.path)}\n`);
      return 0;
    }
    const special = isInDirectory ? this.#special(a, b) : undefined;
    if (special !== undefined) return special;
    const heading =
      isInDirectory && !options.isBrief && options.format !== 'side-by-side'
        ? `diff${options.switches} ${quotef(a.path)} ${quotef(b.path)}\n`
        : isInDirectory && options.format === 'side-by-side'
          ? `diff${options.switches} ${quotef(a.path)} ${quotef(b.path)}\n`
          : '';
    let left: Operand;
    let right: Operand;
    const isSame = a.status && b.status && a.status.ino === b.status.ino && a.status.dev === b.status.dev;
    try {
      left = { name: a.path, content: contentOf(a), status: a.status };
    } catch (error) {
      return this.#failed(a.path, error);
    }
    try {
      right = { name: b.path, content: isSame ? left.content : contentOf(b), status: b.status };
    } catch (error) {
      return this.#failed(b.path, error);
    }
    return compareFiles(left, right, options, heading);
  }

  /** Symbolic links (with --no-dereference), devices and pipes in directories are not read. */
  #special(a: Place, b: Place): Outcome | undefined {
    if (!a.status || !b.status) return undefined;
    const plain = [a, b].filter(place => fs.S_ISREG(place.status!.mode));
    if (plain.length === 2) return undefined;
    if (fs.S_ISLNK(a.status.mode) && fs.S_ISLNK(b.status.mode)) {
      if (readlink(a.path) === readlink(b.path)) return 0;
      stdout.write(`Symbolic links ${quotef(a.path)} and ${quotef(b.path)} differ\n`);
      return 1;
    }
    stdout.write(
      `File ${quotef(a.path)} is a ${kindOf(a.status)} while file ${quotef(b.path)} is a ${kindOf(b.status)}\n`,
    );
    return 1;
  }

  #failed(path: string, error: unknown): Outcome {
    if (!(error instanceof SysError)) throw error;
    warn(`${quotef(path)}: ${error.message}`);
    return 2;
  }

  #names(place: Place): string[] {
    if (!place.status) return [];
    const { excluded, startFile } = this.#options;
    return readdir(place.path)
      .map(entry => entry.name)
      .filter(name => !excluded.some(pattern => fnmatch(pattern, name)))
      .filter(name => startFile === undefined || name >= startFile);
  }

  #directories(a: Place, b: Place): Outcome {
    const options = this.#options;
    let names: [string[], string[]];
    try {
      names = [this.#names(a), this.#names(b)];
    } catch (error) {
      return this.#failed(a.path, error);
    }
    const key = (name: string) => (options.ignoresNameCase ? name.toLowerCase() : name);
    const sides = names.map(list => new Map(list.map(name => [key(name), name])));
    const all = [...new Set([...sides[0]!.keys(), ...sides[1]!.keys()])].toSorted((x, y) => (x < y ? -1 : 1));
    let outcome: Outcome = 0;
    for (const name of all) {
      const inA = sides[0]!.get(name);
      const inB = sides[1]!.get(name);
      outcome = worst(outcome, this.#entry(a, b, inA, inB));
    }
    return outcome;
  }

  #entry(a: Place, b: Place, inA: string | undefined, inB: string | undefined): Outcome {
    const options = this.#options;
    const first = join(a.path, inA ?? inB!);
    const second = join(b.path, inB ?? inA!);
    const isNew = options.newFile === 'both' || (options.newFile === 'first' && inA === undefined);
    if ((inA === undefined || inB === undefined) && !isNew) {
      stdout.write(
        inA === undefined
          ? `Only in ${quotef(b.path)}: ${quotef(inB!)}\n`
          : `Only in ${quotef(a.path)}: ${quotef(inA)}\n`,
      );
      return 1;
    }
    const absent = (path: string): Place => ({ path, status: undefined, error: undefined });
    const left = inA === undefined ? absent(first) : lookAt(first, options);
    const right = inB === undefined ? absent(second) : lookAt(second, options);
    for (const place of [left, right]) if (place.error) return this.#failed(place.path, place.error);
    return this.#pair(left, right, true);
  }
}

export function diff(argv: string[]): number {
  const options = readOptions(argv);
  const differ = new Differ(options);
  const { operands, from, to } = options;
  let outcome: Outcome = 0;
  if (from !== undefined) for (const name of operands) outcome = worst(outcome, differ.operands(from, name));
  else if (to !== undefined) for (const name of operands) outcome = worst(outcome, differ.operands(name, to));
  else outcome = differ.operands(operands[0]!, operands[1]!);
  return outcome;
}
