/**
 * The machine made of guest system calls: what a kernel is compiled to run on when it is itself a process of a guest.
 * Nothing of it leaves that process: its memory is a mapping, its processors are threads, its ports are descriptors, its
 * host directories are those of the outer guest.
 *
 * Asynchronous events come as signals of the outer guest, as in User-mode Linux: SIGIO, something moved at a port or a
 * control connection; SIGWINCH, a terminal has another size; SIGTERM, SIGHUP and SIGPWR, the end is asked for.
 */
import type {
  Clock,
  Halt,
  HostDirectory,
  LogLine,
  Machine,
  PhysicalWindow,
  TrustedPrograms,
} from '../machine.ts';
import { LINE_CONTROL, LINE_PORT, LINE_POWER } from '../machine.ts';
import { EMFILE } from '../../kernel/abi/errno.ts';
import { CLOCK_REALTIME } from '../../kernel/abi/time.ts';
import type { NativeHost } from '../../userland/libc/native.ts';
import { SysError, native } from '../../userland/libc/native.ts';
import {
  SIGCONT,
  SIGHUP,
  SIGIO,
  SIGPIPE,
  SIGPWR,
  SIGTERM,
  SIGWINCH,
  signal,
} from '../../userland/libc/signal.ts';
import { clockGettime } from '../../userland/libc/time.ts';
import { close } from '../../userland/libc/unistd.ts';
import { MAX_PORTS, PORTS, boardBytes, raise, setBit, takeBits } from '../board.ts';
import { LazyProcessor, type ProcessorParts } from '../lazy-processor.ts';
import { ThreadPool } from '../thread-pool.ts';
import { HashedPrograms } from '../trusted-programs.ts';
import { DescriptorPort, type PortDescriptors } from './descriptor-port.ts';
import { GuestInterrupts } from './guest-interrupts.ts';
import { GuestSockets } from './guest-sockets.ts';
import { ProgramThreads } from './program-threads.ts';
import type { Mapping } from './window.ts';

const DEBUG_WAIT_MS = 50;

export interface GuestMachineOptions {
  readonly window: Mapping;
  /** BOARD_MAPPING_BYTES of zeros. */
  readonly board: Mapping;
  readonly directories: ReadonlyMap<string, HostDirectory>;
  /** Tags of the directories in which sockets may be used. */
  readonly socketDirectories: ReadonlySet<string>;
  readonly log: (line: LogLine) => void;
  /** A debugger may want to set a breakpoint: no sleep is long. */
  readonly isDebugged: boolean;
  /** The program was stopped and goes on: the terminal is to be set up again. */
  readonly onContinue: () => void;
}

