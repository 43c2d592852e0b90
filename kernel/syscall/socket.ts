/**
 * Sockets: socket(2), socketpair(2), bind(2), listen(2), accept(2), connect(2), shutdown(2), getsockname(2),
 * getpeername(2), getsockopt(2), setsockopt(2). Sending and receiving are in socket-transfer.ts.
 */
import { EAGAIN, EINVAL } from '../abi/errno.ts';
import * as abi from '../abi/socket.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import { POLLIN, POLLOUT } from '../abi/poll.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import { createSocketPair, socketFamily } from '../net/families.ts';
import type { Socket } from '../net/socket.ts';
import { getSocketOption, requireWholeOption, setSocketOption } from '../net/socket-options.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { installNew, installPair } from './install-pair.ts';
import { isExpired, setDeadline } from './poll-timeout.ts';
import { readAddress, socketOf, writeAddress } from './socket-arguments.ts';
import { socketTransferRows } from './socket-transfer.ts';
import { full, partial, type Row } from './table.ts';

const CREATION_FLAGS = abi.SOCK_CLOEXEC | abi.SOCK_NONBLOCK;
/** Types are below this. */
const SOCK_MAX = 11;
const MAX_OPTION = 65536;

/** socket(2) */
function sysSocket(task: Task, args: Args): number {
  const { type, flags, isCloexec } = splitType(args.u32(1));
  const family = socketFamily(task.kernel, familyOf(args.i32(0)));
  return installNew(task, family.create(task, type, args.i32(2), flags), isCloexec);
}

/** socketpair(2) */
function sysSocketpair(task: Task, args: Args): number {
  const { type, flags, isCloexec } = splitType(args.u32(1));
  const [a, b] = createSocketPair(task, familyOf(args.i32(0)), type, args.i32(2), flags);
  installPair(task, args.ptr(3), a, b, isCloexec);
  return 0;
}

function splitType(word: number): { type: number; flags: number; isCloexec: boolean } {
  const type = word & abi.SOCK_TYPE_MASK;
  if ((word & ~abi.SOCK_TYPE_MASK & ~CREATION_FLAGS) !== 0) fail(EINVAL, 'socket: unknown flag bits');
  if (type >= SOCK_MAX) fail(EINVAL, 'socket: type');
  return {
    type,
    flags: (word & abi.SOCK_NONBLOCK) !== 0 ? O_NONBLOCK : 0,
    isCloexec: (word & abi.SOCK_CLOEXEC) !== 0,
  };
}

function familyOf(family: number): number {
  return family < 0 || family >= abi.AF_MAX ? -1 : family;
}

/** bind(2) */
function sysBind(task: Task, args: Args): number {
  const socket = socketOf(task, args.fd(0));
  socket.bind(task, readAddress(task, args.ptr(1), args.i32(2)));
  return 0;
}

/** listen(2) */
function sysListen(task: Task, args: Args): number {
  socketOf(task, args.fd(0)).listen(task, args.i32(1));
  return 0;
}

/** connect(2) */
function sysConnect(task: Task, args: Args): number {
  // Unlike bind(2), it looks at the address before it asks whether the file is a socket.
  task.file(args.fd(0));
  const address = readAddress(task, args.ptr(1), args.i32(2));
  const socket = socketOf(task, args.fd(0));
  if (socket.connect(task, address) !== WOULD_BLOCK) return 0;
  if (socket.isNonblocking) fail(EAGAIN, 'connect: O_NONBLOCK');
  return waitFor(task, socket, POLLOUT, socket.sendTimeoutNs);
}

/** accept(2) */
function sysAccept(task: Task, args: Args): number {
  return accept(task, args, 0);
}

/** accept4(2) */
function sysAccept4(task: Task, args: Args): number {
  return accept(task, args, args.u32(3));
}

