/** Sets O_ASYNC on standard input, an eventfd and a timerfd, and says at each SIGIO what has become readable. */
import { F_GETFL, F_SETFL, F_SETOWN, O_ASYNC, O_NONBLOCK, fcntl } from '../../userland/libc/fcntl.ts';
import { withBytes } from '../../userland/libc/memory.ts';
import { type NativeThread, syscall } from '../../userland/libc/native.ts';
import { SYS_eventfd2, SYS_timerfd_create, SYS_timerfd_settime } from '../../kernel/abi/syscall-numbers.ts';
import { SIGIO, SIG_BLOCK, signal, sigprocmask, sigsuspend } from '../../userland/libc/signal.ts';
import { start as startProgram } from '../../userland/libc/start.ts';
import { close, getpid, read, write, writeAll } from '../../userland/libc/unistd.ts';

let isSignalled = false;

function watch(fd: number): void {
  fcntl(fd, F_SETOWN, getpid());
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_ASYNC | O_NONBLOCK);
}

/** Sleeps until SIGIO comes; the bytes that are there, or the number that a descriptor of a counter gives. */
function next(name: string, fd: number): number {
  while (!isSignalled) sigsuspend([]);
  isSignalled = false;
  const bytes = new Uint8Array(100);
  let count = 0;
  try {
    count = read(fd, bytes);
  } catch {
    return next(name, fd); // EAGAIN: some other news
  }
  const text = fd === 0 ? String.fromCharCode(...bytes.subarray(0, count)).trim() : String(bytes[0]);
  writeAll(1, `${name} ${text}\n`);
  return count;
}

function main(): number {
  sigprocmask(SIG_BLOCK, [SIGIO]);
  signal(SIGIO, () => (isSignalled = true));
  const event = syscall(SYS_eventfd2, 0, 0);
  watch(event);
  write(event, new Uint8Array(new BigUint64Array([7n]).buffer));
  next('event', event);
  const timer = syscall(SYS_timerfd_create, 1, 0);
  watch(timer);
  const soon = new Uint8Array(new BigUint64Array([0n, 0n, 0n, 1_000_000n]).buffer);
  withBytes(soon, at => syscall(SYS_timerfd_settime, timer, 0, at, 0));
  next('timer', timer);
  close(timer);
  watch(0);
  writeAll(1, 'ready\n');
  while (next('input', 0) > 0);
  return 0;
}

export function start(thread: NativeThread, stackPointer: number): void {
  startProgram(thread, stackPointer, () => main);
}
