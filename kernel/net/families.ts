/**
 * The address families of this kernel: socket(2), address_families(7). A new family is a SocketFamily that stands here.
 */
import { EAFNOSUPPORT, EOPNOTSUPP } from '../abi/errno.ts';
import { AF_INET, AF_INET6, AF_NETLINK, AF_UNIX } from '../abi/socket.ts';
import { fail } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task/task.ts';
import type { Socket } from './socket.ts';

export interface SocketFamily {
  /** A new socket; EPROTONOSUPPORT, ESOCKTNOSUPPORT. `flags`: O_NONBLOCK or 0. */
  create(task: Task, type: number, protocol: number, flags: number): Socket;
  /** Two sockets that are connected: socketpair(2). */
  createPair?(task: Task, type: number, protocol: number, flags: number): [Socket, Socket];
}

/** EAFNOSUPPORT for a family that is not there. */
export function socketFamily(kernel: Kernel, family: number): SocketFamily {
  if (family === AF_UNIX) return kernel.unix;
  if (family === AF_INET) return kernel.inet.family4;
  if (family === AF_INET6) return kernel.inet.family6;
  if (family === AF_NETLINK) return kernel.netlink;
  return fail(EAFNOSUPPORT, 'socket: address family');
}

export function createSocketPair(
  task: Task,
  family: number,
  type: number,
  protocol: number,
  flags: number,
): [Socket, Socket] {
  const creator = socketFamily(task.kernel, family);
  if (creator.createPair === undefined) return fail(EOPNOTSUPP, 'socketpair: family');
  return creator.createPair(task, type, protocol, flags);
}
