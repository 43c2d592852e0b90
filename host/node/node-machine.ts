/**
 * The machine on Node, as the kernel thread sees it. It is the other end of host/node/monitor.ts, which lives in the
 * embedder's thread and owns what needs an event loop: worker threads, stdio, messages.
 */
import { createHash, randomFillSync } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import type { MessagePort } from 'node:worker_threads';
import type {
  Clock,
  ContextIndex,
  Halt,
  HostDirectory,
  Interrupts,
  LogLine,
  Machine,
  NativeProcessors,
  PhysicalWindow,
  Port,
  TrustedPrograms,
} from '../machine.ts';
import {
  CONTEXT_WORDS,
  STATE,
  STATE_DEAD,
  STATE_IDLE,
  STATE_NONE,
  STATE_RUNNING,
  STATE_TRAPPED,
} from '../../kernel/abi/trap.ts';
import type { KernelRequest, KernelThreadData, TrustedProgram } from './protocol.ts';
import {
  MAX_CONTEXTS,
  MAX_PORTS,
  PENDING,
  PORTS,
  RECORDS,
  SLEEPING,
  TOP,
  TRAPPED,
  takeBits,
} from './board.ts';
import { LazyProcessor } from '../lazy-processor.ts';
import { loadProcessorParts } from './processor-parts.ts';
import { GuestPort } from './port-ring.ts';
import { openRemoteFs } from './remote-fs.ts';
import { Spin } from './spin.ts';

/** Longest sleep while a debugger may want to set a breakpoint. */
const DEBUG_WAIT_MS = 50;

type Post = (request: KernelRequest) => void;

export class NodeMachine implements Machine {
  readonly memory: PhysicalWindow;
  readonly clock: Clock;
  readonly interrupts: Interrupts;
  readonly processors: NativeProcessors;
  readonly processor: LazyProcessor;
  readonly programs: TrustedPrograms;
  readonly directories = new Map<string, HostDirectory>();
  readonly #board: Int32Array;
  readonly #post: Post;
  readonly #ports = new Map<number, GuestPort>();
  readonly #mapStack: (stack: string) => string;
  #halt: Halt | undefined;

