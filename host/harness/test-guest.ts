/**
 * TestGuest: a guest for one test, and what its report needs: each command that the test ran, with its outcome.
 *
 * When the test is over, commands that still run are ended with the guest, and their promises stay as they are: a test
 * that leaves something running has not failed, and no rejection of it may fail another.
 */
import { dirname } from 'node:path/posix';
import { type ExecOptions, type ExitStatus, type Guest, type SpawnOptions, boot } from '../api/index.ts';
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
  /** Why it could not be started. */
  failure: string | undefined;
  /** Of exec() and sh. */
  stderr: string;
}

const MOST_COMMANDS = 200;
const NEVER = new Promise<never>(() => {});

export class TestGuest {
  readonly guest: Guest;
  readonly options: GuestOptions;
  readonly commands: CommandRecord[] = [];
  /** It ended while nobody had asked for that. */
  isHalted = false;
  #isOver = false;
  readonly #records = new WeakMap<object, CommandRecord>();

  private constructor(guest: Guest, options: GuestOptions) {
    this.guest = guest;
    this.options = options;
    void guest.halted.then(() => (this.isHalted = true));
    this.#observe();
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

  #observe(): void {
    const { guest } = this;
    const spawn = guest.spawn.bind(guest);
    const exec = guest.exec.bind(guest) as (
      file: string,
      args: readonly string[],
      options: ExecOptions,
    ) => Promise<ExitStatus & { stdout: string; stderr: string }>;
    const { env, timeoutMs } = this.options;
    const complete = <T extends SpawnOptions>(options: T): T =>
      env === undefined || options.env !== undefined
        ? { ...options }
        : { ...options, extraEnv: { ...env, ...options.extraEnv } };

    guest.spawn = async (file, args = [], options = {}) => {
      const record = this.#records.get(options) ?? this.#begin(file, args);
      try {
        const child = await spawn(file, args, this.#records.has(options) ? options : complete(options));
        record.pid = child.pid;
        child.exited.then(
          status => finish(record, status),
          () => {},
        );
        return child;
      } catch (error) {
        record.failure = (error as Error).message;
        throw error;
      }
    };
    guest.exec = (async (file: string, args: readonly string[] = [], options: ExecOptions = {}) => {
      const given = complete(options);
      if (timeoutMs !== undefined && given.timeoutMs === undefined) Object.assign(given, { timeoutMs });
      const record = this.#begin(file, args);
      this.#records.set(given, record);
      const wasOver = this.#isOver;
      try {
        const result = await exec(file, args, given);
        finish(record, result);
        record.stderr = String(result.stderr);
        return this.#isOver && !wasOver ? await NEVER : result;
      } catch (error) {
        if (this.#isOver && !wasOver) return await NEVER;
        throw error;
      }
    }) as Guest['exec'];
  }

  #begin(file: string, args: readonly string[]): CommandRecord {
    const record: CommandRecord = {
      file,
      args,
      startMs: performance.now(),
      pid: undefined,
      status: undefined,
      endMs: undefined,
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

async function place(guest: Guest, path: string, file: FileContent): Promise<void> {
  const isPlain = typeof file === 'string' || file instanceof Uint8Array;
  const { content, mode = 0o644 } = isPlain ? { content: file } : file;
  await guest.fs.mkdir(dirname(path), { recursive: true });
  await guest.fs.writeFile(path, content, { mode });
  // The mode is that of a new file only.
  if (!isPlain && file.mode !== undefined) await guest.fs.chmod(path, mode);
}
