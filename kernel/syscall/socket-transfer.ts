/**
 * send(2), sendmsg(2), sendmmsg(2), recv(2), recvmsg(2), recvmmsg(2) and their variants.
 *
 * Bytes that were moved before a sleep are in call.progress, and the next attempt skips so much of the buffer; control
 * data goes with the first bytes.
 */
import { EAGAIN, EFAULT, EINVAL, EMSGSIZE, ENOBUFS } from '../abi/errno.ts';
import * as abi from '../abi/socket.ts';
import { POLLIN, POLLOUT } from '../abi/poll.ts';
import { Errno, SLEEP, WOULD_BLOCK, fail } from '../errors.ts';
import { MAX_RW_COUNT } from '../mm/address-space.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { ControlWriter, parseControl, writeFiles, type ControlData } from '../net/control-message.ts';
import { nothingReceived, type Received, type Socket } from '../net/socket.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { isExpired, readTimeout, setDeadline } from './poll-timeout.ts';
import { readAddress, socketOf, writeAddress } from './socket-arguments.ts';
import { full, type Row } from './table.ts';
import { skip } from './transfer.ts';

const IOV_MAX = 1024;
/** More control data than this is ENOBUFS: net.core.optmem_max. */
const OPTMEM_MAX = 131072;
const NO_CONTROL: ControlData = { files: [], credentials: undefined, others: [] };

// ---- sending

/** sendto(2), and send(2) */
function sysSendto(task: Task, args: Args): number {
  const socket = socketOf(task, args.fd(0));
  const data = whole(task.memory.buffer(args.ptr(1), args.len(2), 'read'), args.len(2));
  const at = args.ptr(4);
  const address = at === 0 ? undefined : readAddress(task, at, args.i32(5));
  return send(task, socket, data, { flags: args.u32(3), address, control: NO_CONTROL });
}

/** sendmsg(2) */
function sysSendmsg(task: Task, args: Args): number {
  return sendMessage(task, socketOf(task, args.fd(0)), args.ptr(1), args.u32(2));
}

/** sendmmsg(2): how many messages were sent; an error counts only for the first. */
function sysSendmmsg(task: Task, args: Args): number {
  const socket = socketOf(task, args.fd(0));
  const count = Math.min(args.u32(2), IOV_MAX);
  let done = messagesDone(task);
  while (done < count) {
    const at = args.ptr(1) + done * abi.MMSGHDR;
    const sent = attemptMessage(done, () => sendMessage(task, socket, at, args.u32(3)));
    if (sent === SLEEP) return SLEEP;
    if (sent < 0) break;
    task.memory.writeU32(at + abi.MMSGHDR_LEN, sent);
    done = messageIsDone(task, done);
  }
  return done;
}

function sendMessage(task: Task, socket: Socket, at: number, flags: number): number {
  const header = readHeader(task, at);
  const ranges = task.memory.readIovecs(header.iov, header.iovlen);
  const length = ranges.reduce((sum, value, i) => (i % 2 === 1 ? sum + value : sum), 0);
  const data = whole(task.memory.bufferOf(ranges, 'read'), length);
  const address = header.name === 0 ? undefined : readAddress(task, header.name, header.namelen);
  if (header.controllen > OPTMEM_MAX) fail(ENOBUFS, 'sendmsg: too much control data');
  const hasControl = header.controllen > 0 && task.call.progress === 0;
  const control = hasControl
    ? parseControl(task, task.memory.copyIn(header.control, header.controllen))
    : NO_CONTROL;
  return send(task, socket, data, { flags, address, control });
}

/** A message is sent as a whole or not at all. Linux: a long stream message may be cut where its memory ends. */
function whole(data: IoBuffer, length: number): IoBuffer {
  if (data.remaining < Math.min(length, MAX_RW_COUNT)) fail(EFAULT, 'memory ends within the message');
  return data;
}

interface Sending {
  readonly flags: number;
  readonly address: Uint8Array | undefined;
  readonly control: ControlData;
}

function send(task: Task, socket: Socket, data: IoBuffer, sending: Sending): number {
  const { call } = task;
  const { flags, address } = sending;
  skip(data, call.progress);
  for (;;) {
    const control = call.progress === 0 ? sending.control : NO_CONTROL;
    let count: number;
    try {
      count = socket.send({ data, flags, address, ...control });
    } catch (error) {
      if (error instanceof Errno && call.progress > 0) return call.progress;
      throw error;
    }
    if (count === WOULD_BLOCK) return wait(task, socket, flags, POLLOUT, socket.sendTimeoutNs);
    call.progress += count;
    if (data.remaining === 0 || count === 0) return call.progress;
  }
}

// ---- receiving

/** recvfrom(2), and recv(2) */
function sysRecvfrom(task: Task, args: Args): number {
  const socket = socketOf(task, args.fd(0));
  const received = nothingReceived();
  const into = task.memory.buffer(args.ptr(1), args.len(2), 'write');
  const count = receive(task, socket, into, args.u32(3), received);
  for (const file of received.files) task.kernel.vfs.put(file);
  if (count >= 0 && args.ptr(4) !== 0) {
    writeAddress(task, args.ptr(4), args.ptr(5), received.address ?? NO_ADDRESS);
  }
  return count;
}

/** recvmsg(2) */
function sysRecvmsg(task: Task, args: Args): number {
  return receiveMessage(task, socketOf(task, args.fd(0)), args.ptr(1), args.u32(2));
}

