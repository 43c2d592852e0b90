/** A file operand of gzip: checks it, makes the other file beside it, and takes it away when all is well. */
import {
  O_CREAT, O_EXCL, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY,
} from '../../../kernel/abi/fcntl.ts'; // prettier-ignore
import { readdir } from '../../libc/dirent.ts';
import { SysError } from '../../libc/native.ts';
import { SIGHUP, SIGINT, SIGTERM, raise, signal } from '../../libc/signal.ts';
import { type FileStatus, S_ISDIR, S_ISREG, fchmod, fstat, futimens } from '../../libc/stat.ts';
import { LineReader, stderr } from '../../libc/stdio.ts';
import { close, fchown, fsync, isatty, open, unlink } from '../../libc/unistd.ts';
import { Decompressor } from './decompress.ts';
import { Aborted } from './abort.ts';
import { ChecksumError, FormatError } from './header.ts';
import type { Listing } from './list.ts';
import { candidates, suffixOf, uncompressedName } from './names.ts';
import type { GzipOptions } from './options.ts';
import { ERROR, type Report, ratio } from './report.ts';
import { type Totals, compress, copyIfPlain, cursorOn, decompress } from './transfer.ts';

const ENDING_SIGNALS = [SIGHUP, SIGINT, SIGTERM];

export class FileJob {
  readonly #options: GzipOptions;
  readonly #report: Report;
  readonly #listing: Listing;
  readonly #treatStdin: () => void;
  /** The file that is being written and must not stay if it is not finished. */
  #unfinished = '';

  constructor(options: GzipOptions, report: Report, listing: Listing, treatStdin: () => void) {
    this.#options = options;
    this.#report = report;
    this.#listing = listing;
    this.#treatStdin = treatStdin;
    if (options.toStdout) return;
    for (const signo of ENDING_SIGNALS) {
      signal(signo, () => {
        this.#removeUnfinished();
        signal(signo, 'default');
        raise(signo);
      });
    }
  }

  treat(operand: string): void {
    if (operand === '-') return this.#treatStdin();
    const opened = this.#open(operand);
    if (!opened) return;
    const { fd, path } = opened;
    try {
      const status = fstat(fd);
      if (S_ISDIR(status.mode)) return this.#directory(path, fd);
      this.#file(path, fd, status);
    } finally {
      close(fd);
    }
  }

