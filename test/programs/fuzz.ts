/**
 * fuzz SEED COUNT: makes random system calls in this process. The kernel has to survive; this process need not. The
 * table of calls is in /etc/syscalls, a line each: `number name kinds…`.
 *
 * The calls may unmap anything and close anything, so once they begin, nothing of the libc that needs memory or
 * descriptors is used: bytes are stored only where the kernel says that an address lies at that moment.
 */
import { MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../../kernel/abi/mman.ts';
import { SIG_SETMASK, SIGALRM } from '../../kernel/abi/signal.ts';
import * as nr from '../../kernel/abi/syscall-numbers.ts';
import { O_CREAT, O_DIRECTORY, O_NONBLOCK, O_RDWR } from '../../userland/libc/fcntl.ts';
import {
  type NativeThread,
  SysError,
  native,
  syscall,
  syscallRaw,
  translate,
} from '../../userland/libc/native.ts';
import { withString } from '../../userland/libc/memory.ts';
import { signal } from '../../userland/libc/signal.ts';
import { start as startProgram } from '../../userland/libc/start.ts';
import { readText } from '../../userland/libc/stdio.ts';
import { getpid, open, pipe2 } from '../../userland/libc/unistd.ts';
import {
  NAMES,
  NAME_SLOT,
  Random,
  WORDS_OFFSET,
  WORD_COUNT,
  argument,
  word,
  type World,
} from './fuzz-arguments.ts';

const PAGE = 4096;
const SCRATCH = 0x50000000;
const SCRATCH_BYTES = WORDS_OFFSET + WORD_COUNT * 8;
/** What arming the alarm needs; no argument points here. */
const PRIVATE = 0x60000000;
const ALARM_US = 3000;

/** Calls that are not made, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  exit: 'nothing comes after it',
  exit_group: 'nothing comes after it',
  execve: 'nothing comes after it',
  execveat: 'nothing comes after it',
  fork: 'the child would be in the middle of this loop',
  vfork: 'the child would be in the middle of this loop',
  clone: 'the child would be in the middle of this loop',
  clone3: 'the child would be in the middle of this loop',
  pivot_root: 'the guest would rightly be out of order afterwards',
};
/** Calls that could rightly end or stop init, or change it. */
const ON_PROCESSES = /^(t?g?kill|rt_t?g?sigqueueinfo|pidfd_open|prlimit64|ptrace|process_vm_.*|waitid)$/;

interface Row {
  readonly number: number;
  readonly name: string;
  readonly kinds: readonly string[];
}

function readRows(): Row[] {
  const rows = readText(open('/etc/syscalls', 0)).trim().split('\n');
  return rows
    .map(line => line.split(' '))
    .filter(([, name]) => !Object.hasOwn(LEFT_OUT, name!))
    .map(([number, name, ...words]) => ({
      number: Number(number),
      name: name!,
      kinds: words.map(kind => kind.slice(kind.indexOf(':') + 1)),
    }));
}

function poke(address: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) {
    const span = translate(address + done, bytes.length - done, 'write');
    const count = Math.min(span.length, bytes.length - done);
    native().memory.set(bytes.subarray(done, done + count), span.physical);
    done += count;
  }
}

function map(at: number, bytes: number): void {
  const length = Math.ceil(bytes / PAGE) * PAGE;
  syscall(nr.SYS_mmap, at, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

/** Fills the scratch memory anew, mapping it again if it is gone. */
function refill(random: Random, world: World): void {
  const bytes = new Uint8Array(SCRATCH_BYTES);
  const view = new DataView(bytes.buffer);
  NAMES.forEach((name, i) => {
    for (let j = 0; j < name.length; j++) bytes[i * NAME_SLOT + j] = name.charCodeAt(j);
  });
  for (let i = 0; i < WORD_COUNT; i++) {
    const value = word(random, world);
    view.setInt32(WORDS_OFFSET + i * 8, value, true);
    view.setInt32(WORDS_OFFSET + i * 8 + 4, Math.floor(value / 2 ** 32), true);
  }
  try {
    poke(SCRATCH, bytes);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    map(SCRATCH, SCRATCH_BYTES);
    poke(SCRATCH, bytes);
  }
}

/** Lets no call last longer than a moment, whatever the calls before have done to signals and timers. */
function armAlarm(token: number): void {
  const bytes = new Uint8Array(128);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, token, true); // struct sigaction: the handler, no flags
  view.setInt32(64, ALARM_US, true); // struct itimerval at 56: every 3 ms, in case one comes too early
  view.setInt32(80, ALARM_US, true);
  try {
    poke(PRIVATE, bytes);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    map(PRIVATE, PAGE);
    poke(PRIVATE, bytes);
  }
  syscallRaw(nr.SYS_rt_sigaction, SIGALRM, PRIVATE, 0, 8);
  syscallRaw(nr.SYS_rt_sigprocmask, SIG_SETMASK, PRIVATE + 40, 0, 8);
  syscallRaw(nr.SYS_setitimer, 0, PRIVATE + 56, 0);
}

/** The token under which libc knows its first handler. */
const FIRST_TOKEN = 16;

function main(argv: string[]): number {
  const random = new Random(Number(argv[1]));
  const count = Number(argv[2]);
  const rows = readRows();
  signal(SIGALRM, () => {});
  map(SCRATCH, SCRATCH_BYTES);
  map(PRIVATE, PAGE);
  // An earlier process may have left these places in any state.
  for (const [path, flags] of [
    ['/tmp/a', O_RDWR | O_CREAT],
    ['/tmp', O_DIRECTORY],
    ['/dev/ptmx', O_RDWR],
  ] as const) {
    withString(path, at => syscallRaw(nr.SYS_open, at, flags, 0o644));
  }
  pipe2(O_NONBLOCK);
  for (const type of [1, 2, 5]) syscallRaw(nr.SYS_socketpair, 1, type, 0, PRIVATE);
  syscallRaw(nr.SYS_epoll_create1, 0);
  syscallRaw(nr.SYS_eventfd2, 1, 0);
  syscallRaw(nr.SYS_timerfd_create, 1, 0);
  syscallRaw(nr.SYS_inotify_init1, 0);
  const self = getpid();
  const fds = Array.from({ length: 24 }, (_, fd) => fd);
  const world: World = {
    scratch: SCRATCH,
    badPointers: [1, SCRATCH + SCRATCH_BYTES - 1, SCRATCH - 8, 0xfffff000, 2 ** 32, 2 ** 47, -PAGE, -1],
    fds: () => fds,
    pids: () => [0, self, self, -self, 99999, 0x7fffffff, -0x80000000],
  };
  for (let i = 0; i < count; i++) {
    if (i % 16 === 0) refill(random, world);
    const { number, name, kinds } = random.pick(rows);
    const args = Array.from({ length: 6 }, (_, n) =>
      n < kinds.length ? argument(kinds[n]!, random, world) : word(random, world),
    );
    if (ON_PROCESSES.test(name) && (Math.abs(args[0]! | 0) === 1 || Math.abs(args[1]! | 0) === 1)) continue;
    armAlarm(FIRST_TOKEN);
    syscallRaw(number, ...(args as [number]));
  }
  syscallRaw(nr.SYS_exit_group, 0);
  return 0;
}

export function start(thread: NativeThread, stackPointer: number): void {
  startProgram(thread, stackPointer, () => main);
}
