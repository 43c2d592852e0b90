/**
 * The registers of translated tasks: records of kernel/abi/cpu-context.ts in guest frames, four to a frame. Linux
 * counterpart: struct pt_regs and struct thread_struct. `task.registers` is the physical byte offset of a task's
 * record in the machine's memory, 0 for a task that has none (native programs).
 *
 * A record is complete and exact whenever kernel code runs. The system-call path reads and writes `words`; all others
 * use the functions, which speak of whole 64-bit registers.
 */
import type { MemoryManager } from '../mm/memory-manager.ts';
import type { FrameNumber } from '../mm/physical-memory.ts';
import type { Task } from './task.ts';
import { CONTEXT_BYTES, CPU_GPR, CPU_RIP, RAX, RSP } from '../abi/cpu-context.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { NO_CALL } from './task.ts';

/** Bits of RFLAGS that the kernel looks at. */
export const RFLAGS_TF = 0x100;
export const RFLAGS_DF = 0x400;
export const RFLAGS_RF = 0x1_0000;

const PER_FRAME = PAGE_SIZE / CONTEXT_BYTES;
const POW32 = 2 ** 32;

export class RegisterFile {
  /** The machine's whole memory as 32-bit words: word (record >>> 2) is a record's first. */
  readonly words: Int32Array;
  readonly view: DataView;
  readonly bytes: Uint8Array;
  readonly #memory: MemoryManager;
  /** Byte offset of the guest's frames in the memory. */
  readonly #base: number;
  /** Records that are free. */
  readonly #free: number[] = [];
  /** How many records of a frame are in use, by frame. */
  readonly #used = new Map<FrameNumber, number>();

  constructor(buffer: SharedArrayBuffer, base: number, memory: MemoryManager) {
    this.words = new Int32Array(buffer, 0, buffer.byteLength >>> 2);
    this.view = new DataView(buffer);
    this.bytes = new Uint8Array(buffer);
    this.#base = base;
    this.#memory = memory;
  }

  /** A record with unspecified content. ENOMEM. */
  allocate(): number {
    let record = this.#free.pop();
    if (record === undefined) {
      const frame = this.#memory.allocateFixed();
      this.#used.set(frame, 0);
      const first = this.#base + frame * PAGE_SIZE;
      for (let i = PER_FRAME - 1; i > 0; i--) this.#free.push(first + i * CONTEXT_BYTES);
      record = first;
    }
    const frame = this.#frameOf(record);
    this.#used.set(frame, this.#used.get(frame)! + 1);
    return record;
  }

  free(record: number): void {
    const frame = this.#frameOf(record);
    const used = this.#used.get(frame)! - 1;
    this.#used.set(frame, used);
    this.#free.push(record);
    if (used > 0) return;
    // The last record of the frame: the frame goes back as a whole.
    this.#used.delete(frame);
    for (let i = this.#free.length - 1; i >= 0; i--) {
      if (this.#frameOf(this.#free[i]!) === frame) this.#free.splice(i, 1);
    }
    this.#memory.frames.put(frame);
  }

  copy(from: number, to: number): void {
    this.bytes.copyWithin(to, from, from + CONTEXT_BYTES);
  }

  #frameOf(record: number): FrameNumber {
    return Math.floor((record - this.#base) / PAGE_SIZE) as FrameNumber;
  }
}

/** A general register (RAX … R15). */
export function register(task: Task, index: number): bigint {
  return field(task, CPU_GPR + index * 8);
}
export function setRegister(task: Task, index: number, value: bigint): void {
  setField(task, CPU_GPR + index * 8, value);
}

/** A 64-bit field of the record (CPU_*). */
export function field(task: Task, offset: number): bigint {
  return task.kernel.registers.view.getBigUint64(task.registers + offset, true);
}
export function setField(task: Task, offset: number, value: bigint): void {
  task.kernel.registers.view.setBigUint64(task.registers + offset, BigInt.asUintN(64, value), true);
}

/** A 64-bit field as a number: exact below 2^53, and so for every address of a program. */
export function fieldNumber(task: Task, offset: number): number {
  const { words } = task.kernel.registers;
  const at = (task.registers + offset) >>> 2;
  return (words[at + 1]! >>> 0) * POW32 + (words[at]! >>> 0);
}
export function setFieldNumber(task: Task, offset: number, value: number): void {
  const { words } = task.kernel.registers;
  const at = (task.registers + offset) >>> 2;
  words[at] = value | 0;
  words[at + 1] = Math.floor(value / POW32) | 0;
}

export function registerNumber(task: Task, index: number): number {
  return fieldNumber(task, CPU_GPR + index * 8);
}
/** Any integer of either sign, modulo 2^64. */
export function setRegisterNumber(task: Task, index: number, value: number): void {
  setFieldNumber(task, CPU_GPR + index * 8, value);
}

/** The result of the call that the task is in goes into RAX. */
export function storeResult(task: Task): void {
  const { call } = task;
  if (call.number === NO_CALL) return;
  const { words } = task.kernel.registers;
  const at = task.registers >>> 2;
  words[at + RAX * 2] = call.result | 0;
  words[at + RAX * 2 + 1] = Math.floor(call.result / POW32) | 0;
}

export function instructionPointer(task: Task): number {
  return fieldNumber(task, CPU_RIP);
}
/** Of a native program: where its stack began. */
export function stackPointer(task: Task): number {
  return task.registers === 0 ? (task.mm?.startStack ?? 0) : registerNumber(task, RSP);
}
