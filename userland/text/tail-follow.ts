/** tail -f and -F: looks at each file once per interval and prints what was added. */
import { quoteaf } from '../coreutils/lib/quote.ts';
import { O_RDONLY } from '../libc/fcntl.ts';
import { alloc } from '../libc/memory.ts';
import { SysError } from '../libc/native.ts';
import { kill } from '../libc/signal.ts';
import { fstat, S_ISREG, stat } from '../libc/stat.ts';
import { stdout } from '../libc/stdio.ts';
import { warn } from '../libc/stdlib.ts';
import { close, lseek, open, read, SEEK_SET, sleep } from '../libc/unistd.ts';

export interface Followed {
  readonly name: string;
  readonly shown: string;
  fd: number | undefined;
  ino: number;
  size: number;
}

export interface FollowOptions {
  readonly byName: boolean;
  readonly isRetrying: boolean;
  readonly interval: number;
  readonly hasHeaders: boolean;
  readonly pid: string | undefined;
}

let buffer: Uint8Array | undefined;

export function follow(files: Followed[], options: FollowOptions): void {
  let shownLast = files.at(-1);
  for (;;) {
    // Look at the process first, so that its last words are still read.
    const isOver = options.pid !== undefined && !isAlive(Number(options.pid));
    let hasMore = false;
    for (const file of files) {
      if (options.byName) reopen(file, options);
      if (file.fd === undefined) continue;
      if (copyNew(file, options.hasHeaders && shownLast !== file)) {
        shownLast = file;
        hasMore = true;
      }
    }
    stdout.flush();
    if (isOver) return;
    if (files.every(file => file.fd === undefined) && !options.isRetrying) {
      warn('no files remaining');
      return;
    }
    if (!hasMore) sleep(options.interval);
  }
}

function isAlive(pid: number): boolean {
  try {
    kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof SysError && error.code === 'EPERM';
  }
}

/** Notices that another file has the name now. */
function reopen(file: Followed, options: FollowOptions): void {
  if (file.name === '-') return;
  let ino: number;
  try {
    ({ ino } = stat(file.name));
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (file.fd === undefined) return;
    warn(`${quoteaf(file.name)} has become inaccessible: ${error.message}`);
    close(file.fd);
    file.fd = undefined;
    file.ino = 0;
    return;
  }
  if (file.fd !== undefined && ino === file.ino) return;
  try {
    const fd = open(file.name, O_RDONLY);
    warn(
      `${quoteaf(file.name)} has ${file.fd === undefined ? 'appeared' : 'been replaced'};  following new file`,
    );
    if (file.fd !== undefined) close(file.fd);
    file.fd = fd;
    file.ino = fstat(fd).ino;
    file.size = 0;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if (!options.isRetrying) throw error;
  }
}

function copyNew(file: Followed, needsHeader: boolean): boolean {
  const fd = file.fd!;
  const status = fstat(fd);
  if (S_ISREG(status.mode) && status.size < file.size) {
    warn(`${file.shown}: file truncated`);
    lseek(fd, 0, SEEK_SET);
    file.size = 0;
  }
  buffer ??= alloc(65536).bytes;
  let hasMore = false;
  for (;;) {
    const count = read(fd, buffer);
    if (count === 0) break;
    if (!hasMore && needsHeader) stdout.write(`\n==> ${file.shown} <==\n`);
    hasMore = true;
    file.size += count;
    stdout.write(buffer.subarray(0, count));
  }
  return hasMore;
}
