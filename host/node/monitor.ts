/**
 * The monitor: the half of a guest's machine that lives in the embedder's thread and uses its event loop. It owns the
 * kernel thread and the pool of program threads, and it answers the kernel's requests.
 *
 * Everything that it owns is gone when `close` has resolved: threads, timers, listeners.
 */
import { EventEmitter } from 'node:events';
import { MessageChannel, Worker } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import type { Halt, LogLine } from '../machine.ts';
import { LINE_CONTROL, LINE_POOL, LINE_POWER } from '../machine.ts';
import { CONTEXT_WORDS, STARTS, STATE, STATE_DEAD, STATE_IDLE, STATE_NONE } from '../../kernel/abi/trap.ts';
import type { KernelRequest, KernelThreadData, ProgramThreadData, TrustedProgram } from './protocol.ts';
import { MAX_CONTEXTS, RECORDS, TOP, createBoard, raise } from '../board.ts';
import { functionText } from './code-cache.ts';
import { type FsServer, type MountedDirectory, serveVolumes } from './fs-server.ts';
import type { OutsidePort } from './port-ring.ts';
import { type OpenedPort, PortTable } from './port-table.ts';
import { sharedFile, sharedFileIfAny } from './shared-file.ts';
import { SocketServer } from './socket-server.ts';
import { INHERITED, type ThreadReserve, threadReserve } from './thread-reserve.ts';

/** Threads that stay ready while the guest does little. */
const SPARE_THREADS = 2;
/** How long a surplus thread stays, in ms. */
const SURPLUS_MS = 1000;
/** After this time of doing nothing at all, the spare ones go too if there are other guests, and so a reserve. */
const REST_MS = 5000;

/** What the kernel thread is given comes through as it is. */
type Passed = 'kernelBundle' | 'bundles' | 'programs' | 'commandLine' | 'inspectPort';

export interface MonitorOptions extends Pick<KernelThreadData, Passed> {
  readonly directories: readonly MountedDirectory[];
  /** Path of a cpio archive. */
  readonly initramfs: string;
  /** Ports that programs may open a debugger on; true: any. */
  readonly debuggerPorts: boolean | readonly number[];
  /** Paths: what the kernel thread and a program thread begin with. */
  readonly kernelLoader: string;
  readonly programThread: string;
  /** Bytes of guest RAM, a multiple of 64 KiB. */
  readonly memoryBytes: number;
}

interface MonitorEvents {
  log: [LogLine];
  exit: [pid: number, status: number];
  halt: [Halt];
}

export class Monitor extends EventEmitter<MonitorEvents> {
  readonly memory: WebAssembly.Memory;
  readonly console: OutsidePort;
  /** The API's end of the control channel; comlink wraps it. */
  readonly control: MessagePort;
  readonly #options: MonitorOptions;
  /** Grows; a program keeps its number. */
  readonly #programs: TrustedProgram[];
  readonly #initramfs: SharedArrayBuffer;
  readonly #boardMemory = createBoard();
  readonly #board = new Int32Array(this.#boardMemory);
  readonly #kernel: Worker;
  readonly #threads = new Map<number, Worker>();
  readonly #reserve: ThreadReserve;
  readonly #volumes: readonly FsServer[];
  readonly #ports = new PortTable(this.#board);
  /** For the directories with sockets, if there are any. */
  readonly #sockets: SocketServer | undefined;
  #consoleChanged = (): void => {};
  /** Programs that wait for a thread, as the kernel last said. */
  #waiting = 0;
  /** Threads that are being ended. */
  readonly #ending = new Set<number>();
  #shrinkTimer: NodeJS.Timeout | undefined;
  /** For how long no program has been started; counted while there are threads that might go. */
  #restMs = 0;
  #isClosing = false;

