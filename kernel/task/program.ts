/**
 * Running translated programs on CPU 0: the loop from the program to its system calls and back. Linux counterpart:
 * entry_64.S and exit_to_user_mode_loop.
 *
 *   run ─► trap ─┬─ system call ─► invoke ─► runnable? ─► run
 *                ├─ fault ─► its signal (program-traps.ts) ─► handler's frame ─► run
 *                └─ fuel is used up ─► interrupts, timers, others? ─► run
 *
 * Inside of a slice nothing goes by way of the scheduler. The loop is left when the task sleeps, stops or ends; when
 * an interrupt is pending or a timer is due; when somebody who waits is to run first; and at the end of the slice.
 *
 * Reading the clock costs as much as a small system call, so it is read at looks, each LOOK_NS of computing or
 * CALLS_PER_LOOK calls. Between two looks the program's time is told from the blocks it executed, the kernel's time is
 * the rest.
 */
import type { Task } from './task.ts';
import type { TraceState } from './trace-state.ts';
import * as cpu from '../abi/cpu-context.ts';
import { makeRoomForMissed, processorSpace } from '../mm/guest-pages.ts';
import { enterCall, returnBySignals } from '../syscall/invoke.ts';
import { MEASURABLE_BLOCKS } from './accounting.ts';
import { serveTrap } from './program-traps.ts';
import { STATUS_STEP, hasBreakpoints, hitBreakpoints } from './hardware-breakpoints.ts';
import { RFLAGS_TF } from './registers.ts';
import { leaveCriticalSection } from './rseq.ts';
import { NO_CALL, beginCall } from './task.ts';

/** A program computes at most so long before the kernel looks at interrupts and timers. */
const LOOK_NS = 1e6;
const CALLS_PER_LOOK = 8;
/** How long a task goes on while others wait. */
const SLICE_NS = 3e6;
/** A run is bounded even for a program that was fast up to now and gets slow (code that is not yet translated). */
const MAX_FUEL = 100_000;
const MIN_FUEL = 500;
/** A step that nobody is to hear of. */
const NO_TRAP = 0;

/** Runs the task's program until it has to let others go first. Its work is then 'run', or what it waits for. */
export function runProgram(task: Task): void {
  const { kernel } = task;
  const { processor, scheduler, slice, time, timers, registers } = kernel;
  const { interrupts } = kernel.machine;
  if (processor === undefined) throw new Error('a translated task without a processor');
  const { words } = registers;
  const { args, sched } = task;
  const base = kernel.machine.memory.offset;
  const beginNs = slice.lookedNs;
  for (;;) {
    if (task.isSignalPending) {
      // Nothing of a call is left: signals are delivered as they are after an interrupt.
      beginCall(task, NO_CALL);
      returnBySignals(task);
      if (task.work !== 'run') break;
    }
    const at = task.registers >>> 2;
    const space = processorSpace(processor, task.mm!, base);
    kernel.memory.endBorrowing();
    if (kernel.memory.missedFrames > 0) makeRoomForMissed(kernel.memory);
    // The processor may need memory for its tables between the moment when it finds where code lies and its use of that.
    kernel.memory.borrow(task.mm!);
    const fuel = fuelFor(task, timers.nextDeadlineNs - slice.lookedNs);
    let trap: number;
    if (task.trace !== undefined && isSteppedByTracer(task.trace)) {
      trap = traceStep(task, processor.step(task.registers, space));
      slice.blocks++;
    } else if ((words[at + (cpu.CPU_FLAGS_REST >>> 2)]! & RFLAGS_TF) !== 0) {
      trap = processor.step(task.registers, space);
      slice.blocks++;
    } else {
      trap = processor.run(task.registers, space, fuel);
      slice.blocks += fuel - words[at + (cpu.CPU_FUEL >>> 2)]!;
    }
    if (trap === cpu.TRAP_SYSCALL) {
      args.words[0] = words[at + cpu.RDI * 2]!;
      args.words[1] = words[at + cpu.RDI * 2 + 1]!;
      args.words[2] = words[at + cpu.RSI * 2]!;
      args.words[3] = words[at + cpu.RSI * 2 + 1]!;
      args.words[4] = words[at + cpu.RDX * 2]!;
      args.words[5] = words[at + cpu.RDX * 2 + 1]!;
      args.words[6] = words[at + cpu.R10 * 2]!;
      args.words[7] = words[at + cpu.R10 * 2 + 1]!;
      args.words[8] = words[at + cpu.R8 * 2]!;
      args.words[9] = words[at + cpu.R8 * 2 + 1]!;
      args.words[10] = words[at + cpu.R9 * 2]!;
      args.words[11] = words[at + cpu.R9 * 2 + 1]!;
      beginCall(task, words[at]!);
      kernel.callCount++;
      slice.calls++;
      enterCall(task);
      if (task.work !== 'run') break;
    } else if (trap !== cpu.TRAP_INTERRUPT && trap !== NO_TRAP) serveTrap(task, trap);
    if (interrupts.isPending) break;
    if (slice.calls >= CALLS_PER_LOOK || slice.blocks >= MEASURABLE_BLOCKS || trap === cpu.TRAP_INTERRUPT) {
      const nowNs = time.monotonicNs();
      slice.look(task, nowNs);
      if (nowNs >= timers.nextDeadlineNs || nowNs - beginNs >= SLICE_NS) break;
      if (scheduler.length > 0 && scheduler.isPreempted(task, nowNs - slice.chargedNs)) break;
    }
    if (sched.isYielding) break;
  }
  if (task.work === 'run' && task.rseq.area !== 0 && scheduler.length > 0) leaveCriticalSection(task);
}

function isSteppedByTracer({ isStepping, debug }: TraceState): boolean {
  return isStepping || hasBreakpoints(debug);
}

/** After a step of a traced task: its own trap, that of a breakpoint, or none that its tracer asked for. */
function traceStep(task: Task, trap: number): number {
  if (trap !== cpu.TRAP_DEBUG) return trap;
  const { debug, isStepping } = task.trace!;
  const hit = hitBreakpoints(task);
  debug.status |= isStepping ? hit | STATUS_STEP : hit;
  return isStepping || hit !== 0n ? trap : NO_TRAP;
}

/** Blocks that take at most LOOK_NS, and end about when the next timer is due. */
function fuelFor(task: Task, untilTimerNs: number): number {
  const wanted = Math.min(LOOK_NS, untilTimerNs) / task.sched.nsPerBlock;
  return Math.max(MIN_FUEL, Math.min(MAX_FUEL, Math.floor(wanted)));
}
