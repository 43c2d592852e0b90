/**
 * FdTable: file descriptors of a process. Linux counterpart: struct files_struct, fs/file.c. Threads share one
 * (CLONE_FILES); fork copies it.
 *
 * Use contract: `install` takes over the caller's reference to the file if it succeeds; if it fails (EMFILE) the
 * caller still has it. `get` lends the file for the length of the call.
 */
import { EBADF, EMFILE } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task/task.ts';
import type { File } from './file.ts';

interface Entry {
  readonly file: File;
  isCloexec: boolean;
}

const MIN_CAPACITY = 64;

export class FdTable {
  readonly kernel: Kernel;
  /** By descriptor; holes are undefined. */
  #entries: (Entry | undefined)[] = [];
  /** No descriptor below this one is free. */
  #firstFree = 0;
  /**
   * Descriptors must be below: soft RLIMIT_NOFILE of the process. setrlimit(2) and prlimit(2) change it together with
   * the limit; copies inherit it.
   */
  limit = 1024;
  /** Room for so many descriptors was made up to now, a power of two. It shows: FDSize, and what select(2) looks at. */
  capacity = MIN_CAPACITY;
  references = 1;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  get(fd: number): File | undefined {
    return this.#entries[fd]?.file;
  }

  /** Gives the file the lowest free descriptor that is at least `lowest`. EMFILE. */
  install(file: File, isCloexec: boolean, lowest = 0): number {
    const fd = this.lowestFree(lowest);
    this.#put(fd, { file, isCloexec });
    return fd;
  }

  /** The lowest free descriptor at or above `lowest`; EMFILE if there is none. */
  lowestFree(lowest = 0): number {
    let fd = Math.max(lowest, this.#firstFree);
    while (this.#entries[fd] !== undefined) fd++;
    if (fd >= this.limit) fail(EMFILE, 'RLIMIT_NOFILE');
    return fd;
  }

  /** Gives the file this descriptor and closes what was there: dup2(2). EBADF past the limit. */
  installAt(fd: number, file: File, isCloexec: boolean, task?: Task): void {
    if (fd < 0 || fd >= this.limit) fail(EBADF, 'descriptor out of range');
    const old = this.#entries[fd];
    this.#put(fd, { file, isCloexec });
    if (old !== undefined) this.#let(old.file, task);
  }

  /** close(2); EBADF. */
  close(task: Task | undefined, fd: number): void {
    const entry = this.#entries[fd];
    if (entry === undefined) return fail(EBADF, 'no such descriptor');
    this.#entries[fd] = undefined;
    if (fd < this.#firstFree) this.#firstFree = fd;
    if (fd === this.#entries.length - 1) this.#trim();
    this.#let(entry.file, task);
  }

  isCloexec(fd: number): boolean {
    return this.#entries[fd]?.isCloexec ?? false;
  }
  setCloexec(fd: number, isCloexec: boolean): void {
    const entry = this.#entries[fd];
    if (entry === undefined) return fail(EBADF, 'no such descriptor');
    entry.isCloexec = isCloexec;
  }

  /** Open descriptors in ascending order. */
  *entries(): Generator<[number, File]> {
    for (let fd = 0; fd < this.#entries.length; fd++) {
      const entry = this.#entries[fd];
      if (entry !== undefined) yield [fd, entry.file];
    }
  }
  /** One more than the highest open descriptor. */
  get end(): number {
    return this.#entries.length;
  }

  /** A copy for fork(2): the same files, one more reference each. */
  clone(): FdTable {
    const copy = new FdTable(this.kernel);
    copy.limit = this.limit;
    copy.#firstFree = this.#firstFree;
    copy.#entries = this.#entries.map(entry => entry && { ...entry });
    copy.#grow(this.end);
    for (const [, file] of this.entries()) this.kernel.vfs.get(file);
    return copy;
  }

  /** exec: closes what is marked close-on-exec. */
  closeOnExec(task: Task): void {
    for (const [fd] of [...this.entries()]) if (this.isCloexec(fd)) this.close(task, fd);
  }

  share(): FdTable {
    this.references++;
    return this;
  }

  /** A process or thread lets the table go; the last one closes everything. */
  put(task: Task | undefined): void {
    if (--this.references > 0) return;
    this.kernel.vfs.lockWaits.end(this);
    const entries = this.#entries;
    this.#entries = [];
    this.#firstFree = 0;
    for (const entry of entries) if (entry !== undefined) this.#let(entry.file, task);
  }

  #put(fd: number, entry: Entry): void {
    while (this.#entries.length < fd) this.#entries.push(undefined);
    this.#entries[fd] = entry;
    this.#grow(fd + 1);
    while (this.#entries[this.#firstFree] !== undefined) this.#firstFree++;
  }

  #grow(end: number): void {
    while (this.capacity < end) this.capacity *= 2;
  }

  #trim(): void {
    while (this.#entries.length > 0 && this.#entries.at(-1) === undefined) this.#entries.pop();
  }

  #let(file: File, task: Task | undefined): void {
    if (task !== undefined) file.flush(task);
    file.inode.locks?.releaseOwner(this);
    this.kernel.vfs.put(file);
  }
}
