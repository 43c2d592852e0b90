/**
 * Registered: what a program has given an io_uring beforehand: files, buffers, an eventfd, credentials. Linux
 * counterpart: io_uring/rsrc.c.
 */
import { EBADF, EBUSY, EFAULT, EINVAL, EMFILE, ENFILE, ENXIO } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import { EventFile } from '../fs/eventfd.ts';
import type { File } from '../fs/file.ts';
import type { Kernel } from '../kernel.ts';
import type { Credentials } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';

const MAX_FILES = 1 << 15;
const MAX_BUFFERS = 1 << 14;
/** Of a file update: leave this slot as it is. */
const SKIP = -2;
/** Instead of an index: any free slot. */
const ANY_SLOT = 0xffff_ffff;

export class Registered {
  readonly kernel: Kernel;
  files: (File | undefined)[] | undefined;
  /** Address and length of each. */
  buffers: (readonly [number, number])[] | undefined;
  #eventfd: EventFile | undefined;
  readonly #personalities = new Map<number, Credentials>();
  #nextPersonality = 1;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  // ---- files

  file(index: number): File | undefined {
    return this.files?.[index];
  }

  /** −1 stands for an empty slot. EBADF, EMFILE. */
  registerFiles(fds: readonly number[] | number, task: Task): void {
    if (this.files !== undefined) fail(EBUSY, 'io_uring: files are registered');
    const list = typeof fds === 'number' ? new Array<number>(fds).fill(-1) : fds;
    if (list.length === 0) fail(EINVAL, 'io_uring: no files');
    if (list.length > MAX_FILES) fail(EMFILE, 'io_uring: too many files');
    const files = list.map(fd => (fd === -1 ? undefined : task.file(fd)));
    for (const file of files) if (file !== undefined) this.kernel.vfs.get(file);
    this.files = files;
  }

  unregisterFiles(): void {
    const { files } = this;
    if (files === undefined) return fail(ENXIO, 'io_uring: no files are registered');
    this.files = undefined;
    for (const file of files) if (file !== undefined) this.kernel.vfs.put(file);
  }

  /** Takes over the reference to `file`. */
  setFile(index: number, file: File | undefined): void {
    if (this.files === undefined) fail(ENXIO, 'io_uring: no files are registered');
    if (index < 0 || index >= this.files.length) fail(EINVAL, 'io_uring: no such slot');
    const old = this.files[index];
    this.files[index] = file;
    if (old !== undefined) this.kernel.vfs.put(old);
    else if (file === undefined) fail(EBADF, 'io_uring: the slot is empty');
  }

  /** A file for the slot `where` − 1: 0; for any free one: its index. Takes over the reference. */
  placeFile(where: number, file: File): number {
    if (where !== ANY_SLOT) {
      this.setFile(where - 1, file);
      return 0;
    }
    const index = this.files?.indexOf(undefined) ?? -1;
    if (index < 0) fail(ENFILE, 'io_uring: no free slot');
    this.files![index] = file;
    return index;
  }

  /** Descriptors from memory into slots from `offset` on; how many. */
  updateFiles(task: Task, offset: number, at: number, count: number): number {
    const { files } = this;
    if (files === undefined) return fail(ENXIO, 'io_uring: no files are registered');
    if (count === 0 || offset + count > files.length) fail(EINVAL, 'io_uring: no such slots');
    for (let i = 0; i < count; i++) {
      const fd = task.memory.readI32(at + i * 4);
      if (fd === SKIP) continue;
      const file = fd === -1 ? undefined : this.kernel.vfs.get(task.file(fd));
      const old = files[offset + i];
      files[offset + i] = file;
      if (old !== undefined) this.kernel.vfs.put(old);
    }
    return count;
  }

  // ---- buffers

  registerBuffers(ranges: readonly (readonly [number, number])[], task: Task): void {
    if (this.buffers !== undefined) fail(EBUSY, 'io_uring: buffers are registered');
    if (ranges.length === 0 || ranges.length > MAX_BUFFERS) fail(EINVAL, 'io_uring: number of buffers');
    for (const [at, length] of ranges) {
      if (at === 0 && length === 0) continue;
      if (length === 0 || length > 2 ** 30) fail(EFAULT, 'io_uring: length of a buffer');
      task.memory.resolve(at, 'write');
    }
    this.buffers = [...ranges];
  }
  unregisterBuffers(): void {
    if (this.buffers === undefined) fail(ENXIO, 'io_uring: no buffers are registered');
    this.buffers = undefined;
  }
  /** EFAULT unless the bytes lie within the buffer. */
  requireBuffer(index: number, addr: bigint, length: number): void {
    const buffer = this.buffers?.[index] ?? fail(EFAULT, 'io_uring: no such buffer');
    const at = Number(addr);
    if (at < buffer[0] || at + length > buffer[0] + buffer[1])
      fail(EFAULT, 'io_uring: outside of the buffer');
  }

  // ---- the others

  registerEventfd(task: Task, fd: number): void {
    if (this.#eventfd !== undefined) fail(EBUSY, 'io_uring: an eventfd is registered');
    const file = task.file(fd);
    if (!(file instanceof EventFile)) return fail(EINVAL, 'io_uring: no eventfd');
    this.#eventfd = file;
    this.kernel.vfs.get(file);
  }
  unregisterEventfd(): void {
    if (this.#eventfd === undefined) fail(ENXIO, 'io_uring: no eventfd is registered');
    this.kernel.vfs.put(this.#eventfd);
    this.#eventfd = undefined;
  }
  signalEventfd(): void {
    this.#eventfd?.add(1n);
  }

  addPersonality(credentials: Credentials): number {
    const id = this.#nextPersonality++;
    this.#personalities.set(id, credentials);
    return id;
  }
  personality(id: number): Credentials {
    return this.#personalities.get(id) ?? fail(EINVAL, 'io_uring: no such personality');
  }
  removePersonality(id: number): void {
    if (!this.#personalities.delete(id)) fail(EINVAL, 'io_uring: no such personality');
  }

  release(): void {
    if (this.files !== undefined) this.unregisterFiles();
    if (this.#eventfd !== undefined) this.unregisterEventfd();
  }
}
