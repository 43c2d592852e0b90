/**
 * Guest: a running guest system. Made by boot(); ended by shutdown(), or by `await using`.
 *
 * Ownership: a guest owns its threads, its memory and the streams of its processes. After shutdown() nothing of it is
 * left in the host process.
 */
import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path/posix';
import type { Readable } from 'node:stream';
import type { Halt, LogLine } from '../machine.ts';
import { DEFAULT_ENVIRONMENT } from '../control/environment.ts';
import type { MemoryInfo, ProcessInfo } from '../control/protocol.ts';
import { registerGuest } from '../node/registry.ts';
import { GuestFs, unwrap } from './guest-fs.ts';
import type { HostGuestInfo } from './guest-info.ts';
import { ENDED, type GuestConsole, type GuestLink } from './link.ts';
import { InnerGuests, inTime } from './inner-guests.ts';
import { bundleProgram } from './install.ts';
import { LocalLink } from './local-link.ts';
import { NestedLink } from './nested-link.ts';
import { nestedOptions } from './nested-options.ts';
import { type BootOptions, completeOptions } from './options.ts';
import { type ExecResult, GuestProcess } from './process.ts';
import type { Program } from './trusted-options.ts';
import { type Shell, createShell } from './sh.ts';

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

const DEFAULT_ENV = { ...DEFAULT_ENVIRONMENT, TERM: 'xterm-256color' };
const MAX_OUTPUT_BYTES = 64 * 2 ** 20;
/** How long init may take for an orderly power-off. */
const POWER_OFF_MS = 5000;
const LEVEL_INFO = 6;

interface GuestEvents {
  /** The guest stopped: by poweroff, reboot, or a panic. */
  halt: [Halt];
  log: [LogLine];
}

export class Guest extends EventEmitter<GuestEvents> implements AsyncDisposable {
  /** The guest's files. */
  readonly fs: GuestFs;
  /** The console terminal: what the guest writes, and where one types. */
  readonly console: GuestConsole;
  /** Shell scripts as tagged templates: ``await guest.sh`wc -l ${file}`.text()``. */
  readonly sh: Shell = createShell((file, args, options) => this.exec(file, args, options));
  /** Lines of the kernel log so far, and one for each traced call. Bounded to the newest 10,000. */
  readonly log: LogLine[] = [];
  /** Resolves when the guest has stopped, however that came. */
  readonly halted: Promise<Halt>;
  /** What lists of guests show. */
  readonly name: string;
  readonly #link: GuestLink;
  readonly #inner: InnerGuests;
  readonly #startMs = performance.now();
  #closing: Promise<void> | undefined;

  private constructor(link: GuestLink, name: string) {
    super();
    this.#link = link;
    this.name = name;
    this.fs = new GuestFs(link.control, link.life.alive);
    this.#inner = new InnerGuests(link, this.fs, (inner, itsName) => new Guest(inner, itsName));
    this.console = link.console;
    link.onLog = line => this.#addLog(line);
    this.halted = link.life.halted;
    void this.halted.then(how => this.emit('halt', how));
  }

