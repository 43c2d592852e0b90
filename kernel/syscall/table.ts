/**
 * The system-call table: one row is the whole truth. Dispatch, strace lines and docs/syscalls.md come from it. Each
 * family file holds its handlers and their rows; this file joins them.
 */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';

/** A result ≥ 0, -errno is never returned (use `fail`), or SLEEP / GONE / -ERESTART* from kernel/errors.ts. */
export type Handler = (task: Task, args: Args) => number;

export interface Syscall {
  readonly name: string;
  /** Argument kinds for strace and the documentation, separated by blanks: `fd buf len`. See strace.ts. */
  readonly args: string;
  readonly handler: Handler | undefined;
  readonly support: 'full' | 'partial' | 'missing';
  readonly note: string;
}

export type Row = readonly [number, Syscall];

export function full(name: string, args: string, handler: Handler): Syscall {
  return { name, args, handler, support: 'full', note: '' };
}
/** `note` says what is not there. */
export function partial(name: string, args: string, handler: Handler, note: string): Syscall {
  return { name, args, handler, support: 'partial', note };
}
/** ENOSYS, as on a Linux built without it; `note` says why. */
export function missing(name: string, note: string): Syscall {
  return { name, args: '', handler: undefined, support: 'missing', note };
}

/** Joins the rows of the families; a number that occurs twice is a bug. */
export function joinTables(...families: readonly (readonly Row[])[]): Map<number, Syscall> {
  const table = new Map<number, Syscall>();
  for (const rows of families) {
    for (const [number, syscall] of rows) {
      if (table.has(number)) throw new Error(`system call ${number} (${syscall.name}) is in the table twice`);
      table.set(number, syscall);
    }
  }
  return table;
}
