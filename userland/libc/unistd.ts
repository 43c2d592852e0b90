/** The calls of unistd.h and fcntl.h's open, with byte strings and bytes. A failure is a thrown SysError. */
import { ENOTTY } from '../../kernel/abi/errno.ts';
import { TCGETS } from '../../kernel/abi/ioctl.ts';
import * as nr from '../../kernel/abi/syscall-numbers.ts';
import { viewOf, write64 } from '../../kernel/abi/layout.ts';
import { type Buffer, addressOf, alloc, withBuffer, withBytes, withString } from './memory.ts';
import { Exited, SysError, native, syscall, syscallRaw } from './native.ts';
import { flushAll } from './stdio.ts';

export const AT_FDCWD = -100;
export const STDIN = 0;
export const STDOUT = 1;
export const STDERR = 2;
export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
export const R_OK = 4;
export const W_OK = 2;
export const X_OK = 1;
export const F_OK = 0;
export const PATH_MAX = 4096;

/** Bytes that go through the bounce buffer at once when the caller's bytes are not in guest memory. */
const BOUNCE_BYTES = 65536;
let bounceBuffer: Buffer | undefined;

function bounce(): Buffer {
  return (bounceBuffer ??= alloc(BOUNCE_BYTES));
}

export function open(path: string, flags: number, mode = 0o666): number {
  return openat(AT_FDCWD, path, flags, mode);
}
export function openat(dirfd: number, path: string, flags: number, mode = 0o666): number {
  return withString(path, at => syscall(nr.SYS_openat, dirfd, at, flags, mode));
}
export function close(fd: number): void {
  syscall(nr.SYS_close, fd);
}

function transferIn(number: number, fd: number, bytes: Uint8Array, offset: number): number {
  const known = addressOf(bytes);
  if (known !== undefined) return syscall(number, fd, known, bytes.length, offset);
  const buffer = bounce();
  const count = syscall(number, fd, buffer.address, Math.min(bytes.length, buffer.length), offset);
  bytes.set(buffer.bytes.subarray(0, count));
  return count;
}

function transferOut(number: number, fd: number, data: Uint8Array | string, offset: number): number {
  if (typeof data !== 'string') {
    const known = addressOf(data);
    if (known !== undefined) return syscall(number, fd, known, data.length, offset);
  }
  const buffer = bounce();
  const count = Math.min(data.length, buffer.length);
  if (typeof data === 'string')
    native().encode(count < data.length ? data.slice(0, count) : data, buffer.bytes, 0);
  else buffer.bytes.set(data.subarray(0, count));
  return syscall(number, fd, buffer.address, count, offset);
}

/** Reads up to bytes.length bytes; without a copy if the bytes come from `alloc`. 0 at the end. */
export function read(fd: number, bytes: Uint8Array): number {
  return transferIn(nr.SYS_read, fd, bytes, 0);
}
export function pread(fd: number, bytes: Uint8Array, offset: number): number {
  return transferIn(nr.SYS_pread64, fd, bytes, offset);
}
/** Writes; may write less than all. */
export function write(fd: number, data: Uint8Array | string): number {
  return transferOut(nr.SYS_write, fd, data, 0);
}
export function pwrite(fd: number, data: Uint8Array | string, offset: number): number {
  return transferOut(nr.SYS_pwrite64, fd, data, offset);
}
/** Writes everything. */
export function writeAll(fd: number, data: Uint8Array | string): void {
  for (let done = 0; done < data.length;) {
    const rest = done === 0 ? data : typeof data === 'string' ? data.slice(done) : data.subarray(done);
    done += write(fd, rest);
  }
}
/** Reads until `bytes` is full or the file ends; returns how many bytes there were. */
export function readFull(fd: number, bytes: Uint8Array): number {
  let done = 0;
  while (done < bytes.length) {
    const count = read(fd, done === 0 ? bytes : bytes.subarray(done));
    if (count === 0) break;
    done += count;
  }
  return done;
}

