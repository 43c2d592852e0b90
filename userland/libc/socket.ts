/** Unix sockets: sys/socket.h, sys/un.h, and descriptors in control messages: unix(7), cmsg(3). */
import * as abi from '../../kernel/abi/socket.ts';
import { EINVAL, ENAMETOOLONG } from '../../kernel/abi/errno.ts';
import { viewOf, write64 } from '../../kernel/abi/layout.ts';
import * as nr from '../../kernel/abi/syscall-numbers.ts';
import { type Buffer, withBuffer, withBytes } from './memory.ts';
import { SysError, native, syscall } from './native.ts';

export * from '../../kernel/abi/socket.ts';

export function socket(domain: number, type: number, protocol = 0): number {
  return syscall(nr.SYS_socket, domain, type, protocol);
}
export function socketpair(domain: number, type: number, protocol = 0): [number, number] {
  return withBuffer(8, buffer => {
    syscall(nr.SYS_socketpair, domain, type, protocol, buffer.address);
    const view = viewOf(buffer.bytes);
    return [view.getInt32(0, true), view.getInt32(4, true)];
  });
}
/** Gives a socket a name in the file system. */
export function bindUnix(fd: number, path: string): void {
  withAddress(path, (at, length) => syscall(nr.SYS_bind, fd, at, length));
}
export function connectUnix(fd: number, path: string): void {
  withAddress(path, (at, length) => syscall(nr.SYS_connect, fd, at, length));
}
/** `address`: a sockaddr with its family. */
export function bind(fd: number, address: Uint8Array): void {
  withBytes(address, at => syscall(nr.SYS_bind, fd, at, address.length));
}
export function connect(fd: number, address: Uint8Array): void {
  withBytes(address, at => syscall(nr.SYS_connect, fd, at, address.length));
}
export function getsockname(fd: number): Uint8Array {
  return nameOf(nr.SYS_getsockname, fd);
}
export function getpeername(fd: number): Uint8Array {
  return nameOf(nr.SYS_getpeername, fd);
}
/** An option that is a number. */
export function setsockopt(fd: number, level: number, name: number, value: number): void {
  withBytes(new Uint8Array(Int32Array.of(value).buffer), at =>
    syscall(nr.SYS_setsockopt, fd, level, name, at, 4),
  );
}
export function listen(fd: number, backlog: number): void {
  syscall(nr.SYS_listen, fd, backlog);
}
/** `flags`: SOCK_CLOEXEC, SOCK_NONBLOCK. */
export function accept4(fd: number, flags = 0): number {
  return syscall(nr.SYS_accept4, fd, 0, 0, flags);
}
export function shutdown(fd: number, how: number): void {
  syscall(nr.SYS_shutdown, fd, how);
}

/** The most that a sockaddr takes: sockaddr_storage. */
const MAX_ADDRESS = 128;

function nameOf(call: number, fd: number): Uint8Array {
  return withBuffer(4 + MAX_ADDRESS, buffer => {
    const view = viewOf(buffer.bytes);
    view.setUint32(0, MAX_ADDRESS, true);
    syscall(call, fd, buffer.address + 4, buffer.address);
    return buffer.bytes.slice(4, 4 + Math.min(MAX_ADDRESS, view.getUint32(0, true)));
  });
}

/** struct sockaddr_un with a path, which is a byte string. */
function withAddress<T>(path: string, use: (address: number, length: number) => T): T {
  if (path.length >= abi.UNIX_PATH_MAX) throw new SysError(ENAMETOOLONG);
  if (path === '' || path.includes('\0')) throw new SysError(EINVAL);
  const bytes = new Uint8Array(2 + path.length + 1);
  viewOf(bytes).setUint16(0, abi.AF_UNIX, true);
  native().encode(path, bytes, 2);
  return withBytes(bytes, at => use(at, bytes.length));
}

const IOVEC_BYTES = 16;
const FD_BYTES = 4;

/** A message header and one piece of data at `data`; `control` with room for its bytes. */
function withMessage<T>(
  data: number,
  length: number,
  control: Buffer | undefined,
  use: (header: Buffer) => T,
): T {
  return withBuffer(IOVEC_BYTES, iov =>
    withBuffer(abi.Msghdr.size, header => {
      const view = viewOf(iov.bytes);
      write64(view, 0, data);
      write64(view, 8, length);
      abi.Msghdr.encodeInto(header.bytes, 0, {
        iov: iov.address,
        iovlen: 1,
        control: control?.address ?? 0,
        controllen: control?.length ?? 0,
      });
      return use(header);
    }),
  );
}

/** sendmsg(2) with descriptors that go with the first byte. Returns how many bytes were taken. */
export function sendDescriptors(
  fd: number,
  data: Uint8Array,
  descriptors: readonly number[],
  flags: number = abi.MSG_NOSIGNAL,
): number {
  const length = abi.Cmsghdr.size + descriptors.length * FD_BYTES;
  return withBytes(data, at =>
    withBuffer(length, control => {
      abi.Cmsghdr.encodeInto(control.bytes, 0, {
        len: length,
        level: abi.SOL_SOCKET,
        type: abi.SCM_RIGHTS,
      });
      const view = viewOf(control.bytes);
      descriptors.forEach((each, i) => view.setInt32(abi.Cmsghdr.size + i * FD_BYTES, each, true));
      return withMessage(at, data.length, control, header =>
        syscall(nr.SYS_sendmsg, fd, header.address, flags),
      );
    }),
  );
}

export interface Received {
  /** How many bytes came; 0 at the end of the stream. */
  readonly count: number;
  /** Descriptors that came with them. They belong to the caller, and close at exec. */
  readonly descriptors: readonly number[];
  /** There were more descriptors than asked for; the kernel has closed those. */
  readonly isTruncated: boolean;
}

/** recvmsg(2) into a buffer, with up to `maxDescriptors` descriptors. */
export function receiveDescriptors(fd: number, into: Buffer, maxDescriptors: number, flags = 0): Received {
  return withBuffer(abi.Cmsghdr.size + maxDescriptors * FD_BYTES, control =>
    withMessage(into.address, into.length, control, header => {
      const count = syscall(nr.SYS_recvmsg, fd, header.address, flags | abi.MSG_CMSG_CLOEXEC);
      const { controllen, flags: got } = abi.Msghdr.decode(header.bytes);
      const isTruncated = (got & abi.MSG_CTRUNC) !== 0;
      return { count, descriptors: descriptorsIn(control.bytes.slice(0, controllen)), isTruncated };
    }),
  );
}

function descriptorsIn(control: Uint8Array): number[] {
  const descriptors: number[] = [];
  const view = viewOf(control);
  for (let at = 0; at + abi.Cmsghdr.size <= control.length;) {
    const { len, level, type } = abi.Cmsghdr.decode(control, at);
    const end = Math.min(at + len, control.length);
    if (level === abi.SOL_SOCKET && type === abi.SCM_RIGHTS) {
      for (let i = at + abi.Cmsghdr.size; i + FD_BYTES <= end; i += FD_BYTES) {
        descriptors.push(view.getInt32(i, true));
      }
    }
    at += Math.max(abi.Cmsghdr.size, Math.ceil(len / 8) * 8);
  }
  return descriptors;
}