  constructor(options: MonitorOptions) {
    super();
    this.#options = options;
    this.#programs = [...options.programs];
    this.#initramfs = sharedFile(options.initramfs);
    this.#reserve = threadReserve(options.programThread);
    const pages = options.memoryBytes / 65536;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const console = this.#ports.open(() => this.#consoleChanged(), 0);
    this.console = console.port;
    const { port1, port2 } = new MessageChannel();
    this.control = port1;
    const volumes = serveVolumes(options.directories, text =>
      this.emit('log', { timeNs: 0, level: 3, text }),
    );
    this.#volumes = volumes.servers;
    if (options.directories.some(directory => directory.hasSockets === true))
      this.#sockets = new SocketServer(this.#ports);
    const sockets = this.#sockets?.channel;
    const workerData: KernelThreadData = {
      kernelBundle: options.kernelBundle,
      bundles: options.bundles,
      board: this.#boardMemory,
      memory: this.memory,
      console: console.memory,
      programs: this.#programs,
      directories: volumes.specs,
      initramfs: this.#initramfs,
      sharedKernel: {
        text: sharedFile(options.kernelBundle, functionText),
        cache: sharedFileIfAny(`${options.kernelBundle}.cache`),
      },
      commandLine: options.commandLine,
      control: port2,
      sockets,
      inspectPort: options.inspectPort,
    };
    this.#kernel = new Worker(options.kernelLoader, {
      workerData,
      transferList: [port2, ...volumes.ports, ...(sockets === undefined ? [] : [sockets.port])],
      name: 'lodger kernel',
      ...INHERITED,
      resourceLimits: { stackSizeMb: 16 },
    });
    this.#kernel.on('message', (request: KernelRequest) => this.#serve(request));
    this.#kernel.on('error', error => this.#kernelDied(error));
    this.#kernel.on('exit', () => this.#kernelDied(new Error('the kernel thread ended')));
    this.#reserve.enter();
    // One thread for init; more when the kernel wants them, so that they do not slow down the boot.
    this.#startThreads(1);
  }

  /** Wakes the kernel thread to look at its control channel. Call after each message to it. */
  raiseControl(): void {
    raise(this.#board, LINE_CONTROL);
  }
  /** Asks the guest for an orderly power-off. */
  raisePower(): void {
    raise(this.#board, LINE_POWER);
  }

  /** Trusts one more native program: every thread finds it from now on, before any request that is made after this. */
  trust(program: TrustedProgram): void {
    if (this.#isClosing || this.#programs.some(({ sha256 }) => sha256 === program.sha256)) return;
    this.#programs.push(program);
    for (const thread of [this.#kernel, ...this.#threads.values()]) thread.postMessage(program);
  }

  /** Calls `onChange` whenever the guest moved bytes of the console. */
  watchConsole(onChange: () => void): void {
    this.#consoleChanged = onChange;
  }

  /** Makes a port; hand `memory` and `number` to the kernel by the control channel. */
  openPort(onChange: (port: OutsidePort) => void): OpenedPort {
    return this.#ports.open(onChange);
  }
  closePort(number: number): void {
    this.#ports.close(number);
  }

  /** Threads alive now: the kernel's and the programs'. */
  get threadCount(): number {
    return this.#threads.size + (this.#isClosing ? 0 : 1);
  }

  /** Ends every thread. Resolves when all are gone. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    clearTimeout(this.#shrinkTimer);
    this.control.close();
    for (const volume of this.#volumes) volume.close();
    await Promise.all([
      this.#kernel.terminate(),
      ...[...this.#threads.values()].map(thread => thread.terminate()),
      this.#reserve.leave(),
      this.#sockets?.close(),
    ]);
    this.#threads.clear();
    this.#ports.clear();
    this.#consoleChanged = () => {};
    this.removeAllListeners();
  }

  #serve(request: KernelRequest): void {
    if (this.#isClosing) return;
    switch (request.kind) {
      case 'want':
        this.#waiting = request.waiting;
        this.#startThreads(this.#waiting - this.#countUpcoming());
        break;
      case 'spare':
        this.#startThreads(1 - this.#countUpcoming());
        break;
      case 'terminate':
        this.#endThread(request.context);
        break;
      case 'port':
        this.#ports.changed(request.port);
        break;
      case 'log':
        this.emit('log', request.line);
        break;
      case 'exit':
        this.emit('exit', request.pid, request.status);
        break;
      case 'halt':
        this.emit('halt', request.how);
        break;
    }
  }

  #kernelDied(error: Error): void {
    if (this.#isClosing) return;
    this.emit('halt', { kind: 'panic', message: error.message, stack: error.stack ?? '' });
  }

  #stateAt(context: number): number {
    return RECORDS + context * CONTEXT_WORDS + STATE;
  }

  /** Threads that are idle or still starting: a program that waits will get one of them. */
  #countUpcoming(): number {
    let count = 0;
    for (const context of this.#threads.keys()) {
      if (this.#ending.has(context)) continue;
      const state = Atomics.load(this.#board, this.#stateAt(context));
      if (state === STATE_IDLE || state === STATE_NONE) count++;
    }
    return count;
  }

  #startThreads(count: number): void {
    for (let i = 0; i < count; i++) {
      const context = this.#freeContext();
      if (context === undefined) return;
      this.#startThread(context);
    }
    if (count > 0) this.#planShrink();
  }

  #freeContext(): number | undefined {
    for (let context = 0; context < MAX_CONTEXTS; context++) {
      if (!this.#threads.has(context) && Atomics.load(this.#board, this.#stateAt(context)) === STATE_NONE)
        return context;
    }
    return undefined;
  }

  #startThread(context: number): void {
    if (Atomics.load(this.#board, TOP) <= context) Atomics.store(this.#board, TOP, context + 1);
    const workerData: ProgramThreadData = {
      board: this.#boardMemory,
      memory: this.memory,
      context,
      programs: this.#programs,
      bundles: this.#options.bundles,
      initramfs: this.#initramfs,
      debuggerPorts: this.#options.debuggerPorts,
    };
    const thread = this.#reserve.start(workerData);
    this.#threads.set(context, thread);
    // An engine error (out of heap) ends the thread; `exit` follows and tells the kernel.
    thread.on('error', error => {
      if (!this.#isClosing)
        this.emit('log', { timeNs: 0, level: 3, text: `program thread: ${error.message}` });
    });
    thread.on('exit', () => {
      this.#threads.delete(context);
      this.#ending.delete(context);
      Atomics.store(this.#board, this.#stateAt(context), STATE_DEAD);
      raise(this.#board, LINE_POOL);
      // It may have been counted on.
      if (!this.#isClosing) this.#startThreads(this.#waiting - this.#countUpcoming());
    });
  }

  #endThread(context: number): void {
    this.#ending.add(context);
    void this.#threads.get(context)?.terminate();
  }

  /**
   * Ends idle threads, a while after they were last needed: first those beyond the spare ones, and if there is a reserve
   * for this guest and others, those too. No timer runs while there are none.
   */
  #planShrink(): void {
    if (this.#shrinkTimer || this.#threads.size <= (this.#reserve.isShared ? 1 : SPARE_THREADS)) return;
    const startsBefore = new Map(
      [...this.#threads.keys()].map(context => [context, this.#startsOf(context)]),
    );
    this.#shrinkTimer = setTimeout(() => {
      this.#shrinkTimer = undefined;
      const isAtRest = [...this.#threads.keys()].every(
        context => this.#startsOf(context) === startsBefore.get(context),
      );
      this.#restMs = isAtRest && this.#reserve.isShared ? this.#restMs + SURPLUS_MS : 0;
      this.#shrink(startsBefore, this.#restMs < REST_MS ? SPARE_THREADS : 0);
      if (this.#restMs >= REST_MS) this.#reserve.fill();
      this.#planShrink();
    }, SURPLUS_MS);
    this.#shrinkTimer.unref();
  }

  /** Ends the threads that are idle and have run nothing since `startsBefore` was taken, but for so many. */
  #shrink(startsBefore: ReadonlyMap<number, number>, spare: number): void {
    let kept = 0;
    for (const context of this.#threads.keys()) {
      const at = this.#stateAt(context);
      if (Atomics.load(this.#board, at) !== STATE_IDLE || ++kept <= spare) continue;
      if (this.#startsOf(context) !== startsBefore.get(context)) continue;
      if (Atomics.compareExchange(this.#board, at, STATE_IDLE, STATE_DEAD) === STATE_IDLE)
        this.#endThread(context);
    }
  }

  #startsOf(context: number): number {
    return this.#board[RECORDS + context * CONTEXT_WORDS + STARTS]!;
  }
}
