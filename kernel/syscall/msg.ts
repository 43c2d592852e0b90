/**
 * System V message queues: msgget(2), msgsnd(2), msgrcv(2), msgctl(2). Linux counterpart: ipc/msg.c.
 */
import { E2BIG, EAGAIN, EIDRM, EINVAL, ENOMEM, ENOMSG, ENOSYS, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/ipc.ts';
import { ERESTARTNOHAND, fail } from '../errors.ts';
import { requireAccess, requireOwner, setOwner } from '../ipc/ipc-table.ts';
import { MessageQueue } from '../ipc/message-queue.ts';
import { CAP_SYS_RESOURCE } from '../task/credentials.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { full, partial, type Row } from './table.ts';

const READ = 0o444;
const WRITE = 0o222;
/** The type in front of a message. */
const TYPE_SIZE = 8;

/** msgget(2) */
function sysMsgget(task: Task, args: Args): number {
  const { ipc } = task.kernel;
  const key = args.i32(0);
  const flags = args.i32(1);
  const make = (): MessageQueue => ipc.queues.add(new MessageQueue(ipc, task, key, flags), ipc.msgmni);
  return ipc.queues.obtain(task, key, flags, make).id;
}

/** The queue of a call; EIDRM if it went while the call slept. */
function queueOf(task: Task, id: number): MessageQueue {
  const { queues } = task.kernel.ipc;
  if (task.call.attempt > 0 && queues.peek(id) === undefined) fail(EIDRM, 'msg: the queue was removed');
  return queues.get(id);
}

/** msgsnd(2) */
function sysMsgsnd(task: Task, args: Args): number {
  const { ipc } = task.kernel;
  const id = args.i32(0);
  const at = args.ptr(1);
  const length = args.len(2);
  const type = task.memory.readI64(at);
  if (length > ipc.msgmax || id < 0) fail(EINVAL, 'msgsnd: length or identifier');
  if (type < 1) fail(EINVAL, 'msgsnd: type');
  if (!task.kernel.buffers.has(length)) fail(ENOMEM, 'msgsnd: no memory');
  const bytes = task.memory.copyIn(at + TYPE_SIZE, length);
  const queue = queueOf(task, id);
  requireAccess(task, queue, WRITE);
  if (!queue.hasRoom(length)) {
    if ((args.i32(3) & abi.IPC_NOWAIT) !== 0) fail(EAGAIN, 'msgsnd: queue is full');
    return sleepOn(task, queue.senders, { restart: ERESTARTNOHAND });
  }
  queue.put(task, type, bytes);
  return 0;
}

/** msgrcv(2) */
function sysMsgrcv(task: Task, args: Args): number {
  const id = args.i32(0);
  const at = args.ptr(1);
  const size = args.len(2);
  const type = args.i64(3);
  const flags = args.i32(4);
  if (id < 0 || size >= 2 ** 63) fail(EINVAL, 'msgrcv: identifier or size');
  if ((flags & abi.MSG_COPY) !== 0) {
    if ((flags & (abi.MSG_EXCEPT | abi.IPC_NOWAIT)) !== abi.IPC_NOWAIT) fail(EINVAL, 'msgrcv: MSG_COPY');
    fail(ENOSYS, 'msgrcv: MSG_COPY, as without CONFIG_CHECKPOINT_RESTORE');
  }
  const queue = queueOf(task, id);
  requireAccess(task, queue, READ);
  const message = queue.find(type, flags);
  if (message === undefined) {
    if ((flags & abi.IPC_NOWAIT) !== 0) fail(ENOMSG, 'msgrcv: no such message');
    return sleepOn(task, queue.receivers, { restart: ERESTARTNOHAND });
  }
  if (message.bytes.length > size && (flags & abi.MSG_NOERROR) === 0) fail(E2BIG, 'msgrcv: message too long');
  const bytes = message.bytes.subarray(0, size);
  queue.take(task, message);
  // Linux: a bad address loses the message as well.
  task.memory.writeU64(at, message.type);
  task.memory.copyOut(at + TYPE_SIZE, bytes);
  return bytes.length;
}

/** msgctl(2) */
function sysMsgctl(task: Task, args: Args): number {
  const { ipc } = task.kernel;
  const id = args.i32(0);
  const command = args.i32(1);
  const at = args.ptr(2);
  if (id < 0 || command < 0) fail(EINVAL, 'msgctl: identifier or command');
  switch (command) {
    case abi.IPC_INFO:
    case abi.MSG_INFO:
      task.memory.copyOut(at, limits(task, command === abi.MSG_INFO));
      return ipc.queues.highestIndex;
    case abi.IPC_STAT:
    case abi.MSG_STAT:
    case abi.MSG_STAT_ANY: {
      const queue = command === abi.IPC_STAT ? ipc.queues.get(id) : ipc.queues.at(id);
      if (command !== abi.MSG_STAT_ANY) requireAccess(task, queue, READ);
      const { perm, stime, rtime, ctime, cbytes, qbytes, lspid, lrpid, messages } = queue;
      const times = { stime, rtime, ctime };
      task.memory.copyOut(
        at,
        abi.MsqidDs.encode({ ...perm, ...times, cbytes, qnum: messages.length, qbytes, lspid, lrpid }),
      );
      return command === abi.IPC_STAT ? 0 : queue.id;
    }
    case abi.IPC_SET: {
      const wanted = abi.MsqidDs.decode(task.memory.copyIn(at, abi.MsqidDs.size));
      const queue = ipc.queues.get(id);
      requireOwner(task, queue);
      if (wanted.qbytes > ipc.msgmnb && !task.capable(CAP_SYS_RESOURCE)) fail(EPERM, 'msgctl: kernel.msgmnb');
      setOwner(task, queue, wanted);
      queue.qbytes = wanted.qbytes;
      queue.receivers.wake();
      queue.senders.wake();
      return 0;
    }
    case abi.IPC_RMID: {
      const queue = ipc.queues.get(id);
      requireOwner(task, queue);
      queue.remove();
      return 0;
    }
    default:
      return fail(EINVAL, 'msgctl: command');
  }
}

function limits(task: Task, isUsage: boolean): Uint8Array {
  const { msgmax, msgmnb, msgmni, queues } = task.kernel.ipc;
  let headers = 0;
  let bytes = 0;
  for (const queue of queues) {
    headers += queue.messages.length;
    bytes += queue.cbytes;
  }
  return abi.Msginfo.encode({
    msgpool: isUsage ? queues.count : (abi.MSGMNI * abi.MSGMNB) / 1024,
    msgmap: isUsage ? headers : abi.MSGMNB,
    msgmax,
    msgmnb,
    msgmni,
    msgssz: 16,
    msgtql: isUsage ? bytes : abi.MSGMNB,
    msgseg: 0xffff,
  });
}

export const msgTable: Row[] = [
  [68, full('msgget', 'int octal', sysMsgget)],
  [69, full('msgsnd', 'int ptr len octal', sysMsgsnd)],
  [70, partial('msgrcv', 'int ptr len long octal', sysMsgrcv, 'no MSG_COPY')],
  [71, full('msgctl', 'int int ptr', sysMsgctl)],
];
