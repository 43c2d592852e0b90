/**
 * Native contexts: which task runs on which thread of the machine. A context is a trap record with a thread behind it
 * (kernel/abi/trap.ts); this file is the kernel's half of that protocol.
 *
 *            takeIdle + resume                trap
 *   IDLE ───────────────────────► RUNNING ──────────► TRAPPED
 *     ▲     (start)                 │  ▲                 │
 *     │                   terminate │  └─────────────────┤ finish (RESULT, SIGNAL, VFORK_DONE)
 *     │ the thread unwinds          ▼                    │
 *     └──────────────────────────  DEAD                  │
 *     └──────────────────────────────────────────────────┘ finish (EXIT)
 *
 * A context belongs to one task at a time: `#owner`. vfork lends the parent's context to the child; the child gives it
 * back when it execs (it gets a context of its own) or exits.
 */
import type { ContextIndex, NativeProcessors } from '../../host/machine.ts';
import type { Kernel } from '../kernel.ts';
import type { SignalFrame, Task } from './task.ts';
import { EAGAIN } from '../abi/errno.ts';
import * as record from '../abi/trap.ts';
import { ARG_WORDS } from '../syscall/args.ts';
import { Errno, fail } from '../errors.ts';
import { viewOf } from '../abi/layout.ts';
import { CAP_SYS_ADMIN, CAP_SYS_RESOURCE } from './credentials.ts';
import { Attention } from './native-attention.ts';
import { ComputingMemory } from './native-memory.ts';
import { NativeTick } from './native-tick.ts';
import { ContextTimes } from './native-time.ts';
import { encodeSignalInfo } from './signal-queue.ts';
import { exitKilled } from './signals.ts';
import { makeRunnable } from './sleep.ts';
import { isFatalPending } from './signal-state.ts';
import { NO_CALL, beginCall } from './task.ts';

/** A task that execs, or a new thread, that waits for a context. */
interface Start {
  readonly task: Task;
  readonly program: number;
  /** ENTRY_* */
  readonly entry: number;
  /** The stack pointer, or the thread's argument. */
  readonly stack: number;
}