/** recvmmsg(2): the timeout is looked at after each message, as on Linux. */
function sysRecvmmsg(task: Task, args: Args): number {
  const socket = socketOf(task, args.fd(0));
  let flags = args.u32(3);
  const count = Math.min(args.u32(2), IOV_MAX);
  const limitNs = readTimeout(task, args.ptr(4));
  const data = (task.call.data ??= { startNs: task.kernel.time.monotonicNs() });
  const endNs = (data['startNs'] as number) + limitNs;
  let done = messagesDone(task);
  while (done < count) {
    if (done > 0 && (flags & abi.MSG_WAITFORONE) !== 0) flags |= abi.MSG_DONTWAIT;
    const at = args.ptr(1) + done * abi.MMSGHDR;
    const got = attemptMessage(done, () => receiveMessage(task, socket, at, flags));
    if (got === SLEEP) return SLEEP;
    if (got < 0) break;
    task.memory.writeU32(at + abi.MMSGHDR_LEN, got);
    done = messageIsDone(task, done);
    if (task.kernel.time.monotonicNs() >= endNs) break;
  }
  return done;
}

function receiveMessage(task: Task, socket: Socket, at: number, flags: number): number {
  const header = readHeader(task, at);
  const into = task.memory.iovec(header.iov, header.iovlen, 'write');
  const received = nothingReceived();
  const count = receive(task, socket, into, flags, received);
  if (count < 0) return count;
  const writer = new ControlWriter(header.controllen);
  if (received.credentials !== undefined) {
    writer.add(abi.SCM_CREDENTIALS, abi.Ucred.encode(received.credentials));
  }
  for (const { level, type, data } of received.control ?? []) writer.add(type, data, level);
  writeFiles(task, writer, received.files, (flags & abi.MSG_CMSG_CLOEXEC) !== 0);
  const { memory } = task;
  const address = received.address ?? NO_ADDRESS;
  if (header.name !== 0) memory.copyOut(header.name, address.subarray(0, header.namelen));
  if (writer.length > 0) memory.copyOut(header.control, writer.bytes());
  const { namelen, controllen, flags: flagsField } = abi.Msghdr.fields;
  if (header.name !== 0) memory.writeI32(at + namelen[0], address.length);
  memory.writeU64(at + controllen[0], writer.length);
  const isCut = writer.isTruncated ? abi.MSG_CTRUNC : 0;
  memory.writeU32(at + flagsField[0], received.flags | isCut | (flags & abi.MSG_CMSG_CLOEXEC));
  return count;
}

const NO_ADDRESS = new Uint8Array(0);

function receive(task: Task, socket: Socket, into: IoBuffer, flags: number, received: Received): number {
  const { call } = task;
  skip(into, call.progress);
  const isWaitingForAll =
    (flags & abi.MSG_WAITALL) !== 0 && (flags & abi.MSG_PEEK) === 0 && socket.type === abi.SOCK_STREAM;
  for (;;) {
    let count: number;
    try {
      count = socket.receive(into, flags, received);
    } catch (error) {
      if (error instanceof Errno && call.progress > 0) return call.progress;
      throw error;
    }
    if (count === WOULD_BLOCK) return wait(task, socket, flags, POLLIN, socket.receiveTimeoutNs);
    if (!isWaitingForAll) return count;
    call.progress += count;
    if (count === 0 || into.remaining === 0 || received.files.length > 0) return call.progress;
  }
}

// ---- both

/** Nothing can be moved now: what was moved before, EAGAIN, or a sleep. */
function wait(task: Task, socket: Socket, flags: number, events: number, timeoutNs: number): number {
  const { call } = task;
  setDeadline(task, timeoutNs);
  const isNonblocking = socket.isNonblocking || (flags & abi.MSG_DONTWAIT) !== 0;
  if (isNonblocking || isExpired(task)) {
    return call.progress > 0 ? call.progress : fail(EAGAIN, 'socket is not ready');
  }
  return sleepOn(task, socket.waitQueues(events), { deadlineNs: call.deadlineNs });
}

function readHeader(task: Task, at: number): ReturnType<typeof abi.Msghdr.decode> {
  const header = abi.Msghdr.decode(task.memory.copyIn(at, abi.Msghdr.size));
  if (header.namelen < 0) fail(EINVAL, 'msghdr: negative name length');
  if (header.iovlen > IOV_MAX) fail(EMSGSIZE, 'msghdr: too many buffers');
  return { ...header, namelen: Math.min(header.namelen, abi.SOCKADDR_STORAGE) };
}

/** sendmmsg and recvmmsg: messages that earlier attempts have finished. */
function messagesDone(task: Task): number {
  return (task.call.data?.['messages'] as number | undefined) ?? 0;
}

function messageIsDone(task: Task, done: number): number {
  task.call.data = { ...task.call.data, messages: done + 1 };
  task.call.progress = 0;
  return done + 1;
}

/** One message; an error, or a signal, after others were moved ends the call with their count. */
function attemptMessage(done: number, attempt: () => number): number {
  try {
    const result = attempt();
    if (result < 0 && result !== SLEEP && done === 0) return fail(-result, 'interrupted');
    return result;
  } catch (error) {
    if (error instanceof Errno && done > 0) return -error.errno;
    throw error;
  }
}

export const socketTransferRows: Row[] = [
  [44, full('sendto', 'fd buf len hex ptr len', sysSendto)],
  [45, full('recvfrom', 'fd buf len hex ptr ptr', sysRecvfrom)],
  [46, full('sendmsg', 'fd ptr hex', sysSendmsg)],
  [47, full('recvmsg', 'fd ptr hex', sysRecvmsg)],
  [299, full('recvmmsg', 'fd ptr uint hex timespec_ptr', sysRecvmmsg)],
  [307, full('sendmmsg', 'fd ptr uint hex', sysSendmmsg)],
];
