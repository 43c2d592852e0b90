/**
 * Makes the calls of pointer-cases.ts with bad pointers, then as they stand, and prints a line for each:
 *
 *   name LINE ARGUMENT KIND RESULT        ARGUMENT is 1.0 for a pointer in what argument 1 points to
 *   name LINE good - RESULT
 *
 * A call that blocks is interrupted after a while, so that the result shows it as EINTR.
 */
import { errnoName } from '../../kernel/abi/errno.ts';
import { viewOf, write64 } from '../../kernel/abi/layout.ts';
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_PRIVATE,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
} from '../../kernel/abi/mman.ts';
import { SIGALRM, SIGPIPE } from '../../kernel/abi/signal.ts';
import * as nr from '../../kernel/abi/syscall-numbers.ts';
import { O_CREAT, O_DIRECTORY, O_NONBLOCK, O_RDONLY, O_RDWR } from '../../userland/libc/fcntl.ts';
import { withBytes, withString } from '../../userland/libc/memory.ts';
import { type NativeThread, native, syscall, syscallRaw, translate } from '../../userland/libc/native.ts';
import { vfork } from '../../userland/libc/process.ts';
import { signal } from '../../userland/libc/signal.ts';
import { start as startProgram } from '../../userland/libc/start.ts';
import { mkdir } from '../../userland/libc/stat.ts';
import { stdout } from '../../userland/libc/stdio.ts';
import { _exit, close, getpid, lseek, open, pipe2, writeAll } from '../../userland/libc/unistd.ts';
import { POINTER_CASES } from './pointer-cases.ts';

const PAGE = 4096;
/** Where the good arguments lie: a slot for each pointer. */
const GOOD = 0x50000000;
const SLOT = 512;
const GOOD_PAGES = 8;
const NO_ACCESS = GOOD + 8 * PAGE;
const READ_ONLY = GOOD + 9 * PAGE;
/** Its next page is not mapped. */
const EDGE = GOOD + 10 * PAGE;
const UNMAPPED = GOOD + 11 * PAGE;

const BAD_POINTERS: readonly (readonly [kind: string, address: number])[] = [
  ['low', 1],
  ['unmapped', UNMAPPED],
  ['no-access', NO_ACCESS],
  ['read-only', READ_ONLY],
  ['kernel', 2 ** 47],
  ['top', -PAGE],
  ['sign-bit', -(2 ** 63)],
  ['last-byte', EDGE + PAGE - 1],
];

const numbers: Readonly<Record<string, number>> = nr;

