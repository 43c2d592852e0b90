/** Names of flags and constants by kind of argument. Values come from the abi; the order is strace's. */
import * as epoll from '../abi/epoll.ts';
import * as fcntl from '../abi/fcntl.ts';
import * as futex from '../abi/futex.ts';
import * as ipc from '../abi/ipc.ts';
import * as ioctl from '../abi/ioctl.ts';
import * as mman from '../abi/mman.ts';
import * as mount from '../abi/mount.ts';
import * as poll from '../abi/poll.ts';
import * as prctl from '../abi/prctl.ts';
import * as ptrace from '../abi/ptrace.ts';
import * as resource from '../abi/resource.ts';
import * as sched from '../abi/sched.ts';
import * as seccomp from '../abi/seccomp.ts';
import * as signal from '../abi/signal.ts';
import * as socket from '../abi/socket.ts';
import * as time from '../abi/time.ts';
import * as wait from '../abi/wait.ts';

export type Names = readonly (readonly [value: number, name: string])[];

/** Values of a header's constants, by name; a name that the header lacks is left out. */
function pick(header: object, names: string): Names {
  const values = header as Readonly<Record<string, unknown>>;
  return names
    .split(' ')
    .map(name => [values[name], name] as const)
    .filter((pair): pair is readonly [number, string] => typeof pair[0] === 'number');
}
/** All numbers whose names begin so: for lists of which exactly one holds. */
function all(header: object, prefix: RegExp): Names {
  return Object.entries(header as Readonly<Record<string, unknown>>)
    .filter((pair): pair is [string, number] => prefix.test(pair[0]) && typeof pair[1] === 'number')
    .map(([name, value]) => [value, name] as const);
}

/** Bits that may be combined. */
export const FLAGS = {
  access: pick(fcntl, 'R_OK W_OK X_OK'),
  at: pick(fcntl, 'AT_SYMLINK_NOFOLLOW AT_REMOVEDIR AT_SYMLINK_FOLLOW AT_NO_AUTOMOUNT AT_EMPTY_PATH'),
  atAccess: pick(fcntl, 'AT_SYMLINK_NOFOLLOW AT_EACCESS AT_SYMLINK_FOLLOW AT_NO_AUTOMOUNT AT_EMPTY_PATH'),
  clone: pick(
    sched,
    'CLONE_VM CLONE_FS CLONE_FILES CLONE_SIGHAND CLONE_PIDFD CLONE_PTRACE CLONE_VFORK CLONE_PARENT CLONE_THREAD ' +
      'CLONE_NEWNS CLONE_SYSVSEM CLONE_SETTLS CLONE_PARENT_SETTID CLONE_CHILD_CLEARTID CLONE_DETACHED ' +
      'CLONE_UNTRACED CLONE_CHILD_SETTID CLONE_NEWCGROUP CLONE_NEWUTS CLONE_NEWIPC CLONE_NEWUSER CLONE_NEWPID ' +
      'CLONE_NEWNET CLONE_IO',
  ),
  epollCreate: pick(epoll, 'EPOLL_CLOEXEC'),
  epollEvents: pick(
    epoll,
    'EPOLLIN EPOLLPRI EPOLLOUT EPOLLRDNORM EPOLLRDBAND EPOLLWRNORM EPOLLWRBAND EPOLLMSG EPOLLERR EPOLLHUP ' +
      'EPOLLRDHUP EPOLLEXCLUSIVE EPOLLWAKEUP EPOLLONESHOT EPOLLET',
  ),
  fdFlags: pick(fcntl, 'FD_CLOEXEC'),
  flock: pick(fcntl, 'LOCK_SH LOCK_EX LOCK_NB LOCK_UN'),
  ipc: pick(ipc, 'IPC_CREAT IPC_EXCL IPC_NOWAIT'),
  msgFlags: pick(ipc, 'MSG_NOERROR MSG_EXCEPT MSG_COPY IPC_NOWAIT'),
  shmat: pick(ipc, 'SHM_RDONLY SHM_RND SHM_REMAP SHM_EXEC'),
  map: pick(
    mman,
    'MAP_SHARED MAP_PRIVATE MAP_FIXED MAP_ANONYMOUS MAP_32BIT MAP_GROWSDOWN MAP_DENYWRITE MAP_EXECUTABLE MAP_LOCKED ' +
      'MAP_NORESERVE MAP_POPULATE MAP_NONBLOCK MAP_STACK MAP_HUGETLB MAP_SYNC MAP_FIXED_NOREPLACE',
  ),
  memfd: pick(mman, 'MFD_CLOEXEC MFD_ALLOW_SEALING MFD_HUGETLB'),
  mount: pick(
    mount,
    'MS_RDONLY MS_NOSUID MS_NODEV MS_NOEXEC MS_SYNCHRONOUS MS_REMOUNT MS_MANDLOCK MS_DIRSYNC MS_NOSYMFOLLOW ' +
      'MS_NOATIME MS_NODIRATIME MS_BIND MS_MOVE MS_REC MS_SILENT MS_UNBINDABLE MS_PRIVATE MS_SLAVE MS_SHARED ' +
      'MS_RELATIME MS_STRICTATIME MS_LAZYTIME',
  ),
  mremap: pick(mman, 'MREMAP_MAYMOVE MREMAP_FIXED MREMAP_DONTUNMAP'),
  msg: pick(
    socket,
    'MSG_OOB MSG_PEEK MSG_DONTROUTE MSG_CTRUNC MSG_TRUNC MSG_DONTWAIT MSG_EOR MSG_WAITALL MSG_CONFIRM MSG_ERRQUEUE ' +
      'MSG_NOSIGNAL MSG_MORE MSG_WAITFORONE MSG_CMSG_CLOEXEC',
  ),
  msync: pick(mman, 'MS_ASYNC MS_INVALIDATE MS_SYNC'),
  open: pick(
    fcntl,
    'O_CREAT O_EXCL O_NOCTTY O_TRUNC O_APPEND O_NONBLOCK O_SYNC O_DSYNC O_ASYNC O_DIRECT O_LARGEFILE O_NOFOLLOW ' +
      'O_NOATIME O_CLOEXEC O_PATH O_TMPFILE O_DIRECTORY',
  ),
  pollEvents: pick(
    poll,
    'POLLIN POLLPRI POLLOUT POLLRDNORM POLLRDBAND POLLWRNORM POLLWRBAND POLLERR POLLHUP POLLNVAL POLLRDHUP',
  ),
  prot: pick(mman, 'PROT_READ PROT_WRITE PROT_EXEC PROT_SEM PROT_GROWSDOWN PROT_GROWSUP'),
  random: [
    [1, 'GRND_NONBLOCK'],
    [2, 'GRND_RANDOM'],
  ],
  rename: pick(fcntl, 'RENAME_NOREPLACE RENAME_EXCHANGE RENAME_WHITEOUT'),
  sigaction: pick(
    signal,
    'SA_RESTORER SA_ONSTACK SA_RESTART SA_NODEFER SA_RESETHAND SA_SIGINFO SA_NOCLDSTOP SA_NOCLDWAIT',
  ),
  socketType: pick(socket, 'SOCK_CLOEXEC SOCK_NONBLOCK'),
  umount: pick(mount, 'MNT_FORCE MNT_DETACH MNT_EXPIRE UMOUNT_NOFOLLOW'),
  wait: pick(wait, 'WNOHANG WSTOPPED WEXITED WCONTINUED WNOWAIT __WNOTHREAD __WALL __WCLONE'),
} satisfies Record<string, Names>;

