/**
 * AddressSpace: the memory of a process. Linux counterparts: struct mm_struct, import_iovec. Its parts: MemoryMap (VMAs
 * and page table), UserMemory (access by address), and here its life, its calls, and the buffers of read(2) and write(2).
 *
 * Use contract: threads share one; `get` when another task gets it, `put` when it lets go, and the last `put` unmaps
 * everything. A buffer is valid until the call ends.
 */
import type { ProcessorSpace } from '../../host/machine.ts';
import type { AioContext } from '../syscall/aio.ts';
import type { MmapRequest } from './mmap.ts';
import type { MremapRequest } from './mremap.ts';
import type { MoreSegments } from './io-buffer.ts';
import type { MemoryManager } from './memory-manager.ts';
import { brk, mapStack } from './heap-stack.ts';
import { forkInto } from './fork.ts';
import { IoBuffer } from './io-buffer.ts';
import { madvise } from './madvise.ts';
import { TASK_SIZE, USER_HALF } from './memory-map.ts';
import { mmap, munmap } from './mmap.ts';
import { mprotect } from './mprotect.ts';
import { mremap } from './mremap.ts';
import { requireAdvisable, requireNotSealed } from './seal.ts';
import { PAGE_SIZE } from './physical-memory.ts';
import { UserMemory } from './user-memory.ts';
import { fail } from '../errors.ts';
import { EFAULT, EINVAL } from '../abi/errno.ts';
import { MAP_FIXED, MREMAP_FIXED } from '../abi/mman.ts';

/** Linux counterpart: MAX_RW_COUNT, the most that one read or write moves. */
export const MAX_RW_COUNT = 0x7ffff000;
const UIO_MAXIOV = 1024;
const IOVEC_SIZE = 16;
/** So much of a long buffer is faulted in at a time. */
const WINDOW = 256 * 1024;
const POW32 = 2 ** 32;

export class AddressSpace extends UserMemory {
  references = 1;
  /** Contexts of io_setup(2) by number; owned by syscall/aio.ts. */
  readonly aioContexts = new Map<number, AioContext>();
  /** The processor's translations; owned by guest-pages.ts. */
  processorSpace: ProcessorSpace | undefined;

  constructor(memory: MemoryManager) {
    super(memory);
    memory.spaces.add(this);
  }

  /** One more task uses it. */
  get(): this {
    this.references++;
    return this;
  }

  /** One task less; the last one unmaps everything. */
  put(): void {
    if (--this.references > 0) return;
    this.invalidations.length = 0;
    this.processorSpace?.release();
    this.processorSpace = undefined;
    this.remove(0, TASK_SIZE);
    this.table.releaseLeaves(0, USER_HALF / PAGE_SIZE);
    this.releaseDeferred();
    this.memory.forget(this);
  }

  /** A copy for fork(2): private pages are shared until one side writes. */
  fork(): AddressSpace {
    const child = new AddressSpace(this.memory);
    try {
      forkInto(this, child);
    } catch (error) {
      child.put();
      throw error;
    }
    return child;
  }

  // --- mappings --------------------------------------------------------------------------------------------------

  mmap(request: MmapRequest): number {
    if ((request.flags & MAP_FIXED) !== 0) requireNotSealed(this, request.at, request.length);
    return mmap(this, request);
  }
  munmap(at: number, length: number): void {
    requireNotSealed(this, at, length);
    munmap(this, at, length);
  }
  mprotect(at: number, length: number, prot: number): void {
    requireNotSealed(this, at, length);
    mprotect(this, at, length, prot);
  }
  brk(at: number): number {
    return brk(this, at);
  }
  mremap(request: MremapRequest): number {
    requireNotSealed(this, request.at, Math.max(1, request.oldLength));
    if ((request.flags & MREMAP_FIXED) !== 0) requireNotSealed(this, request.newAt, request.newLength);
    return mremap(this, request);
  }
  madvise(at: number, length: number, advice: number): void {
    requireAdvisable(this, at, length, advice);
    madvise(this, at, length, advice);
  }
  /** The main stack, growing down from `top`; returns its lowest mapped address. */
  mapStack(top: number, size: number, access = 0): number {
    return mapStack(this, top, size, access);
  }

  // --- transfers -------------------------------------------------------------------------------------------------

