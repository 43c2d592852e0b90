/**
 * The x87's state during one instruction (Intel SDM vol. 1, chapter 8): control, status, which registers hold a value,
 * and the registers themselves, in the context record (kernel/abi/cpu-context.ts).
 *
 * Use: make one, run an instruction on it, `commit`. Registers are written as the instruction goes; the words of
 * control, status and valid registers by `commit`.
 */
import {
  CPU_FCW,
  CPU_FDP,
  CPU_FIP,
  CPU_FOP,
  CPU_FSW,
  CPU_FTW,
  CPU_X87,
} from '../../../kernel/abi/cpu-context.ts';
import type { Result } from '../softfloat/arithmetic.ts';
import { ALL_EXCEPTIONS, Environment, INVALID } from '../softfloat/environment.ts';
import { FLOAT80, FLOAT80_AS_FLOAT32, FLOAT80_AS_FLOAT64, type Format } from '../softfloat/format.ts';
import { signExponent80, significand80, unpack80 } from '../softfloat/pack.ts';
import type { Unpacked } from '../softfloat/unpacked.ts';

/** Bits of the status word above the exception flags. */
export const STATUS_STACK_FAULT = 0x40;
export const STATUS_ERROR = 0x80;
export const STATUS_C0 = 0x100;
export const STATUS_C1 = 0x200;
export const STATUS_C2 = 0x400;
export const STATUS_C3 = 0x4000;
export const STATUS_BUSY = 0x8000;
export const STATUS_CONDITIONS = STATUS_C0 | STATUS_C2 | STATUS_C3;
const TOP_SHIFT = 11;
const STATUS_TOP = 7 << TOP_SHIFT;

/** fninit: all masked, 64 bits, to nearest. Bit 6 has no meaning and is set. */
export const CONTROL_INITIAL = 0x37f;
const CONTROL_SETTABLE = 0x1f3f;
const CONTROL_FIXED = 0x40;

const POINTER_BITS = 48n;
const POINTER_MASK = (1n << POINTER_BITS) - 1n;

/** "Real indefinite": what a stack fault leaves. */
const INDEFINITE_SIGN_EXPONENT = 0xffff;
const INDEFINITE_SIGNIFICAND = 0xc000_0000_0000_0000n;

const FORMAT_BY_PRECISION: readonly Format[] = [FLOAT80_AS_FLOAT32, FLOAT80, FLOAT80_AS_FLOAT64, FLOAT80];

export class X87 {
  readonly view: DataView;
  readonly at: number;
  readonly env = new Environment();
  /** To what add, sub, mul, div and sqrt round. */
  format: Format = FLOAT80;
  top = 0;
  /** Bit i: physical register i holds a value. */
  valid: number;
  private isFaulted = false;
  private controlWord = 0;
  /** The status word without TOP. */
  private statusBits: number;

  constructor(view: DataView, at: number) {
    this.view = view;
    this.at = at;
    this.setControl(view.getUint16(at + CPU_FCW, true));
    const status = view.getUint16(at + CPU_FSW, true);
    this.top = (status >> TOP_SHIFT) & 7;
    this.statusBits = status & ~STATUS_TOP;
    this.valid = view.getUint16(at + CPU_FTW, true) & 0xff;
  }

  commit(): void {
    const { view, at } = this;
    view.setUint16(at + CPU_FCW, this.controlWord, true);
    view.setUint16(at + CPU_FSW, this.status, true);
    view.setUint16(at + CPU_FTW, this.valid, true);
  }

  get control(): number {
    return this.controlWord;
  }

  setControl(word: number): void {
    this.controlWord = (word & CONTROL_SETTABLE) | CONTROL_FIXED;
    this.env.masks = word & ALL_EXCEPTIONS;
    this.env.rounding = (word >> 10) & 3;
    this.format = FORMAT_BY_PRECISION[(word >> 8) & 3]!;
  }

  get status(): number {
    return this.statusBits | (this.top << TOP_SHIFT);
  }

  /** ES and B follow from flags and masks, whatever `word` says. */
  setStatus(word: number): void {
    this.top = (word >> TOP_SHIFT) & 7;
    this.statusBits = word & ~STATUS_TOP;
    this.updateError();
  }

  /** After a change of flags or masks. */
  updateError(): void {
    const isPending = (this.statusBits & ~this.controlWord & ALL_EXCEPTIONS) !== 0;
    this.statusBits &= ~(STATUS_ERROR | STATUS_BUSY);
    if (isPending) this.statusBits |= STATUS_ERROR | STATUS_BUSY;
  }

  /** An exception that is not masked waits for the next instruction that looks. */
  get isErrorPending(): boolean {
    return (this.statusBits & STATUS_ERROR) !== 0;
  }

  /** The instruction has met an exception that is not masked. */
  get isTrapping(): boolean {
    return (this.env.flags & ~this.env.masks) !== 0;
  }

