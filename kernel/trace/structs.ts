/** Structures in memory as strace(1) prints them. Each takes the bytes and gives the text. */
import { readI64, readU64, viewOf } from '../abi/layout.ts';
import { EpollEvent } from '../abi/epoll.ts';
import { IPC_NOWAIT, SEM_UNDO, Sembuf } from '../abi/ipc.ts';
import { Pollfd } from '../abi/poll.ts';
import { RlimitLayout, RusageLayout } from '../abi/resource.ts';
import { SigactionLayout } from '../abi/signal.ts';
import { Stat } from '../abi/stat.ts';
import { Statfs } from '../abi/statfs.ts';
import { fromBytes } from '../abi/byte-string.ts';
import {
  wExitStatus,
  wIfExited,
  wIfSignaled,
  wIfStopped,
  wStopSignal,
  wTermSignal,
  WCOREFLAG,
} from '../abi/wait.ts';
import { FLAGS, flagText, modeText, signalSetText, signalText } from './flags.ts';
import { quote } from './quote.ts';

export interface StructFormat {
  readonly size: number;
  readonly text: (bytes: Uint8Array, isVerbose: boolean) => string;
}

const pair = (sec: string, nsec: string, unit: string) => `{tv_sec=${sec}, tv_${unit}=${nsec}}`;
const timeAt = (bytes: Uint8Array, at: number, unit: 'nsec' | 'usec'): string => {
  const view = viewOf(bytes);
  const rest = readI64(view, at + 8);
  if (rest === 0x3fff_ffff) return 'UTIME_NOW';
  if (rest === 0x3fff_fffe) return 'UTIME_OMIT';
  return pair(String(readI64(view, at)), String(rest), unit);
};
const interval = (unit: 'nsec' | 'usec'): StructFormat => ({
  size: 32,
  text: bytes => `{it_interval=${timeAt(bytes, 0, unit)}, it_value=${timeAt(bytes, 16, unit)}}`,
});
const limit = (value: bigint): string => {
  if (value === 2n ** 64n - 1n) return 'RLIM64_INFINITY';
  return value >= 1024n && value % 1024n === 0n ? `${value / 1024n}*1024` : String(value);
};

function statText(bytes: Uint8Array, isVerbose: boolean): string {
  const s = Stat.decode(bytes);
  const type = s.mode & 0o170000;
  const device = (dev: number) => {
    const hex = (n: number) => (n === 0 ? '0' : `0x${n.toString(16)}`);
    return `makedev(${hex((dev >>> 8) & 0xfff)}, ${hex((dev & 0xff) | ((dev >>> 12) & 0xfff00))})`;
  };
  const isDevice = type === 0o020000 || type === 0o060000;
  const size = isDevice ? `st_rdev=${device(s.rdev)}` : `st_size=${s.size}`;
  if (!isVerbose) return `{st_mode=${modeText(s.mode)}, ${size}, ...}`;
  const time = (name: string, sec: number, nsec: number) => `st_${name}=${sec}, st_${name}_nsec=${nsec}`;
  return (
    `{st_dev=${device(s.dev)}, st_ino=${s.ino}, st_mode=${modeText(s.mode)}, st_nlink=${s.nlink}, st_uid=${s.uid}, ` +
    `st_gid=${s.gid}, st_blksize=${s.blksize}, st_blocks=${s.blocks}, ${size}, ${time('atime', s.atimeSec, s.atimeNsec)}, ` +
    `${time('mtime', s.mtimeSec, s.mtimeNsec)}, ${time('ctime', s.ctimeSec, s.ctimeNsec)}}`
  );
}

const FILE_SYSTEMS: Readonly<Record<number, string>> = {
  0x01021994: 'TMPFS_MAGIC',
  0x858458f6: 'RAMFS_MAGIC',
  0x9fa0: 'PROC_SUPER_MAGIC',
  0x62656572: 'SYSFS_MAGIC',
  0x1cd1: 'DEVPTS_SUPER_MAGIC',
  0x50495045: 'PIPEFS_MAGIC',
  0xef53: 'EXT2_SUPER_MAGIC',
};
const MOUNT_STATES = [
  [1, 'ST_RDONLY'], [2, 'ST_NOSUID'], [4, 'ST_NODEV'], [8, 'ST_NOEXEC'], [16, 'ST_SYNCHRONOUS'], [0x20, 'ST_VALID'],
  [64, 'ST_MANDLOCK'], [1024, 'ST_NOATIME'], [2048, 'ST_NODIRATIME'], [4096, 'ST_RELATIME'],
] as const; // prettier-ignore