function map(at: number, pages: number, prot: number): void {
  syscall(nr.SYS_mmap, at, pages * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
}

function layOut(): void {
  syscall(nr.SYS_munmap, GOOD, 16 * PAGE);
  map(GOOD, GOOD_PAGES, PROT_READ | PROT_WRITE);
  map(NO_ACCESS, 1, PROT_NONE);
  map(READ_ONLY, 1, PROT_READ);
  map(EDGE, 1, PROT_READ | PROT_WRITE);
  poke(EDGE + PAGE - 1, Uint8Array.of(0x78));
}

/** Stores bytes within one page, wherever it lies now: nothing is written into memory that was unmapped since. */
function poke(address: number, bytes: Uint8Array): void {
  const { physical } = translate(address, bytes.length, 'write');
  native().memory.set(bytes, physical);
}

/** One pointer in a line: its place, its direction, and where its good value lies. */
interface Pointer {
  readonly name: string;
  readonly direction: string;
}

/** Builds the arguments of a line, with one of its pointers replaced by a bad one; lists the pointers. */
function build(
  words: readonly string[],
  fds: Readonly<Record<string, number>>,
  bad?: { name: string; address: number },
) {
  const pointers: Pointer[] = [];
  let slot = 0;
  const place = (name: string, direction: string, bytes: Uint8Array): number => {
    pointers.push({ name, direction });
    const address = GOOD + slot++ * SLOT;
    poke(address, bytes);
    return bad?.name === name ? bad.address : address;
  };
  const number = (text: string): number => {
    if (text.startsWith('$')) return fds[text.slice(1)]!;
    return /^-?0[0-7]+$/.test(text) ? parseInt(text, 8) : Number(text);
  };
  const nested = (name: string, what: string): number => {
    if (what === 'r' || what === 'w') return place(name, what === 'r' ? 'in' : 'out', new Uint8Array(128));
    if (what === 's') return place(name, 'in', Uint8Array.of(0x78, 0));
    if (what === 'u') return place(name, 'in', fields('q=%r,q=4', name));
    if (what === 'v') return place(name, 'in', fields('q=%w,q=4', name));
    return place(name, 'in', fields('h=1,s=/tmp/bp/dg,z=20', name));
  };
  const fields = (text: string, name: string): Uint8Array => {
    const bytes = new Uint8Array(SLOT);
    const view = viewOf(bytes);
    let at = 0;
    let inner = 0;
    for (const field of text === '' ? [] : text.split(',')) {
      const value = field.slice(2);
      if (field[0] === 's') {
        for (const c of value) bytes[at++] = c.charCodeAt(0);
        bytes[at++] = 0;
      } else if (field[0] === 'z') at += Number(value);
      else {
        const n = value.startsWith('%') ? nested(`${name}.${inner++}`, value[1]!) : number(value);
        if (field[0] === 'h') view.setUint16(at, n, true);
        else if (field[0] === 'w') view.setUint32(at, n, true);
        else {
          view.setInt32(at, n, true);
          view.setInt32(at + 4, Math.floor(n / 2 ** 32), true);
        }
        at += field[0] === 'h' ? 2 : field[0] === 'w' ? 4 : 8;
      }
    }
    return bytes;
  };
  const args = words.map((word, i) => {
    const colon = word.indexOf(':');
    const direction = colon < 0 ? word : word.slice(0, colon);
    if (direction === 'addr') return place(String(i), 'addr', new Uint8Array(8));
    if (direction === 'out' || direction === 'any') return place(String(i), direction, new Uint8Array(SLOT));
    if (direction === 'in' || direction === 'io') {
      return place(String(i), direction, fields(word.slice(colon + 1), String(i)));
    }
    return number(word);
  });
  return { args, pointers };
}

function pair(number: number, ...args: number[]): [number, number] {
  return withBytes(new Uint8Array(8), at => {
    syscall(number, ...(args as [number]), at);
    const { physical } = translate(at, 8, 'read');
    const view = viewOf(native().memory);
    return [view.getInt32(physical, true), view.getInt32(physical + 4, true)];
  });
}

function address(path: string): Uint8Array {
  const bytes = new Uint8Array(2 + path.length + 1);
  bytes[0] = 1;
  for (let i = 0; i < path.length; i++) bytes[2 + i] = path.charCodeAt(i);
  return bytes;
}
function onPath(number: number, fd: number, path: string): void {
  const bytes = address(path);
  withBytes(bytes, at => syscall(number, fd, at, bytes.length));
}

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;

function makeTimer(): number {
  const bytes = new Uint8Array(64);
  viewOf(bytes).setInt32(12, 1, true); // SIGEV_NONE
  return withBytes(bytes, event =>
    withBytes(new Uint8Array(4), id => {
      syscall(nr.SYS_timer_create, 1, event, id);
      const { physical } = translate(id, 4, 'read');
      return viewOf(native().memory).getInt32(physical, true);
    }),
  );
}

/** A POSIX message queue of ten messages of 16 bytes. */
function makeQueue(): number {
  const attributes = new Uint8Array(BigInt64Array.of(0n, 10n, 16n, 0n, 0n, 0n, 0n, 0n).buffer);
  return withBytes(Uint8Array.of(0x62, 0x70, 0x71, 0), name =>
    withBytes(attributes, at => syscall(nr.SYS_mq_open, name, O_RDWR | O_CREAT, 0o600, at)),
  );
}

function openAll(): Record<string, number> {
  mkdir('/tmp/bp', 0o755);
  mkdir('/tmp/bp/mnt', 0o755);
  const file = open('/tmp/bp/file', O_RDWR | O_CREAT, 0o644);
  writeAll(file, 'x'.repeat(8192));
  close(open('/tmp/bp/a', O_RDWR | O_CREAT, 0o644));
  const [pr, pw] = pipe2(O_NONBLOCK);
  const [s1, s2] = pair(nr.SYS_socketpair, AF_UNIX, SOCK_STREAM, 0);
  const listener = syscall(nr.SYS_socket, AF_UNIX, SOCK_STREAM | O_NONBLOCK, 0);
  onPath(nr.SYS_bind, listener, '/tmp/bp/sock');
  syscall(nr.SYS_listen, listener, 128);
  const dgr = syscall(nr.SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
  onPath(nr.SYS_bind, dgr, '/tmp/bp/dg');
  const dg = syscall(nr.SYS_socket, AF_UNIX, SOCK_DGRAM | O_NONBLOCK, 0);
  onPath(nr.SYS_bind, dg, '/tmp/bp/from');
  const ptm = open('/dev/ptmx', O_RDWR);
  withBytes(new Uint8Array(4), at => syscall(nr.SYS_ioctl, ptm, 0x40045431, at));
  const tty = syscall(nr.SYS_ioctl, ptm, 0x5441, O_RDWR);
  const ep = syscall(nr.SYS_epoll_create1, 0);
  const efd = syscall(nr.SYS_eventfd2, 1, 0);
  withBytes(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), at =>
    syscall(nr.SYS_epoll_ctl, ep, 1, efd, at),
  );
  return {
    file,
    out: open('/tmp/bp/out', O_RDWR | O_CREAT, 0o644),
    dir: open('/tmp/bp', O_RDONLY | O_DIRECTORY),
    pr,
    pw,
    s1,
    s2,
    listener,
    client: syscall(nr.SYS_socket, AF_UNIX, SOCK_STREAM, 0),
    unbound: syscall(nr.SYS_socket, AF_UNIX, SOCK_STREAM, 0),
    dg,
    dgr,
    ptm,
    tty,
    ep,
    efd,
    inotify: syscall(nr.SYS_inotify_init1, 0),
    timerfd: syscall(nr.SYS_timerfd_create, 1, 0),
    pidfd: syscall(nr.SYS_pidfd_open, getpid(), 0),
    self: getpid(),
    fanotify: syscall(nr.SYS_fanotify_init, 2, 0),
    ring: withBytes(new Uint8Array(120), at => syscall(nr.SYS_io_uring_setup, 4, at)),
    mq: makeQueue(),
    msq: syscall(nr.SYS_msgget, 0, 0o600),
    sem: syscall(nr.SYS_semget, 0, 1, 0o600),
    shm: syscall(nr.SYS_shmget, 0, 4096, 0o600),
    timer: makeTimer(),
  };
}

/** What has to be there anew before each attempt at a call. */
function prepare(name: string, fds: Readonly<Record<string, number>>): void {
  switch (name) {
    case 'msgrcv':
      withBytes(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 9), at => syscall(nr.SYS_msgsnd, fds['msq'], at, 1, 0));
      return;
    case 'mq_timedreceive':
      withBytes(new Uint8Array(16), at => syscall(nr.SYS_mq_timedsend, fds['mq'], at, 1, 0, 0));
      return;
    case 'accept':
    case 'accept4': {
      const client = syscall(nr.SYS_socket, AF_UNIX, SOCK_STREAM, 0);
      onPath(nr.SYS_connect, client, '/tmp/bp/sock');
      return;
    }
    case 'recvfrom':
    case 'recvmsg':
    case 'recvmmsg':
    case 'splice':
    case 'vmsplice':
    case 'sendto':
    case 'sendmsg': {
      withBytes(new Uint8Array(65536), at => {
        syscallRaw(nr.SYS_read, fds['pr'], at, 65536);
        syscallRaw(nr.SYS_recvfrom, fds['dgr'], at, 65536, 0x40);
        syscallRaw(nr.SYS_recvfrom, fds['dgr'], at, 65536, 0x40);
        syscallRaw(nr.SYS_recvfrom, fds['s2'], at, 65536, 0x40);
        syscallRaw(nr.SYS_recvfrom, fds['s1'], at, 65536, 0x40);
      });
      const bytes = address('/tmp/bp/dg');
      withString('datagram', text => {
        syscall(nr.SYS_write, fds['pw'], text, 8);
        syscall(nr.SYS_write, fds['s2'], text, 8);
        withBytes(bytes, at => syscall(nr.SYS_sendto, fds['dg'], text, 8, 0, at, bytes.length));
      });
      return;
    }
    case 'getdents':
    case 'getdents64':
      lseek(fds['dir']!, 0, 0);
      return;
    case 'read':
    case 'readv':
      lseek(fds['file']!, 0, 0);
      return;
    case 'wait4':
    case 'waitid':
      vfork(() => _exit(0));
      return;
    case 'mmap':
    case 'mprotect':
    case 'munmap':
    case 'mremap':
    case 'msync':
    case 'madvise':
    case 'mincore':
    case 'mlock':
    case 'mlock2':
    case 'munlock':
    case 'pkey_mprotect':
    case 'shmat':
    case 'shmctl':
      layOut();
      return;
  }
}