export class GuestMachine implements Machine {
  readonly memory: PhysicalWindow;
  readonly clock: Clock;
  readonly interrupts: GuestInterrupts;
  readonly processors: ThreadPool;
  readonly processor: LazyProcessor;
  readonly programs: TrustedPrograms;
  readonly directories: Map<string, HostDirectory>;
  readonly log: (line: LogLine) => void;
  readonly threads: ProgramThreads;
  readonly #board: Int32Array;
  readonly #host: NativeHost;
  readonly #ports = new Map<number, DescriptorPort>();
  readonly #sockets = new GuestSockets({
    open: fd => this.openPort({ input: fd, output: fd, isConnection: true }),
    reserve: () => this.#freePort(),
    release: number => {
      if (this.#ports.get(number)?.isOver) this.#ports.delete(number);
    },
  });
  #nextPort = 1;
  #halt: Halt | undefined;

  constructor(options: GuestMachineOptions) {
    const { window, board, log, isDebugged, onContinue } = options;
    const thread = native();
    this.#host = thread.host;
    const buffer = thread.memory.buffer;
    this.memory = { buffer, offset: window.offset, length: window.length };
    this.#board = new Int32Array(buffer, board.offset, boardBytes() / 4);
    this.clock = guestClock(this.#host);
    this.interrupts = new GuestInterrupts(this.#board, thread, isDebugged ? DEBUG_WAIT_MS : Infinity);
    this.threads = new ProgramThreads(board, window, text => log({ timeNs: 0, level: 4, text }));
    this.processors = new ThreadPool(this.#board, this.threads.serve, () => this.#host.nowMs() * 1e6);
    this.processor = new LazyProcessor(
      this.#host.wasmMemory,
      this.memory,
      () => this.#host.processor() as ProcessorParts,
    );
    this.programs = new HashedPrograms(this.#host);
    this.directories = new Map(options.directories);
    for (const tag of options.socketDirectories)
      this.directories.set(tag, { ...this.directories.get(tag)!, sockets: this.#sockets });
    this.log = log;
    this.#listen(onContinue);
  }

  /** Why the machine has stopped; undefined while it runs. */
  get halted(): Halt | undefined {
    return this.#halt;
  }

  /** Raises lines of host/machine.ts. */
  raise(lines: number): void {
    raise(this.#board, lines);
  }
  random(into: Uint8Array): void {
    this.#host.random(into);
  }
  port(number: number): DescriptorPort | undefined {
    return this.#ports.get(number);
  }
  takePorts(): number[] {
    const changed: number[] = [];
    takeBits(this.#board, PORTS, MAX_PORTS / 32, port => changed.push(port));
    for (const number of changed) this.#ports.get(number)?.pump();
    for (const [number, port] of this.#ports) if (number !== 0 && port.isOver) this.#ports.delete(number);
    return changed;
  }
  halt(how: Halt): void {
    this.#halt ??= how.kind === 'panic' ? { ...how, stack: this.#host.mapStack(how.stack) } : how;
  }

  /** Makes a port of descriptors, which then belong to it; `number` 0 is the console. EMFILE, and they are closed. */
  openPort(descriptors: PortDescriptors, number = this.#freePort()): number {
    if (number === undefined) {
      for (const fd of new Set([descriptors.input, descriptors.output])) if (fd >= 0) close(fd);
      throw new SysError(EMFILE);
    }
    this.#ports.set(number, new DescriptorPort(descriptors));
    return number;
  }
  /** Writes out what a port still has, and forgets it. */
  closePort(number: number): void {
    this.#ports.get(number)?.finish();
    this.#ports.delete(number);
  }
  /** The terminal behind a port has another size. */
  portResized(number: number): void {
    this.#ports.get(number)?.sizeChanged();
    setBit(this.#board, PORTS, number);
    raise(this.#board, LINE_PORT);
  }
  closePorts(): void {
    for (const number of [...this.#ports.keys()]) this.closePort(number);
    this.#sockets.close();
  }

  /** A number that no port and no socket has. */
  #freePort(): number | undefined {
    for (let tries = 1; tries < MAX_PORTS; tries++) {
      const number = this.#nextPort;
      this.#nextPort = (number % (MAX_PORTS - 1)) + 1;
      if (!this.#ports.has(number) && !this.#sockets.isBound(number)) return number;
    }
    return undefined;
  }

  #listen(onContinue: () => void): void {
    const options = { restart: true };
    const portsMoved = (): void => {
      for (const number of [...this.#ports.keys(), ...this.#sockets.numbers])
        setBit(this.#board, PORTS, number);
      raise(this.#board, LINE_PORT | LINE_CONTROL);
    };
    const resized = (): void => {
      for (const port of this.#ports.values()) port.sizeChanged();
      portsMoved();
    };
    const power = (): void => raise(this.#board, LINE_POWER);
    signal(SIGPIPE, 'ignore');
    signal(SIGIO, portsMoved, options);
    signal(SIGWINCH, resized, options);
    for (const signo of [SIGTERM, SIGHUP, SIGPWR]) signal(signo, power, options);
    const continued = (): void => {
      onContinue();
      resized();
    };
    signal(SIGCONT, continued, options);
  }
}

/** Time passes as on the outermost machine; what the date is the outer guest says. */
function guestClock(host: NativeHost): Clock {
  const startMs = host.nowMs();
  const { sec, nsec } = clockGettime(CLOCK_REALTIME);
  return {
    monotonicNs: () => Math.round((host.nowMs() - startMs) * 1e6),
    bootRealtimeNs: BigInt(sec) * 1_000_000_000n + BigInt(nsec),
  };
}
