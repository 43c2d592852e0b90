/**
 * A kernel with a FakeProcessor and a clock that the processor's instructions and the kernel's sleeps move, for tests
 * of translated tasks. The kernel's own loop runs them.
 */
import type { Machine, LogLine } from '../../host/machine.ts';
import type { Instruction } from './testing-processor.ts';
import * as cpu from '../abi/cpu-context.ts';
import { MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, PROT_EXEC, PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { CONTEXT_WORDS } from '../abi/trap.ts';
import { LINE_CONTROL } from '../../host/machine.ts';
import { FdTable } from '../fs/fd-table.ts';
import { FsContext } from '../fs/fs-context.ts';
import { Kernel } from '../kernel.ts';
import { systemCalls } from '../syscall/all.ts';
import { ROOT } from './credentials.ts';
import { initialLimits } from './limits.ts';
import { SignalHandlers } from './signal-queue.ts';
import { makeRunnable } from './sleep.ts';
import { Task } from './task.ts';
import { FakeProcessor } from './testing-processor.ts';
import { startTranslated } from './translated.ts';

/** Where programs have code (not writable), data, and the top of their stack. */
export const CODE = 0x40_0000;
export const DATA = 0x50_0000;
export const STACK = 0x60_0000;

const BYTES = 16 << 20;
const INSTRUCTION_NS = 100;
/** Of native programs. None ever runs. */
const CONTEXTS = 8;

const numbers = new Map([...systemCalls].map(([number, { name }]) => [name, number]));

export class ProgramGuest {
  readonly kernel: Kernel;
  readonly processor: FakeProcessor;
  readonly init: Task;
  readonly logged: string[] = [];
  nowNs = 1e9;
  /** Interrupt lines. */
  lines = 0;
  #halted = false;

  constructor() {
    const buffer = new SharedArrayBuffer(BYTES);
    this.processor = new FakeProcessor(buffer);
    this.processor.onInstruction = () => (this.nowNs += INSTRUCTION_NS);
    this.kernel = new Kernel(this.#machine(buffer), '');
    this.init = this.task();
    this.init.group.isInit = true;
    this.kernel.tasks.init = this.init.group;
  }

  /** A process, child of init, with memory for code, data and stack, that is about to execute at CODE. */
  task(): Task {
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
    task.comm = 'test';
    const mm = kernel.memory.createAddressSpace();
    mm.limits = task;
    task.mm = mm;
    const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
    mm.mmap({ at: CODE, length: 0x4000, prot: PROT_READ | PROT_EXEC, flags });
    mm.mmap({ at: DATA, length: 0x4000, prot: PROT_READ | PROT_WRITE, flags });
    mm.mmap({ at: STACK - 0x10000, length: 0x10000, prot: PROT_READ | PROT_WRITE, flags });
    if (this.init !== undefined) {
      group.parent = this.init.group;
      group.parentThread = this.init;
      this.init.group.children.add(group);
    }
    return task;
  }

  /** Lets a task execute instructions from CODE on, until nothing happens any more. */
  run(task: Task, ...instructions: Instruction[]): void {
    this.start(task, ...instructions);
    this.settle();
  }
  start(task: Task, ...instructions: Instruction[]): void {
    this.startAt(task, this.processor.place(CODE, ...instructions));
  }
  startAt(task: Task, address: number): void {
    task.call.number = -1;
    startTranslated(task, address, STACK);
    makeRunnable(task, 'finish');
  }

  /** Runs the kernel's loop until it has nothing to do, not even a timer. */
  settle(): void {
    this.lines = 0;
    for (let turn = 0; turn < 1000 && !this.#halted; turn++) if (this.kernel.run() === 'control') return;
    throw new Error('the kernel halted, or never comes to rest');
  }

  #machine(buffer: SharedArrayBuffer): Machine {
    const pending = (): number => this.lines;
    return {
      memory: { buffer, offset: 65536, length: BYTES - 65536 },
      clock: { monotonicNs: () => this.nowNs, bootRealtimeNs: 1_700_000_000_000_000_000n },
      interrupts: {
        get isPending() {
          return pending() !== 0;
        },
        take: () => {
          const { lines } = this;
          this.lines = 0;
          return lines;
        },
        wait: deadlineNs => {
          if (deadlineNs === Infinity) this.lines = LINE_CONTROL;
          else this.nowNs = Math.max(this.nowNs, deadlineNs);
        },
      },
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
      processor: this.processor,
      programs: { identify: () => undefined },
      directories: new Map(),
      random: into => into.fill(7),
      port: () => undefined,
      takePorts: () => [],
      log: (line: LogLine) => this.logged.push(line.text),
      halt: how => {
        this.#halted = true;
        this.logged.push(`halt: ${how.kind === 'panic' ? how.message + how.stack : how.kind}`);
      },
    };
  }
}

const ARGUMENTS = [cpu.RDI, cpu.RSI, cpu.RDX, cpu.R10, cpu.R8, cpu.R9];

/** Two instructions: the registers of a call, and the call. */
export function call(name: string, ...args: (number | bigint)[]): Instruction[] {
  return [
    machine => {
      machine.set(cpu.RAX, numbers.get(name)!);
      args.forEach((value, i) => machine.set(ARGUMENTS[i]!, value));
    },
    () => cpu.TRAP_SYSCALL,
  ];
}

/** Stores RAX into data word `index`. */
export function keep(index: number): Instruction {
  return machine => machine.store(DATA + index * 8, machine.get(cpu.RAX));
}

/** Goes nowhere. */
export const spin: Instruction = machine => {
  machine.rip -= 2;
};

/** Data word `index` of a task, signed. */
export function kept(task: Task, index: number): number {
  return Number(BigInt.asIntN(64, task.memory.readB64(DATA + index * 8)));
}
