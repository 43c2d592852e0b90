/**
 * Debug registers of traced tasks: breakpoints and watchpoints without a change of the program. Linux counterpart:
 * ptrace_get_debugreg and its kin, arch/x86/kernel/hw_breakpoint.c.
 *
 * The processor has none. While one is enabled, program.ts makes the task execute step by step and asks here after
 * each: has it arrived at the address, has the watched memory another content? So a store of the same value, and
 * a load, go unnoticed; a task that is watched is slow.
 */
import type { Task } from './task.ts';
import { EINVAL, EIO } from '../abi/errno.ts';
import { Errno, fail } from '../errors.ts';
import { forcedRead } from '../mm/forced-access.ts';
import { TASK_SIZE } from '../mm/memory-map.ts';
import { instructionPointer } from './registers.ts';

/** Plain data, in the TraceState. */
export interface DebugRegisters {
  /** DR0 … DR3 */
  readonly addresses: number[];
  /** DR6, the bits that are set; reserved ones are not in it. */
  status: bigint;
  /** DR7 */
  control: number;
  /** What was at each watched address. */
  readonly contents: (string | undefined)[];
}

const COUNT = 4;
/** What DR6 reads as when nothing happened. */
const STATUS_RESERVED = 0xffff_0ff0n;
/** Two bits in DR7: stop at the instruction, at stores, at ports, at loads and stores. */
const ON_EXECUTION = 0;
const ON_PORTS = 2;
/** DR6: the trap is one of a single step. */
export const STATUS_STEP = 0x4000n;

export function newDebugRegisters(): DebugRegisters {
  return {
    addresses: new Array<number>(COUNT).fill(0),
    status: 0n,
    control: 0,
    contents: new Array<undefined>(COUNT).fill(undefined),
  };
}

export function debugRegister({ addresses, status, control }: DebugRegisters, number: number): bigint {
  if (number < COUNT) return BigInt(addresses[number]!);
  if (number === 6) return status ^ STATUS_RESERVED;
  return number === 7 ? BigInt(control) : 0n;
}

/** EIO: there is no such register. EINVAL: a breakpoint that cannot be. */
export function setDebugRegister(task: Task, number: number, value: bigint): void {
  const { debug } = task.trace!;
  if (number < COUNT) {
    if (value >= BigInt(TASK_SIZE)) fail(EINVAL, 'ptrace: address of a breakpoint');
    debug.addresses[number] = Number(value);
  } else if (number === 6) debug.status = value ^ STATUS_RESERVED;
  else if (number === 7) {
    const control = Number(value & 0xffff_ffffn);
    for (let i = 0; i < COUNT; i++) {
      const kind = kindOf(control, i);
      if (!isEnabled(control, i)) continue;
      if (kind === ON_PORTS || (kind === ON_EXECUTION && lengthOf(control, i) !== 1)) {
        fail(EINVAL, 'ptrace: kind of a breakpoint');
      }
    }
    debug.control = control;
  } else fail(EIO, 'ptrace: no such debug register');
  for (let i = 0; i < COUNT; i++) debug.contents[i] = contentOf(task, i);
}

/** Must the task execute step by step? */
export function hasBreakpoints({ control }: DebugRegisters): boolean {
  return (control & 0xff) !== 0;
}

/** After an instruction: the bits of DR6 for the breakpoints that it hit. */
export function hitBreakpoints(task: Task): bigint {
  const { debug } = task.trace!;
  let hit = 0n;
  for (let i = 0; i < COUNT; i++) {
    if (!isEnabled(debug.control, i)) continue;
    if (kindOf(debug.control, i) === ON_EXECUTION) {
      if (instructionPointer(task) === debug.addresses[i]) hit |= 1n << BigInt(i);
      continue;
    }
    const content = contentOf(task, i);
    if (content === debug.contents[i]) continue;
    debug.contents[i] = content;
    hit |= 1n << BigInt(i);
  }
  return hit;
}

function isEnabled(control: number, i: number): boolean {
  return ((control >>> (2 * i)) & 3) !== 0;
}
function kindOf(control: number, i: number): number {
  return (control >>> (16 + 4 * i)) & 3;
}
function lengthOf(control: number, i: number): number {
  return [1, 2, 8, 4][(control >>> (18 + 4 * i)) & 3]!;
}

/** What is watched, if it is memory that is there. */
function contentOf(task: Task, i: number): string | undefined {
  const { control, addresses } = task.trace!.debug;
  if (!isEnabled(control, i) || kindOf(control, i) === ON_EXECUTION) return undefined;
  try {
    return forcedRead(task.memory, addresses[i]!, lengthOf(control, i)).join();
  } catch (error) {
    if (error instanceof Errno) return undefined;
    throw error;
  }
}
