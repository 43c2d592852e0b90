/**
 * select(2), pselect6. Descriptor sets are bit strings of 64-bit words, as long as nfds says; bits for which the table
 * of descriptors has no room are not looked at.
 */
import { EBADF, EINVAL } from '../abi/errno.ts';
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from '../abi/poll.ts';
import { TimevalLayout } from '../abi/time.ts';
import { ERESTARTNOHAND, SLEEP, fail } from '../errors.ts';
import type { WaitQueue } from '../sync/wait-queue.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { isExpired, readTemporaryMask, readTimeout, setDeadline, writeRemaining } from './poll-timeout.ts';
import { full, type Row } from './table.ts';

/** What makes a descriptor ready in the read, write and exception set. */
const SETS = [
  POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR,
  POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR,
  POLLPRI,
];
/** select(2) */
function sysSelect(task: Task, args: Args): number {
  const timeoutAt = args.ptr(4);
  if (task.call.attempt === 0) setDeadline(task, readTimeval(task, timeoutAt));
  const result = select(task, args);
  if (result !== SLEEP) writeRemaining(task, timeoutAt, 1000);
  return result;
}

/** pselect6: the last argument points to the mask and its size. */
function sysPselect6(task: Task, args: Args): number {
  const timeoutAt = args.ptr(4);
  if (task.call.attempt === 0) {
    setDeadline(task, readTimeout(task, timeoutAt));
    const maskAt = args.ptr(5);
    if (maskAt !== 0) {
      const mask = task.memory.readU64(maskAt);
      readTemporaryMask(task, mask, task.memory.readU64(maskAt + 8));
    }
  }
  const result = select(task, args);
  if (result !== SLEEP) writeRemaining(task, timeoutAt, 1);
  return result;
}

function readTimeval(task: Task, at: number): number {
  if (at === 0) return Infinity;
  const { sec, usec } = TimevalLayout.decode(task.memory.copyIn(at, TimevalLayout.size));
  // More than a million microseconds are carried over, as Linux does.
  if (sec < 0 || usec < 0) fail(EINVAL, 'select: negative timeout');
  return sec * 1e9 + usec * 1e3;
}

function select(task: Task, args: Args): number {
  const nfds = args.i32(0);
  if (nfds < 0) fail(EINVAL, 'select: negative nfds');
  const count = Math.min(nfds, task.files.capacity);
  const size = Math.ceil(count / 64) * 8;
  const pointers = [args.ptr(1), args.ptr(2), args.ptr(3)];
  const asked = pointers.map(at => (at === 0 ? undefined : task.memory.copyIn(at, size)));
  const found = asked.map(set => set && new Uint8Array(size));
  const queues: WaitQueue[] = [];
  let ready = 0;
  for (let i = 0; i < size; i++) {
    const any = (asked[0]?.[i] ?? 0) | (asked[1]?.[i] ?? 0) | (asked[2]?.[i] ?? 0);
    for (let bit = 0; any >> bit !== 0; bit++) {
      const fd = i * 8 + bit;
      const mask = 1 << bit;
      if ((any & mask) === 0 || fd >= count) continue;
      const file = task.files.get(fd) ?? fail(EBADF, 'select: no such descriptor');
      const wanted = SETS.reduce((all, events, n) => ((asked[n]?.[i] ?? 0) & mask ? all | events : all), 0);
      for (const queue of file.waitQueues(wanted)) queues.push(queue);
      const events = file.poll();
      for (let n = 0; n < 3; n++) {
        if (((asked[n]?.[i] ?? 0) & mask) === 0 || (events & SETS[n]!) === 0) continue;
        found[n]![i]! |= mask;
        ready++;
      }
    }
  }
  if (ready === 0 && !isExpired(task)) {
    // The sets stay as they are when the call is interrupted.
    return sleepOn(task, queues, { deadlineNs: task.call.deadlineNs, restart: ERESTARTNOHAND });
  }
  for (let n = 0; n < 3; n++) if (found[n] !== undefined) task.memory.copyOut(pointers[n]!, found[n]!);
  return ready;
}

export const selectRows: Row[] = [
  [23, full('select', 'int ptr ptr ptr ptr', sysSelect)],
  [270, full('pselect6', 'int ptr ptr ptr timespec_ptr ptr', sysPselect6)],
];
