/**
 * Operations that are system calls: which call, and its arguments out of the fields of a submission. The calls' own
 * handlers do the work, so an operation cannot differ from its call.
 */
import * as abi from '../abi/io-uring.ts';
import { EINVAL } from '../abi/errno.ts';
import { MSG_DONTWAIT, MSG_NOSIGNAL } from '../abi/socket.ts';
import * as nr from '../abi/syscall-numbers.ts';
import { fail } from '../errors.ts';
import type { Args } from '../syscall/args.ts';
import type { Sqe, UringRequest } from './request.ts';

type Word = number | bigint;
export interface Operation {
  /** It is about the file of `fd`, which is looked up when it is submitted. */
  readonly needsFile: boolean;
  /** The number of the call and its arguments. */
  readonly call: (sqe: Sqe, request: UringRequest) => readonly [number, ...Word[]];
  /** What it waits for when the file's O_NONBLOCK makes the call give EAGAIN. */
  readonly waitsFor?: 'in' | 'out';
  /** Fewer bytes than these break a chain. */
  readonly expected?: (sqe: Sqe) => number;
}

const CURRENT = 0xffff_ffff_ffff_ffffn;

function readOrWrite(single: number, at: number): Operation {
  return {
    needsFile: true,
    expected: sqe => sqe.len,
    call: ({ fd, addr, len, off }, { file }) =>
      off === CURRENT || !file!.isSeekable ? [single, fd, addr, len] : [at, fd, addr, len, off],
  };
}
function vectors(single: number, at: number): Operation {
  return {
    needsFile: true,
    call: ({ fd, addr, len, off, opFlags }, { file }) =>
      (off === CURRENT || !file!.isSeekable) && opFlags === 0
        ? [single, fd, addr, len]
        : [at, fd, addr, len, off, 0, opFlags],
  };
}
const onFile = (call: Operation['call'], waitsFor?: 'in' | 'out'): Operation => ({
  needsFile: true,
  call,
  ...(waitsFor && { waitsFor }),
});
const onNames = (call: Operation['call']): Operation => ({ needsFile: false, call });