  /** `mapStack` translates a stack trace into terms of the source. */
  constructor(data: KernelThreadData, toMonitor: MessagePort, mapStack: (stack: string) => string) {
    this.#mapStack = mapStack;
    this.#board = new Int32Array(data.board);
    this.#post = request => toMonitor.postMessage(request);
    const { buffer } = data.memory;
    this.memory = { buffer, offset: 0, length: buffer.byteLength };
    this.clock = nodeClock();
    this.interrupts = new NodeInterrupts(
      this.#board,
      data.inspectPort === undefined ? Infinity : DEBUG_WAIT_MS,
    );
    this.processors = new ThreadPool(this.#board, this.#post);
    this.processor = new LazyProcessor(data.memory, this.memory, () =>
      loadProcessorParts(dirname(data.kernelBundle)),
    );
    this.programs = new HashedPrograms(data.programs);
    for (const { tag, path, isReadOnly, channel } of data.directories)
      this.directories.set(tag, { fs: channel ? openRemoteFs(channel) : fs, path, isReadOnly });
    this.addPort(0, data.console);
  }

  addPort(number: number, memory: SharedArrayBuffer): void {
    this.#ports.set(number, new GuestPort(memory, () => this.#post({ kind: 'port', port: number })));
  }
  removePort(number: number): void {
    this.#ports.delete(number);
  }
  addDirectory(tag: string, directory: HostDirectory): void {
    this.directories.set(tag, directory);
  }
  random(into: Uint8Array): void {
    randomFillSync(into);
  }
  port(number: number): Port | undefined {
    return this.#ports.get(number);
  }
  takePorts(): number[] {
    const changed: number[] = [];
    takeBits(this.#board, PORTS, MAX_PORTS / 32, port => changed.push(port));
    return changed;
  }
  log(line: LogLine): void {
    // Emergencies are panics: their stack is to be read in the same terms as the API gives it.
    const mapped = line.level === 0 ? { ...line, text: this.#mapStack(line.text) } : line;
    this.#post({ kind: 'log', line: mapped });
  }
  halt(how: Halt): void {
    if (this.#halt) return;
    this.#halt = how;
    this.#post({
      kind: 'halt',
      how: how.kind === 'panic' ? { ...how, stack: this.#mapStack(how.stack) } : how,
    });
  }
  exited(pid: number, status: number): void {
    this.#post({ kind: 'exit', pid, status });
  }
}

function nodeClock(): Clock {
  const startMs = performance.now();
  const bootRealtimeNs = BigInt(Math.round((performance.timeOrigin + startMs) * 1000)) * 1000n;
  return {
    monotonicNs: () => Math.round((performance.now() - startMs) * 1e6),
    bootRealtimeNs,
  };
}

class NodeInterrupts implements Interrupts {
  readonly #board: Int32Array;
  readonly #longestMs: number;
  readonly #spin = new Spin();

  constructor(board: Int32Array, longestMs: number) {
    this.#board = board;
    this.#longestMs = longestMs;
  }

  get isPending(): boolean {
    return Atomics.load(this.#board, PENDING) !== 0;
  }

  take(): number {
    if (Atomics.load(this.#board, PENDING) === 0) return 0;
    return Atomics.exchange(this.#board, PENDING, 0);
  }

  wait(deadlineNs: number, nowNs: number): void {
    const board = this.#board;
    if (this.#spin.whileEqual(board, PENDING, 0)) return;
    const timeoutMs = Math.min((deadlineNs - nowNs) / 1e6, this.#longestMs);
    if (timeoutMs <= 0) return;
    Atomics.store(board, SLEEPING, 1);
    if (Atomics.load(board, PENDING) === 0) Atomics.wait(board, PENDING, 0, timeoutMs);
    Atomics.store(board, SLEEPING, 0);
  }
}

class ThreadPool implements NativeProcessors {
  readonly records: Int32Array;
  readonly count = MAX_CONTEXTS;
  readonly #board: Int32Array;
  readonly #post: Post;
  #wanted = 0;
  /** The last idle thread was taken, and another one asked for. */
  #isSpareWanted = false;

  constructor(board: Int32Array, post: Post) {
    this.#board = board;
    this.#post = post;
    this.records = board.subarray(RECORDS);
  }

  takeIdle(): ContextIndex | undefined {
    const top = Atomics.load(this.#board, TOP);
    let taken: ContextIndex | undefined;
    for (let i = 0; i < top; i++) {
      const at = i * CONTEXT_WORDS + STATE;
      if (Atomics.load(this.records, at) !== STATE_IDLE) continue;
      if (taken !== undefined) {
        this.#isSpareWanted = false;
        return taken; // and there is another one for the next program
      }
      // The pool may take an idle thread away at the same time: whoever moves it out of IDLE has it.
      if (Atomics.compareExchange(this.records, at, STATE_IDLE, STATE_TRAPPED) === STATE_IDLE)
        taken = i as ContextIndex;
    }
    if (taken !== undefined && !this.#isSpareWanted) {
      this.#isSpareWanted = true;
      this.#post({ kind: 'spare' });
    }
    return taken;
  }
  want(waiting: number): void {
    if (waiting === this.#wanted) return;
    this.#wanted = waiting;
    this.#post({ kind: 'want', waiting });
  }
  takeTrapped(into: ContextIndex[]): void {
    takeBits(this.#board, TRAPPED, MAX_CONTEXTS / 32, context => into.push(context as ContextIndex));
  }
  resume(context: ContextIndex): void {
    const at = context * CONTEXT_WORDS + STATE;
    Atomics.store(this.records, at, STATE_RUNNING);
    Atomics.notify(this.records, at);
  }
  terminate(context: ContextIndex): void {
    this.#post({ kind: 'terminate', context });
  }
  release(context: ContextIndex): void {
    Atomics.compareExchange(this.records, context * CONTEXT_WORDS + STATE, STATE_DEAD, STATE_NONE);
  }
}

class HashedPrograms implements TrustedPrograms {
  readonly #numbers: Map<string, number>;

  constructor(programs: readonly TrustedProgram[]) {
    this.#numbers = new Map(programs.map(({ sha256 }, number) => [sha256, number] as const));
  }

  identify(content: readonly Uint8Array[]): number | undefined {
    const hash = createHash('sha256');
    for (const part of content) hash.update(part);
    return this.#numbers.get(hash.digest('hex'));
  }
}