  /**
   * The memory behind a `void *buf, size_t len`. 'write': the kernel will write into it (read(2)). EFAULT if the first
   * byte is bad; otherwise the buffer ends where the memory becomes bad.
   */
  buffer(at: number, length: number, access: 'read' | 'write'): IoBuffer {
    if (length === 0) return new IoBuffer([]);
    // Linux: access_ok refuses such a range as a whole.
    if (at + length > TASK_SIZE) fail(EFAULT, 'past the end of user memory');
    this.memory.borrow(this);
    const count = Math.min(length, MAX_RW_COUNT);
    const segments: Uint8Array[] = [];
    const covered = this.collect(at, Math.min(count, WINDOW), access, segments);
    if (covered === 0) fail(EFAULT, 'bad buffer');
    if (covered === count || covered < WINDOW) return new IoBuffer(segments);
    const rest = new UserRanges(this, access);
    rest.add(at + covered, count - covered);
    return new IoBuffer(segments, rest, count);
  }

  /** The buffer of readv(2) and writev(2). EINVAL, EFAULT. */
  iovec(at: number, count: number, access: 'read' | 'write'): IoBuffer {
    return this.bufferOf(this.readIovecs(at, count), access);
  }

  /**
   * The struct iovecs at `at`: base and length of each, one after the other; the total is cut at MAX_RW_COUNT. EINVAL,
   * EFAULT. `whose`: ranges of another process's memory may lead anywhere until they are used.
   */
  readIovecs(at: number, count: number, whose: 'own' | 'other' = 'own'): number[] {
    if (!(count >= 0 && count <= UIO_MAXIOV)) fail(EINVAL, 'iovec: too many');
    const table = this.copyIn(at, count * IOVEC_SIZE);
    const view = new DataView(table.buffer);
    const ranges: number[] = [];
    let total = 0;
    for (let i = 0; i < table.length; i += IOVEC_SIZE) {
      const base = view.getUint32(i + 4, true) * POW32 + view.getUint32(i, true);
      const high = view.getInt32(i + 12, true);
      if (high < 0) fail(EINVAL, 'iovec: negative length');
      const length = high * POW32 + view.getUint32(i + 8, true);
      if (whose === 'own' && base + length > TASK_SIZE) fail(EFAULT, 'iovec: past the end of user memory');
      const wanted = Math.min(length, MAX_RW_COUNT - total);
      total += wanted;
      ranges.push(base, wanted);
    }
    return ranges;
  }

  /** The memory behind such ranges. EFAULT if the first byte is bad; otherwise it ends where memory becomes bad. */
  bufferOf(ranges: readonly number[], access: 'read' | 'write'): IoBuffer {
    this.memory.borrow(this);
    const segments: Uint8Array[] = [];
    const rest = new UserRanges(this, access);
    let total = 0;
    let collected = 0;
    let isBad = false;
    for (let i = 0; i < ranges.length && !isBad; i += 2) {
      const base = ranges[i]!;
      const wanted = ranges[i + 1]!;
      let covered = 0;
      if (collected === total && collected < WINDOW) {
        const window = Math.min(wanted, WINDOW - collected);
        covered = this.collect(base, window, access, segments);
        collected += covered;
        isBad = covered < window;
      }
      total += wanted;
      if (covered < wanted) rest.add(base + covered, wanted - covered);
    }
    if (isBad && collected === 0) fail(EFAULT, 'iovec: bad buffer');
    return isBad || collected === total ? new IoBuffer(segments) : new IoBuffer(segments, rest, total);
  }
}

/** What is left of a long transfer: ranges of user memory, faulted in a window at a time. */
class UserRanges implements MoreSegments {
  readonly #space: AddressSpace;
  readonly #access: 'read' | 'write';
  /** Address and length of each range, one after the other. */
  readonly #ranges: number[] = [];
  #isBad = false;

  constructor(space: AddressSpace, access: 'read' | 'write') {
    this.#space = space;
    this.#access = access;
  }

  add(at: number, length: number): void {
    this.#ranges.push(at, length);
  }

  more(): Uint8Array[] {
    const segments: Uint8Array[] = [];
    const [at, length] = this.#ranges;
    if (this.#isBad || at === undefined || length === undefined) return segments;
    const window = Math.min(length, WINDOW);
    const covered = this.#space.collect(at, window, this.#access, segments);
    this.#isBad = covered < window;
    if (covered === length) this.#ranges.splice(0, 2);
    else {
      this.#ranges[0] = at + covered;
      this.#ranges[1] = length - covered;
    }
    return segments;
  }
}
