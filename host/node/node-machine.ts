/**
 * The machine on Node, as the kernel thread sees it. It is the other end of host/node/monitor.ts, which lives in the
 * embedder's thread and owns what needs an event loop: worker threads, stdio, messages.
 */
import { randomFillSync } from 'node:crypto';
import * as fs from 'node:fs';
import { performance } from 'node:perf_hooks';
import type { MessagePort } from 'node:worker_threads';
import type {
  Clock,
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
import type { KernelRequest, KernelThreadData } from './protocol.ts';
import { MAX_PORTS, PORTS, takeBits } from '../board.ts';
import { BoardInterrupts } from '../interrupts.ts';
import { LazyProcessor } from '../lazy-processor.ts';
import { ThreadPool } from '../thread-pool.ts';
import { HashedPrograms } from '../trusted-programs.ts';
import { nowMs, sha256 } from './engine.ts';
import { NodeSockets } from './node-sockets.ts';
import { loadProcessorParts } from './processor-parts.ts';
import { GuestPort } from './port-ring.ts';
import { openRemoteFs } from './remote-fs.ts';
import { TrustedList } from './trusted-list.ts';

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
    this.interrupts = new BoardInterrupts(
      this.#board,
      data.inspectPort === undefined ? Infinity : DEBUG_WAIT_MS,
    );
    this.processors = new ThreadPool(this.#board, this.#post, () => nowMs() * 1e6);
    this.processor = new LazyProcessor(data.memory, this.memory, () => loadProcessorParts(data.bundles));
    const trusted = new TrustedList(data.programs, toMonitor);
    this.programs = new HashedPrograms({
      get programs() {
        return trusted.programs;
      },
      sha256,
    });
    const sockets = data.sockets && new NodeSockets(data.sockets, this);
    for (const { tag, path, isReadOnly, hasSockets, channel } of data.directories) {
      const directory = { fs: channel ? openRemoteFs(channel) : fs, path, isReadOnly };
      this.directories.set(tag, hasSockets && sockets ? { ...directory, sockets } : directory);
    }
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
