/**
 * Threads of a native program: `threads CASE`. Words of a page of guest memory are what they have in common:
 * WORK says what a new thread does, TIDS hold the numbers of threads, CELLS are slept on.
 */
import { DOORBELL, DOORBELL_BITS } from '../../kernel/abi/trap.ts';
import { alloc } from '../../userland/libc/memory.ts';
import { type NativeThread, hasAttention, native, syscall, translate } from '../../userland/libc/native.ts';
import { SYS_clone, SYS_getpid, SYS_nanosleep } from '../../kernel/abi/syscall-numbers.ts';
import * as sched from '../../kernel/abi/sched.ts';
import { execve, run } from '../../userland/libc/process.ts';
import { SIGUSR1, signal } from '../../userland/libc/signal.ts';
import { start as startProgram } from '../../userland/libc/start.ts';
import { awaitThreadEnd, cloneThread, endThread, exitThread, runThread } from '../../userland/libc/thread.ts';
import { close, getpid, gettid, open, read, writeAll } from '../../userland/libc/unistd.ts';

const WORK = 0;
const SUM = 1;
const CELL = 2;
const MAIN_CELL = 3;
const TIDS = 16;

/** What a thread may do. */
const ADD = 1;
const WAIT = 2;
const COMPUTE = 3;
const EXEC = 4;
const SPAWN = 5;
const THROW = 6;
const PAUSE = 7;

let shared: Int32Array;
let sharedAddress = 0;

function useShared(address: number): void {
  const { physical } = translate(address, 4096, 'write');
  const { buffer, byteOffset } = native().memory;
  sharedAddress = address;
  shared = new Int32Array(buffer, byteOffset + physical, 1024);
}

function say(text: string): void {
  writeAll(1, `${text}\n`);
}

let threadCount = 0;

function startOne(work: number): number {
  Atomics.store(shared, WORK, work);
  const tid = cloneThread(sharedAddress, { tidAddress: tidAddress(threadCount) });
  threadCount++;
  // It has read WORK.
  while (Atomics.load(shared, WORK) !== 0) sleepMs(1);
  return tid;
}
function tidAddress(index: number): number {
  return sharedAddress + (TIDS + index) * 4;
}

function sleepMs(ms: number): void {
  const time = alloc(16);
  const view = new DataView(time.bytes.buffer, time.bytes.byteOffset, 16);
  view.setBigInt64(0, BigInt(Math.floor(ms / 1000)), true);
  view.setBigInt64(8, BigInt((ms % 1000) * 1e6), true);
  syscall(SYS_nanosleep, time.address, 0);
}

function thread(address: number): void {
  useShared(address);
  const work = Atomics.exchange(shared, WORK, 0);
  switch (work) {
    case ADD:
      Atomics.add(shared, SUM, gettid() - getpid());
      return;
    case WAIT:
      while (Atomics.load(shared, CELL) === 0) native().waitWord(shared, CELL, 0, Infinity);
      return;
    case COMPUTE:
      for (;;);
    case EXEC:
      return execve('/bin/echo', ['echo', 'executed']);
    case SPAWN:
      Atomics.store(shared, SUM, run('sh', ['sh', '-c', 'exit 3']));
      return;
    case THROW:
      throw new Error('a bug');
    case PAUSE:
      for (;;) sleepMs(1000);
  }
}

function stat(tid: number): { state: string; ticks: number } {
  const fd = open(`/proc/self/task/${tid}/stat`, 0);
  const bytes = new Uint8Array(1000);
  const text = String.fromCharCode(...bytes.subarray(0, read(fd, bytes)));
  close(fd);
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0]!, ticks: Number(fields[11]) + Number(fields[12]) };
}

