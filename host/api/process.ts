/** A process of the guest that the embedder started. */
import type { Readable, Writable } from 'node:stream';
import type { Reply } from '../control/protocol.ts';
import { unwrap } from './guest-fs.ts';

/** How a process ended: `code` after exit (0–255), else `signal`, such as 'SIGKILL'. */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: string | null;
}

/** What exec() gives. stdout and stderr are text (UTF-8) unless `encoding: 'buffer'` was asked for. */
export interface ExecResult<T> extends ExitStatus {
  readonly stdout: T;
  readonly stderr: T;
}

/** Reads a wait status, wait(2). */
export function decodeStatus(status: number): ExitStatus {
  const signo = status & 0x7f;
  if (signo === 0) return { code: (status >> 8) & 0xff, signal: null };
  return { code: null, signal: SIGNAL_NAMES.get(signo) ?? `SIGRT_${signo - 32}` };
}
// Linux's numbers, whatever the host is.
const SIGNAL_NAMES = new Map(
  (
    'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG ' +
    'XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'
  )
    .split(' ')
    .map((name, i) => [i + 1, `SIG${name}`] as const),
);
const SIGNAL_NUMBERS = new Map<string, number>(
  [...SIGNAL_NAMES].map(([number, name]) => [name, number] as const),
);

/** Linux's number of a signal given by name or number. */
export function signalNumber(signal: string | number): number {
  if (typeof signal === 'number') return signal;
  const number = SIGNAL_NUMBERS.get(signal);
  if (number === undefined) throw new TypeError(`there is no signal ${signal}; give a name such as SIGTERM`);
  return number;
}

/** The status that a shell gives for it: code, or 128 + signal number. */
export function shellStatus(status: ExitStatus): number {
  return status.code ?? 128 + (SIGNAL_NUMBERS.get(status.signal ?? '') ?? 0);
}

export interface ProcessStreams {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
}

export class GuestProcess {
  /** The pid in the guest. */
  readonly pid: number;
  /** What it reads; null if it has a terminal or its input is 'ignore'. */
  readonly stdin: Writable | null;
  /** What it writes; with a terminal, both outputs are here. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Resolves when the process has ended. Rejects with KernelPanic if the guest ended first. */
  readonly exited: Promise<ExitStatus>;
  readonly #kill: (signo: number) => Promise<Reply<undefined>>;
  readonly #resize: ((rows: number, columns: number) => void) | undefined;

  /** @internal */
  constructor(
    pid: number,
    streams: ProcessStreams,
    exited: Promise<ExitStatus>,
    kill: (signo: number) => Promise<Reply<undefined>>,
    resize: ((rows: number, columns: number) => void) | undefined,
  ) {
    this.pid = pid;
    this.stdin = streams.stdin;
    this.stdout = streams.stdout;
    this.stderr = streams.stderr;
    this.exited = exited;
    this.#kill = kill;
    this.#resize = resize;
  }

  /** Sends a signal; GuestError ESRCH if the process is gone. */
  async kill(signal: string | number = 'SIGTERM'): Promise<void> {
    unwrap(await this.#kill(signalNumber(signal)));
  }
  /** Sets the size of its terminal, if it has one. */
  resize(rows: number, columns: number): void {
    this.#resize?.(rows, columns);
  }
}
