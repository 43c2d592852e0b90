/** What helpers see of the context record that runs: HelperState over shared memory. */
import type { Instruction } from './decoder.ts';
import type { HelperOperand, HelperState } from './helper.ts';
import * as layout from '../../kernel/abi/cpu-context.ts';
import { ARITHMETIC_FLAGS, FLAGS_EXPLICIT, computeFlags } from './flags.ts';

const MASK_64 = 0xffff_ffff_ffff_ffffn;

/** Guest memory; all of it throws CpuFault before anything is done. */
export interface GuestAccess {
  load(address: bigint, into: Uint8Array): void;
  checkStore(address: bigint, length: number): void;
  store(address: bigint, from: Uint8Array): void;
  timeStamp(): number;
}

export class ContextState implements HelperState {
  readonly view: DataView;
  readonly bytes: Uint8Array;
  context = 0;
  readonly #guest: GuestAccess;
  #instruction: Instruction | undefined;

  constructor(view: DataView, bytes: Uint8Array, guest: GuestAccess) {
    this.view = view;
    this.bytes = bytes;
    this.#guest = guest;
  }

  /** A helper begins; of the instruction only the parts of its memory operand are used. */
  begin(context: number, instruction: Instruction): void {
    this.context = context;
    this.#instruction = instruction;
  }

  address(_operand: HelperOperand): bigint {
    const { view, context } = this;
    const { base, index, scale, segment, displacement, displacementHigh, isAddress32 } = this.#instruction!;
    const register = (offset: number): bigint => view.getBigUint64(context + offset, true);
    const constant = (BigInt(displacementHigh) << 32n) + BigInt(displacement >>> 0);
    let address = register(base) + (register(index) << BigInt(scale)) + constant;
    if (isAddress32) address &= 0xffff_ffffn;
    return (address + register(segment)) & MASK_64;
  }
  read(address: bigint, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    this.#guest.load(address, bytes);
    return bytes;
  }
  write(address: bigint, from: Uint8Array): void {
    this.#guest.store(address, from);
  }
  checkWrite(address: bigint, length: number): void {
    this.#guest.checkStore(address, length);
  }
  get(operand: HelperOperand): bigint {
    const { kind, width, value } = operand;
    if (kind === 'immediate') return BigInt.asUintN(width === 0 ? 64 : width, BigInt(value));
    const bytes =
      kind === 'memory'
        ? this.read(this.address(operand), width >> 3)
        : this.bytes.subarray(this.context + value, this.context + value + (width >> 3));
    let result = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) result = (result << 8n) | BigInt(bytes[i]!);
    return result;
  }
  set(operand: HelperOperand, value: bigint): void {
    const { kind, width } = operand;
    const isWide = kind === 'general' && width === 32;
    const bytes = new Uint8Array(isWide ? 8 : width >> 3);
    let rest = BigInt.asUintN(width, value);
    for (let i = 0; i < bytes.length; i++) {
      bytes[i] = Number(rest & 0xffn);
      rest >>= 8n;
    }
    if (kind === 'memory') {
      this.write(this.address(operand), bytes);
      return;
    }
    this.bytes.set(bytes, this.context + operand.value);
    if (kind === 'mmx') this.view.setUint16(this.context + operand.value + 8, 0xffff, true);
  }
  gpr(number: number): bigint {
    return this.view.getBigUint64(this.context + layout.CPU_GPR + number * 8, true);
  }
  setGpr(number: number, value: bigint): void {
    this.view.setBigUint64(this.context + layout.CPU_GPR + number * 8, value & MASK_64, true);
  }
  readFlags(): number {
    const { view, context } = this;
    const arithmetic = computeFlags(
      view.getUint32(context + layout.CPU_FLAGS_KIND, true),
      view.getBigInt64(context + layout.CPU_FLAGS_A, true),
      view.getBigInt64(context + layout.CPU_FLAGS_B, true),
      view.getBigInt64(context + layout.CPU_FLAGS_RESULT, true),
    );
    return arithmetic | view.getUint32(context + layout.CPU_FLAGS_REST, true);
  }
  writeFlags(flags: number): void {
    const { view, context } = this;
    view.setUint32(context + layout.CPU_FLAGS_KIND, FLAGS_EXPLICIT, true);
    view.setBigInt64(context + layout.CPU_FLAGS_RESULT, BigInt(flags & ARITHMETIC_FLAGS), true);
    view.setUint32(context + layout.CPU_FLAGS_REST, flags & ~ARITHMETIC_FLAGS, true);
  }
  timeStamp(): bigint {
    return BigInt(Math.floor(this.#guest.timeStamp()));
  }
}
