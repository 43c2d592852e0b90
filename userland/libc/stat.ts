/** File attributes: sys/stat.h. */
import { EPOCH, type Timespec } from '../../kernel/time/timespec.ts';
import * as abi from '../../kernel/abi/stat.ts';
import { TimespecLayout } from '../../kernel/abi/time.ts';
import * as nr from '../../kernel/abi/syscall-numbers.ts';
import { withBuffer, withBytes, withString } from './memory.ts';
import { SysError, syscall, syscallRaw } from './native.ts';
import { AT_FDCWD } from './unistd.ts';

export * from '../../kernel/abi/stat.ts';
export type { Timespec };

export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_EMPTY_PATH = 0x1000;
/** utimensat: leave a time alone; set it to now. */
export const UTIME_OMIT: Timespec = { sec: 0, nsec: 0x3ffffffe };
export const UTIME_NOW: Timespec = { sec: 0, nsec: 0x3fffffff };

export interface FileStatus {
  readonly dev: number;
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly uid: number;
  readonly gid: number;
  readonly rdev: number;
  readonly size: number;
  readonly blksize: number;
  /** 512-byte units. */
  readonly blocks: number;
  readonly atime: Timespec;
  readonly mtime: Timespec;
  readonly ctime: Timespec;
}

function decode(bytes: Uint8Array): FileStatus {
  const s = abi.Stat.decode(bytes);
  return {
    dev: s.dev,
    ino: s.ino,
    mode: s.mode,
    nlink: s.nlink,
    uid: s.uid,
    gid: s.gid,
    rdev: s.rdev,
    size: s.size,
    blksize: s.blksize,
    blocks: s.blocks,
    atime: { sec: s.atimeSec, nsec: s.atimeNsec },
    mtime: { sec: s.mtimeSec, nsec: s.mtimeNsec },
    ctime: { sec: s.ctimeSec, nsec: s.ctimeNsec },
  };
}

export function stat(path: string): FileStatus {
  return fstatat(AT_FDCWD, path, 0);
}
export function lstat(path: string): FileStatus {
  return fstatat(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW);
}
export function fstat(fd: number): FileStatus {
  return withBuffer(abi.Stat.size, buffer => {
    syscall(nr.SYS_fstat, fd, buffer.address);
    return decode(buffer.bytes);
  });
}
export function fstatat(dirfd: number, path: string, flags: number): FileStatus {
  return withString(path, at =>
    withBuffer(abi.Stat.size, buffer => {
      syscall(nr.SYS_newfstatat, dirfd, at, buffer.address, flags);
      return decode(buffer.bytes);
    }),
  );
}
/** stat, or undefined if it fails for any reason. Cheaper than catching. */
export function tryStat(path: string, flags = 0): FileStatus | undefined {
  return withString(path, at =>
    withBuffer(abi.Stat.size, buffer => {
      if (syscallRaw(nr.SYS_newfstatat, AT_FDCWD, at, buffer.address, flags) < 0) return undefined;
      return decode(buffer.bytes);
    }),
  );
}
/** The birth time, if the file system knows it. */
export function birthTime(path: string, flags = AT_SYMLINK_NOFOLLOW): Timespec | undefined {
  return withString(path, at =>
    withBuffer(abi.Statx.size, buffer => {
      const result = syscallRaw(nr.SYS_statx, AT_FDCWD, at, flags, 0xfff, buffer.address);
      if (result < 0) throw new SysError(-result);
      const s = abi.Statx.decode(buffer.bytes);
      return (s.mask & 0x800) !== 0 ? { sec: s.btimeSec, nsec: s.btimeNsec } : undefined;
    }),
  );
}

export function chmod(path: string, mode: number): void {
  withString(path, at => syscall(nr.SYS_fchmodat, AT_FDCWD, at, mode));
}
export function fchmod(fd: number, mode: number): void {
  syscall(nr.SYS_fchmod, fd, mode);
}
export function fchmodat(dirfd: number, path: string, mode: number): void {
  withString(path, at => syscall(nr.SYS_fchmodat, dirfd, at, mode));
}
export function mkdir(path: string, mode = 0o777): void {
  withString(path, at => syscall(nr.SYS_mkdirat, AT_FDCWD, at, mode));
}
export function mkdirat(dirfd: number, path: string, mode = 0o777): void {
  withString(path, at => syscall(nr.SYS_mkdirat, dirfd, at, mode));
}
export function mknod(path: string, mode: number, device = 0): void {
  withString(path, at => syscall(nr.SYS_mknodat, AT_FDCWD, at, mode, device));
}
export function mkfifo(path: string, mode = 0o666): void {
  mknod(path, abi.S_IFIFO | mode);
}
export function umask(mask: number): number {
  return syscall(nr.SYS_umask, mask);
}
/** Sets access and modification time. */
export function utimensat(dirfd: number, path: string, atime: Timespec, mtime: Timespec, flags = 0): void {
  withBytes(encodeTimes(atime, mtime), times =>
    withString(path, at => syscall(nr.SYS_utimensat, dirfd, at, times, flags)),
  );
}
export function futimens(fd: number, atime: Timespec, mtime: Timespec): void {
  withBytes(encodeTimes(atime, mtime), times => syscall(nr.SYS_utimensat, fd, 0, times, 0));
}
function encodeTimes(atime: Timespec, mtime: Timespec): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(32);
  TimespecLayout.encodeInto(bytes, 0, atime);
  TimespecLayout.encodeInto(bytes, 16, mtime);
  return bytes;
}

const isType = (type: number) => (mode: number) => (mode & abi.S_IFMT) === type;
export const S_ISREG = isType(abi.S_IFREG);
export const S_ISDIR = isType(abi.S_IFDIR);
export const S_ISLNK = isType(abi.S_IFLNK);
export const S_ISCHR = isType(abi.S_IFCHR);
export const S_ISBLK = isType(abi.S_IFBLK);
export const S_ISFIFO = isType(abi.S_IFIFO);
export const S_ISSOCK = isType(abi.S_IFSOCK);

/** `drwxr-sr-t`: the ten characters of ls -l. */
export function modeString(mode: number): string {
  const type = TYPE_LETTERS.get(mode & abi.S_IFMT) ?? '?';
  const bits = (shift: number, special: number, letter: string): string => {
    const x = (mode >> shift) & 1;
    const s = (mode & special) !== 0;
    const last = s ? (x ? letter : letter.toUpperCase()) : x ? 'x' : '-';
    return ((mode >> shift) & 4 ? 'r' : '-') + ((mode >> shift) & 2 ? 'w' : '-') + last;
  };
  return type + bits(6, 0o4000, 's') + bits(3, 0o2000, 's') + bits(0, 0o1000, 't');
}
const TYPE_LETTERS = new Map([
  [abi.S_IFREG, '-'],
  [abi.S_IFDIR, 'd'],
  [abi.S_IFLNK, 'l'],
  [abi.S_IFCHR, 'c'],
  [abi.S_IFBLK, 'b'],
  [abi.S_IFIFO, 'p'],
  [abi.S_IFSOCK, 's'],
]);

export { EPOCH };
