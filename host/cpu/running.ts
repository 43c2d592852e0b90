/**
 * What runs now: a context in an address space, with guest memory as the processor's parts see it. Addresses are
 * numbers below ADDRESS_END, or bigints where they come from registers.
 */
import type { CodeCache } from './code-cache.ts';
import type { Slot, Space } from './space.ts';
import * as layout from '../../kernel/abi/cpu-context.ts';
import { MAX_LENGTH } from './decoder.ts';
import { CpuFault } from './helper.ts';

export const PAGE = 4096;
/** The end of what programs may have in memory; the rest of the canonical addresses is the kernel's. */
export const ADDRESS_END = 2 ** 47;

export class Running {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly view: DataView;
  context = 0;
  space: Space = undefined as never;
  slot: Slot = undefined as never;
  #hasOverwrittenCode = false;
  readonly #code: CodeCache;
  readonly #straddle = new Uint8Array(MAX_LENGTH);

  constructor(buffer: SharedArrayBuffer, code: CodeCache) {
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.view = new DataView(buffer);
    this.#code = code;
  }

  /** Stores have changed code, or its place, since this was last asked: what runs may be outdated. */
  takeCodeChange(): boolean {
    const hasChanged = this.#hasOverwrittenCode || this.space.hasLostCode;
    this.#hasOverwrittenCode = false;
    this.space.hasLostCode = false;
    return hasChanged;
  }

  /** RIP, or NaN if it is beyond all addresses. */
  get rip(): number {
    const address = addressAt(this.words, (this.context + layout.CPU_RIP) >>> 2);
    return address < ADDRESS_END ? address : NaN;
  }
  set rip(pc: number) {
    putAddress(this.words, (this.context + layout.CPU_RIP) >>> 2, pc);
  }

  /** Physical address, or 0. */
  translate(address: number, access: number): number {
    return this.space.pages.translate(address, access);
  }
  /** Notes a page fault in the context. */
  fault(address: bigint, access: number): void {
    const { view, context } = this;
    view.setBigUint64(context + layout.CPU_FAULT_ADDRESS, address, true);
    view.setUint32(context + layout.CPU_FAULT_ACCESS, access, true);
    view.setUint32(context + layout.CPU_TRAP, layout.TRAP_PAGE_FAULT, true);
  }

  /** Physical address of the instruction at RIP; 0: the fetch faults, and the context says so. */
  fetch(): number {
    const pc = this.rip;
    const page = this.slot.executed.get(Math.floor(pc / PAGE));
    if (page !== undefined) return page * PAGE + (pc & (PAGE - 1));
    const physical = Number.isNaN(pc) ? 0 : this.translate(pc, layout.ACCESS_EXECUTE);
    if (physical === 0) {
      const address = this.view.getBigUint64(this.context + layout.CPU_RIP, true);
      this.fault(address, layout.ACCESS_EXECUTE);
    }
    return physical;
  }
  /** Code at an address, up to 15 bytes or more, fewer where the next page cannot be fetched. Faults nobody. */
  code(pc: number): { bytes: Uint8Array; at: number; available: number; secondPage: number } {
    const physical = pc < ADDRESS_END ? this.translate(pc, layout.ACCESS_EXECUTE) : 0;
    if (physical === 0) return { bytes: this.#straddle, at: 0, available: 0, secondPage: 0 };
    const inPage = PAGE - (pc & (PAGE - 1));
    if (inPage >= MAX_LENGTH) return { bytes: this.bytes, at: physical, available: inPage, secondPage: 0 };
    const next = pc + inPage < ADDRESS_END ? this.translate(pc + inPage, layout.ACCESS_EXECUTE) : 0;
    if (next === 0) return { bytes: this.bytes, at: physical, available: inPage, secondPage: 0 };
    this.#straddle.set(this.bytes.subarray(physical, physical + inPage));
    this.#straddle.set(this.bytes.subarray(next, next + MAX_LENGTH - inPage), inPage);
    return { bytes: this.#straddle, at: 0, available: MAX_LENGTH, secondPage: next >>> 12 };
  }

  /** Throws CpuFault unless all of the range may be accessed. */
  check(address: bigint | number, length: number, access: number): void {
    const from = Number(address);
    if (from + length > ADDRESS_END) {
      const first = BigInt(address);
      if (!isCanonical(first) || !isCanonical(first + BigInt(length - 1)))
        throw new CpuFault(layout.TRAP_PROTECTION);
      this.fault(first, access);
      throw new CpuFault(layout.TRAP_PAGE_FAULT);
    }
    for (let at = from; at < from + length; at += PAGE - (at % PAGE)) {
      if (this.translate(at, access) !== 0) continue;
      this.fault(BigInt(at), access);
      throw new CpuFault(layout.TRAP_PAGE_FAULT);
    }
  }
  /** Copies out of guest memory; throws CpuFault. */
  load(address: bigint | number, into: Uint8Array): void {
    this.check(address, into.length, layout.ACCESS_READ);
    let from = Number(address);
    for (let done = 0; done < into.length;) {
      const physical = this.translate(from, layout.ACCESS_READ);
      const length = Math.min(into.length - done, PAGE - (from & (PAGE - 1)));
      into.set(this.bytes.subarray(physical, physical + length), done);
      done += length;
      from += length;
    }
  }
  /** Copies into guest memory, all or nothing; throws CpuFault. */
  store(address: bigint | number, from: Uint8Array): void {
    this.check(address, from.length, layout.ACCESS_WRITE);
    let to = Number(address);
    for (let done = 0; done < from.length;) {
      const physical = this.translate(to, layout.ACCESS_WRITE);
      const length = Math.min(from.length - done, PAGE - (to & (PAGE - 1)));
      this.bytes.set(from.subarray(done, done + length), physical);
      const page = physical >>> 12;
      const isCode = this.#code.codePages[page] !== 0;
      if (isCode && this.#code.stored(page, physical & (PAGE - 1), length)) this.#hasOverwrittenCode = true;
      done += length;
      to += length;
    }
  }
}

/** The address in two words; exact below ADDRESS_END, and not below that for any other. */
export function addressAt(words: Int32Array, at: number): number {
  return (words[at + 1]! >>> 0) * 2 ** 32 + (words[at]! >>> 0);
}
export function putAddress(words: Int32Array, at: number, address: number): void {
  words[at] = address;
  words[at + 1] = Math.floor(address / 2 ** 32);
}

/** Bits 47 to 63 of an address are alike. */
export function isCanonical(address: bigint): boolean {
  return BigInt.asIntN(64, address) === BigInt.asIntN(48, address);
}