function armAlarm(milliseconds: number): void {
  const bytes = new Uint8Array(32);
  write64(viewOf(bytes), 24, milliseconds * 1000);
  withBytes(bytes, at => syscall(nr.SYS_setitimer, 0, at, 0));
}

function attempt(name: string, args: readonly number[]): string {
  armAlarm(500);
  const number = numbers[`SYS_${name}`];
  if (number === undefined) throw new Error(`no number for ${name}`);
  const result = syscallRaw(number, ...(args as [number]));
  armAlarm(0);
  return result < 0 && result > -4096 ? errnoName(-result) : 'ok';
}

function main(): number {
  signal(SIGALRM, () => {});
  signal(SIGPIPE, 'ignore');
  layOut();
  const fds = openAll();
  POINTER_CASES.trim()
    .split('\n')
    .forEach((line, number) => {
      const [name, ...words] = line.split(' ') as [string, ...string[]];
      const expected = words.at(-1)?.startsWith('=') ? words.pop() : undefined;
      layOut();
      const { pointers } = build(words, fds);
      for (const pointer of pointers) {
        for (const [kind, address] of BAD_POINTERS) {
          if (kind === 'read-only' && pointer.direction === 'in') continue;
          prepare(name, fds);
          const { args } = build(words, fds, { name: pointer.name, address });
          stdout.write(
            `${name} ${number} ${pointer.name}:${pointer.direction} ${kind} ${attempt(name, args)}\n`,
          );
        }
      }
      if (expected === '=never') return;
      prepare(name, fds);
      stdout.write(`${name} ${number} good - ${attempt(name, build(words, fds).args)}\n`);
    });
  return 0;
}

export function start(thread: NativeThread, stackPointer: number): void {
  startProgram(thread, stackPointer, () => main);
}
