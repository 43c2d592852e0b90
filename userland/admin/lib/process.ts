/**
 * Processes as /proc shows them, for ps, top, pgrep and their like. A Process is one look: /proc/PID/stat is read at
 * once, the other files when somebody asks. A process that went away meanwhile has empty files.
 */
import { readdir } from '../../libc/dirent.ts';
import { parseFields, tryReadFile, unlessFailed } from './files.ts';

/** USER_HZ. */
export const HERTZ = 100;

export class Process {
  /** /proc/PID or /proc/PID/task/TID. */
  readonly directory: string;
  /** Thread group; the pid of ps. */
  readonly tgid: number;
  readonly tid: number;
  readonly comm: string;
  /** Fields of stat from the third on: `stat[0]` is the state. */
  readonly stat: readonly string[];
  #status: ReadonlyMap<string, string> | undefined;
  #arguments: readonly string[] | undefined;

  constructor(directory: string, tgid: number, text: string) {
    this.directory = directory;
    this.tgid = tgid;
    this.tid = parseInt(text, 10);
    // The name may hold anything, parentheses and newlines as well.
    this.comm = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
    this.stat = text.slice(text.lastIndexOf(')') + 2).split(/\s+/);
  }

  #number(field: number): number {
    return Number(this.stat[field] ?? 0);
  }
  get state(): string {
    return this.stat[0] ?? '?';
  }
  get ppid(): number {
    return this.#number(1);
  }
  get pgrp(): number {
    return this.#number(2);
  }
  get session(): number {
    return this.#number(3);
  }
  get tty(): number {
    return this.#number(4);
  }
  get tpgid(): number {
    return this.#number(5);
  }
  get flags(): number {
    return this.#number(6);
  }
  get minorFaults(): number {
    return this.#number(7);
  }
  get majorFaults(): number {
    return this.#number(9);
  }
  get userTicks(): number {
    return this.#number(11);
  }
  get systemTicks(): number {
    return this.#number(12);
  }
  /** User and system time. */
  get ticks(): number {
    return this.userTicks + this.systemTicks;
  }
  /** Of children that were waited for. */
  get childrenTicks(): number {
    return this.#number(13) + this.#number(14);
  }
  get priority(): number {
    return this.#number(15);
  }
  get nice(): number {
    return this.#number(16);
  }
  get threads(): number {
    return this.#number(17);
  }
  get startTicks(): number {
    return this.#number(19);
  }
  get virtualKib(): number {
    return Math.floor(this.#number(20) / 1024);
  }
  get residentKib(): number {
    return this.#number(21) * 4;
  }
  get textKib(): number {
    return Math.max(0, Math.ceil((this.#number(24) - this.#number(23)) / 1024));
  }
  get processor(): number {
    return this.#number(36);
  }
  get realTimePriority(): number {
    return this.#number(37);
  }
  get policy(): number {
    return this.#number(38);
  }

  get status(): ReadonlyMap<string, string> {
    return (this.#status ??= parseFields(tryReadFile(`${this.directory}/status`) ?? ''));
  }
  /** `Uid:` or `Gid:`: real, effective, saved, file system. */
  ids(name: 'Uid' | 'Gid'): readonly number[] {
    return (this.status.get(name) ?? '0\t0\t0\t0').split('\t').map(Number);
  }
  get uid(): number {
    return this.ids('Uid')[0]!;
  }
  get euid(): number {
    return this.ids('Uid')[1]!;
  }
  kib(name: string): number {
    return parseInt(this.status.get(name) ?? '0', 10);
  }

  /** argv; empty for a zombie. */
  get arguments(): readonly string[] {
    if (this.#arguments === undefined) {
      const text = tryReadFile(`${this.directory}/cmdline`) ?? '';
      this.#arguments = text === '' ? [] : text.replace(/\0$/, '').split('\0');
    }
    return this.#arguments;
  }
}

export function readProcess(pid: number): Process | undefined {
  const directory = `/proc/${pid}`;
  const text = tryReadFile(`${directory}/stat`);
  return text === undefined || text === '' ? undefined : new Process(directory, pid, text);
}

function numbersIn(directory: string): number[] {
  const entries = unlessFailed(() => readdir(directory)) ?? [];
  return entries
    .filter(({ name }) => /^[0-9]+$/.test(name))
    .map(({ name }) => Number(name))
    .sort((a, b) => a - b);
}

/** All processes, by pid. */
export function readProcesses(): Process[] {
  return numbersIn('/proc')
    .map(readProcess)
    .filter(process => process !== undefined);
}

/** The threads of a process. */
export function readThreads(process: Process): Process[] {
  const threads: Process[] = [];
  for (const tid of numbersIn(`/proc/${process.tgid}/task`)) {
    const directory = `/proc/${process.tgid}/task/${tid}`;
    const text = tryReadFile(`${directory}/stat`);
    if (text) threads.push(new Process(directory, process.tgid, text));
  }
  return threads;
}