/** Constants of which one holds. */
export const CONSTANTS = {
  advice: all(mman, /^MADV_/),
  clockid: [
    'REALTIME', 'MONOTONIC', 'PROCESS_CPUTIME_ID', 'THREAD_CPUTIME_ID', 'MONOTONIC_RAW', 'REALTIME_COARSE',
    'MONOTONIC_COARSE', 'BOOTTIME', 'REALTIME_ALARM', 'BOOTTIME_ALARM',
  ].map((name, value) => [value, `CLOCK_${name}`] as const), // prettier-ignore
  domain: [[1, 'AF_UNIX'] as const, ...all(socket, /^AF_(?!MAX|UNIX)/)],
  epollOp: all(epoll, /^EPOLL_CTL_/),
  fcntl: all(fcntl, /^F_(?!OK|RDLCK|WRLCK|UNLCK|OWNER_|SEAL_)/),
  futexOp: all(
    futex,
    /^FUTEX_(WAIT|WAKE|REQUEUE|CMP_REQUEUE|WAKE_OP|WAIT_BITSET|WAKE_BITSET|LOCK_PI|UNLOCK_PI|TRYLOCK_PI|FD)$/,
  ),
  ipcKey: pick(ipc, 'IPC_PRIVATE'),
  msgCommand: pick(ipc, 'IPC_RMID IPC_SET IPC_STAT IPC_INFO MSG_STAT MSG_INFO MSG_STAT_ANY'),
  seccompOperation: all(seccomp, /^SECCOMP_(SET_MODE|GET)_/),
  semCommand: pick(
    ipc,
    'IPC_RMID IPC_SET IPC_STAT IPC_INFO GETPID GETVAL GETALL GETNCNT GETZCNT SETVAL SETALL SEM_STAT SEM_INFO SEM_STAT_ANY',
  ),
  shmCommand: pick(
    ipc,
    'IPC_RMID IPC_SET IPC_STAT IPC_INFO SHM_LOCK SHM_UNLOCK SHM_STAT SHM_INFO SHM_STAT_ANY',
  ),
  ioctl: all(ioctl, /^(?!TIOCINQ)/),
  itimer: all(time, /^ITIMER_/),
  open: all(fcntl, /^O_(RDONLY|WRONLY|RDWR)$/),
  prctl: all(prctl, /^PR_/),
  priorityWhich: [[0, 'PRIO_PROCESS'] as const, [1, 'PRIO_PGRP'] as const, [2, 'PRIO_USER'] as const],
  ptrace: all(ptrace, /^PTRACE_(?!O_|EVENT_|SYSCALL_INFO)/),
  resource: all(resource, /^RLIMIT_[A-Z]+$/),
  rusageWho: [[0, 'RUSAGE_SELF'] as const, [-1, 'RUSAGE_CHILDREN'] as const, [1, 'RUSAGE_THREAD'] as const],
  schedPolicy: all(sched, /^SCHED_(OTHER|FIFO|RR|BATCH|IDLE|DEADLINE)$/),
  shutdown: all(socket, /^SHUT_/),
  sigHow: [[0, 'SIG_BLOCK'] as const, [1, 'SIG_UNBLOCK'] as const, [2, 'SIG_SETMASK'] as const],
  socketLevel: [[1, 'SOL_SOCKET'] as const],
  socketOption: all(socket, /^SO_/),
  socketType: [
    [1, 'SOCK_STREAM'] as const,
    [2, 'SOCK_DGRAM'] as const,
    [3, 'SOCK_RAW'] as const,
    [5, 'SOCK_SEQPACKET'] as const,
  ],
  whence: all(fcntl, /^SEEK_/),
} satisfies Record<string, Names>;