function statfsText(bytes: Uint8Array): string {
  const s = Statfs.decode(bytes);
  const view = viewOf(bytes);
  const id = [0, 4].map(at => `0x${view.getUint32(56 + at, true).toString(16)}`.replace(/^0x0$/, '0'));
  const type = FILE_SYSTEMS[s.type] ?? `0x${s.type.toString(16)}`;
  return (
    `{f_type=${type}, f_bsize=${s.bsize}, f_blocks=${s.blocks}, f_bfree=${s.bfree}, f_bavail=${s.bavail}, ` +
    `f_files=${s.files}, f_ffree=${s.ffree}, f_fsid={val=[${id.join(', ')}]}, f_namelen=${s.namelen}, ` +
    `f_frsize=${s.frsize}, f_flags=${flagText(MOUNT_STATES, s.flags)}}`
  );
}

/** `{WIFEXITED(s) && WEXITSTATUS(s) == 0}` */
export function waitStatusText(status: number): string {
  if (wIfExited(status)) return `{WIFEXITED(s) && WEXITSTATUS(s) == ${wExitStatus(status)}}`;
  if (wIfSignaled(status)) {
    const core = (status & WCOREFLAG) !== 0 ? ' && WCOREDUMP(s)' : '';
    return `{WIFSIGNALED(s) && WTERMSIG(s) == ${signalText(wTermSignal(status))}${core}}`;
  }
  if (wIfStopped(status))
    return `{WIFSTOPPED(s) && WSTOPSIG(s) == ${signalText(wStopSignal(status) & 0x7f)}}`;
  return status === 0xffff ? '{WIFCONTINUED(s)}' : String(status);
}

function sigactionText(bytes: Uint8Array): string {
  const s = SigactionLayout.decode(bytes);
  const names = ['SIG_DFL', 'SIG_IGN'];
  const handler = names[s.handler] ?? `0x${s.handler.toString(16)}`;
  const field = (s.flags & 4) !== 0 && s.handler > 1 ? 'sa_sigaction' : 'sa_handler';
  const restorer = (s.flags & 0x04000000) !== 0 ? `, sa_restorer=0x${s.restorer.toString(16)}` : '';
  return `{${field}=${handler}, sa_mask=${signalSetText(s.mask)}, sa_flags=${flagText(FLAGS.sigaction, s.flags)}${restorer}}`;
}

function rusageText(bytes: Uint8Array): string {
  return `{ru_utime=${timeAt(bytes, 0, 'usec')}, ru_stime=${timeAt(bytes, 16, 'usec')}, ...}`;
}

function unameText(bytes: Uint8Array, isVerbose: boolean): string {
  const names = ['sysname', 'nodename', 'release', 'version', 'machine', 'domainname'];
  const field = (n: number): string => {
    const raw = fromBytes(bytes.subarray(n * 65, n * 65 + 65));
    return `${names[n]}=${quote(raw.slice(0, Math.max(0, raw.indexOf('\0'))), 65)}`;
  };
  return isVerbose ? `{${names.map((_, n) => field(n)).join(', ')}}` : `{${field(0)}, ${field(1)}, ...}`;
}

function sysinfoText(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  const word = (at: number) => readU64(view, at);
  return (
    `{uptime=${word(0)}, loads=[${word(8)}, ${word(16)}, ${word(24)}], totalram=${word(32)}, freeram=${word(40)}, ` +
    `sharedram=${word(48)}, bufferram=${word(56)}, totalswap=${word(64)}, freeswap=${word(72)}, ` +
    `procs=${view.getUint16(80, true)}, totalhigh=${word(88)}, freehigh=${word(96)}, mem_unit=${view.getUint32(104, true)}}`
  );
}

const SPEEDS: Readonly<Record<number, string>> = {
  0o15: 'B38400',
  0o17: 'B38400',
  0o10002: 'B115200',
  0o15000: 'B9600',
  0: 'B0',
};
function termiosText(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  const [iflag, oflag, cflag, lflag] = [0, 4, 8, 12].map(at => view.getUint32(at, true)) as [
    number,
    number,
    number,
    number,
  ];
  const sign = (isSet: boolean, name: string) => (isSet ? name : `-${name}`);
  const words = [
    SPEEDS[cflag & 0o10017] ?? 'B38400',
    sign((oflag & 1) !== 0, 'opost'),
    sign((lflag & 1) !== 0, 'isig'),
    sign((lflag & 2) !== 0, 'icanon'),
    sign((lflag & 8) !== 0, 'echo'),
  ];
  void iflag;
  return `{${words.join(' ')} ...}`;
}

