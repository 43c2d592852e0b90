/**
 * A kernel without a machine for unit tests: memory and a clock that stands still until a test moves it. Its tasks are
 * of the translated kind, so that fork works; they have no processor: tests make their system calls for them.
 */
import type { Halt, Machine, Port, Processor } from '../../host/machine.ts';
import type { Handler } from '../syscall/table.ts';
import type { Outcome } from './signals.ts';
import { TRAP_INTERRUPT } from '../abi/cpu-context.ts';
import { CONTEXT_WORDS } from '../abi/trap.ts';
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { Errno, GONE, SLEEP } from '../errors.ts';
import { FdTable } from '../fs/fd-table.ts';
import { FsContext } from '../fs/fs-context.ts';
import { Kernel } from '../kernel.ts';
import { seccompCheck } from '../seccomp/seccomp.ts';
import { systemCalls as table } from '../syscall/all.ts';
import { ROOT } from './credentials.ts';
import { startProgram } from './exec.ts';
import { initialLimits } from './limits.ts';
import { syscallEnterStop, syscallExitStop } from './ptrace.ts';
import { SignalHandlers } from './signal-queue.ts';
import { deliverSignals } from './signals.ts';
import { Task, beginCall } from './task.ts';

/** The handler of each call, by name. */
const handlers = new Map<string, { number: number; handler: Handler }>();
for (const [number, { name, handler }] of table)
  if (handler !== undefined) handlers.set(name, { number, handler });

/** The number that a call of `invoke` has. */
const UNLISTED = 0x1000;

function missing(name: string): never {
  throw new Error(`there is no system call ${name}`);
}

/** Where each process has 64 KiB of memory for arguments. */
export const SCRATCH = 0x10000;

/** Of native programs. None ever runs: those that exec wait for one. */
export const CONTEXTS = 64;

export class TestGuest {
  readonly kernel: Kernel;
  readonly init: Task;
  nowNs = 1e9;
  readonly halts: Halt[] = [];
  /** What each task's last call gave; 'handler' if a handler is to run; absent while it sleeps, stops, or is gone. */
  readonly results = new Map<Task, number | 'handler'>();
  /** Content of files that count as trusted native programs. */
  readonly trusted: string[] = [];
  /** The machine's ports. */
  readonly ports = new Map<number, Port>();
  /** Handlers under way that `invoke` was given. */
  readonly #invoked = new Map<Task, Handler>();

  constructor(commandLine = '', parts: Partial<Machine> = {}) {
    this.kernel = new Kernel({ ...this.#machine(), ...parts }, commandLine);
    this.init = this.#firstTask();
  }

  /** Makes a call for a task and runs whoever can run then. The result, or undefined while it is not over. */
  call(task: Task, name: string, ...args: (number | bigint)[]): number | 'handler' | undefined {
    this.begin(task, name, ...args);
    this.pump();
    return this.results.get(task);
  }

  /** As call, before anything else runs. */
  begin(task: Task, name: string, ...args: (number | bigint)[]): void {
    const { number } = handlers.get(name) ?? missing(name);
    this.#begin(task, number, args);
  }

  /** As call, of a handler that need not be in the table of system calls. */
  invoke(task: Task, handler: Handler, ...args: (number | bigint)[]): number | 'handler' | undefined {
    this.#invoked.set(task, handler);
    this.#begin(task, UNLISTED, args);
    this.pump();
    return this.results.get(task);
  }

  #begin(task: Task, number: number, args: readonly (number | bigint)[]): void {
    task.args.words.fill(0);
    args.forEach((value, i) => {
      const word = BigInt.asUintN(64, BigInt(value));
      task.args.words[i * 2] = Number(BigInt.asIntN(32, word));
      task.args.words[i * 2 + 1] = Number(BigInt.asIntN(32, word >> 32n));
    });
    beginCall(task, number);
    this.results.delete(task);
    task.work = 'enter';
    this.kernel.scheduler.enqueue(task);
  }

  /** fork(2): the child. */
  fork(task: Task): Task {
    return this.kernel.tasks.task(this.call(task, 'fork') as number)!;
  }

  /** A second thread of a task. */
  thread(task: Task): Task {
    const flags = 0x100 | 0x200 | 0x400 | 0x800 | 0x10000;
    return this.kernel.tasks.task(this.call(task, 'clone', flags, 0, 0, 0, 0) as number)!;
  }

  /** Runs tasks until none has anything to do. */
  pump(): void {
    for (let i = 0; i < 100_000; i++) {
      const task = this.kernel.scheduler.pickNext();
      if (task === undefined) return;
      this.kernel.scheduler.current = task;
      this.kernel.slice.begin(this.nowNs);
      this.#serve(task);
      this.kernel.scheduler.current = undefined;
    }
    throw new Error('tasks never come to rest');
  }

  /** Lets time pass. */
  advance(ns: number): void {
    this.nowNs += ns;
    this.kernel.timers.advance(this.nowNs);
    this.pump();
  }

  #serve(task: Task): void {
    const { work } = task;
    task.work = 'none';
    if (work === 'enter' && syscallEnterStop(task)) return;
    if (work === 'start') return startProgram(task);
    if (work === 'finish') return this.#finish(task);
    if (work !== 'enter' && work !== 'retry') return;
    const { number } = task.call;
    const handler = number === UNLISTED ? this.#invoked.get(task) : table.get(number)?.handler;
    let result: number;
    try {
      this.kernel.memory.endBorrowing();
      result = seccompCheck(task) ?? handler!(task, task.args);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      result = -error.errno;
    }
    if (result === SLEEP || result === GONE) return;
    task.call.result = result;
    this.#finish(task);
  }

