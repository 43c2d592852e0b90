/**
 * AddressSpace: the memory of a process as system calls use it. Linux counterparts: struct mm_struct, copy_from_user,
 * copy_to_user, get_user, import_iovec. Addresses come from the guest and may be anything; each access walks the page
 * table and takes the same faults as the program would, and a bad address is EFAULT.
 *
 * Use contract: threads share one; `get` when another task gets it, `put` when it lets go, and the last `put` unmaps
 * everything. Bytes that are read are private copies (copyIn, readString) or views of guest memory (buffer), which the
 * guest may change while the kernel looks: check only copies. Views are valid until the call ends.
 */
import type { MmapRequest } from './mmap.ts';
import type { MremapRequest } from './mremap.ts';
import type { FaultKind } from './fault.ts';
import type { MoreSegments } from './io-buffer.ts';
import type { MemoryManager } from './memory-manager.ts';
import { ACCESS_EXEC, ACCESS_READ, ACCESS_WRITE, FAULT_DONE, handleFault } from './fault.ts';
import { clearBytes, PAGE_SHIFT, PAGE_SIZE } from './physical-memory.ts';
import { PTE_READ, PTE_SHIFT, PTE_WRITE } from './page-table.ts';
import { IoBuffer } from './io-buffer.ts';
import { MemoryMap, TASK_SIZE, USER_END } from './memory-map.ts';
import { forkInto } from './fork.ts';
import { madvise } from './madvise.ts';
import { mremap } from './mremap.ts';
import { brk, mapStack, mmap, mprotect, munmap } from './mmap.ts';
import { fail } from '../errors.ts';
import { EFAULT, EINVAL, ENAMETOOLONG } from '../abi/errno.ts';

export type Access = 'read' | 'write' | 'exec';

/** Linux: MAX_RW_COUNT, the most that one read or write moves. */
export const MAX_RW_COUNT = 0x7ffff000;
const UIO_MAXIOV = 1024;
const IOVEC_SIZE = 16;
/** So much of a long buffer is faulted in at a time. */
const WINDOW = 256 * 1024;
const POW32 = 2 ** 32;
const PAGE_MASK = PAGE_SIZE - 1;

export class AddressSpace extends MemoryMap {
  references = 1;
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(memory: MemoryManager) {
    super(memory);
    this.#bytes = memory.physical.bytes;
    this.#words = memory.physical.words;
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
    this.remove(0, TASK_SIZE);
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
    return mmap(this, request);
  }
  munmap(at: number, length: number): void {
    munmap(this, at, length);
  }
  mprotect(at: number, length: number, prot: number): void {
    mprotect(this, at, length, prot);
  }
  brk(at: number): number {
    return brk(this, at);
  }
  mremap(request: MremapRequest): number {
    return mremap(this, request);
  }
  madvise(at: number, length: number, advice: number): void {
    madvise(this, at, length, advice);
  }
  /** The main stack, growing down from `top`; returns its lowest mapped address. */
  mapStack(top: number, size: number): number {
    return mapStack(this, top, size);
  }

  // --- translation -----------------------------------------------------------------------------------------------

  /** The offset in physical memory of the byte at `at`, faulting its page in. EFAULT. Valid for that page only. */
  resolve(at: number, access: Access): number {
    if (access === 'exec') {
      const vma = this.find(at);
      if (vma !== undefined && (vma.flags & ACCESS_EXEC) === 0) fail(EFAULT, 'not executable');
    }
    return access === 'write' ? this.#writable(at) : this.#readable(at);
  }

  /** A program's own access: makes the page accessible or says which signal it deserves (faultSignal). */
  tryFault(at: number, access: Access): FaultKind {
    if (!(at < POW32)) return 1;
    const kind = access === 'write' ? ACCESS_WRITE : access === 'read' ? ACCESS_READ : ACCESS_EXEC;
    return handleFault(this, at, kind);
  }

  /** Where `at` lies in physical memory, and how many bytes from there are contiguous and as accessible. EFAULT. */
  fault(at: number, access: Access): { physical: number; length: number } {
    const physical = this.resolve(at, access);
    const need = access === 'write' ? PTE_WRITE : PTE_READ;
    const { table } = this;
    let page = at >>> PAGE_SHIFT;
    let frame = table.get(page) >>> PTE_SHIFT;
    for (;;) {
      const entry = table.get(++page);
      if (entry >>> PTE_SHIFT !== ++frame || (entry & need) === 0) break;
    }
    return { physical, length: page * PAGE_SIZE - at };
  }