  #open(operand: string): { fd: number; path: string } | undefined {
    const { isDecompressing, isForced, toStdout, suffix } = this.#options;
    const flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | (toStdout || isForced ? 0 : O_NOFOLLOW);
    const tries = [operand];
    if (isDecompressing && suffixOf(operand, suffix) === '') tries.push(...candidates(operand, suffix));
    let failure: SysError | undefined;
    let failed = operand;
    for (const path of tries) {
      try {
        return { fd: open(path, flags), path };
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        failure = error;
        failed = error.code === 'ENOENT' ? (tries[1] ?? operand) : path;
        if (error.code !== 'ENOENT') break;
      }
    }
    this.#report.error(`${failed}: ${failure!.message}`);
    return undefined;
  }

  #directory(path: string, fd: number): void {
    if (!this.#options.isRecursive) return this.#report.warning(`${path} is a directory -- ignored`);
    const base = path.endsWith('/') ? path : `${path}/`;
    // Read to the end first: files come and go while we work.
    for (const { name } of readdir(fd)) this.treat(base + name);
  }

  #file(path: string, fd: number, status: FileStatus): void {
    const { isDecompressing, toStdout, isForced, isListing, isTesting, isRecursive, isVerbose, isQuiet } =
      this.#options;
    if (!toStdout) {
      if (!S_ISREG(status.mode)) {
        return this.#report.warning(`${path} is not a directory or a regular file - ignored`);
      }
      if (status.nlink > 1 && !isForced && !this.#options.keepsInput) {
        const others = status.nlink - 1;
        return this.#report.warning(
          `${path} has ${others} other link${others > 1 ? 's' : ''} -- file ignored`,
        );
      }
    }
    const suffix = suffixOf(path, this.#options.suffix);
    if (!isDecompressing && suffix !== '') {
      if (isVerbose || (!isRecursive && !isQuiet)) {
        this.#report.warning(`${path} already has ${suffix} suffix -- unchanged`);
      }
      return;
    }
    if (isDecompressing && suffix === '' && !(isListing || isTesting || toStdout)) {
      if (!isRecursive || isVerbose) this.#report.warning(`${path}: unknown suffix -- ignored`);
      return;
    }
    if (isDecompressing) this.#decompress(path, fd, status, suffix);
    else this.#compress(path, fd, status);
  }

  #compress(path: string, fd: number, status: FileStatus): void {
    const { usesName, level, suffix, isVerbose, toStdout } = this.#options;
    const name = usesName ? path.slice(path.lastIndexOf('/') + 1) : '';
    const target = path + suffix;
    this.#write(path, target, status, status.mtime, to => {
      if (isVerbose) stderr.write(`${path}:\t`);
      const totals = compress(fd, to, { name, mtime: usesName ? status.mtime.sec : 0 }, level);
      const { bytesIn, bytesOut, headerBytes } = totals;
      if (isVerbose)
        this.#done(ratio(bytesIn - (bytesOut - headerBytes), bytesIn), toStdout ? 'stdout' : target);
    });
  }

  #decompress(path: string, fd: number, status: FileStatus, suffix: string): void {
    const { toStdout, isForced, isListing, isTesting, usesName, isVerbose } = this.#options;
    const cursor = cursorOn(fd);
    if (toStdout && isForced && !isTesting && !isListing && copyIfPlain(cursor, 1)) return;
    const input = new Decompressor(cursor);
    try {
      const header = input.open();
      let target = suffix === '' ? path : uncompressedName(path, suffix);
      let mtime = status.mtime;
      if (usesName) {
        const stored = header.name.slice(header.name.lastIndexOf('/') + 1);
        if (stored !== '') target = path.slice(0, path.lastIndexOf('/') + 1) + stored;
        if (header.mtime !== 0) mtime = { sec: header.mtime, nsec: 0 };
      }
      if (isListing) {
        return this.#listing.row(target, decompress(input, undefined), input.storedCrc, mtime.sec);
      }
      this.#write(path, target, status, mtime, to => {
        if (isVerbose) stderr.write(`${path}:\t`);
        const totals: Totals = decompress(input, isTesting ? undefined : to);
        if (input.hasTrailingGarbage) {
          this.#report.warning(`${path}: decompression OK, trailing garbage ignored`, '\n');
        }
        if (isVerbose && isTesting) stderr.write(' OK\n');
        else if (isVerbose) {
          const { bytesIn, bytesOut, headerBytes } = totals;
          this.#done(ratio(bytesOut - (bytesIn - headerBytes), bytesOut), toStdout ? 'stdout' : target);
        }
      });
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
      this.#report.damage(path, error);
      // A file that is none is passed over; damage within one ends everything, except that -t only looks.
      if (error.message !== 'not in gzip format' && !(isTesting && error instanceof ChecksumError))
        throw new Aborted();
    }
  }

  #done(saved: string, target: string): void {
    stderr.write(`${saved} -- ${this.#options.keepsInput ? 'created' : 'replaced with'} ${target}\n`);
  }

  /** Makes the output (or takes standard output), lets `fill` write it, and puts it in the input's place. */
  #write(
    path: string,
    target: string,
    status: FileStatus,
    mtime: FileStatus['mtime'],
    fill: (to: number) => void,
  ): void {
    if (this.#options.toStdout) return this.#toStdout(fill);
    const to = this.#create(target);
    if (to === undefined) return;
    try {
      fill(to);
      this.#copyAttributes(to, status, mtime);
      if (this.#options.isSynchronous) fsync(to);
      this.#unfinished = '';
    } catch (error) {
      this.#removeUnfinished();
      if (error instanceof SysError) {
        this.#report.error(`${target}: ${error.message}`, '\n');
        throw new Aborted();
      }
      throw error;
    } finally {
      close(to);
    }
    if (!this.#options.keepsInput) {
      try {
        unlink(path);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        this.#report.warning(`${path}: ${error.message}`);
      }
    }
  }

  #toStdout(fill: (to: number) => void): void {
    if (!this.#options.isDecompressing && !this.#options.isForced && isatty(1)) {
      stderr.write(
        'gzip: compressed data not written to a terminal. Use -f to force compression.\nFor help, type: gzip -h\n',
      );
      this.#report.status = ERROR;
      throw new Aborted();
    }
    fill(1);
  }

  #create(target: string): number | undefined {
    for (;;) {
      try {
        const fd = open(target, O_WRONLY | O_CREAT | O_EXCL, 0o600);
        this.#unfinished = target;
        return fd;
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        if (error.code !== 'EEXIST') {
          this.#report.error(`${target}: ${error.message}`);
          return undefined;
        }
        if (!this.#mayOverwrite(target)) return undefined;
        unlink(target);
      }
    }
  }

  #mayOverwrite(target: string): boolean {
    if (this.#options.isForced) return true;
    stderr.write(`gzip: ${target} already exists;`);
    if (isatty(0)) {
      stderr.write(' do you wish to overwrite (y or n)? ');
      if (/^[yY]/.test(new LineReader(0, { bufferBytes: 256 }).next() ?? '')) return true;
    }
    stderr.write('\tnot overwritten\n');
    if (this.#report.status === 0) this.#report.status = 2;
    return false;
  }

  #copyAttributes(to: number, status: FileStatus, mtime: FileStatus['mtime']): void {
    futimens(to, status.atime, mtime);
    try {
      fchown(to, status.uid, status.gid);
    } catch (error) {
      // Whoever is not root cannot give files away.
      if (!(error instanceof SysError)) throw error;
    }
    fchmod(to, status.mode & 0o777);
  }

  #removeUnfinished(): void {
    const name = this.#unfinished;
    this.#unfinished = '';
    if (name === '') return;
    try {
      unlink(name);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }
}