/** Structures by the name of the argument's kind. */
export const STRUCTS: Readonly<Record<string, StructFormat>> = {
  timespec: { size: 16, text: bytes => timeAt(bytes, 0, 'nsec') },
  timeval: { size: 16, text: bytes => timeAt(bytes, 0, 'usec') },
  timespec2: { size: 32, text: bytes => `[${timeAt(bytes, 0, 'nsec')}, ${timeAt(bytes, 16, 'nsec')}]` },
  itimerval: interval('usec'),
  itimerspec: interval('nsec'),
  rlimit: {
    size: 16,
    text: bytes => {
      const { soft, hard } = RlimitLayout.decode(bytes);
      return `{rlim_cur=${limit(soft)}, rlim_max=${limit(hard)}}`;
    },
  },
  rusage: { size: RusageLayout.size, text: rusageText },
  sigset: { size: 8, text: bytes => signalSetText(viewOf(bytes).getBigUint64(0, true)) },
  sigaction: { size: 32, text: sigactionText },
  stat: { size: 144, text: statText },
  statfs: { size: 120, text: statfsText },
  status: { size: 4, text: bytes => `[${waitStatusText(viewOf(bytes).getInt32(0, true))}]` },
  intp: { size: 4, text: bytes => `[${viewOf(bytes).getInt32(0, true)}]` },
  fds: { size: 8, text: bytes => `[${viewOf(bytes).getInt32(0, true)}, ${viewOf(bytes).getInt32(4, true)}]` },
  uname: { size: 390, text: unameText },
  sysinfo: { size: 112, text: sysinfoText },
  epollEvent: {
    size: 12,
    text: bytes => {
      const { events, data } = EpollEvent.decode(bytes);
      return `{events=${flagText(FLAGS.epollEvents, events)}, data={u32=${data & 0xffff_ffffn}, u64=${data}}}`;
    },
  },
  winsize: {
    size: 8,
    text: bytes => {
      const [row, col, x, y] = [0, 2, 4, 6].map(at => viewOf(bytes).getUint16(at, true));
      return `{ws_row=${row}, ws_col=${col}, ws_xpixel=${x}, ws_ypixel=${y}}`;
    },
  },
  termios: { size: 36, text: termiosText },
};

/** Elements of poll's array: what is asked for, or (`revents`) those for which something came. */
export function pollText(bytes: Uint8Array, field: 'events' | 'revents'): string {
  const items: string[] = [];
  for (let at = 0; at + 8 <= bytes.length; at += 8) {
    const entry = Pollfd.decode(bytes.subarray(at, at + 8));
    if (field === 'revents' && entry.revents === 0) continue;
    items.push(`{fd=${entry.fd}, ${field}=${flagText(FLAGS.pollEvents, entry[field])}}`);
  }
  return `[${items.join(', ')}]`;
}

/** sockaddr of the families that there are. */
export function addressText(bytes: Uint8Array): string {
  const view = viewOf(bytes);
  if (bytes.length < 2) return '{}';
  const family = view.getUint16(0, true);
  if (family === 1) {
    const path = fromBytes(bytes.subarray(2));
    if (path === '') return '{sa_family=AF_UNIX}';
    if (path.startsWith('\0')) return `{sa_family=AF_UNIX, sun_path=@${quote(path.slice(1), 108)}}`;
    const end = path.indexOf('\0');
    return `{sa_family=AF_UNIX, sun_path=${quote(end < 0 ? path : path.slice(0, end), 108)}}`;
  }
  if (family === 2 && bytes.length >= 8) {
    const port = view.getUint16(2);
    return `{sa_family=AF_INET, sin_port=htons(${port}), sin_addr=inet_addr("${[...bytes.subarray(4, 8)].join('.')}")}`;
  }
  if (family === 10 && bytes.length >= 24) {
    const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + i * 2).toString(16));
    const ip = groups
      .join(':')
      .replace(/\b0(:0)+\b/, ':')
      .replace(/:{3,}/, '::');
    return (
      `{sa_family=AF_INET6, sin6_port=htons(${view.getUint16(2)}), sin6_flowinfo=htonl(${view.getUint32(4)}), ` +
      `inet_pton(AF_INET6, "${ip}", &sin6_addr), sin6_scope_id=${bytes.length >= 28 ? view.getUint32(24, true) : 0}}`
    );
  }
  if (family === 16 && bytes.length >= 12) {
    const groups = view.getUint32(8, true);
    const shown = groups === 0 ? '00000000' : `0x${groups.toString(16)}`;
    return `{sa_family=AF_NETLINK, nl_pid=${view.getUint32(4, true)}, nl_groups=${shown}}`;
  }
  return `{sa_family=${family === 0 ? 'AF_UNSPEC' : `0x${family.toString(16)}`}}`;
}

/** The operations of semop(2): `[{0, -1, SEM_UNDO}]`. */
export function semaphoreText(bytes: Uint8Array): string {
  const items: string[] = [];
  for (let at = 0; at + Sembuf.size <= bytes.length; at += Sembuf.size) {
    const { num, op, flg } = Sembuf.decode(bytes, at);
    items.push(`{${num}, ${op}, ${flagText(SEMAPHORE_FLAGS, flg & 0xffff)}}`);
  }
  return `[${items.join(', ')}]`;
}
const SEMAPHORE_FLAGS = [[SEM_UNDO, 'SEM_UNDO'], [IPC_NOWAIT, 'IPC_NOWAIT']] as const; // prettier-ignore
