/**
 * A processor for tests of the kernel: its instructions are functions, two bytes long each, found by address. All
 * state is in the context record and in memory, so programs fork, take signals and are single-stepped as real ones do.
 */
import type { GuestPages, Processor, ProcessorSpace } from '../../host/machine.ts';
import * as abi from '../abi/cpu-context.ts';

/** One instruction. It may change registers and memory; the result is TRAP_*, or nothing: go on. */
export type Instruction = (cpu: FakeCpu) => number | void;

/** Length of every instruction. */
export const LENGTH = 2;

export class FakeCpu {
  readonly #view: DataView;
  readonly record: number;
  readonly #pages: GuestPages;

  constructor(view: DataView, record: number, pages: GuestPages) {
    this.#view = view;
    this.record = record;
    this.#pages = pages;
  }

  get(index: number): bigint {
    return this.#view.getBigUint64(this.record + abi.CPU_GPR + index * 8, true);
  }
  set(index: number, value: bigint | number): void {
    this.#view.setBigUint64(this.record + abi.CPU_GPR + index * 8, BigInt.asUintN(64, BigInt(value)), true);
  }
  get rip(): number {
    return Number(this.#view.getBigUint64(this.record + abi.CPU_RIP, true));
  }
  set rip(value: number) {
    this.#view.setBigUint64(this.record + abi.CPU_RIP, BigInt(value), true);
  }
  /** A 64-bit word of the record. */
  field(offset: number): bigint {
    return this.#view.getBigUint64(this.record + offset, true);
  }

  /** A 64-bit load or store; TRAP_PAGE_FAULT comes out of it as an exception that `run` knows. */
  load(at: number): bigint {
    return this.#view.getBigUint64(this.#translate(at, abi.ACCESS_READ), true);
  }
  store(at: number, value: bigint | number): void {
    this.#view.setBigUint64(this.#translate(at, abi.ACCESS_WRITE), BigInt.asUintN(64, BigInt(value)), true);
  }
  canFetch(at: number): boolean {
    return this.#pages.translate(at, abi.ACCESS_EXECUTE) !== 0;
  }
  fault(address: bigint, access: number): number {
    this.#view.setBigUint64(this.record + abi.CPU_FAULT_ADDRESS, address, true);
    this.#view.setUint32(this.record + abi.CPU_FAULT_ACCESS, access, true);
    return abi.TRAP_PAGE_FAULT;
  }

  #translate(at: number, access: number): number {
    const physical = at < 2 ** 47 ? this.#pages.translate(at, access) : 0;
    if (physical !== 0) return physical;
    this.fault(BigInt(at), access);
    throw PAGE_FAULT;
  }
}

const PAGE_FAULT = Symbol('page fault');

class FakeSpace implements ProcessorSpace {
  readonly pages: GuestPages;
  readonly invalidated: [number, number][] = [];
  isReleased = false;

  constructor(pages: GuestPages) {
    this.pages = pages;
  }
  invalidate(fromPage: number, toPage: number): void {
    this.invalidated.push([fromPage, toPage]);
  }
  release(): void {
    this.isReleased = true;
  }
}

export class FakeProcessor implements Processor {
  readonly codePages: Uint8Array;
  readonly #view: DataView;
  readonly #bytes: Uint8Array;
  readonly code = new Map<number, Instruction>();
  readonly spaces: FakeSpace[] = [];
  readonly cpuid = (): readonly [number, number, number, number] => [0, 0, 0, 0];
  readonly changedPages: number[] = [];
  /** Called for each instruction. */
  onInstruction: () => void = () => {};

  constructor(buffer: SharedArrayBuffer) {
    this.#view = new DataView(buffer);
    this.#bytes = new Uint8Array(buffer);
    this.codePages = new Uint8Array(buffer.byteLength / 4096);
  }

  /** Puts instructions at an address; returns the address. */
  place(at: number, ...instructions: Instruction[]): number {
    instructions.forEach((instruction, i) => this.code.set(at + i * LENGTH, instruction));
    return at;
  }

  start(): void {}
  reset(context: number): void {
    this.#bytes.fill(0, context, context + abi.CONTEXT_BYTES);
    this.#view.setUint32(context + abi.CPU_MXCSR, 0x1f80, true);
    this.#view.setUint16(context + abi.CPU_FCW, 0x37f, true);
  }
  createSpace(pages: GuestPages): FakeSpace {
    const space = new FakeSpace(pages);
    this.spaces.push(space);
    return space;
  }
  run(context: number, space: ProcessorSpace, fuel: number): number {
    const cpu = new FakeCpu(this.#view, context, (space as FakeSpace).pages);
    for (let left = fuel; left > 0; left--) {
      this.#view.setInt32(context + abi.CPU_FUEL, left - 1, true);
      const trap = this.#execute(cpu);
      if (trap !== 0) return trap;
    }
    return abi.TRAP_INTERRUPT;
  }
  step(context: number, space: ProcessorSpace): number {
    const trap = this.#execute(new FakeCpu(this.#view, context, (space as FakeSpace).pages));
    return trap === 0 ? abi.TRAP_DEBUG : trap;
  }
  #execute(cpu: FakeCpu): number {
    this.onInstruction();
    const at = cpu.rip;
    const instruction = this.code.get(at);
    if (instruction === undefined || !cpu.canFetch(at)) return cpu.fault(BigInt(at), abi.ACCESS_EXECUTE);
    cpu.rip = at + LENGTH;
    try {
      const trap = instruction(cpu) ?? 0;
      if (isFault(trap)) cpu.rip = at;
      return trap;
    } catch (error) {
      if (error !== PAGE_FAULT) throw error;
      cpu.rip = at;
      return abi.TRAP_PAGE_FAULT;
    }
  }
  readFlags(context: number): number {
    return this.#view.getUint32(context + abi.CPU_FLAGS_REST, true) | 0x202;
  }
  writeFlags(context: number, flags: number): void {
    this.#view.setUint32(context + abi.CPU_FLAGS_REST, flags & ~0x202, true);
  }
  /** Only the control words and XMM0. */
  saveFloat(context: number, into: Uint8Array): void {
    into.fill(0);
    const view = new DataView(into.buffer, into.byteOffset);
    view.setUint16(0, this.#view.getUint16(context + abi.CPU_FCW, true), true);
    view.setUint32(24, this.#view.getUint32(context + abi.CPU_MXCSR, true), true);
    view.setBigUint64(160, this.#view.getBigUint64(context + abi.CPU_XMM, true), true);
  }
  restoreFloat(context: number, from: Uint8Array): boolean {
    const view = new DataView(from.buffer, from.byteOffset);
    const mxcsr = view.getUint32(24, true);
    if ((mxcsr & 0xffff_0000) !== 0) return false;
    this.#view.setUint16(context + abi.CPU_FCW, view.getUint16(0, true), true);
    this.#view.setUint32(context + abi.CPU_MXCSR, mxcsr, true);
    this.#view.setBigUint64(context + abi.CPU_XMM, view.getBigUint64(160, true), true);
    return true;
  }
  describe(): string {
    return '0f 0b: ud2';
  }
  codeChanged(page: number): void {
    this.changedPages.push(page);
    this.codePages[page] = 0;
  }
}

/** Traps that leave RIP at the instruction. */
function isFault(trap: number): boolean {
  return trap !== 0 && trap !== abi.TRAP_SYSCALL && trap !== abi.TRAP_BREAKPOINT;
}