/** Sleeps on MAIN_CELL until SIGUSR1 has come, by the doorbell. */
function waitForUser(): void {
  let isRung = false;
  signal(SIGUSR1, () => (isRung = true));
  const { records, base, memory } = native();
  records[base + DOORBELL_BITS] = 4;
  records[base + DOORBELL] = (shared.byteOffset - memory.byteOffset) / 4 + MAIN_CELL;
  say(`waiting ${getpid()}`);
  while (!isRung) {
    native().waitWord(shared, MAIN_CELL, 0, Infinity);
    if ((Atomics.exchange(shared, MAIN_CELL, 0) & 4) !== 0 || hasAttention()) syscall(SYS_getpid);
  }
}

const cases: Record<string, () => void> = {
  /** Each thread is a task of this process, with a module of its own. */
  share() {
    const tids = Array.from({ length: 3 }, () => startOne(ADD));
    tids.forEach((tid, i) => awaitThreadEnd(tidAddress(i), tid));
    const sum = tids.reduce((total, tid) => total + tid - getpid(), 0);
    say(`${Atomics.load(shared, SUM) === sum} ${shared.subarray(TIDS, TIDS + 3).join()}`);
  },
  /** Who waits uses no time and shows S. */
  wait() {
    const tid = startOne(WAIT);
    sleepMs(300);
    const waiting = stat(tid);
    Atomics.store(shared, CELL, 1);
    Atomics.notify(shared, CELL);
    awaitThreadEnd(tidAddress(0), tid);
    const own = startOne(COMPUTE);
    sleepMs(50);
    say(`${waiting.state} ${waiting.ticks < 5} ${stat(own).state}`);
    endThread(own);
    awaitThreadEnd(tidAddress(1), own);
    // Its own waiting, by the kernel's account: a second of it may cost some ticks, not a hundred.
    native().waitWord(shared, MAIN_CELL, 0, 1000);
    say(String(stat(getpid()).ticks < 50));
  },
  user() {
    startOne(WAIT);
    waitForUser();
    say('rung');
  },
  cancel() {
    const tids = [startOne(COMPUTE), startOne(WAIT), startOne(PAUSE)];
    tids.forEach((tid, i) => {
      endThread(tid);
      awaitThreadEnd(tidAddress(i), tid);
    });
    say(`alive ${shared.subarray(TIDS, TIDS + 3).join()}`);
  },
  exec() {
    startOne(WAIT);
    startOne(COMPUTE);
    startOne(EXEC);
    for (;;) sleepMs(1000);
  },
  vfork() {
    const tid = startOne(SPAWN);
    awaitThreadEnd(tidAddress(0), tid);
    say(String(Atomics.load(shared, SUM) >> 8));
  },
  bug() {
    startOne(WAIT);
    startOne(THROW);
    for (;;) sleepMs(1000);
  },
  /** The first thread ends; the process goes on until the last one does. */
  leader() {
    startOne(WAIT);
    say(`waiting ${getpid()}`);
    exitThread();
  },
  /** To be killed. */
  crowd() {
    for (const work of [COMPUTE, WAIT, WAIT, PAUSE]) startOne(work);
    say(`waiting ${getpid()}`);
    native().waitWord(shared, MAIN_CELL, 0, Infinity);
  },
  refusals() {
    const refused = (flags: number, stack: number): string => {
      try {
        return String(syscall(SYS_clone, flags, stack, 0, 0, 0));
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    const flags = sched.CLONE_VM | sched.CLONE_SIGHAND | sched.CLONE_THREAD;
    say(
      [
        refused(17, 0),
        refused(flags, 0),
        refused(flags, 2 ** 32),
        refused(flags & ~sched.CLONE_SIGHAND, 1),
      ].join(),
    );
  },
};

export function start(thread: NativeThread, stackPointer: number): void {
  startProgram(thread, stackPointer, argv => () => {
    useShared(alloc(65536).address);
    cases[argv[1]!]!();
    return 0;
  });
}
export function startThread(nativeThread: NativeThread, argument: number): void {
  runThread(nativeThread, argument, thread);
}