export function lseek(fd: number, offset: number, whence: number): number {
  return syscall(nr.SYS_lseek, fd, offset, whence);
}
export function dup(fd: number): number {
  return syscall(nr.SYS_dup, fd);
}
export function dup2(from: number, to: number): number {
  return syscall(nr.SYS_dup2, from, to);
}
export function dup3(from: number, to: number, flags: number): number {
  return syscall(nr.SYS_dup3, from, to, flags);
}
/** [read end, write end] */
export function pipe2(flags = 0): [number, number] {
  return withBuffer(8, buffer => {
    syscall(nr.SYS_pipe2, buffer.address, flags);
    const view = viewOf(buffer.bytes);
    return [view.getInt32(0, true), view.getInt32(4, true)];
  });
}
export function truncate(path: string, length: number): void {
  withString(path, at => syscall(nr.SYS_truncate, at, length));
}
export function ftruncate(fd: number, length: number): void {
  syscall(nr.SYS_ftruncate, fd, length);
}
export function fallocate(fd: number, mode: number, offset: number, length: number): void {
  syscall(nr.SYS_fallocate, fd, mode, offset, length);
}
export function fsync(fd: number): void {
  syscall(nr.SYS_fsync, fd);
}
export function fdatasync(fd: number): void {
  syscall(nr.SYS_fdatasync, fd);
}
export function sync(): void {
  syscall(nr.SYS_sync);
}
export function syncfs(fd: number): void {
  syscall(nr.SYS_syncfs, fd);
}
export function ioctl(fd: number, request: number, argument = 0): number {
  return syscall(nr.SYS_ioctl, fd, request, argument);
}
export function memfdCreate(name: string, flags = 0): number {
  return withString(name, at => syscall(nr.SYS_memfd_create, at, flags));
}
/** Copies between files inside the kernel; returns the bytes moved. */
export function sendfile(outFd: number, inFd: number, count: number): number {
  return syscall(nr.SYS_sendfile, outFd, inFd, 0, count);
}

export function unlink(path: string): void {
  unlinkat(AT_FDCWD, path, 0);
}
/** `flags`: AT_REMOVEDIR (0x200) removes a directory. */
export function unlinkat(dirfd: number, path: string, flags: number): void {
  withString(path, at => syscall(nr.SYS_unlinkat, dirfd, at, flags));
}
export function rmdir(path: string): void {
  withString(path, at => syscall(nr.SYS_rmdir, at));
}
export function link(existing: string, name: string): void {
  linkat(AT_FDCWD, existing, AT_FDCWD, name, 0);
}
export function linkat(fromFd: number, existing: string, toFd: number, name: string, flags: number): void {
  withString(existing, a => withString(name, b => syscall(nr.SYS_linkat, fromFd, a, toFd, b, flags)));
}
export function symlink(target: string, name: string): void {
  withString(target, a => withString(name, b => syscall(nr.SYS_symlink, a, b)));
}
export function rename(from: string, to: string): void {
  renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}
export function renameat2(fromFd: number, from: string, toFd: number, to: string, flags: number): void {
  withString(from, a => withString(to, b => syscall(nr.SYS_renameat2, fromFd, a, toFd, b, flags)));
}
export function readlink(path: string): string {
  return readlinkat(AT_FDCWD, path);
}
export function readlinkat(dirfd: number, path: string): string {
  return withBuffer(PATH_MAX, buffer =>
    withString(path, at => {
      const length = syscall(nr.SYS_readlinkat, dirfd, at, buffer.address, PATH_MAX);
      return native().decode(buffer.bytes, 0, length);
    }),
  );
}
export function access(path: string, mode: number): void {
  withString(path, at => syscall(nr.SYS_access, at, mode));
}
export function faccessat(dirfd: number, path: string, mode: number, flags = 0): void {
  withString(path, at => syscall(nr.SYS_faccessat2, dirfd, at, mode, flags));
}
export function chdir(path: string): void {
  withString(path, at => syscall(nr.SYS_chdir, at));
}
export function fchdir(fd: number): void {
  syscall(nr.SYS_fchdir, fd);
}
export function chroot(path: string): void {
  withString(path, at => syscall(nr.SYS_chroot, at));
}
export function getcwd(): string {
  return withBuffer(PATH_MAX, buffer => {
    const length = syscall(nr.SYS_getcwd, buffer.address, PATH_MAX);
    return native().decode(buffer.bytes, 0, length - 1);
  });
}
export function chown(path: string, uid: number, gid: number): void {
  withString(path, at => syscall(nr.SYS_chown, at, uid, gid));
}
export function lchown(path: string, uid: number, gid: number): void {
  withString(path, at => syscall(nr.SYS_lchown, at, uid, gid));
}
export function fchown(fd: number, uid: number, gid: number): void {
  syscall(nr.SYS_fchown, fd, uid, gid);
}
export function fchownat(dirfd: number, path: string, uid: number, gid: number, flags: number): void {
  withString(path, at => syscall(nr.SYS_fchownat, dirfd, at, uid, gid, flags));
}