/** `A|B|0x100`; `zero` if no bit is set. */
export function flagText(names: Names, value: number, zero = '0'): string {
  const parts: string[] = [];
  let rest = value >>> 0;
  for (const [bits, name] of names) {
    const mask = bits >>> 0;
    if (mask !== 0 && (rest & mask) >>> 0 === mask) {
      parts.push(name);
      rest = (rest & ~mask) >>> 0;
    }
  }
  if (rest !== 0) parts.push(`0x${rest.toString(16)}`);
  return parts.length === 0 ? zero : parts.join('|');
}

export function constantText(names: Names, value: number): string {
  return (
    names.find(([known]) => known === value)?.[1] ??
    (value < 0 ? String(value) : `0x${(value >>> 0).toString(16)}`)
  );
}

export function openFlagText(value: number): string {
  const access = constantText(CONSTANTS.open, value & 3);
  const rest = flagText(FLAGS.open, value & ~3, '');
  return rest === '' ? access : `${access}|${rest}`;
}

/** `S_IFREG|0644` */
export function modeText(mode: number): string {
  const types: Readonly<Record<number, string>> = {
    0o140000: 'S_IFSOCK', 0o120000: 'S_IFLNK', 0o100000: 'S_IFREG', 0o060000: 'S_IFBLK', 0o040000: 'S_IFDIR',
    0o020000: 'S_IFCHR', 0o010000: 'S_IFIFO',
  }; // prettier-ignore
  const type = types[mode & 0o170000];
  const special = [
    (mode & 0o4000) !== 0 ? 'S_ISUID' : '',
    (mode & 0o2000) !== 0 ? 'S_ISGID' : '',
    (mode & 0o1000) !== 0 ? 'S_ISVTX' : '',
  ].filter(word => word !== '');
  const bits = octal(mode & 0o777);
  return [...(type === undefined ? [] : [type]), ...special, bits].join('|');
}
/** Permissions: at least three digits. */
export function octal(value: number): string {
  return value === 0 ? '000' : `0${value.toString(8).padStart(3, '0')}`.replace(/^0(0[0-7]{2})$/, '$1');
}

/** Names in masks have no SIG, and real-time signals count from RTMIN. */
function shortSignal(signo: number): string {
  if (signo < 32) return signal.signalName(signo).slice(3);
  return signo === 34 ? 'RTMIN' : `RT_${signo - 32}`;
}
export function signalText(signo: number): string {
  if (signo === 0) return '0';
  if (signo < 0 || signo > 64) return String(signo);
  if (signo < 32) return signal.signalName(signo);
  return signo === 34 ? 'SIGRTMIN' : `SIGRT_${signo - 32}`;
}
/** `[INT TERM]`, or what is not in a mask that is mostly full: `~[KILL STOP]`. */
export function signalSetText(mask: bigint): string {
  const members: number[] = [];
  const others: number[] = [];
  for (let signo = 1; signo <= 64; signo++) ((mask >> BigInt(signo - 1)) & 1n ? members : others).push(signo);
  const list = (signals: readonly number[]): string => `[${signals.map(shortSignal).join(' ')}]`;
  return members.length >= 42 ? `~${list(others)}` : list(members);
}