export const OPERATIONS: ReadonlyMap<number, Operation> = new Map<number, Operation>([
  [abi.IORING_OP_READ, readOrWrite(nr.SYS_read, nr.SYS_pread64)],
  [abi.IORING_OP_WRITE, readOrWrite(nr.SYS_write, nr.SYS_pwrite64)],
  [abi.IORING_OP_READ_FIXED, readOrWrite(nr.SYS_read, nr.SYS_pread64)],
  [abi.IORING_OP_WRITE_FIXED, readOrWrite(nr.SYS_write, nr.SYS_pwrite64)],
  [abi.IORING_OP_READV, vectors(nr.SYS_readv, nr.SYS_preadv2)],
  [abi.IORING_OP_WRITEV, vectors(nr.SYS_writev, nr.SYS_pwritev2)],
  [
    abi.IORING_OP_FSYNC,
    onFile(({ fd, opFlags }) => [
      (opFlags & abi.IORING_FSYNC_DATASYNC) !== 0 ? nr.SYS_fdatasync : nr.SYS_fsync,
      fd,
    ]),
  ],
  [
    abi.IORING_OP_SYNC_FILE_RANGE,
    onFile(({ fd, off, len, opFlags }) => [nr.SYS_sync_file_range, fd, off, len, opFlags]),
  ],
  [
    abi.IORING_OP_SENDMSG,
    onFile(({ fd, addr, opFlags }) => [nr.SYS_sendmsg, fd, addr, opFlags | MSG_NOSIGNAL], 'out'),
  ],
  [abi.IORING_OP_RECVMSG, onFile(({ fd, addr, opFlags }) => [nr.SYS_recvmsg, fd, addr, opFlags], 'in')],
  [
    abi.IORING_OP_SEND,
    onFile(
      ({ fd, addr, len, opFlags, off, fileIndex }) => [
        nr.SYS_sendto, fd, addr, len, opFlags | MSG_NOSIGNAL, off, fileIndex & 0xffff,
      ], // prettier-ignore
      'out',
    ),
  ],
  [
    abi.IORING_OP_RECV,
    onFile(({ fd, addr, len, opFlags }) => [nr.SYS_recvfrom, fd, addr, len, opFlags, 0, 0], 'in'),
  ],
  [
    abi.IORING_OP_ACCEPT,
    onFile(({ fd, addr, off, opFlags }) => [nr.SYS_accept4, fd, addr, off, opFlags], 'in'),
  ],
  [abi.IORING_OP_CONNECT, onFile(({ fd, addr, off }) => [nr.SYS_connect, fd, addr, off], 'out')],
  [abi.IORING_OP_SHUTDOWN, onFile(({ fd, len }) => [nr.SYS_shutdown, fd, len])],
  [abi.IORING_OP_BIND, onFile(({ fd, addr, off }) => [nr.SYS_bind, fd, addr, off])],
  [abi.IORING_OP_LISTEN, onFile(({ fd, len }) => [nr.SYS_listen, fd, len])],
  [abi.IORING_OP_SOCKET, onNames(({ fd, off, len }) => [nr.SYS_socket, fd, off, len])],
  [abi.IORING_OP_FALLOCATE, onFile(({ fd, len, off, addr }) => [nr.SYS_fallocate, fd, len, off, addr])],
  [abi.IORING_OP_FTRUNCATE, onFile(({ fd, off }) => [nr.SYS_ftruncate, fd, off])],
  [abi.IORING_OP_FADVISE, onFile(({ fd, off, len, opFlags }) => [nr.SYS_fadvise64, fd, off, len, opFlags])],
  [abi.IORING_OP_MADVISE, onNames(({ addr, len, opFlags }) => [nr.SYS_madvise, addr, len, opFlags])],
  [abi.IORING_OP_OPENAT, onNames(({ fd, addr, opFlags, len }) => [nr.SYS_openat, fd, addr, opFlags, len])],
  [abi.IORING_OP_OPENAT2, onNames(({ fd, addr, off, len }) => [nr.SYS_openat2, fd, addr, off, len])],
  [abi.IORING_OP_CLOSE, onNames(({ fd }) => [nr.SYS_close, fd])],
  [
    abi.IORING_OP_STATX,
    onNames(({ fd, addr, opFlags, len, off }) => [nr.SYS_statx, fd, addr, opFlags, len, off]),
  ],
  [abi.IORING_OP_EPOLL_CTL, onNames(({ fd, len, off, addr }) => [nr.SYS_epoll_ctl, fd, len, off, addr])],
  [
    abi.IORING_OP_SPLICE,
    onFile(({ fileIndex, addr, fd, off, len, opFlags }) => {
      if (addr !== CURRENT || off !== CURRENT) fail(EINVAL, 'io_uring: splice at an offset');
      return [nr.SYS_splice, fileIndex, 0, fd, 0, len, opFlags];
    }),
  ],
  [abi.IORING_OP_TEE, onFile(({ fileIndex, fd, len, opFlags }) => [nr.SYS_tee, fileIndex, fd, len, opFlags])],
  [
    abi.IORING_OP_RENAMEAT,
    onNames(({ fd, addr, len, off, opFlags }) => [nr.SYS_renameat2, fd, addr, len, off, opFlags]),
  ],
  [abi.IORING_OP_UNLINKAT, onNames(({ fd, addr, opFlags }) => [nr.SYS_unlinkat, fd, addr, opFlags])],
  [abi.IORING_OP_MKDIRAT, onNames(({ fd, addr, len }) => [nr.SYS_mkdirat, fd, addr, len])],
  [abi.IORING_OP_SYMLINKAT, onNames(({ fd, addr, off }) => [nr.SYS_symlinkat, addr, fd, off])],
  [
    abi.IORING_OP_LINKAT,
    onNames(({ fd, addr, len, off, opFlags }) => [nr.SYS_linkat, fd, addr, len, off, opFlags]),
  ],
  [
    abi.IORING_OP_FSETXATTR,
    onFile(({ fd, addr, off, len, opFlags }) => [nr.SYS_fsetxattr, fd, addr, off, len, opFlags]),
  ],
  [
    abi.IORING_OP_SETXATTR,
    onNames(({ addr3, addr, off, len, opFlags }) => [nr.SYS_setxattr, addr3, addr, off, len, opFlags]),
  ],
  [abi.IORING_OP_FGETXATTR, onFile(({ fd, addr, off, len }) => [nr.SYS_fgetxattr, fd, addr, off, len])],
  [abi.IORING_OP_GETXATTR, onNames(({ addr3, addr, off, len }) => [nr.SYS_getxattr, addr3, addr, off, len])],
]);

/** Operations that make a descriptor, or a slot of the registered files if `fileIndex` is not 0. */
export const MAKING_FILES: ReadonlySet<number> = new Set([
  abi.IORING_OP_ACCEPT,
  abi.IORING_OP_OPENAT,
  abi.IORING_OP_OPENAT2,
  abi.IORING_OP_SOCKET,
]);

/** The program asked not to wait. */
export function isImpatient({ opcode, opFlags }: Sqe): boolean {
  const hasMessageFlags =
    opcode === abi.IORING_OP_SEND ||
    opcode === abi.IORING_OP_RECV ||
    opcode === abi.IORING_OP_SENDMSG ||
    opcode === abi.IORING_OP_RECVMSG;
  return hasMessageFlags && (opFlags & MSG_DONTWAIT) !== 0;
}

export function setArguments(args: Args, words: readonly Word[]): void {
  args.words.fill(0);
  words.forEach((value, i) => {
    const word = BigInt.asUintN(64, BigInt(value));
    args.words[i * 2] = Number(BigInt.asIntN(32, word));
    args.words[i * 2 + 1] = Number(BigInt.asIntN(32, word >> 32n));
  });
}
