/**
 * UserMemory: access to the memory of a process by its addresses. Linux counterparts: copy_from_user, copy_to_user,
 * get_user, put_user, strncpy_from_user. Addresses come from the guest and may be anything; each access walks the page
 * table and takes the same faults as the program would, and a bad address is EFAULT.
 *
 * Bytes that are read are private copies (copyIn, readString), or views of guest memory (collect) which the guest may
 * change while the kernel looks: check only copies. Views are valid until the call ends.
 */
import type { MemoryManager } from './memory-manager.ts';
import type { FaultKind } from './fault.ts';
import type { FrameNumber } from './physical-memory.ts';
import { ACCESS_EXEC, ACCESS_READ, ACCESS_WRITE, FAULT_DONE, FAULT_MAPERR, handleFault } from './fault.ts';
import { clearBytes, PAGE_SIZE, pageOf } from './physical-memory.ts';
import { PTE_READ, PTE_SHIFT, PTE_WRITE } from './page-table.ts';
import { MemoryMap, TASK_SIZE } from './memory-map.ts';
import { fail } from '../errors.ts';
import { EFAULT, ENAMETOOLONG } from '../abi/errno.ts';

export type Access = 'read' | 'write' | 'exec';

const POW32 = 2 ** 32;
const PAGE_MASK = PAGE_SIZE - 1;

export class UserMemory extends MemoryMap {
  readonly #bytes: Uint8Array<SharedArrayBuffer>;
  readonly #words: Int32Array<SharedArrayBuffer>;

  constructor(memory: MemoryManager) {
    super(memory);
    this.#bytes = memory.physical.bytes;
    this.#words = memory.physical.words;
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
    if (!(at < TASK_SIZE)) return FAULT_MAPERR;
    const kind = access === 'write' ? ACCESS_WRITE : access === 'read' ? ACCESS_READ : ACCESS_EXEC;
    return handleFault(this, at, kind);
  }

  /** Where `at` lies in physical memory, and how many bytes from there are contiguous and as accessible. EFAULT. */
  fault(at: number, access: Access): { physical: number; length: number } {
    const physical = this.resolve(at, access);
    const need = access === 'write' ? PTE_WRITE : PTE_READ;
    const { table } = this;
    let page = pageOf(at);
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
      // Linux: the key needs the page for writing, unless it is a file's.
      if (vma.cache === undefined && (vma.flags & ACCESS_WRITE) === 0)
        fail(EFAULT, 'futex: read-only memory');
    }
    return { physicalWord, key: `p${this.id}:${at}` };
  }

  #readable(at: number): number {
    if (at < TASK_SIZE) {
      const entry = this.table.entryAt(at);
      if ((entry & PTE_READ) !== 0) return (entry >>> PTE_SHIFT) * PAGE_SIZE + (at & PAGE_MASK);
      if (handleFault(this, at, ACCESS_READ) === FAULT_DONE) {
        return (this.table.entryAt(at) >>> PTE_SHIFT) * PAGE_SIZE + (at & PAGE_MASK);
      }
    }
    return fail(EFAULT, 'memory that cannot be read');
  }

  #writable(at: number): number {
    if (at < TASK_SIZE) {
      const entry = this.table.entryAt(at);
      if ((entry & PTE_WRITE) !== 0) return this.#place(entry, at);
      if (handleFault(this, at, ACCESS_WRITE) === FAULT_DONE) return this.#place(this.table.entryAt(at), at);
    }
    return fail(EFAULT, 'memory that cannot be written');
  }

  /** Where a store goes. */
  #place(entry: number, at: number): number {
    const frame = entry >>> PTE_SHIFT;
    if (this.memory.frames.code[frame] !== 0) this.memory.codeWritten(frame as FrameNumber);
    return frame * PAGE_SIZE + (at & PAGE_MASK);
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

  // --- views --------------------------------------------------------------------------------------------------------

  /** Faults in [at, at + length) and appends views of it, contiguous frames merged. Returns the bytes before a bad one. */
  collect(at: number, length: number, access: 'read' | 'write', into: Uint8Array[]): number {
    if (!(at < TASK_SIZE)) return 0;
    const need = access === 'write' ? PTE_WRITE : PTE_READ;
    const { table } = this;
    const within = at & PAGE_MASK;
    const first = pageOf(at);
    const end = first + Math.ceil((within + length) / PAGE_SIZE);
    // Frames [runFrame, nextFrame) back the pages from runPage on, and are not yet in `into`.
    let runPage = first;
    let runFrame = 0;
    let nextFrame = 0;
    let page = first;
    for (; page < end; page++) {
      let entry = table.get(page);
      if ((entry & need) === 0) {
        if (!this.#faultIn(page, need)) break;
        entry = table.get(page);
      }
      const frame = entry >>> PTE_SHIFT;
      if (need === PTE_WRITE && this.memory.frames.code[frame] !== 0) {
        this.memory.codeWritten(frame as FrameNumber);
      }
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
