/** What ptrace(2) keeps of a traced task. Plain data, owned by ptrace.ts. */
import type { DebugRegisters } from './hardware-breakpoints.ts';
import type { SignalInfo } from './signal-queue.ts';
import type { Task } from './task.ts';

export interface TraceState {
  tracer: Task;
  /** PTRACE_SEIZE rather than ATTACH or TRACEME. */
  isSeized: boolean;
  /** PTRACE_O_* */
  options: number;
  /** Continued with PTRACE_SYSCALL: stop at the next entry and exit. */
  isTracingCalls: boolean;
  /** Continued with PTRACE_SYSEMU: the entry stop is made, the call is not. */
  isEmulatingCalls: boolean;
  /** The present call was stopped at so: it is not made. */
  isCallEmulated: boolean;
  /** PTRACE_LISTEN: it stays in its group stop, and tells when that ends. */
  isListening: boolean;
  /** Continued with PTRACE_SINGLESTEP: one instruction. */
  isStepping: boolean;
  /** PTRACE_INTERRUPT or a group stop asks for a trap at the next chance. */
  isTrapPending: boolean;
  /** An event stop that is due at the end of the call. */
  event: number;
  eventMessage: number;
  /** Where the task stands in its call: the entry stop was made, the exit stop was made. */
  position: 'outside' | 'entered' | 'exited';
  /** The status that wait(2) gives for the present stop; 0 once it was taken or without a stop. */
  unreportedStatus: number;
  /** Why it is stopped: PTRACE_GETSIGINFO. */
  stopInfo: SignalInfo | undefined;
  /** The kind of the present stop; 'within': an event in the middle of a call, which is tried again after it. */
  stopKind: 'none' | 'enter' | 'exit' | 'signal' | 'event' | 'within' | 'exec' | 'end';
  readonly debug: DebugRegisters;
  /** The signal that the tracer injects when it continues a signal stop; 0: none. */
  injected: number;
}
