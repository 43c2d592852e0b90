/**
 * Asynchronous I/O on files: io_setup(2), io_submit(2), io_getevents(2), io_pgetevents(2), io_cancel(2), io_destroy(2).
 * Linux counterpart: fs/aio.c. As on Linux for files that are not opened with O_DIRECT, an operation is done when
 * io_submit returns; what is asynchronous is only how one hears of it. Linux: takes pipes and sockets too, and waits
 * for them within io_submit; here they are EINVAL.
 */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import * as abi from '../abi/aio.ts';
import { EAGAIN, EBADF, EFAULT, EINTR, EINVAL } from '../abi/errno.ts';
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import * as nr from '../abi/syscall-numbers.ts';
import { Errno, SLEEP, fail } from '../errors.ts';
import { EventFile } from '../fs/eventfd.ts';
import { setArguments } from '../io-uring/operations.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import { sleepOn } from '../task/sleep.ts';
import { Args as CallArgs } from './args.ts';
import { isExpired, readTemporaryMask, readTimeout, setDeadline } from './poll-timeout.ts';
import { partial, type Row } from './table.ts';

/** A context: its events that nobody has taken. Its number is the address of a page, as C libraries expect. */
export interface AioContext {
  readonly capacity: number;
  readonly events: Uint8Array[];
  readonly queue: WaitQueue;
}

const MAX_EVENTS = 65536;
const SIGSET_ARG = 16;

/** io_setup(2) */
function sysIoSetup(task: Task, args: Args): number {
  const capacity = args.u32(0);
  const at = args.ptr(1);
  if (task.memory.readU64(at) !== 0 || capacity === 0) fail(EINVAL, 'io_setup: context or number of events');
  let inUse = 0;
  for (const context of task.memory.aioContexts.values()) inUse += context.capacity;
  if (inUse + capacity > (task.kernel.sysctls.get('fs/aio-max-nr') ?? MAX_EVENTS))
    fail(EAGAIN, 'fs.aio-max-nr');
  const flags = MAP_PRIVATE | MAP_ANONYMOUS;
  task.memory.limits = task;
  const id = task.memory.mmap({ at: 0, length: PAGE_SIZE, prot: PROT_READ | PROT_WRITE, flags });
  try {
    task.memory.writeU64(at, id);
  } catch (error) {
    task.memory.munmap(id, PAGE_SIZE);
    throw error;
  }
  task.memory.aioContexts.set(id, { capacity, events: [], queue: new WaitQueue() });
  return 0;
}

function contextOf(task: Task, id: number): AioContext {
  return task.memory.aioContexts.get(id) ?? fail(EINVAL, 'aio: no such context');
}

/** io_destroy(2) */
function sysIoDestroy(task: Task, args: Args): number {
  const { queue } = contextOf(task, args.ptr(0));
  task.memory.aioContexts.delete(args.ptr(0));
  task.memory.munmap(args.ptr(0), PAGE_SIZE);
  queue.wake();
  return 0;
}

/** io_submit(2): how many were taken; an error only for the first. */
function sysIoSubmit(task: Task, args: Args): number {
  const context = contextOf(task, args.ptr(0));
  const count = args.i64(1);
  if (count < 0) fail(EINVAL, 'io_submit: negative count');
  let done = 0;
  for (; done < count && done < context.capacity; done++) {
    try {
      submit(task, context, task.memory.readU64(args.ptr(2) + done * 8));
    } catch (error) {
      if (error instanceof Errno && done > 0) return done;
      throw error;
    }
  }
  return done;
}

function submit(task: Task, context: AioContext, at: number): void {
  const iocb = abi.Iocb.decode(task.memory.copyIn(at, abi.Iocb.size));
  const { opcode, flags, reserved, data } = iocb;
  if (reserved !== 0n || (flags & ~(abi.IOCB_FLAG_RESFD | abi.IOCB_FLAG_IOPRIO)) !== 0)
    fail(EINVAL, 'io_submit: iocb');
  const file = task.file(iocb.fd | 0);
  let eventfd: EventFile | undefined;
  if ((flags & abi.IOCB_FLAG_RESFD) !== 0) {
    const wanted = task.files.get(iocb.resfd | 0) ?? fail(EBADF, 'io_submit: resfd');
    eventfd = wanted instanceof EventFile ? wanted : fail(EINVAL, 'io_submit: resfd is no eventfd');
  }
  if (context.events.length >= context.capacity) fail(EAGAIN, 'io_submit: the context is full');
  const words = callFor(opcode, iocb);
  if (words === undefined || !file.isSeekable) return fail(EINVAL, 'io_submit: operation');
  task.memory.writeU32(at + 8, abi.KIOCB_KEY);
  const event = { data, obj: BigInt(at), res: run(task, words) };
  context.events.push(abi.IoEvent.encode(event));
  eventfd?.add(1n);
  context.queue.wake();
}

