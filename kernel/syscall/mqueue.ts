/**
 * POSIX message queues: mq_open(2), mq_unlink(2), mq_timedsend(2), mq_timedreceive(2), mq_notify(2), mq_getsetattr(2).
 * Names come without the slash with which programs write them; the C library takes it off.
 */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { EACCES, EAGAIN, EBADF, EINVAL, EMSGSIZE, ENOENT, ETIMEDOUT } from '../abi/errno.ts';
import { O_ACCMODE, O_CREAT, O_EXCL, O_NONBLOCK } from '../abi/fcntl.ts';
import { MQ_PRIO_MAX, MqAttr, NOTIFY_COOKIE_LEN } from '../abi/mqueue.ts';
import { NSIG, SIGEV_SIGNAL, SIGEV_THREAD, SigeventLayout } from '../abi/signal.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import { unlink } from '../fs/remove.ts';
import type { Path } from '../fs/path.ts';
import { NOTIFY_KINDS, PosixQueueFile } from '../ipc/posix-queue.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { NetlinkSocket } from '../net/netlink.ts';
import { sleepOn } from '../task/sleep.ts';
import { installNew } from './install-pair.ts';
import { readTimespec } from './time-arguments.ts';
import { full, type Row } from './table.ts';

const NAME_MAX = 255;

function readName(task: Task, at: number): string {
  const name = task.memory.readString(at, NAME_MAX + 1);
  if (name === '') fail(ENOENT, 'mq: empty name');
  if (name === '.' || name === '..' || name.includes('/')) fail(EACCES, 'mq: name');
  return name;
}

function rootOf(task: Task): Path {
  const { mount } = task.kernel.posixQueues;
  return { mount, dentry: mount.root };
}

/** mq_open(2). The descriptor is always closed by exec. */
function sysMqOpen(task: Task, args: Args): number {
  const { kernel } = task;
  const flags = args.i32(1) & (O_ACCMODE | O_CREAT | O_EXCL | O_NONBLOCK);
  const at = args.ptr(3);
  const wanted =
    (flags & O_CREAT) !== 0 && at !== 0 ? MqAttr.decode(task.memory.copyIn(at, MqAttr.size)) : undefined;
  const name = readName(task, args.ptr(0));
  if ((flags & O_ACCMODE) === O_ACCMODE) fail(EINVAL, 'mq_open: access mode');
  task.files.lowestFree(); // EMFILE before anything is made
  kernel.posixQueues.wanted = wanted;
  try {
    const file = kernel.vfs.open(task.walkContext(), rootOf(task), name, flags, args.u32(2) & 0o7777);
    return installNew(task, file, true);
  } finally {
    kernel.posixQueues.wanted = undefined;
  }
}

/** mq_unlink(2) */
function sysMqUnlink(task: Task, args: Args): number {
  unlink(task.walkContext(), rootOf(task), readName(task, args.ptr(0)));
  return 0;
}

function queueFile(task: Task, fd: number): PosixQueueFile {
  const file = task.file(fd);
  return file instanceof PosixQueueFile ? file : fail(EBADF, 'mq: no message queue');
}

/** An absolute time on CLOCK_REALTIME as a monotonic deadline; EINVAL before anything else. */
function setDeadline(task: Task, at: number): void {
  if (at === 0 || task.call.attempt > 0) return;
  task.call.deadlineNs = task.kernel.time.monotonicAt(readTimespec(task, at));
}

/** The queue is full or empty: EAGAIN, ETIMEDOUT, or a sleep. */
function wait(task: Task, file: PosixQueueFile, events: 'in' | 'out'): number {
  if (file.isNonblocking) fail(EAGAIN, 'mq: O_NONBLOCK');
  const { deadlineNs } = task.call;
  if (task.kernel.time.monotonicNs() >= deadlineNs) fail(ETIMEDOUT, 'mq: time is over');
  const { readQueue, writeQueue } = file.queue;
  return sleepOn(task, events === 'in' ? readQueue : writeQueue, { deadlineNs });
}

