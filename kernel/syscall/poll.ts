/**
 * poll(2), ppoll(2).
 */
import { EINVAL } from '../abi/errno.ts';
import { POLLERR, POLLHUP, POLLNVAL, Pollfd } from '../abi/poll.ts';
import { RLIMIT_NOFILE } from '../abi/resource.ts';
import { ERESTARTNOHAND, ERESTART_RESTARTBLOCK, SLEEP, fail } from '../errors.ts';
import { viewOf } from '../abi/layout.ts';
import type { WaitQueue } from '../sync/wait-queue.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { isExpired, readTemporaryMask, readTimeout, setDeadline, writeRemaining } from './poll-timeout.ts';
import { selectRows } from './select.ts';
import { full, type Row } from './table.ts';

const NS_PER_MS = 1e6;
const REVENTS = Pollfd.fields.revents[0];
const EVENTS = Pollfd.fields.events[0];

/** poll(2) */
function sysPoll(task: Task, args: Args): number {
  const timeoutMs = args.i32(2);
  setDeadline(task, timeoutMs < 0 ? Infinity : timeoutMs * NS_PER_MS);
  return poll(task, args.ptr(0), args.u32(1), ERESTART_RESTARTBLOCK);
}

/** ppoll(2) */
function sysPpoll(task: Task, args: Args): number {
  if (task.call.attempt === 0) {
    setDeadline(task, readTimeout(task, args.ptr(2)));
    readTemporaryMask(task, args.ptr(3), args.len(4));
  }
  const result = poll(task, args.ptr(0), args.u32(1), ERESTARTNOHAND);
  if (result !== SLEEP) writeRemaining(task, args.ptr(2), 1);
  return result;
}

function poll(task: Task, at: number, count: number, restart: number): number {
  if (count > task.limit(RLIMIT_NOFILE)) fail(EINVAL, 'poll: more than RLIMIT_NOFILE');
  const bytes = task.memory.copyIn(at, count * Pollfd.size);
  const view = viewOf(bytes);
  const queues: WaitQueue[] = [];
  let ready = 0;
  for (let offset = 0; offset < bytes.length; offset += Pollfd.size) {
    const revents = pollOne(task, view.getInt32(offset, true), view.getUint16(offset + EVENTS, true), queues);
    view.setUint16(offset + REVENTS, revents, true);
    if (revents !== 0) ready++;
  }
  if (ready === 0 && !isExpired(task)) {
    const result = sleepOn(task, queues, { deadlineNs: task.call.deadlineNs, restart });
    if (result === SLEEP) return SLEEP;
    writeResults(task, at, bytes);
    return result;
  }
  writeResults(task, at, bytes);
  return ready;
}

/** The events of one descriptor; collects the queues to sleep on. A negative descriptor is skipped. */
function pollOne(task: Task, fd: number, events: number, queues: WaitQueue[]): number {
  if (fd < 0) return 0;
  const file = task.files.get(fd);
  if (file === undefined) return POLLNVAL;
  const wanted = events | POLLERR | POLLHUP;
  for (const queue of file.waitQueues(wanted)) queues.push(queue);
  return file.poll() & wanted;
}

/** Writes revents and nothing else: another thread may be changing fd and events. */
function writeResults(task: Task, at: number, bytes: Uint8Array): void {
  for (let offset = REVENTS; offset < bytes.length; offset += Pollfd.size) {
    task.memory.copyOut(at + offset, bytes.subarray(offset, offset + 2));
  }
}

export const pollTable: Row[] = [
  [7, full('poll', 'ptr uint int', sysPoll)],
  [271, full('ppoll', 'ptr uint timespec_ptr sigset_ptr len', sysPpoll)],
  ...selectRows,
];