function accept(task: Task, args: Args, flags: number): number {
  if ((flags & ~CREATION_FLAGS) !== 0) fail(EINVAL, 'accept4: unknown flag bits');
  const socket = socketOf(task, args.fd(0));
  const isCloexec = (flags & abi.SOCK_CLOEXEC) !== 0;
  task.files.lowestFree(); // EMFILE before a connection is taken out of the backlog
  const accepted = socket.accept();
  if (accepted === WOULD_BLOCK) {
    if (socket.isNonblocking) fail(EAGAIN, 'accept: O_NONBLOCK');
    return waitFor(task, socket, POLLIN, socket.receiveTimeoutNs);
  }
  if ((flags & abi.SOCK_NONBLOCK) !== 0) accepted.flags |= O_NONBLOCK;
  const { vfs } = task.kernel;
  vfs.get(accepted);
  const fd = installNew(task, accepted, isCloexec);
  try {
    if (args.ptr(1) !== 0) writeAddress(task, args.ptr(1), args.ptr(2), accepted.acceptedFrom());
  } catch (error) {
    task.files.close(task, fd);
    throw error;
  } finally {
    vfs.put(accepted);
  }
  return fd;
}

/** Sleeps until the socket may be ready; EAGAIN after `timeoutNs` from the first attempt. */
function waitFor(task: Task, socket: Socket, events: number, timeoutNs: number): number {
  setDeadline(task, timeoutNs);
  if (isExpired(task)) fail(EAGAIN, 'socket timeout');
  return sleepOn(task, socket.waitQueues(events), { deadlineNs: task.call.deadlineNs });
}

/** shutdown(2) */
function sysShutdown(task: Task, args: Args): number {
  const socket = socketOf(task, args.fd(0));
  const how = args.i32(1);
  if (how < abi.SHUT_RD || how > abi.SHUT_RDWR) fail(EINVAL, 'shutdown: how');
  socket.shutdown(how);
  return 0;
}

/** getsockname(2) */
function sysGetsockname(task: Task, args: Args): number {
  writeAddress(task, args.ptr(1), args.ptr(2), socketOf(task, args.fd(0)).localAddress());
  return 0;
}

/** getpeername(2) */
function sysGetpeername(task: Task, args: Args): number {
  writeAddress(task, args.ptr(1), args.ptr(2), socketOf(task, args.fd(0)).peerAddress());
  return 0;
}

/** setsockopt(2) */
function sysSetsockopt(task: Task, args: Args): number {
  const length = args.i32(4);
  if (length < 0) fail(EINVAL, 'setsockopt: negative length');
  const socket = socketOf(task, args.fd(0));
  if (length > MAX_OPTION) fail(EINVAL, 'setsockopt: length');
  const level = args.i32(1);
  const value = task.memory.copyIn(args.ptr(3), length);
  if (level === abi.SOL_SOCKET) setSocketOption(task, socket, args.i32(2), value);
  else socket.setOption(task, level, args.i32(2), value);
  return 0;
}

/** getsockopt(2) */
function sysGetsockopt(task: Task, args: Args): number {
  const socket = socketOf(task, args.fd(0));
  const level = args.i32(1);
  const name = args.i32(2);
  const room = task.memory.readI32(args.ptr(4));
  if (room < 0) fail(EINVAL, 'getsockopt: negative length');
  const value =
    level === abi.SOL_SOCKET ? getSocketOption(socket, name) : socket.getOption(task, level, name);
  requireWholeOption(name, value.length, room);
  const cut = value.subarray(0, room);
  task.memory.copyOut(args.ptr(3), cut);
  task.memory.writeI32(args.ptr(4), cut.length);
  return 0;
}

export const socketTable: Row[] = [
  [
    41,
    partial(
      'socket',
      'int int int',
      sysSocket,
      'AF_UNIX; TCP and UDP over the loopback interface; some of AF_NETLINK',
    ),
  ],
  [42, full('connect', 'fd ptr len', sysConnect)],
  [43, full('accept', 'fd ptr ptr', sysAccept)],
  [48, full('shutdown', 'fd int', sysShutdown)],
  [49, full('bind', 'fd ptr len', sysBind)],
  [50, full('listen', 'fd int', sysListen)],
  [51, full('getsockname', 'fd ptr ptr', sysGetsockname)],
  [52, full('getpeername', 'fd ptr ptr', sysGetpeername)],
  [53, full('socketpair', 'int int int ptr', sysSocketpair)],
  [54, full('setsockopt', 'fd int int ptr len', sysSetsockopt)],
  [55, full('getsockopt', 'fd int int ptr ptr', sysGetsockopt)],
  [288, full('accept4', 'fd ptr ptr openflags', sysAccept4)],
  ...socketTransferRows,
];