export class NativeContexts {
  readonly #kernel: Kernel;
  readonly #processors: NativeProcessors;
  readonly #words: Int32Array;
  readonly #owner: (Task | undefined)[];
  /** Number of the trusted program that each context runs. */
  readonly #program: Int32Array;
  readonly #attention: Attention;
  readonly #times: ContextTimes;
  readonly #memory: ComputingMemory;
  readonly #tick: NativeTick;
  /** Traced tasks whose vfork is over and whose answer waits for their tracers. */
  readonly #returning = new Set<Task>();
  /** vfork: from whom a task borrowed its context. */
  readonly #lender = new Map<Task, Task>();
  readonly #starting: Start[] = [];
  readonly #trapped: ContextIndex[] = [];
  /** Tasks that are stopped while their programs sleep by themselves; true: the program has trapped meanwhile. */
  readonly #stopped = new Map<Task, boolean>();

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#processors = kernel.machine.processors;
    this.#words = this.#processors.records;
    this.#owner = Array.from({ length: this.#processors.count });
    this.#program = new Int32Array(this.#processors.count);
    this.#attention = new Attention(this.#processors, kernel.physical.words);
    this.#times = new ContextTimes(this.#processors);
    this.#memory = new ComputingMemory(this.#processors);
    kernel.memory.isComputing = space => this.#memory.isUsed(space);
    this.#tick = new NativeTick(kernel, () => this.#computing());
  }

  /**
   * exec: the task runs `program` with its stack at `stackPointer`, as soon as there is a context. The context that it
   * ran on before goes back to its lender, or is unwound.
   */
  start(task: Task, program: number, stackPointer: number): void {
    this.detach(task);
    task.state = 'starting';
    this.#starting.push({ task, program, entry: record.ENTRY_PROGRAM, stack: stackPointer });
    this.#assign();
  }

  /** clone: a new thread runs the program of `parent`, which is in the call, with this argument. */
  startThread(parent: Task, thread: Task, argument: number): void {
    const program = this.#program[parent.context!]!;
    thread.state = 'starting';
    this.#starting.push({ task: thread, program, entry: record.ENTRY_THREAD, stack: argument });
    this.#assign();
  }

  /**
   * EAGAIN if all contexts are in use that the task may have. Half of them are root's, so that no user can keep the
   * others out.
   */
  requireRoom(task: Task): void {
    const isPrivileged = task.capable(CAP_SYS_RESOURCE) || task.capable(CAP_SYS_ADMIN);
    const room = isPrivileged ? this.#owner.length : this.#owner.length / 2;
    let used = this.#starting.length;
    for (const owner of this.#owner) if (owner !== undefined) used++;
    if (used >= room) fail(EAGAIN, 'no context for a native program');
  }

  /** Does the task run on a context of its own? */
  hasOwnContext(task: Task): boolean {
    return task.context !== undefined && !this.#lender.has(task);
  }

  /** The task stops using its context: it exits or execs. Safe to call for a task without one. */
  detach(task: Task): void {
    const waiting = this.#starting.findIndex(start => start.task === task);
    if (waiting >= 0) this.#starting.splice(waiting, 1);
    const context = task.context;
    if (context === undefined) return;
    task.context = undefined;
    this.#returning.delete(task);
    this.#stopped.delete(task);
    const lender = this.#lender.get(task);
    this.#lender.delete(task);
    this.#owner[context] = undefined;
    if (lender !== undefined && this.#giveBack(context, lender, task.tid)) return;
    if (this.#state(context) === record.STATE_TRAPPED) this.#finish(context, record.OUTCOME_EXIT, 0);
    else if (this.#state(context) === record.STATE_DEAD) this.#processors.release(context);
    else this.#processors.terminate(context);
  }

  /** A borrowed context goes back to its lender. False: the lender was killed, and so were those it had it from. */
  #giveBack(context: ContextIndex, lender: Task, childTid: number): boolean {
    let returning: Task | undefined = lender;
    let tid = childTid;
    // A lender that was killed meanwhile was itself the child of one that still waits: its vfork returns now.
    while (returning !== undefined && returning.state !== 'vfork') {
      tid = returning.tid;
      const next = this.#lender.get(returning);
      this.#lender.delete(returning);
      returning = next;
    }
    if (returning === undefined) return false;
    this.#owner[context] = returning;
    returning.context = context;
    returning.state = 'running';
    if (returning.trace === undefined) this.#finish(context, record.OUTCOME_VFORK_DONE, tid);
    else {
      // Its tracer wants to see the end of the call.
      this.#returning.add(returning);
      returning.call.result = tid;
      makeRunnable(returning, 'finish');
    }
    return true;
  }

  /**
   * vfork: the child runs on the parent's context until it execs or exits, and its call returns 0 now; `detach` gives
   * the context back and ends the parent's call.
   */
  lend(parent: Task, child: Task): void {
    const context = parent.context!;
    parent.context = undefined;
    parent.state = 'vfork';
    child.context = context;
    child.state = 'running';
    this.#owner[context] = child;
    this.#lender.set(child, parent);
    this.#words[this.#base(context) + record.VFORK_CHILD] = child.tid;
    this.#finish(context, record.OUTCOME_RESULT, 0);
  }

  /** Is the program computing or waiting by itself, that is, not in the kernel, just now? */
  isComputing(task: Task): boolean {
    return task.context !== undefined && this.#state(task.context) === record.STATE_RUNNING;
  }
  /** Does it sleep on a word of its own? */
  isWaiting(task: Task): boolean {
    return this.isComputing(task) && this.#processors.isWaiting(task.context!);
  }

  /** A signal became deliverable to a task that may be computing. A fatal one ends a thread that does not trap soon. */
  attention(task: Task, severity: 'signal' | 'fatal'): void {
    if (!this.isComputing(task)) return;
    const context = task.context!;
    this.#attention.call(context);
    if (severity === 'fatal') this.#attention.beginGrace(context, this.#kernel.time.monotonicNs());
  }
  /** When `expireGrace` wants to run. */
  get nextDeadlineNs(): number {
    return this.#attention.nextDeadlineNs;
  }
  /** Ends threads whose grace is over. */
  expireGrace(nowNs: number): void {
    this.#attention.expire(nowNs);
  }

  /**
   * The group stops. True: the program sleeps by itself, and so its task is stopped where it is; should it wake up, it
   * is held at its next trap. False: the task stops when it traps. `attention` comes first: a program that is about to
   * sleep then either is seen to, or sees that.
   */
  stopWaiting(task: Task): boolean {
    if (task.trace !== undefined || !this.isWaiting(task)) return false;
    this.#stopped.set(task, false);
    return true;
  }
  /** Ends such a stop. False: the task stopped in the kernel. */
  endStop(task: Task): boolean {
    const hasTrapped = this.#stopped.get(task);
    if (hasTrapped === undefined) return false;
    this.#stopped.delete(task);
    task.state = 'running';
    task.work = 'none';
    if (hasTrapped) this.#enter(task, task.context!, this.#kernel.time.monotonicNs());
    else if (task.isSignalPending) this.attention(task, 'signal');
    return true;
  }

  /** LINE_TRAP: copies the trap records of new traps into their tasks and makes those runnable. */
  collect(nowNs: number): void {
    this.#processors.takeTrapped(this.#trapped);
    for (const context of this.#trapped) {
      const task = this.#owner[context];
      this.#attention.endGrace(context);
      if (task === undefined) this.#unwind(context);
      else if (task.state === 'stopped' && this.#stopped.has(task)) this.#stopped.set(task, true);
      else this.#enter(task, context, nowNs);
    }
    this.#trapped.length = 0;
  }

  /** Its task is gone (killed while this trap was on its way). */
  #unwind(context: ContextIndex): void {
    if (this.#words[this.#base(context) + record.KIND] === record.TRAP_STUCK)
      this.#processors.terminate(context);
    else this.#finish(context, record.OUTCOME_EXIT, 0);
  }

  /** A program has trapped: its task has something for the kernel to do. */
  #enter(task: Task, context: ContextIndex, nowNs: number): void {
    const at = this.#base(context);
    this.#words[at + record.ATTENTION] = 0;
    task.userNsPending += this.#times.trapped(context, nowNs);
    const args = task.args.words;
    for (let i = 0; i < ARG_WORDS; i++) args[i] = this.#words[at + record.ARGS + i]!;
    this.#memory.leave(context);
    if (task.isSignalPending && isFatalPending(task)) {
      // It is about to die: nothing is done for it any more.
      beginCall(task, NO_CALL);
      makeRunnable(task, 'finish');
    } else if (this.#words[at + record.KIND] === record.TRAP_FAULT) {
      this.#serveFault(task, at);
    } else {
      beginCall(task, this.#words[at + record.NUMBER]!);
      makeRunnable(task, 'enter');
    }
  }

  /** LINE_POOL: contexts became idle or dead. */
  poolChanged(): void {
    for (let i = 0; i < this.#owner.length; i++) {
      const context = i as ContextIndex;
      if (this.#state(context) !== record.STATE_DEAD) continue;
      const task = this.#owner[context];
      this.#attention.endGrace(context);
      this.#memory.leave(context);
      if (task) exitKilled(task);
      if (this.#owner[context] === undefined) this.#processors.release(context);
    }
    this.#assign();
  }

  /** Nanoseconds that the task's program computed up to now, and that were not charged yet; it may go on computing. */
  takeComputed(task: Task): number {
    if (!this.isComputing(task)) return 0;
    return this.#times.soFar(task.context!, this.#kernel.time.monotonicNs());
  }

  *#computing(): Generator<Task> {
    for (const task of this.#owner) if (task !== undefined && this.isComputing(task)) yield task;
  }

  /** Nanoseconds that the program computed since this was last asked. */
  takeUserTime(task: Task): number {
    const userNs = task.userNsPending;
    task.userNsPending = 0;
    return userNs;
  }

  /** Answers a call with its result (or -errno). */
  finish(task: Task, result: number): void {
    const outcome = this.#returning.delete(task) ? record.OUTCOME_VFORK_DONE : record.OUTCOME_RESULT;
    this.#finish(task.context!, outcome, result);
  }

  /** Answers with a signal handler to run first; rt_sigreturn will pop the frame. */
  finishWithHandler(task: Task, frame: SignalFrame): void {
    const at = this.#base(task.context!);
    this.#words[at + record.SIGNAL_NUMBER] = frame.signo;
    this.#words[at + record.SIGNAL_HANDLER] = frame.handler;
    const view = viewOf(encodeSignalInfo(frame.info));
    for (let i = 0; i < 32; i++) this.#words[at + record.SIGNAL_INFO + i] = view.getInt32(i * 4, true);
    this.#finish(task.context!, record.OUTCOME_SIGNAL, 0);
  }

  /** TRAP_FAULT: where an address of the program lies. */
  #serveFault(task: Task, at: number): void {
    // No signals are taken here: they are still to be looked at.
    if (task.isSignalPending) Atomics.store(this.#words, at + record.ATTENTION, 1);
    try {
      const span = task.memory.fault(
        task.args.ptr(0),
        this.#words[at + record.NUMBER] === 1 ? 'write' : 'read',
      );
      this.#words[at + record.FAULT_PHYSICAL] = span.physical;
      this.#words[at + record.FAULT_LENGTH] = span.length;
      this.finish(task, 0);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      this.finish(task, -error.errno);
    }
  }

  /** Gives waiting programs the idle contexts. */
  #assign(): void {
    while (this.#starting.length > 0) {
      const context = this.#processors.takeIdle();
      if (context === undefined) break;
      const { task, program, entry, stack } = this.#starting.shift()!;
      const at = this.#base(context);
      this.#owner[context] = task;
      this.#program[context] = program;
      task.context = context;
      task.state = 'running';
      this.#words[at + record.ATTENTION] = task.isSignalPending ? 1 : 0;
      this.#words[at + record.DOORBELL] = 0;
      this.#words[at + record.START_PROGRAM] = program;
      this.#words[at + record.START_ENTRY] = entry;
      this.#words[at + record.START_STACK] = stack;
      this.#words[at + record.STARTS]!++;
      this.#times.reset(context);
      this.#goOn(context);
    }
    this.#processors.want(this.#starting.length);
  }

  #finish(context: ContextIndex, outcome: number, result: number): void {
    const at = this.#base(context);
    this.#words[at + record.OUTCOME] = outcome;
    this.#words[at + record.RESULT] = result;
    this.#words[at + record.RESULT + 1] = Math.floor(result / 2 ** 32);
    this.#goOn(context);
  }

  #goOn(context: ContextIndex): void {
    // From here on the program may be touching frames that another task takes out of this memory.
    const task = this.#owner[context];
    if (task?.mm !== undefined) this.#memory.enter(context, task.mm);
    if (task !== undefined) this.#tick.goesOn(task);
    this.#times.resumed(context, this.#kernel.time.monotonicNs());
    this.#processors.resume(context);
  }

  #base(context: ContextIndex): number {
    return context * record.CONTEXT_WORDS;
  }
  #state(context: ContextIndex): number {
    return Atomics.load(this.#words, this.#base(context) + record.STATE);
  }
}