  /** @internal Use boot(). */
  static async boot(options: BootOptions): Promise<Guest> {
    const { monitor: monitorOptions, mounts, programs, name, kernelHash } = completeOptions(options);
    const link = new LocalLink(monitorOptions);
    const guest = new Guest(link, name);
    if (kernelHash !== undefined) {
      const text = `kernel: ${monitorOptions.kernelBundle}, SHA-256 ${kernelHash}`;
      guest.#addLog({ timeNs: 0, level: LEVEL_INFO, text });
    }
    try {
      await link.life.alive(link.control.ready());
      for (const { tag, guestPath, isReadOnly } of mounts) {
        unwrap(await link.life.alive(link.control.mount(tag, guestPath, isReadOnly)));
      }
      await guest.#place(programs);
    } catch (error) {
      await guest.#close();
      throw error;
    }
    const forget = registerGuest(() => guest.#describe());
    void guest.halted.then(forget);
    return guest;
  }

  /**
   * Boots a guest inside this one, as a process of it: its memory and its processors are this guest's. The options are
   * those of the outermost boot(); paths of `root`, `mounts` and `kernel` are paths of this guest. It ends with this one
   * at the latest. OptionError, or KernelPanic if it does not come up.
   */
  async boot(options: BootOptions = {}): Promise<Guest> {
    const { name, args, programs } = await nestedOptions(options, this.fs);
    const link = await NestedLink.boot(this.#link, args);
    try {
      await link.life.alive(link.control.ready());
      const guest = new Guest(link, name ?? (await link.name()));
      for (const { path } of programs) link.trust(await readFile(path));
      await guest.#place(programs);
      this.#inner.add(guest, link);
      return guest;
    } catch (error) {
      await link.close();
      throw link.explain(error);
    }
  }

  /** The guests inside this one that this program has booted or found, and that run. */
  get guests(): readonly Guest[] {
    return this.#inner.known;
  }
  /** All guests that run inside this one, also those that were started from a shell of it. */
  async listGuests(): Promise<Guest[]> {
    return await this.#inner.find();
  }

  /**
   * Installs a native program that is written in TypeScript (docs/native-programs.md): bundles it with esbuild, trusts it,
   * and writes it to `path`. It runs in this process, unconfined: install only what you would run yourself.
   */
  async install(path: string, source: string | URL): Promise<void> {
    const content = await bundleProgram(source);
    this.#link.trust(content);
    await this.#write(path, content);
  }

  #addLog(line: LogLine): void {
    this.log.push(line);
    if (this.log.length > 10_000) this.log.splice(0, 1000);
    this.emit('log', line);
  }

  /** Writes programs that are trusted. */
  async #place(programs: readonly Program[]): Promise<void> {
    for (const { path, guestPath } of programs) await this.#write(guestPath, await readFile(path));
  }
  async #write(guestPath: string, content: Uint8Array): Promise<void> {
    await this.fs.mkdir(dirname(guestPath), { recursive: true });
    await this.fs.writeFile(guestPath, content, { mode: 0o755 });
    await this.fs.chmod(guestPath, 0o755);
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
    const env = { ...(options.env ?? DEFAULT_ENV), ...options.extraEnv };
    const { life, control } = this.#link;
    const { pid, streams, exited, resize } = await this.#link.spawn({
      file,
      args: [file, ...args],
      env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      cwd: options.cwd,
      uid: options.uid ?? 0,
      gid: options.gid ?? 0,
      terminal: options.terminal,
    });
    return new GuestProcess(pid, streams, exited, signo => life.alive(control.kill(pid, signo)), resize);
  }

  /** The guest's processes. */
  async processes(): Promise<ProcessInfo[]> {
    return await this.#link.life.alive(this.#link.control.processes());
  }
  /** Guest RAM in bytes: all of it, and what is free. */
  async memory(): Promise<MemoryInfo> {
    return await this.#link.life.alive(this.#link.control.memory());
  }
  /** Threads of this guest in the host process. */
  get threadCount(): number {
    return this.#link.threadCount;
  }

  /**
   * Ends the guest: init ends its processes and writes back what is dirty; after 5 s it is ended the hard way.
   * Resolves when nothing of it is left. May be called more than once.
   */
  async shutdown(): Promise<void> {
    const { life } = this.#link;
    if (!life.halt && !this.#closing) {
      await Promise.all(this.guests.map(inner => inner.shutdown()));
      const timer = setTimeout(() => life.end(ENDED), POWER_OFF_MS);
      this.#link.powerOff();
      await this.halted;
      clearTimeout(timer);
    }
    await this.#close();
  }
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /** For who only looks, and waits no longer than a moment. */
  async #describe(): Promise<HostGuestInfo> {
    const known = await inTime(Promise.all([this.memory(), this.processes()]));
    return {
      pid: process.pid,
      name: this.name,
      command: [basename(process.argv[1] ?? process.execPath), ...process.argv.slice(2)].join(' '),
      threads: this.threadCount,
      uptimeMs: performance.now() - this.#startMs,
      isResponding: known !== undefined,
      memory: known?.[0] ?? { totalBytes: 0, freeBytes: 0 },
      processes: known?.[1] ?? [],
      guests: known === undefined ? [] : await this.#inner.describe(),
    };
  }

  async #close(): Promise<void> {
    this.#closing ??= this.#link.close();
    await this.#closing;
  }
}

async function collect(stream: Readable | null, limit: number, tooMuch: () => void): Promise<Buffer> {
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
