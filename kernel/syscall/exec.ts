/** execve(2), execveat(2): how arguments are read; the work is task/exec.ts. */
import type { Task } from '../task/task.ts';
import type { Arguments, ExecRequest } from '../task/exec.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import { E2BIG, EINVAL, ENAMETOOLONG } from '../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../abi/fcntl.ts';
import { Errno, fail } from '../errors.ts';
import { MAX_ARG_STRLEN, execve } from '../task/exec.ts';
import { full } from './table.ts';

const MAX_ARG_STRINGS = 0x7fffffff;

/** execve(2) */
function sysExecve(task: Task, args: Args): number {
  const path = task.memory.readString(args.ptr(0));
  return exec(task, { dirfd: AT_FDCWD, path, flags: 0 }, args.ptr(1), args.ptr(2));
}

/** execveat(2) */
function sysExecveat(task: Task, args: Args): number {
  const flags = args.u32(4);
  if ((flags & ~(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW)) !== 0) fail(EINVAL, 'execveat: unknown flag bits');
  const path = task.memory.readString(args.ptr(1));
  return exec(task, { dirfd: args.fd(0), path, flags }, args.ptr(2), args.ptr(3));
}

function exec(task: Task, request: ExecRequest, argvAt: number, envpAt: number): number {
  return execve(task, request, limitBytes => readArguments(task, argvAt, envpAt, limitBytes));
}

function readArguments(task: Task, argvAt: number, envpAt: number, limitBytes: number): Arguments {
  const argvPointers = readPointers(task, argvAt, limitBytes);
  const envpPointers = readPointers(task, envpAt, limitBytes);
  const budget = {
    bytes: limitBytes - (Math.max(argvPointers.length, 1) + envpPointers.length) * 8,
  };
  if (budget.bytes <= 0) fail(E2BIG, 'exec: too many arguments');
  // Linux copies the environment first, but a bad pointer is EFAULT in any order.
  const envp = readStrings(task, envpPointers, budget);
  const argv = readStrings(task, argvPointers, budget);
  return { argv, envp };
}

/** The pointers of a vector up to its null; a null vector is empty, as on Linux. */
function readPointers(task: Task, at: number, limitBytes: number): number[] {
  const pointers: number[] = [];
  if (at === 0) return pointers;
  for (;;) {
    const pointer = task.memory.readU64(at + pointers.length * 8);
    if (pointer === 0) return pointers;
    pointers.push(pointer);
    if (pointers.length >= MAX_ARG_STRINGS || pointers.length * 8 > limitBytes)
      fail(E2BIG, 'exec: too many arguments');
  }
}

function readStrings(task: Task, pointers: readonly number[], budget: { bytes: number }): string[] {
  return pointers.map(pointer => {
    const text = readArgument(task, pointer);
    budget.bytes -= text.length + 1;
    if (budget.bytes < 0) fail(E2BIG, 'exec: arguments are too long');
    return text;
  });
}

function readArgument(task: Task, pointer: number): string {
  try {
    return task.memory.readString(pointer, MAX_ARG_STRLEN);
  } catch (error) {
    if (error instanceof Errno && error.errno === ENAMETOOLONG) fail(E2BIG, 'exec: argument is too long');
    throw error;
  }
}

export const execTable: Row[] = [
  [59, full('execve', 'path argv argv', sysExecve)],
  [322, full('execveat', 'dirfd path argv argv atflags', sysExecveat)],
];
