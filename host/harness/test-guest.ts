/**
 * TestGuest: a guest for one test, and what its report needs: each command that the test ran, with its outcome.
 *
 * When the test is over, commands that still run are ended with the guest, and their promises stay as they are: a test
 * that leaves something running has not failed, and no rejection of it may fail another.
 */
import { dirname } from 'node:path/posix';
import {
  type ExecOptions,
  type ExecResult,
  type ExitStatus,
  type Guest,
  type GuestProcess,
  type SpawnOptions,
  boot,
} from '../api/index.ts';
import { type FileContent, type GuestOptions, bootOptionsOf, checkOptions } from './options.ts';

/** A command of exec(), sh or spawn(). */
export interface CommandRecord {
  readonly file: string;
  readonly args: readonly string[];
  readonly startMs: number;
  /** undefined: it was not started, or not yet. */
  pid: number | undefined;
  /** undefined: it runs, or was not started. */
  status: ExitStatus | undefined;
  endMs: number | undefined;
  /** Of exec() and sh: its output has not ended, or it runs. */
  isAwaited: boolean;
  /** Why it could not be started. */
  failure: string | undefined;
  /** Of exec() and sh. */
  stderr: string;
}

const MOST_COMMANDS = 200;
/** A promise of its own for each who waits: one for all would keep them all. */
const never = (): Promise<never> => new Promise(() => {});

type Exec = (
  file: string,
  args?: readonly string[],
  options?: ExecOptions,
) => Promise<ExecResult<string> | ExecResult<Buffer>>;

export class TestGuest {
  readonly guest: Guest;
  readonly options: GuestOptions;
  readonly commands: CommandRecord[] = [];
  /** It ended while nobody had asked for that. */
  isHalted = false;
  #isOver = false;
  readonly #spawn: Guest['spawn'];
  readonly #exec: Exec;
  readonly #records = new WeakMap<object, CommandRecord>();

  private constructor(guest: Guest, options: GuestOptions) {
    this.guest = guest;
    this.options = options;
    void guest.halted.then(() => (this.isHalted = true));
    this.#spawn = guest.spawn.bind(guest);
    this.#exec = guest.exec.bind(guest);
    guest.spawn = (...command) => this.#observedSpawn(...command);
    guest.exec = ((...command) => this.#observedExec(...command)) as Exec as Guest['exec'];
  }

  /** Boots a guest with all that the options say. OptionError, KernelPanic, GuestError. */
  static async boot(options: GuestOptions): Promise<TestGuest> {
    checkOptions(options);
    const guest = await boot(bootOptionsOf(options));
    try {
      for (const [path, content] of Object.entries(options.files ?? {})) await place(guest, path, content);
      for (const [path, source] of Object.entries(options.programs ?? {})) await guest.install(path, source);
      return new TestGuest(guest, options);
    } catch (error) {
      await guest.shutdown();
      throw error;
    }
  }

  /** Ends the guest, whatever runs in it. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.guest.shutdown();
  }

  async #observedSpawn(
    file: string,
    args: readonly string[] = [],
    options: SpawnOptions = {},
  ): Promise<GuestProcess> {
    const known = this.#records.get(options);
    const record = known ?? this.#begin(file, args);
    const caller = callerOf(this.guest.spawn);
    try {
      const child = await this.#spawn(file, args, known === undefined ? this.#complete(options) : options);
      record.pid = child.pid;
      child.exited.then(
        status => finish(record, status),
        () => {},
      );
      return child;
    } catch (error) {
      record.failure = (error as Error).message;
      throw located(error, caller);
    }
  }

  async #observedExec(
    file: string,
    args: readonly string[] = [],
    options: ExecOptions = {},
  ): Promise<ExecResult<string> | ExecResult<Buffer>> {
    const { timeoutMs } = this.options;
    const given = { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...this.#complete(options) };
    const record = this.#begin(file, args);
    record.isAwaited = true;
    // exec() hands its options to spawn().
    this.#records.set(given, record);
    const wasOver = this.#isOver;
    const caller = callerOf(this.guest.exec);
    try {
      const result = await this.#exec(file, args, given);
      finish(record, result);
      record.stderr = result.stderr.toString();
      return this.#isOver && !wasOver ? await never() : result;
    } catch (error) {
      if (this.#isOver && !wasOver) return await never();
      throw located(error, caller);
    } finally {
      record.isAwaited = false;
    }
  }

  /** Options of a command, with the environment of the guest's. A new object in any case. */
  #complete<T extends SpawnOptions>(options: T): T {
    const { env } = this.options;
    if (env === undefined || options.env !== undefined) return { ...options };
    return { ...options, extraEnv: { ...env, ...options.extraEnv } };
  }

  #begin(file: string, args: readonly string[]): CommandRecord {
    const record: CommandRecord = {
      file,
      args,
      startMs: performance.now(),
      pid: undefined,
      status: undefined,
      endMs: undefined,
      isAwaited: false,
      failure: undefined,
      stderr: '',
    };
    this.commands.push(record);
    if (this.commands.length > MOST_COMMANDS) this.commands.shift();
    return record;
  }
}

function finish(record: CommandRecord, { code, signal }: ExitStatus): void {
  if (record.status !== undefined) return;
  record.status = { code, signal };
  record.endMs = performance.now();
}

/** The stack above a function that is being called. */
function callerOf(callee: (...args: never[]) => unknown): string[] {
  const here: { stack?: string } = {};
  Error.captureStackTrace(here, callee);
  return (here.stack ?? '').split('\n').slice(1);
}

const locatedErrors = new WeakSet<Error>();

/** Errors of the guest are made far from the line that waits for them: adds its stack. */
function located(error: unknown, frames: readonly string[]): unknown {
  if (!(error instanceof Error) || locatedErrors.has(error)) return error;
  locatedErrors.add(error);
  const own = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line));
  error.stack = [`${error.name}: ${error.message}`, ...frames, ...own].join('\n');
  return error;
}

async function place(guest: Guest, path: string, file: FileContent): Promise<void> {
  const isPlain = typeof file === 'string' || file instanceof Uint8Array;
  const { content, mode = 0o644 } = isPlain ? { content: file } : file;
  await guest.fs.mkdir(dirname(path), { recursive: true });
  await guest.fs.writeFile(path, content, { mode });
  // The mode is that of a new file only.
  if (!isPlain && file.mode !== undefined) await guest.fs.chmod(path, mode);
}
