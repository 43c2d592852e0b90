/** wait4(2), waitid(2): the search is task/wait.ts. */
import type { Task } from '../task/task.ts';
import type { ChildNews, WaitFor } from '../task/wait.ts';
import type { Usage } from '../task/usage.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import { EAGAIN, EBADF, ECHILD, EINVAL, ESRCH } from '../abi/errno.ts';
import { RusageLayout } from '../abi/resource.ts';
import { SIGCHLD, SiginfoChild } from '../abi/signal.ts';
import * as abi from '../abi/wait.ts';
import { ERESTARTSYS, Errno, SLEEP, fail } from '../errors.ts';
import { PidFile } from '../task/pidfd.ts';
import { sleepOn } from '../task/sleep.ts';
import { findNews } from '../task/wait.ts';
import { full } from './table.ts';

const WAIT4_OPTIONS =
  abi.WNOHANG | abi.WUNTRACED | abi.WCONTINUED | abi.__WNOTHREAD | abi.__WCLONE | abi.__WALL;
const WAITID_OPTIONS =
  abi.WNOHANG |
  abi.WNOWAIT |
  abi.WEXITED |
  abi.WSTOPPED |
  abi.WCONTINUED |
  abi.__WNOTHREAD |
  abi.__WCLONE |
  abi.__WALL;

/** struct rusage of some counters. */
export function encodeRusage(usage: Usage): Uint8Array<ArrayBuffer> {
  return RusageLayout.encode({
    utimeSec: Math.floor(usage.userNs / 1e9),
    utimeUsec: Math.floor((usage.userNs % 1e9) / 1000),
    stimeSec: Math.floor(usage.systemNs / 1e9),
    stimeUsec: Math.floor((usage.systemNs % 1e9) / 1000),
    maxrss: usage.maxRssKib,
    minflt: usage.minorFaults,
    majflt: usage.majorFaults,
    inblock: usage.inBlocks,
    oublock: usage.outBlocks,
    nvcsw: usage.voluntarySwitches,
    nivcsw: usage.involuntarySwitches,
  });
}

/** News of a child, SLEEP or another result that is no news. `isHanging` false: undefined when there is nothing yet. */
function waitFor(task: Task, wanted: WaitFor, isHanging: boolean): ChildNews | number | undefined {
  const found = findNews(task, wanted);
  if (found === 'childless') return fail(ECHILD, 'no such child');
  if (found !== 'none') return found;
  if (!isHanging) return undefined;
  const result = sleepOn(task, task.group.childQueue);
  return result === SLEEP ? SLEEP : -ERESTARTSYS;
}

/** wait4(2) */
function sysWait4(task: Task, args: Args): number {
  const pid = args.i32(0);
  const statusAt = args.ptr(1);
  const options = args.u32(2);
  const usageAt = args.ptr(3);
  if ((options & ~WAIT4_OPTIONS) !== 0) fail(EINVAL, 'wait4: unknown option bits');
  if (pid === -(2 ** 31)) fail(ESRCH, 'wait4: pid');
  const news = waitFor(
    task,
    { ...whom(task, pid), options: options | abi.WEXITED },
    (options & abi.WNOHANG) === 0,
  );
  if (news === undefined) return 0;
  if (typeof news === 'number') return news;
  if (statusAt !== 0) task.memory.writeI32(statusAt, news.status);
  if (usageAt !== 0) task.memory.copyOut(usageAt, encodeRusage(news.usage));
  return news.pid;
}

function whom(task: Task, pid: number): { type: number; id: number } {
  if (pid === -1) return { type: abi.P_ALL, id: 0 };
  if (pid < 0) return { type: abi.P_PGID, id: -pid };
  if (pid === 0) return { type: abi.P_PGID, id: task.group.processGroup.id };
  return { type: abi.P_PID, id: pid };
}

/** waitid(2) */
function sysWaitid(task: Task, args: Args): number {
  try {
    return waitid(task, args);
  } catch (error) {
    // What went wrong leaves a siginfo_t that says nothing.
    if (error instanceof Errno && args.ptr(2) !== 0) writeInfo(task, args.ptr(2), undefined);
    throw error;
  }
}

function waitid(task: Task, args: Args): number {
  const infoAt = args.ptr(2);
  const options = args.u32(3);
  const usageAt = args.ptr(4);
  if ((options & ~WAITID_OPTIONS) !== 0) fail(EINVAL, 'waitid: unknown option bits');
  if ((options & (abi.WEXITED | abi.WSTOPPED | abi.WCONTINUED)) === 0)
    fail(EINVAL, 'waitid: nothing to wait for');
  const { type, id, isNonblocking } = whomById(task, args.i32(0), args.i32(1));
  const isHanging = (options & abi.WNOHANG) === 0 && !isNonblocking;
  const news = waitFor(task, { type, id, options }, isHanging);
  if (typeof news === 'number') return news;
  if (news === undefined && isNonblocking && (options & abi.WNOHANG) === 0)
    fail(EAGAIN, 'waitid: nonblocking pidfd');
  if (usageAt !== 0 && news !== undefined) task.memory.copyOut(usageAt, encodeRusage(news.usage));
  if (infoAt !== 0) writeInfo(task, infoAt, news);
  return 0;
}

function writeInfo(task: Task, at: number, news: ChildNews | undefined): void {
  const info =
    news === undefined
      ? {}
      : { signo: SIGCHLD, code: news.code, pid: news.pid, uid: news.uid, status: news.codeStatus };
  // Only these fields are written; what else lies in the program's siginfo_t stays.
  task.memory.copyOut(at, SiginfoChild.encode(info).subarray(0, 12));
  task.memory.copyOut(at + 16, SiginfoChild.encode(info).subarray(16, 28));
}

function whomById(
  task: Task,
  type: number,
  id: number,
): { type: number; id: number; isNonblocking: boolean } {
  const isNonblocking = false;
  switch (type) {
    case abi.P_ALL:
      return { type, id: 0, isNonblocking };
    case abi.P_PID:
      if (id <= 0) fail(EINVAL, 'waitid: pid');
      return { type, id, isNonblocking };
    case abi.P_PGID:
      if (id < 0) fail(EINVAL, 'waitid: process group');
      return { type, id: id === 0 ? task.group.processGroup.id : id, isNonblocking };
    case abi.P_PIDFD: {
      if (id < 0) fail(EINVAL, 'waitid: descriptor');
      const file = task.file(id);
      if (!(file instanceof PidFile)) return fail(EBADF, 'waitid: not a pidfd');
      // The pid may have been given to another process since.
      if (file.group.isReleased) fail(ECHILD, 'waitid: process is gone');
      return { type, id: file.group.tgid, isNonblocking: file.isNonblocking };
    }
    default:
      return fail(EINVAL, 'waitid: idtype');
  }
}

export const waitTable: Row[] = [
  [61, full('wait4', 'pid ptr waitflags ptr', sysWait4)],
  [247, full('waitid', 'int int ptr waitflags ptr', sysWaitid)],
];
