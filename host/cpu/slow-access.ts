/**
 * Slow accesses: what the interpreter asks for when the page maps do not allow an access as it is. The page is entered
 * into the maps if it can be; an access that cannot be done in place (it crosses into another page, it changes code, it
 * is atomic and not aligned) is staged in the context's bounce buffer.
 */
import type { Spaces } from './space.ts';
import type { Running } from './running.ts';
import * as layout from '../../kernel/abi/cpu-context.ts';
import { ADDRESS_END, PAGE, addressAt, isCanonical } from './running.ts';

/** Loads that are staged lie in the three upper quarters of CPU_BOUNCE in turn, a store in the first. */
const BOUNCE_QUARTER = 16;
/** In `kind`: the place is read as well as written. */
const MODIFY = 1 << 16;

export class SlowAccess {
  readonly #running: Running;
  readonly #spaces: Spaces;
  readonly #codePages: Uint8Array;
  /** A staged store: where it belongs. */
  #address = 0;
  #bytes = 0;
  #turn = 1;

  constructor(running: Running, spaces: Spaces, codePages: Uint8Array) {
    this.#running = running;
    this.#spaces = spaces;
    this.#codePages = codePages;
  }

  /** InterpreterImports.slow */
  slow(kind: number): number {
    const running = this.#running;
    const { words, view, context } = running;
    const length = kind & 0xff;
    const isModify = (kind & MODIFY) !== 0;
    const isWrite = ((kind >> 8) & 0xff) === layout.ACCESS_WRITE;
    const access = isWrite ? layout.ACCESS_WRITE : layout.ACCESS_READ;
    const at = (context + layout.CPU_FAULT_ADDRESS) >>> 2;
    const address = addressAt(words, at);
    const isUser = address + length <= ADDRESS_END;
    const physical = isUser ? running.translate(address, access) : 0;
    if (physical === 0) {
      const first = view.getBigUint64(context + layout.CPU_FAULT_ADDRESS, true);
      if (isUser || (isCanonical(first) && isCanonical(first + BigInt(length - 1))))
        running.fault(first, access);
      else words[(context + layout.CPU_TRAP) >>> 2] = layout.TRAP_PROTECTION;
      return 0;
    }
    const inPage = PAGE - (address & (PAGE - 1));
    if (inPage < length) {
      if (running.translate(address + inPage, access) === 0) {
        running.fault(BigInt(address + inPage), access);
        return 0;
      }
      return this.#bounce(address, length, isWrite, isModify);
    }
    const isCode = isWrite && (this.#codePages[physical >>> 12] !== 0 || running.space.hasLostCode);
    if (!isCode) {
      this.#spaces.enter(running.slot, address, physical, false);
      if (isWrite) this.#spaces.enter(running.slot, address, physical, true);
    }
    const isMisaligned = isModify && (address & (length - 1)) !== 0;
    if (isCode || isMisaligned) return this.#bounce(address, length, isWrite, isModify);
    return physical;
  }

  #bounce(address: number, length: number, isWrite: boolean, isModify: boolean): number {
    let at = this.#running.context + layout.CPU_BOUNCE;
    if (isWrite) {
      this.#address = address;
      this.#bytes = length;
    } else {
      at += BOUNCE_QUARTER * this.#turn;
      this.#turn = (this.#turn % 3) + 1;
    }
    if (!isWrite || isModify) this.#running.load(address, this.#running.bytes.subarray(at, at + length));
    return at;
  }

  /** InterpreterImports.commit */
  commit(): number {
    const running = this.#running;
    const at = running.context + layout.CPU_BOUNCE;
    running.store(this.#address, running.bytes.subarray(at, at + this.#bytes));
    return running.takeCodeChange() ? 1 : 0;
  }
}