/** mq_timedsend(2) */
function sysMqTimedsend(task: Task, args: Args): number {
  const length = args.len(2);
  const priority = args.u32(3);
  if (priority >= MQ_PRIO_MAX) fail(EINVAL, 'mq_timedsend: priority');
  setDeadline(task, args.ptr(4));
  const file = queueFile(task, args.fd(0));
  if (!file.isWritable) fail(EBADF, 'mq_timedsend: not open for writing');
  if (length > file.queue.limits.msgsize) fail(EMSGSIZE, 'mq_timedsend: message too long');
  const data = IoBuffer.of(task.memory.copyIn(args.ptr(1), length));
  const sent = file.queue.send(task, priority, data, length);
  return sent === WOULD_BLOCK ? wait(task, file, 'out') : sent;
}

/** mq_timedreceive(2) */
function sysMqTimedreceive(task: Task, args: Args): number {
  setDeadline(task, args.ptr(4));
  const file = queueFile(task, args.fd(0));
  if (!file.isReadable) fail(EBADF, 'mq_timedreceive: not open for reading');
  if (args.len(2) < file.queue.limits.msgsize) fail(EMSGSIZE, 'mq_timedreceive: buffer too small');
  const message = file.queue.receive();
  if (message === WOULD_BLOCK) return wait(task, file, 'in');
  // Linux: a bad address loses the message as well.
  if (args.ptr(3) !== 0) task.memory.writeU32(args.ptr(3), message.priority);
  task.memory.copyOut(args.ptr(1), message.bytes);
  return message.bytes.length;
}

/** mq_notify(2) */
function sysMqNotify(task: Task, args: Args): number {
  const at = args.ptr(1);
  if (at === 0) {
    const { queue } = queueFile(task, args.fd(0));
    if (queue.notification?.group === task.group) queue.unregister();
    return 0;
  }
  const { notify: kind, signo, value } = SigeventLayout.decode(task.memory.copyIn(at, SigeventLayout.size));
  if (!NOTIFY_KINDS.has(kind)) fail(EINVAL, 'mq_notify: kind');
  if (kind === SIGEV_SIGNAL && (signo < 0 || signo > NSIG)) fail(EINVAL, 'mq_notify: signal');
  let cookie = new Uint8Array(0);
  let socket: NetlinkSocket | undefined;
  if (kind === SIGEV_THREAD) {
    cookie = task.memory.copyIn(Number(value), NOTIFY_COOKIE_LEN);
    // The signal number is the descriptor of a socket.
    const file = task.file(signo);
    socket = file instanceof NetlinkSocket ? file : fail(EINVAL, 'mq_notify: no netlink socket');
  }
  const { queue } = queueFile(task, args.fd(0));
  queue.register({ group: task.group, uid: task.credentials.uid, kind, signo, value, socket, cookie });
  if (socket !== undefined) task.kernel.vfs.get(socket);
  return 0;
}

/** mq_getsetattr(2): of the attributes only O_NONBLOCK can be changed. */
function sysMqGetsetattr(task: Task, args: Args): number {
  const [newAt, oldAt] = [args.ptr(1), args.ptr(2)];
  const wanted = newAt === 0 ? undefined : MqAttr.decode(task.memory.copyIn(newAt, MqAttr.size));
  if (wanted !== undefined && (wanted.flags & ~O_NONBLOCK) !== 0) fail(EINVAL, 'mq_setattr: flags');
  const file = queueFile(task, args.fd(0));
  const { limits, messages } = file.queue;
  const old = { ...limits, flags: file.flags & O_NONBLOCK, curmsgs: messages.length };
  if (wanted !== undefined) file.flags = (file.flags & ~O_NONBLOCK) | (wanted.flags & O_NONBLOCK);
  if (oldAt !== 0) task.memory.copyOut(oldAt, MqAttr.encode(old));
  return 0;
}

export const mqueueTable: Row[] = [
  [240, full('mq_open', 'str openflags mode ptr', sysMqOpen)],
  [241, full('mq_unlink', 'str', sysMqUnlink)],
  [242, full('mq_timedsend', 'fd buf len uint timespec_ptr', sysMqTimedsend)],
  [243, full('mq_timedreceive', 'fd buf len ptr timespec_ptr', sysMqTimedreceive)],
  [244, full('mq_notify', 'fd ptr', sysMqNotify)],
  [245, full('mq_getsetattr', 'fd ptr ptr', sysMqGetsetattr)],
];