/** True for a terminal. */
export function isatty(fd: number): boolean {
  return withBuffer(64, buffer => {
    const result = syscallRaw(nr.SYS_ioctl, fd, TCGETS, buffer.address);
    return result === 0;
  });
}
/** Path of the terminal behind a descriptor; ENOTTY. */
export function ttyname(fd: number): string {
  if (!isatty(fd)) throw new SysError(ENOTTY);
  return readlink(`/proc/self/fd/${fd}`);
}

export function getpid(): number {
  return syscall(nr.SYS_getpid);
}
export function gettid(): number {
  return syscall(nr.SYS_gettid);
}
export function getppid(): number {
  return syscall(nr.SYS_getppid);
}
export function getpgrp(): number {
  return syscall(nr.SYS_getpgrp);
}
export function getpgid(pid: number): number {
  return syscall(nr.SYS_getpgid, pid);
}
export function setpgid(pid: number, pgid: number): void {
  syscall(nr.SYS_setpgid, pid, pgid);
}
export function setsid(): number {
  return syscall(nr.SYS_setsid);
}
export function getsid(pid = 0): number {
  return syscall(nr.SYS_getsid, pid);
}
export function getuid(): number {
  return syscall(nr.SYS_getuid);
}
export function geteuid(): number {
  return syscall(nr.SYS_geteuid);
}
export function getgid(): number {
  return syscall(nr.SYS_getgid);
}
export function getegid(): number {
  return syscall(nr.SYS_getegid);
}
export function setuid(uid: number): void {
  syscall(nr.SYS_setuid, uid);
}
export function setgid(gid: number): void {
  syscall(nr.SYS_setgid, gid);
}
export function setresuid(ruid: number, euid: number, suid: number): void {
  syscall(nr.SYS_setresuid, ruid, euid, suid);
}
export function setresgid(rgid: number, egid: number, sgid: number): void {
  syscall(nr.SYS_setresgid, rgid, egid, sgid);
}
export function getgroups(): number[] {
  const count = syscall(nr.SYS_getgroups, 0, 0);
  if (count === 0) return [];
  return withBuffer(count * 4, buffer => {
    const got = syscall(nr.SYS_getgroups, count, buffer.address);
    const view = viewOf(buffer.bytes);
    return Array.from({ length: got }, (_, i) => view.getUint32(i * 4, true));
  });
}
export function setgroups(groups: readonly number[]): void {
  const bytes = new Uint8Array(groups.length * 4);
  const view = viewOf(bytes);
  groups.forEach((gid, i) => view.setUint32(i * 4, gid, true));
  withBytes(bytes, at => syscall(nr.SYS_setgroups, groups.length, at));
}
export function nice(increment: number): number {
  const old = 20 - syscall(nr.SYS_getpriority, 0, 0);
  syscall(nr.SYS_setpriority, 0, 0, old + increment);
  return 20 - syscall(nr.SYS_getpriority, 0, 0);
}

/** Sleeps; a signal with a handler ends it early (EINTR). `seconds` may have a fraction. */
export function nanosleep(seconds: number): void {
  withBuffer(16, buffer => {
    const view = viewOf(buffer.bytes);
    const whole = Math.floor(seconds);
    write64(view, 0, whole);
    write64(view, 8, Math.min(999_999_999, Math.round((seconds - whole) * 1e9)));
    syscall(nr.SYS_nanosleep, buffer.address, 0);
  });
}
export const sleep = nanosleep;
export function alarm(seconds: number): number {
  return syscall(nr.SYS_alarm, seconds);
}
/** Waits for a signal. */
export function pause(): void {
  syscallRaw(nr.SYS_pause);
}

export function gethostname(): string {
  return withBuffer(390, buffer => {
    syscall(nr.SYS_uname, buffer.address);
    const end = buffer.bytes.indexOf(0, 65);
    return native().decode(buffer.bytes, 65, end);
  });
}
export function sethostname(name: string): void {
  withString(name, at => syscall(nr.SYS_sethostname, at, name.length));
}

/** Writes out stdout and stderr and ends the program. */
export function exit(status: number): never {
  flushAll();
  return _exit(status);
}
/** Ends the program at once. */
export function _exit(status: number): never {
  syscallRaw(nr.SYS_exit_group, status);
  throw new Exited();
}
