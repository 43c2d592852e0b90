/**
 * Guest: a running guest system. Made by boot(); ended by shutdown(), or by `await using`.
 *
 * Ownership: a guest owns its threads, its memory and the streams of its processes. After shutdown() nothing of it is
 * left in the host process.
 */
import { EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path/posix';
import { type Remote, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import type { Halt, LogLine } from '../machine.ts';
import { Monitor } from '../node/monitor.ts';
import type { ControlInterface, MemoryInfo, ProcessInfo, SpawnSpec } from '../node/control-protocol.ts';
import type { OutsidePort } from '../node/port-ring.ts';
import { KernelPanic } from './errors.ts';
import { GuestFs, unwrap } from './guest-fs.ts';
import { type BootOptions, completeOptions } from './options.ts';
import { PortReadable, PortWritable } from './port-streams.ts';
import { type ExecResult, type ExitStatus, GuestProcess, decodeStatus } from './process.ts';

export interface SpawnOptions {
  /** Environment; replaces the default one (PATH, HOME, LANG, TERM). */
  readonly env?: Readonly<Record<string, string>>;
  /** Added to the environment. */
  readonly extraEnv?: Readonly<Record<string, string>>;
  /** Working directory in the guest; default '/root', or '/' where that is not. */
  readonly cwd?: string;
  readonly uid?: number;
  readonly gid?: number;
  /** A terminal for all three descriptors instead of three pipes: its size. */
  readonly terminal?: { readonly rows: number; readonly columns: number };
}

export interface ExecOptions extends SpawnOptions {
  /** Bytes for its standard input; without it, the input is at its end. */
  readonly input?: string | Uint8Array;
  /** Ends the process with SIGKILL after this time. */
  readonly timeoutMs?: number;
  /** Most bytes of stdout and of stderr that are kept; more ends the process with SIGKILL. Default 64 MiB. */
  readonly maxOutputBytes?: number;
  readonly signal?: AbortSignal;
}

const DEFAULT_ENV = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  USER: 'root',
  LOGNAME: 'root',
  SHELL: '/bin/sh',
  LANG: 'C.UTF-8',
  TERM: 'xterm-256color',
};
const MAX_OUTPUT_BYTES = 64 * 2 ** 20;
/** How long init may take for an orderly power-off. */
const POWER_OFF_MS = 5000;

interface GuestEvents {
  /** The guest stopped: by poweroff, reboot, or a panic. */
  halt: [Halt];
  log: [LogLine];
}

export class Guest extends EventEmitter<GuestEvents> implements AsyncDisposable {
  /** The guest's files. */
  readonly fs: GuestFs;
  /** The console terminal: what the guest writes, and where one types. */
  readonly console: {
    readonly output: PortReadable;
    readonly input: PortWritable;
    resize(rows: number, columns: number): void;
  };
  /** Lines of the kernel log so far, and one for each traced call. Bounded to the newest 10,000. */
  readonly log: LogLine[] = [];
  /** Resolves when the guest has stopped, however that came. */
  readonly halted: Promise<Halt>;
  readonly #monitor: Monitor;
  readonly #control: Remote<ControlInterface>;
  readonly #waiting = new Map<number, (status: ExitStatus) => void>();
  /** Exits that came before spawn's answer. */
  readonly #early = new Map<number, ExitStatus>();
  /** Who waits for an answer of the guest: how to tell them that there will be none. */
  readonly #pending = new Set<(error: KernelPanic) => void>();
  #halt: Halt | undefined;
  #closing: Promise<void> | undefined;

  private constructor(monitor: Monitor) {
    super();
    this.#monitor = monitor;
    this.#control = controlOf(monitor);
    this.fs = new GuestFs(this.#control, this.#alive);
    const output = new PortReadable(monitor.console);
    const input = new PortWritable(monitor.console);
    monitor.watchConsole(() => {
      output.pump();
      input.pump();
    });
    this.console = { output, input, resize: (rows, columns) => monitor.console.setWindowSize(rows, columns) };
    monitor.on('log', line => {
      this.log.push(line);
      if (this.log.length > 10_000) this.log.splice(0, 1000);
      this.emit('log', line);
    });
    monitor.on('exit', (pid, status) => this.#processExited(pid, decodeStatus(status)));
    this.halted = new Promise(resolve => {
      monitor.on('halt', how => {
        if (this.#halt) return;
        this.#halt = how;
        for (const fail of this.#pending) fail(stopped(how));
        resolve(how);
        this.emit('halt', how);
      });
    });
  }

  /** @internal Use boot(). */
  static async boot(options: BootOptions): Promise<Guest> {
    const { monitor: monitorOptions, mounts, programs } = completeOptions(options);
    const guest = new Guest(new Monitor(monitorOptions));
    try {
      await guest.#alive(guest.#control.ready());
      for (const { tag, guestPath, isReadOnly } of mounts) {
        unwrap(await guest.#alive(guest.#control.mount(tag, guestPath, isReadOnly)));
      }
      for (const { path, guestPath } of programs) {
        await guest.fs.mkdir(dirname(guestPath), { recursive: true });
        await guest.fs.writeFile(guestPath, await readFile(path), { mode: 0o755 });
      }
      return guest;
    } catch (error) {
      await guest.#close();
      throw error;
    }
  }

  /** Runs a program to its end. `file` is a path or a name in PATH. */
  exec(
    file: string,
    args?: readonly string[],
    options?: ExecOptions & { encoding?: 'utf8' },
  ): Promise<ExecResult<string>>;
  exec(
    file: string,
    args: readonly string[],
    options: ExecOptions & { encoding: 'buffer' },
  ): Promise<ExecResult<Buffer>>;
  async exec(
    file: string,
    args: readonly string[] = [],
    options: ExecOptions & { encoding?: 'utf8' | 'buffer' } = {},
  ): Promise<ExecResult<string | Buffer>> {
    options.signal?.throwIfAborted();
    const child = await this.spawn(file, args, options);
    const kill = (): void => void child.kill('SIGKILL').catch(() => {});
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(kill, options.timeoutMs);
    options.signal?.addEventListener('abort', kill, { once: true });
    try {
      child.stdin?.end(options.input ?? '');
      const limit = options.maxOutputBytes ?? MAX_OUTPUT_BYTES;
      const [status, stdout, stderr] = await Promise.all([
        child.exited,
        collect(child.stdout, limit, kill),
        collect(child.stderr, limit, kill),
      ]);
      options.signal?.throwIfAborted();
      if (options.encoding === 'buffer') return { ...status, stdout, stderr };
      return { ...status, stdout: stdout.toString('utf8'), stderr: stderr.toString('utf8') };
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', kill);
    }
  }

  /** Starts a program; its streams are Node streams. GuestError (ENOENT, EACCES …) if it cannot be started. */
  async spawn(file: string, args: readonly string[] = [], options: SpawnOptions = {}): Promise<GuestProcess> {
    const opened: number[] = [];
    const openPort = (onChange: (port: OutsidePort) => void): ReturnType<Monitor['openPort']> => {
      const port = this.#monitor.openPort(onChange);
      opened.push(port.number);
      return port;
    };
    const streams: { stdin: PortWritable | null; stdout: PortReadable | null; stderr: PortReadable | null } =
      {
        stdin: null,
        stdout: null,
        stderr: null,
      };
    let stdio: SpawnSpec['stdio'];
    let resize: ((rows: number, columns: number) => void) | undefined;
    if (options.terminal) {
      const { number, memory, port } = openPort(() => {
        streams.stdin?.pump();
        streams.stdout?.pump();
      });
      port.setWindowSize(options.terminal.rows, options.terminal.columns);
      streams.stdin = new PortWritable(port);
      streams.stdout = new PortReadable(port);
      resize = (rows, columns) => port.setWindowSize(rows, columns);
      stdio = { terminal: { number, memory } };
    } else {
      const stdin = openPort(() => streams.stdin?.pump());
      const stdout = openPort(() => streams.stdout?.pump());
      const stderr = openPort(() => streams.stderr?.pump());
      streams.stdin = new PortWritable(stdin.port);
      streams.stdout = new PortReadable(stdout.port);
      streams.stderr = new PortReadable(stderr.port);
      stdio = [stdin, stdout, stderr].map(({ number, memory }) => ({ number, memory }));
    }
    const env = { ...(options.env ?? DEFAULT_ENV), ...options.extraEnv };
    const closePorts = (): void => {
      for (const number of opened) {
        this.#monitor.closePort(number);
        if (!this.#closing) void this.#control.closePort(number);
      }
    };
    let pid: number;
    try {
      pid = unwrap(
        await this.#alive(
          this.#control.spawn({
            file,
            args: [file, ...args],
            env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
            cwd: options.cwd,
            uid: options.uid ?? 0,
            gid: options.gid ?? 0,
            stdio,
          }),
        ),
      );
    } catch (error) {
      closePorts();
      throw error;
    }
    const exited = this.#alive(this.#exitOf(pid));
    // Ports stay until the process has ended and what it (or a child that it left behind) wrote was read.
    void Promise.allSettled([exited, ended(streams.stdout), ended(streams.stderr)]).then(closePorts);
    exited.catch(() => {
      // The guest is gone: what it wrote can still be read, and then the streams end.
      streams.stdin?.destroy();
      streams.stdout?.finish();
      streams.stderr?.finish();
    });
    return new GuestProcess(
      pid,
      streams,
      exited,
      signo => this.#alive(this.#control.kill(pid, signo)),
      resize,
    );
  }

  /** The guest's processes. */
  async processes(): Promise<ProcessInfo[]> {
    return await this.#alive<ProcessInfo[]>(this.#control.processes());
  }
  /** Guest RAM in bytes: all of it, and what is free. */
  async memory(): Promise<MemoryInfo> {
    return await this.#alive<MemoryInfo>(this.#control.memory());
  }
  /** Threads of this guest in the host process. */
  get threadCount(): number {
    return this.#monitor.threadCount;
  }

  /**
   * Ends the guest: init ends its processes and writes back what is dirty; after 5 s it is ended the hard way.
   * Resolves when nothing of it is left. May be called more than once.
   */
  async shutdown(): Promise<void> {
    if (!this.#halt && !this.#closing) {
      const timer = setTimeout(() => this.#monitor.emit('halt', { kind: 'halt' }), POWER_OFF_MS);
      this.#monitor.raisePower();
      await this.halted;
      clearTimeout(timer);
    }
    await this.#close();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  async #close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#monitor.close();
      // Streams that nobody has destroyed end here.
      this.console.output.destroy();
      this.console.input.destroy();
    })();
    await this.#closing;
  }

  #processExited(pid: number, status: ExitStatus): void {
    const resolve = this.#waiting.get(pid);
    if (resolve) {
      this.#waiting.delete(pid);
      resolve(status);
    } else {
      this.#early.set(pid, status);
    }
  }

  #exitOf(pid: number): Promise<ExitStatus> {
    const early = this.#early.get(pid);
    if (early) {
      this.#early.delete(pid);
      return Promise.resolve(early);
    }
    return new Promise(resolve => this.#waiting.set(pid, resolve));
  }

  /** A promise that fails when the guest ends before it, or has ended. Nothing of it stays when it is over. */
  readonly #alive = <T>(promise: Promise<T>): Promise<T> => {
    if (this.#halt) return Promise.reject(stopped(this.#halt));
    return new Promise<T>((resolve, reject) => {
      this.#pending.add(reject);
      promise.then(resolve, reject).finally(() => this.#pending.delete(reject));
    });
  };
}

/**
 * The control channel. Not in the constructor: comlink keeps the endpoint until the proxy is collected, so the endpoint
 * must not lead back to the guest, which has the proxy.
 */
function controlOf(monitor: Monitor): Remote<ControlInterface> {
  const endpoint = nodeEndpoint(monitor.control);
  return wrap<ControlInterface>({
    ...endpoint,
    postMessage: (message: unknown, transfer?: unknown[]) => {
      endpoint.postMessage(message, transfer);
      monitor.raiseControl();
    },
  });
}

function stopped(how: Halt): KernelPanic {
  if (how.kind === 'panic') return new KernelPanic(how.message, how.stack);
  return new KernelPanic(`the guest stopped (${how.kind})`, '');
}

async function collect(
  stream: PortReadable | GuestProcess['stdout'],
  limit: number,
  tooMuch: () => void,
): Promise<Buffer> {
  if (!stream) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > limit) {
      tooMuch();
      break;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function ended(stream: PortReadable | null): Promise<void> {
  if (!stream || stream.closed) return;
  await once(stream, 'close');
}
