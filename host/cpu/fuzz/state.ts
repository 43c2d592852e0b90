/**
 * The state of the processor before and after a block, as the native harness (native.c, struct state) has it: general
 * registers in the order of their encoding, RIP, flags, segment bases, how it ended, and the image of fxsave64.
 */
export const STATE_BYTES = 704;
export const STATE_GPR = 0;
export const STATE_RIP = 128;
export const STATE_RFLAGS = 136;
export const STATE_FS_BASE = 144;
export const STATE_GS_BASE = 152;
export const STATE_TRAP = 160;
export const STATE_ADDRESS = 168;
export const STATE_CHANGED = 176;
export const STATE_FLOAT = 192;

/** Within the image of fxsave64. */
export const FLOAT_FCW = 0;
export const FLOAT_FSW = 2;
export const FLOAT_FTW = 4;
export const FLOAT_MXCSR = 24;
export const FLOAT_ST = 32;
export const FLOAT_XMM = 160;
/** What counts of it: the rest is reserved. */
export const FLOAT_END = 416;

/** CF PF AF ZF SF OF, and DF. */
export const ARITHMETIC_FLAGS = 0x8d5;
export const FLAG_DF = 0x400;
export const FLAG_BITS: Readonly<Record<string, number>> = {
  c: 1,
  p: 4,
  a: 0x10,
  z: 0x40,
  s: 0x80,
  o: 0x800,
};

/** Exceptions of the processor, as the harness reports them. */
export const EXCEPTION_DIVIDE = 0;
export const EXCEPTION_DEBUG = 1;
export const EXCEPTION_BREAKPOINT = 3;
export const EXCEPTION_INVALID_OPCODE = 6;
export const EXCEPTION_STACK = 12;
export const EXCEPTION_PROTECTION = 13;
export const EXCEPTION_PAGE_FAULT = 14;
export const EXCEPTION_X87 = 16;
export const EXCEPTION_ALIGNMENT = 17;
export const EXCEPTION_SIMD = 19;
/** No exception: the block did not end. */
export const HUNG = 255;

export class State {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer> = new Uint8Array(STATE_BYTES)) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, STATE_BYTES);
  }
  copy(): State {
    return new State(this.bytes.slice());
  }

  gpr(number: number): bigint {
    return this.view.getBigUint64(STATE_GPR + number * 8, true);
  }
  setGpr(number: number, value: bigint): void {
    this.view.setBigUint64(STATE_GPR + number * 8, BigInt.asUintN(64, value), true);
  }
  get rip(): bigint {
    return this.view.getBigUint64(STATE_RIP, true);
  }
  set rip(value: bigint) {
    this.view.setBigUint64(STATE_RIP, value, true);
  }
  get flags(): number {
    return this.view.getUint32(STATE_RFLAGS, true);
  }
  set flags(value: number) {
    this.view.setUint32(STATE_RFLAGS, value, true);
  }
  get fsBase(): bigint {
    return this.view.getBigUint64(STATE_FS_BASE, true);
  }
  set fsBase(value: bigint) {
    this.view.setBigUint64(STATE_FS_BASE, value, true);
  }
  get gsBase(): bigint {
    return this.view.getBigUint64(STATE_GS_BASE, true);
  }
  set gsBase(value: bigint) {
    this.view.setBigUint64(STATE_GS_BASE, value, true);
  }
  get trap(): number {
    return this.view.getUint32(STATE_TRAP, true);
  }
  set trap(value: number) {
    this.view.setUint32(STATE_TRAP, value, true);
  }
  get address(): bigint {
    return this.view.getBigUint64(STATE_ADDRESS, true);
  }
  set address(value: bigint) {
    this.view.setBigUint64(STATE_ADDRESS, value, true);
  }
  get fcw(): number {
    return this.view.getUint16(STATE_FLOAT + FLOAT_FCW, true);
  }
  set fcw(value: number) {
    this.view.setUint16(STATE_FLOAT + FLOAT_FCW, value, true);
  }
  get fsw(): number {
    return this.view.getUint16(STATE_FLOAT + FLOAT_FSW, true);
  }
  set fsw(value: number) {
    this.view.setUint16(STATE_FLOAT + FLOAT_FSW, value, true);
  }
  get ftw(): number {
    return this.view.getUint8(STATE_FLOAT + FLOAT_FTW);
  }
  set ftw(value: number) {
    this.view.setUint8(STATE_FLOAT + FLOAT_FTW, value);
  }
  get mxcsr(): number {
    return this.view.getUint32(STATE_FLOAT + FLOAT_MXCSR, true);
  }
  set mxcsr(value: number) {
    this.view.setUint32(STATE_FLOAT + FLOAT_MXCSR, value, true);
  }
  get floating(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(STATE_FLOAT);
  }
}