type Iocb = ReturnType<typeof abi.Iocb.decode>;
type Words = readonly (number | bigint)[];

/** The system call that does an operation, and its arguments. */
function callFor(opcode: number, { fd, buf, nbytes, offset, rwFlags }: Iocb): Words | undefined {
  switch (opcode) {
    case abi.IOCB_CMD_PREAD:
      return [nr.SYS_pread64, fd, buf, nbytes, offset];
    case abi.IOCB_CMD_PWRITE:
      return [nr.SYS_pwrite64, fd, buf, nbytes, offset];
    case abi.IOCB_CMD_PREADV:
      return [nr.SYS_preadv2, fd, buf, nbytes, offset, 0, rwFlags];
    case abi.IOCB_CMD_PWRITEV:
      return [nr.SYS_pwritev2, fd, buf, nbytes, offset, 0, rwFlags];
    case abi.IOCB_CMD_FSYNC:
      return [nr.SYS_fsync, fd];
    case abi.IOCB_CMD_FDSYNC:
      return [nr.SYS_fdatasync, fd];
    default:
      return undefined;
  }
}

/** Result or −errno. Files with a position never wait. */
function run(task: Task, [number, ...words]: Words): number {
  const args = new CallArgs();
  setArguments(args, words);
  const { call } = task;
  const { progress } = call;
  call.progress = 0;
  try {
    return task.kernel.table.get(Number(number))!.handler!(task, args);
  } catch (error) {
    if (error instanceof Errno) return -error.errno;
    throw error;
  } finally {
    call.progress = progress;
  }
}

/** io_getevents(2) */
function sysIoGetevents(task: Task, args: Args): number {
  setDeadline(task, readTimeout(task, args.ptr(4)));
  return getEvents(task, args);
}

/** io_pgetevents(2): with a signal mask, in a struct. */
function sysIoPgetevents(task: Task, args: Args): number {
  if (task.call.attempt === 0) {
    setDeadline(task, readTimeout(task, args.ptr(4)));
    const at = args.ptr(5);
    if (at !== 0) {
      task.memory.copyIn(at, SIGSET_ARG);
      readTemporaryMask(task, task.memory.readU64(at), task.memory.readU64(at + 8));
    }
  }
  return getEvents(task, args);
}

function getEvents(task: Task, args: Args): number {
  const least = args.i64(1);
  const most = args.i64(2);
  if (least < 0 || most < 0 || least > most) fail(EINVAL, 'io_getevents: numbers');
  const { events, queue } = contextOf(task, args.ptr(0));
  const { call } = task;
  while (call.progress < most && events.length > 0) {
    try {
      task.memory.copyOut(args.ptr(3) + call.progress * abi.IoEvent.size, events[0]!);
    } catch (error) {
      if (error instanceof Errno && call.progress > 0) return call.progress;
      return fail(EFAULT, 'io_getevents: buffer');
    }
    events.shift();
    call.progress++;
  }
  if (call.progress >= least || isExpired(task)) return call.progress;
  const slept = sleepOn(task, queue, { deadlineNs: call.deadlineNs, restart: EINTR });
  return slept === SLEEP ? SLEEP : slept;
}

/** io_cancel(2): what was submitted is done. */
function sysIoCancel(task: Task, args: Args): number {
  task.memory.readU32(args.ptr(1) + 8);
  contextOf(task, args.ptr(0));
  return fail(EINVAL, 'io_cancel: done already');
}

const NOTE = 'files with a position only, done within io_submit';

export const aioTable: Row[] = [
  [206, partial('io_setup', 'uint ptr', sysIoSetup, NOTE)],
  [207, partial('io_destroy', 'ptr', sysIoDestroy, NOTE)],
  [208, partial('io_getevents', 'ptr long long ptr timespec_ptr', sysIoGetevents, NOTE)],
  [209, partial('io_submit', 'ptr long ptr', sysIoSubmit, NOTE)],
  [210, partial('io_cancel', 'ptr ptr ptr', sysIoCancel, NOTE)],
  [333, partial('io_pgetevents', 'ptr long long ptr timespec_ptr ptr', sysIoPgetevents, NOTE)],
];