  #finish(task: Task): void {
    if (syscallExitStop(task)) return;
    const outcome: Outcome = deliverSignals(task);
    if (outcome === 'result') this.results.set(task, task.call.result);
    if (outcome === 'handler') this.results.set(task, 'handler');
  }

  #machine(): Machine {
    const length = 16 << 20;
    return {
      memory: { buffer: new SharedArrayBuffer(length), offset: 0, length },
      clock: { monotonicNs: () => this.nowNs, bootRealtimeNs: 1_700_000_000_000_000_000n },
      interrupts: { isPending: false, take: () => 0, wait: () => {} },
      processors: {
        records: new Int32Array(new SharedArrayBuffer(CONTEXTS * CONTEXT_WORDS * 4)),
        count: CONTEXTS,
        takeIdle: () => undefined,
        want: () => {},
        takeTrapped: () => {},
        resume: () => {},
        terminate: () => {},
        release: () => {},
        isWaiting: () => false,
        waitedNs: () => 0,
      },
      programs: {
        identify: content => {
          const text = content.map(part => String.fromCharCode(...part)).join('');
          const at = this.trusted.indexOf(text);
          return at < 0 ? undefined : at;
        },
      },
      directories: new Map(),
      random: into => into.fill(7),
      port: number => this.ports.get(number),
      takePorts: () => [],
      log: () => {},
      halt: how => this.halts.push(how),
    };
  }

  #firstTask(): Task {
    const { kernel } = this;
    const { root } = kernel.vfs;
    const task = new Task(kernel, kernel.tasks.reserve(), {
      kind: 'translated',
      files: new FdTable(kernel),
      fs: new FsContext(kernel, root, root),
      credentials: ROOT,
    });
    const group = kernel.tasks.addLeader(task, undefined, {
      limits: initialLimits(kernel.tasks.threadsMax),
      handlers: new SignalHandlers(),
    });
    group.isInit = true;
    kernel.tasks.init = group;
    task.comm = 'init';
    task.mm = kernel.memory.createAddressSpace();
    task.mm.limits = task;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | 0x10;
    task.mm.mmap({ at: SCRATCH, length: 65536, prot: PROT_READ | PROT_WRITE, flags });
    return task;
  }
}

/** A processor that executes nothing: enough to load programs for it. */
export function idleProcessor(): Processor {
  return {
    start: () => {},
    reset: () => {},
    createSpace: () => ({ invalidate: () => {}, release: () => {} }),
    run: () => TRAP_INTERRUPT,
    step: () => TRAP_INTERRUPT,
    readFlags: () => 0x202,
    writeFlags: () => {},
    saveFloat: () => {},
    restoreFloat: () => true,
    describe: () => '',
    cpuid: () => [0, 0, 0, 0x178b_fbff],
    codePages: new Uint8Array(0),
    codeChanged: () => {},
  };
}

/** sigaction for a task: stores a struct in its memory and makes the call. */
export function setHandler(
  guest: TestGuest,
  task: Task,
  signo: number,
  handler: number,
  flags = 0,
  mask = 0n,
): void {
  const at = SCRATCH + 0x800;
  task.memory.writeU64(at, handler);
  task.memory.writeU64(at + 8, flags);
  task.memory.writeU64(at + 16, 0);
  task.memory.writeB64(at + 24, mask);
  const result = guest.call(task, 'rt_sigaction', signo, at, 0, 8);
  if (result !== 0) throw new Error(`rt_sigaction: ${String(result)}`);
}
