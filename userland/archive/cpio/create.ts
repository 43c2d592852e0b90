/** cpio -o: puts the files whose names come on standard input into an archive. */
import { O_NOFOLLOW, O_RDONLY } from '../../../kernel/abi/fcntl.ts';
import { alloc } from '../../libc/memory.ts';
import { SysError } from '../../libc/native.ts';
import { type FileStatus, S_ISLNK, S_ISREG, lstat, stat } from '../../libc/stat.ts';
import { Writer } from '../../libc/stdio.ts';
import { warn } from '../../libc/stdlib.ts';
import { close, open, read, readlink } from '../../libc/unistd.ts';
import { type CpioFormat, TRAILER, alignmentOf, encode } from './format.ts';

const BLOCK = 512;

export class CpioCreator {
  readonly #out: Writer;
  readonly #format: CpioFormat;
  readonly #buffer = alloc(128 * 1024).bytes;
  readonly #follows: boolean;
  #written = 0;
  status = 0;
  /** Names of files with several links that wait for the last one, which carries the content. */
  readonly #waiting = new Map<string, { names: string[]; status: FileStatus }>();

  constructor(fd: number, format: CpioFormat, follows: boolean) {
    this.#out = new Writer(fd, 'full');
    this.#format = format;
    this.#follows = follows;
  }
  get blocks(): number {
    return Math.ceil(this.#written / BLOCK);
  }

  #put(data: string | Uint8Array): void {
    this.#out.write(data);
    this.#written += data.length;
  }
  #pad(size: number): void {
    const align = alignmentOf(this.#format);
    this.#put('\0'.repeat((align - (size % align)) % align));
  }
  #failed(name: string, what: string, error: unknown): void {
    if (!(error instanceof SysError)) throw error;
    warn(`${name}: Cannot ${what}: ${error.message}`);
    this.status = 2;
  }

  add(path: string): boolean {
    let status: FileStatus;
    try {
      status = this.#follows ? stat(path) : lstat(path);
    } catch (error) {
      this.#failed(path, 'stat', error);
      return false;
    }
    const name = path.replace(/^(\.\/+)+(?=.)/, '') || '.';
    if (!S_ISREG(status.mode) || status.nlink < 2 || this.#format === 'odc') {
      this.#member(path, name, status, true);
      return true;
    }
    const key = `${status.dev}:${status.ino}`;
    const waiting = this.#waiting.get(key) ?? { names: [], status };
    this.#waiting.set(key, waiting);
    waiting.names.push(path);
    if (waiting.names.length === status.nlink) this.#linked(key);
    return true;
  }

  /** All names of a file with links: the content comes with the last. */
  #linked(key: string): void {
    const { names, status } = this.#waiting.get(key)!;
    this.#waiting.delete(key);
    names.forEach((path, i) => {
      this.#member(path, path.replace(/^(\.\/+)+(?=.)/, ''), status, i === names.length - 1);
    });
  }

  #member(path: string, name: string, status: FileStatus, hasContent: boolean): void {
    const isFile = S_ISREG(status.mode) && hasContent;
    let target = '';
    let fd = -1;
    try {
      if (S_ISLNK(status.mode)) target = readlink(path);
      else if (isFile) fd = open(path, O_RDONLY | (this.#follows ? 0 : O_NOFOLLOW));
    } catch (error) {
      return this.#failed(path, isFile ? 'open' : 'readlink', error);
    }
    const size = isFile ? status.size : target.length;
    const checksum = this.#format === 'crc' && isFile ? this.#sum(path) : 0;
    const { ino, mode, uid, gid, nlink, mtime, dev, rdev } = status;
    this.#put(
      encode({ name, ino, mode, uid, gid, nlink, mtime: mtime.sec, size, dev, rdev, checksum }, this.#format),
    );
    if (isFile) this.#copy(fd, path, size);
    else this.#put(target);
    this.#pad(size);
    if (fd >= 0) close(fd);
  }

  #copy(fd: number, path: string, size: number): void {
    let left = size;
    while (left > 0) {
      const count = read(fd, this.#buffer.subarray(0, Math.min(left, this.#buffer.length)));
      if (count === 0) {
        warn(`File ${path} shrunk by ${left} byte${left === 1 ? '' : 's'}, padding with zeros`);
        this.status = 2;
        while (left > 0) {
          const piece = Math.min(left, this.#buffer.length);
          this.#put(new Uint8Array(piece));
          left -= piece;
        }
        return;
      }
      this.#put(this.#buffer.subarray(0, count));
      left -= count;
    }
  }

  #sum(path: string): number {
    const fd = open(path, O_RDONLY);
    let sum = 0;
    for (let count = read(fd, this.#buffer); count > 0; count = read(fd, this.#buffer)) {
      for (let i = 0; i < count; i++) sum = (sum + this.#buffer[i]!) >>> 0;
    }
    close(fd);
    return sum;
  }

  end(): void {
    for (const key of this.#waiting.keys()) this.#linked(key);
    const empty = {
      ino: 0,
      mode: 0,
      uid: 0,
      gid: 0,
      nlink: 1,
      mtime: 0,
      size: 0,
      dev: 0,
      rdev: 0,
      checksum: 0,
    };
    this.#put(encode({ ...empty, name: TRAILER }, this.#format));
    this.#put('\0'.repeat((BLOCK - (this.#written % BLOCK)) % BLOCK));
    this.#out.flush();
  }
}