  /** The word of a futex and the name under which its waiters meet. EFAULT. */
  futexKey(at: number, isShared: boolean): { physicalWord: number; key: string } {
    const physicalWord = this.#readable(at) >>> 2;
    if (isShared) {
      const vma = this.find(at)!;
      if (vma.isShared && vma.cache !== undefined) {
        const offset = vma.pageOffset * PAGE_SIZE + (at - vma.start);
        return { physicalWord, key: `s${vma.cache.id}:${offset}` };
      }
    }
    return { physicalWord, key: `p${this.id}:${at}` };
  }

  #readable(at: number): number {
    if (at < POW32) {
      const leaf = this.table.leaves[at >>> 22];
      if (leaf !== undefined) {
        const entry = leaf[(at >>> PAGE_SHIFT) & 1023]!;
        if ((entry & PTE_READ) !== 0) return (entry >>> PTE_SHIFT) * PAGE_SIZE + (at & PAGE_MASK);
      }
      if (handleFault(this, at, ACCESS_READ) === FAULT_DONE) {
        return (this.table.get(at >>> PAGE_SHIFT) >>> PTE_SHIFT) * PAGE_SIZE + (at & PAGE_MASK);
      }
    }
    return fail(EFAULT, 'memory that cannot be read');
  }

  #writable(at: number): number {
    if (at < POW32) {
      const leaf = this.table.leaves[at >>> 22];
      if (leaf !== undefined) {
        const entry = leaf[(at >>> PAGE_SHIFT) & 1023]!;
        if ((entry & PTE_WRITE) !== 0) return (entry >>> PTE_SHIFT) * PAGE_SIZE + (at & PAGE_MASK);
      }
      if (handleFault(this, at, ACCESS_WRITE) === FAULT_DONE) {
        return (this.table.get(at >>> PAGE_SHIFT) >>> PTE_SHIFT) * PAGE_SIZE + (at & PAGE_MASK);
      }
    }
    return fail(EFAULT, 'memory that cannot be written');
  }

  // --- copies ----------------------------------------------------------------------------------------------------

  /** A private copy of `length` bytes. EFAULT. The caller has bounded the length. */
  copyIn(at: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    this.copyInto(at, bytes);
    return bytes;
  }

  /** Fills `into` from guest memory. EFAULT. */
  copyInto(at: number, into: Uint8Array): void {
    const { length } = into;
    let done = 0;
    while (done < length) {
      const physical = this.#readable(at + done);
      const count = Math.min(length - done, PAGE_SIZE - (physical & PAGE_MASK));
      // A typed array's `set` from a view costs more than a loop over a few bytes.
      if (count <= 64) for (let i = 0; i < count; i++) into[done + i] = this.#bytes[physical + i]!;
      else into.set(this.#bytes.subarray(physical, physical + count), done);
      done += count;
    }
  }

  /** Copies bytes to guest memory. EFAULT, perhaps after the pages before the bad one were written, as in Linux. */
  copyOut(at: number, bytes: Uint8Array): void {
    const { length } = bytes;
    let done = 0;
    while (done < length) {
      const physical = this.#writable(at + done);
      const count = Math.min(length - done, PAGE_SIZE - (physical & PAGE_MASK));
      if (count <= 64) for (let i = 0; i < count; i++) this.#bytes[physical + i] = bytes[done + i]!;
      else this.#bytes.set(count === length ? bytes : bytes.subarray(done, done + count), physical);
      done += count;
    }
  }

  /** Fills guest memory with zeros. EFAULT. */
  clear(at: number, length: number): void {
    let done = 0;
    while (done < length) {
      const physical = this.#writable(at + done);
      const count = Math.min(length - done, PAGE_SIZE - (physical & PAGE_MASK));
      clearBytes(this.#bytes, physical, physical + count);
      done += count;
    }
  }

  /** A C string, without its NUL, as a byte string. EFAULT; ENAMETOOLONG if no NUL is among `maxLength` bytes. */
  readString(at: number, maxLength = 4096): string {
    let text = '';
    let done = 0;
    while (done < maxLength) {
      const physical = this.#readable(at + done);
      const count = Math.min(maxLength - done, PAGE_SIZE - (physical & PAGE_MASK));
      // Each byte is looked at once: another thread may be changing them.
      const codes: number[] = [];
      for (let i = 0; i < count; i++) {
        const code = this.#bytes[physical + i]!;
        if (code === 0) break;
        codes.push(code);
      }
      text += String.fromCharCode.apply(null, codes);
      if (codes.length < count) return text;
      done += count;
    }
    return fail(ENAMETOOLONG, 'string is too long');
  }

  readU8(at: number): number {
    return this.#bytes[this.#readable(at)]!;
  }
  readI32(at: number): number {
    if ((at & 3) === 0) return this.#words[this.#readable(at) >>> 2]!;
    const bytes = this.copyIn(at, 4);
    return bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24);
  }
  readU32(at: number): number {
    return this.readI32(at) >>> 0;
  }
  /** Exact below 2^53. */
  readU64(at: number): number {
    return this.readU32(at + 4) * POW32 + this.readU32(at);
  }
  /** Exact within ±2^53. */
  readI64(at: number): number {
    return this.readI32(at + 4) * POW32 + this.readU32(at);
  }
  readB64(at: number): bigint {
    return (BigInt(this.readU32(at + 4)) << 32n) | BigInt(this.readU32(at));
  }
  writeU8(at: number, value: number): void {
    this.#bytes[this.#writable(at)] = value;
  }
  writeI32(at: number, value: number): void {
    if ((at & 3) === 0) {
      this.#words[this.#writable(at) >>> 2] = value;
      return;
    }
    this.copyOut(at, Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24));
  }
  writeU32(at: number, value: number): void {
    this.writeI32(at, value | 0);
  }
  /** A number of either sign, modulo 2^64. */
  writeU64(at: number, value: number): void {
    this.writeI32(at, value | 0);
    this.writeI32(at + 4, Math.floor(value / POW32) | 0);
  }
  writeB64(at: number, value: bigint): void {
    this.writeI32(at, Number(BigInt.asIntN(32, value)));
    this.writeI32(at + 4, Number(BigInt.asIntN(32, value >> 32n)));
  }

  // --- transfers -------------------------------------------------------------------------------------------------

  /**
   * The memory behind a `void *buf, size_t len`. 'write': the kernel will write into it (read(2)). EFAULT if the first
   * byte is bad; otherwise the buffer ends where the memory becomes bad.
   */
  buffer(at: number, length: number, access: 'read' | 'write'): IoBuffer {
    if (length === 0) return new IoBuffer([]);
    // Linux: access_ok refuses such a range as a whole.
    if (at + length > USER_END) fail(EFAULT, 'past the end of user memory');
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
   * EFAULT.
   */
  readIovecs(at: number, count: number): number[] {
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
      if (base + length > USER_END) fail(EFAULT, 'iovec: past the end of user memory');
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

  /** Faults in [at, at + length) and appends views of it, contiguous frames merged. Returns the bytes before a bad one. */
  collect(at: number, length: number, access: 'read' | 'write', into: Uint8Array[]): number {
    if (!(at < POW32)) return 0;
    const need = access === 'write' ? PTE_WRITE : PTE_READ;
    const { leaves } = this.table;
    const within = at & PAGE_MASK;
    const first = at >>> PAGE_SHIFT;
    const end = first + Math.ceil((within + length) / PAGE_SIZE);
    // Frames [runFrame, nextFrame) back the pages from runPage on, and are not yet in `into`.
    let runPage = first;
    let runFrame = 0;
    let nextFrame = 0;
    let page = first;
    for (; page < end; page++) {
      let entry = leaves[page >>> 10]?.[page & 1023] ?? 0;
      if ((entry & need) === 0) {
        if (!this.#faultIn(page, need)) break;
        entry = this.table.get(page);
      }
      const frame = entry >>> PTE_SHIFT;
      if (frame !== nextFrame) {
        if (page > first) this.#pushRun(into, runFrame, runPage, page, at, length);
        runPage = page;
        runFrame = frame;
      }
      nextFrame = frame + 1;
    }
    if (page === first) return 0;
    this.#pushRun(into, runFrame, runPage, page, at, length);
    return Math.min(length, page * PAGE_SIZE - at);
  }

  #faultIn(page: number, need: number): boolean {
    const kind = need === PTE_WRITE ? ACCESS_WRITE : ACCESS_READ;
    return page < TASK_SIZE / PAGE_SIZE && handleFault(this, page * PAGE_SIZE, kind) === FAULT_DONE;
  }

  /** A view of the part of [at, at + length) that lies in pages [page, endPage), whose frames begin at `frame`. */
  #pushRun(
    into: Uint8Array[],
    frame: number,
    page: number,
    endPage: number,
    at: number,
    length: number,
  ): void {
    const shift = (frame - page) * PAGE_SIZE;
    const start = Math.max(at, page * PAGE_SIZE);
    const end = Math.min(at + length, endPage * PAGE_SIZE);
    into.push(this.#bytes.subarray(start + shift, end + shift));
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
