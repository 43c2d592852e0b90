/**
 * The two sides on which a line runs. Both have the same environment, the same path of the working directory, a session
 * of their own and three pipes; on both a command that takes too long is killed.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { constants as osConstants } from 'node:os';
import { dirname, join } from 'node:path';
import type { BootOptions, Guest, LogLine } from '../../host/api/index.ts';
import { guestTree, hostTree, type Leftovers, leftovers } from './files.ts';
import type { ProgramLine } from './line.ts';

export interface Outcome {
  /** What a shell would give: the exit code, or 128 + the signal. -1: killed, it took too long. -2: the guest ended. */
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly files: Leftovers;
  readonly ms: number;
  /** What the guest's kernel complained of meanwhile. */
  readonly complaints: readonly string[];
}

export interface Side {
  run(line: ProgramLine): Promise<Outcome>;
  close(): Promise<void>;
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const DEFAULT_SECONDS = 60;
const MAX_BYTES = 64 * 2 ** 20;

function environment(line: ProgramLine): Record<string, string> {
  return {
    PATH,
    HOME: '/nonexistent',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    TERM: 'xterm-256color',
    SHELL: '/bin/sh',
    ...line.env,
  };
}

function command(line: ProgramLine): readonly string[] {
  return typeof line.run === 'string' ? [...(line.shell ?? 'bash').split(' '), '-c', line.run] : line.run;
}

function limitMs(line: ProgramLine): number {
  return (line.timeoutSeconds ?? DEFAULT_SECONDS) * 1000;
}

/** Programs that the line needs and the host lacks. */
export function missing(line: ProgramLine): string[] {
  const needed = new Set([command(line)[0]!, ...(line.needs ?? [])]);
  return [...needed].filter(name => {
    const places = name.includes('/') ? [name] : PATH.split(':').map(folder => join(folder, name));
    return !places.some(isExecutable);
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return existsSync(path) && path.includes('.');
  }
}

function directoryName(line: ProgramLine): string {
  return line.name.replaceAll(/[^\w.+-]+/g, '-');
}

export class HostSide implements Side {
  readonly #base: string;

  /** `base`: a directory that is there on the host only for this. */
  constructor(base: string) {
    this.#base = base;
  }

  async run(line: ProgramLine): Promise<Outcome> {
    const directory = join(this.#base, directoryName(line));
    mkdirSync(directory, { recursive: true });
    for (const [path, content] of Object.entries(line.files ?? {})) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    }
    const [file, ...args] = command(line);
    const start = performance.now();
    const child = spawn(file!, args, { cwd: directory, env: environment(line), detached: true });
    // A program that does not read what it is given.
    child.stdin.on('error', () => {});
    child.stdin.end(line.stdin ?? '');
    const output: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => output[0].push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output[1].push(chunk));
    let isLate = false;
    const killAll = (): void => {
      try {
        process.kill(-child.pid!, 'SIGKILL');
      } catch {
        // It has just ended.
      }
    };
    const timer = setTimeout(() => {
      isLate = true;
      killAll();
    }, limitMs(line));
    const status = await new Promise<number>(resolve => {
      child.on('error', () => resolve(127));
      child.on('close', (code, signal) =>
        resolve(code ?? 128 + (signal === null ? 0 : osConstants.signals[signal])),
      );
    });
    clearTimeout(timer);
    const ms = performance.now() - start;
    if (!isLate) killAll();
    const [stdout, stderr] = output.map(chunks => Buffer.concat(chunks).toString('latin1'));
    const files = await leftovers(hostTree, directory, line.ignoreFiles);
    rmSync(directory, { recursive: true, force: true });
    return { status: isLate ? -1 : status, stdout: stdout!, stderr: stderr!, files, ms, complaints: [] };
  }

  close(): Promise<void> {
    rmSync(this.#base, { recursive: true, force: true });
    return Promise.resolve();
  }
}

export interface GuestSideOptions {
  /** A guest of its own for each line. */
  readonly isFresh?: boolean;
  readonly boot?: BootOptions;
}

export class GuestSide implements Side {
  readonly #boot: (options: BootOptions) => Promise<Guest>;
  readonly #base: string;
  readonly #options: GuestSideOptions;
  #guest: Guest | undefined;

  constructor(boot: (options: BootOptions) => Promise<Guest>, base: string, options: GuestSideOptions = {}) {
    this.#boot = boot;
    this.#base = base;
    this.#options = options;
  }

  async #guestForLine(): Promise<Guest> {
    this.#guest ??= await this.#boot({ root: '/', ...this.#options.boot });
    return this.#guest;
  }

  async run(line: ProgramLine): Promise<Outcome> {
    const guest = await this.#guestForLine();
    const complaints: string[] = [];
    const onLog = ({ level, text }: LogLine): void => {
      if (level <= 5) complaints.push(text);
    };
    guest.on('log', onLog);
    const start = performance.now();
    try {
      return { ...(await this.#runIn(guest, line)), complaints };
    } catch (error) {
      // A panic, or a guest that does not answer: the next line gets another one.
      await this.close();
      const stderr = error instanceof Error ? (error.stack ?? error.message) : String(error);
      const ms = performance.now() - start;
      return { status: -2, stdout: '', stderr, files: new Map(), ms, complaints };
    } finally {
      guest.off('log', onLog);
      if (this.#options.isFresh) await this.close();
    }
  }

  async #runIn(guest: Guest, line: ProgramLine): Promise<Omit<Outcome, 'complaints'>> {
    const directory = join(this.#base, directoryName(line));
    await guest.fs.mkdir(directory, { recursive: true });
    for (const [path, content] of Object.entries(line.files ?? {})) {
      await guest.fs.mkdir(dirname(join(directory, path)), { recursive: true });
      await guest.fs.writeFile(join(directory, path), content);
    }
    const before = new Set((await guest.processes()).map(({ pid }) => pid));
    const [file, ...args] = command(line);
    const start = performance.now();
    const run = guest.exec(file!, args, {
      cwd: directory,
      env: environment(line),
      encoding: 'buffer',
      input: line.stdin ?? '',
      timeoutMs: limitMs(line),
      maxOutputBytes: MAX_BYTES,
      uid: process.getuid?.() ?? 0,
      gid: process.getgid?.() ?? 0,
    });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      void killNew(guest, before).catch(() => {});
    }, limitMs(line));
    const { code, signal, stdout, stderr } = await answered(run, limitMs(line) + 10_000);
    clearTimeout(timer);
    const ms = performance.now() - start;
    await answered(killNew(guest, before), 10_000);
    const files = await leftovers(guestTree(guest), directory, line.ignoreFiles);
    await guest.fs.rm(directory, { recursive: true, force: true });
    const signo = (osConstants.signals as Record<string, number | undefined>)[signal ?? ''] ?? 0;
    return {
      status: late ? -1 : (code ?? 128 + signo),
      stdout: stdout.toString('latin1'),
      stderr: stderr.toString('latin1'),
      files,
      ms,
    };
  }

  async close(): Promise<void> {
    const guest = this.#guest;
    this.#guest = undefined;
    await guest?.shutdown();
  }
}

/** Ends what a line left running in the guest, as the host's side ends the line's session. */
async function killNew(guest: Guest, before: ReadonlySet<number>): Promise<void> {
  const left = (await guest.processes()).filter(({ pid }) => !before.has(pid));
  if (left.length === 0) return;
  const pids = left.map(({ pid }) => String(pid));
  await guest.exec('/bin/bash', ['-c', `kill -9 ${pids.join(' ')}`], { timeoutMs: 5000 });
}

async function answered<T>(promise: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('the guest does not answer')), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