  setConditions(conditions: number): void {
    this.statusBits = (this.statusBits & ~STATUS_CONDITIONS) | conditions;
  }

  clearC2(): void {
    this.statusBits &= ~STATUS_C2;
  }

  /** fnclex */
  clearExceptions(): void {
    this.statusBits &= ~(ALL_EXCEPTIONS | STATUS_STACK_FAULT | STATUS_ERROR | STATUS_BUSY);
  }

  setC1(isSet: boolean): void {
    this.statusBits = isSet ? this.statusBits | STATUS_C1 : this.statusBits & ~STATUS_C1;
  }

  /** At the end of an instruction: what it found goes to the status word; C1 tells whether it rounded up. */
  noteExceptions(keepsC1: boolean): void {
    if (!keepsC1 || this.isFaulted) this.setC1(this.env.isRoundedUp);
    if (this.env.flags === 0) return;
    this.statusBits |= this.env.flags;
    this.updateError();
  }

  /** A register is missing (underflow: C1 clear) or there is no room (overflow: C1 set). True if that is masked. */
  stackFault(c1: number): boolean {
    this.statusBits |= STATUS_STACK_FAULT;
    this.isFaulted = true;
    this.env.isRoundedUp = c1 !== 0;
    this.env.flags |= INVALID;
    return (this.env.masks & INVALID) !== 0;
  }

  // ---- registers, by their distance from the top

  isEmpty(i: number): boolean {
    return ((this.valid >> ((this.top + i) & 7)) & 1) === 0;
  }

  private address(i: number): number {
    return this.at + CPU_X87 + 16 * ((this.top + i) & 7);
  }

  signExponent(i: number): number {
    return this.view.getUint16(this.address(i) + 8, true);
  }

  significand(i: number): bigint {
    return this.view.getBigUint64(this.address(i), true);
  }

  get(i: number): Unpacked {
    return unpack80(this.signExponent(i), this.significand(i));
  }

  setBits(i: number, signExponent: number, significand: bigint): void {
    const address = this.address(i);
    this.view.setBigUint64(address, significand, true);
    this.view.setUint16(address + 8, signExponent, true);
    this.valid |= 1 << ((this.top + i) & 7);
  }

  set(i: number, value: Unpacked): void {
    this.setBits(i, signExponent80(value), significand80(value));
  }

  setIndefinite(i: number): void {
    this.setBits(i, INDEFINITE_SIGN_EXPONENT, INDEFINITE_SIGNIFICAND);
  }

  free(i: number): void {
    this.valid &= ~(1 << ((this.top + i) & 7));
  }

  pop(count = 1): void {
    for (let i = 0; i < count; i++) {
      this.free(0);
      this.top = (this.top + 1) & 7;
    }
  }

  /** Makes room for a new top; false if the instruction must leave it. A masked overflow puts the indefinite there. */
  push(): boolean {
    if (this.isEmpty(7)) {
      this.top = (this.top + 7) & 7;
      return true;
    }
    if (this.stackFault(STATUS_C1)) {
      this.top = (this.top + 7) & 7;
      this.setIndefinite(0);
    }
    return false;
  }

  /** Writes an operation's result and pops, unless an exception forbids it. */
  deliver(result: Result, i: number, pops = 0): void {
    if (result === undefined) return;
    this.set(i, result);
    this.pop(pops);
  }

  /** An operand is empty: the indefinite is the result, if that is masked. */
  deliverUnderflow(i: number, pops = 0): void {
    if (!this.stackFault(0)) return;
    this.setIndefinite(i);
    this.pop(pops);
  }

  // ---- where the last instruction and its operand were

  /** `segment` is the code segment's selector; 0 after something has loaded the pointer that does not tell. */
  setPointers(opcode: number, instruction: bigint, segment: number): void {
    this.view.setUint16(this.at + CPU_FOP, opcode, true);
    // Addresses of programs have 47 bits, so that the selector finds room above.
    this.view.setBigUint64(
      this.at + CPU_FIP,
      (instruction & POINTER_MASK) | (BigInt(segment) << POINTER_BITS),
      true,
    );
  }

  setDataPointer(operand: bigint): void {
    this.view.setBigUint64(this.at + CPU_FDP, operand, true);
  }

  get opcode(): number {
    return this.view.getUint16(this.at + CPU_FOP, true);
  }

  get instructionPointer(): bigint {
    return this.view.getBigUint64(this.at + CPU_FIP, true) & POINTER_MASK;
  }

  get instructionSegment(): number {
    return Number(this.view.getBigUint64(this.at + CPU_FIP, true) >> POINTER_BITS);
  }

  get dataPointer(): bigint {
    return this.view.getBigUint64(this.at + CPU_FDP, true);
  }

  clearPointers(): void {
    this.setPointers(0, 0n, 0);
    this.setDataPointer(0n);
  }
}
