/**
 * Signals: rt_sigaction(2), rt_sigprocmask(2), rt_sigpending(2), rt_sigsuspend(2), rt_sigtimedwait(2), kill(2),
 * tkill(2), rt_sigqueueinfo(2), sigaltstack(2), pause(2). Delivery is task/signals.ts.
 */
import type { File } from '../fs/file.ts';
import type { SignalInfo } from '../task/signal-queue.ts';
import type { Task } from '../task/task.ts';
import type { ThreadGroup } from '../task/thread-group.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import { EAGAIN, EBADF, EINTR, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { fromBytes } from '../abi/byte-string.ts';
import { viewOf } from '../abi/layout.ts';
import * as abi from '../abi/signal.ts';
import { ERESTARTNOHAND, SLEEP, fail } from '../errors.ts';
import { processDirectory } from '../fs/proc/pid-entries.ts';
import { TreeInode } from '../fs/proc/tree-inode.ts';
import { PidFile } from '../task/pidfd.ts';
import { alternateStackState, setAlternateStack } from '../task/altstack.ts';
import { stackPointer } from '../task/registers.ts';
import { encodeSignalInfo } from '../task/signal-queue.ts';
import {
  DEFAULT_IGNORED,
  UNBLOCKABLE,
  infoFrom,
  mayKill,
  queueSignal,
  sendSignal,
  signalEverybody,
} from '../task/signal-send.ts';
import { popFrame, setMask, setTemporaryMask, takeSignal } from '../task/signals.ts';
import { recalculatePending } from '../task/signal-state.ts';
import { sleepOn } from '../task/sleep.ts';
import { full } from './table.ts';
import { readTimeout } from './time-arguments.ts';

const KNOWN_FLAGS =
  abi.SA_NOCLDSTOP |
  abi.SA_NOCLDWAIT |
  abi.SA_SIGINFO |
  abi.SA_RESTORER |
  abi.SA_ONSTACK |
  abi.SA_RESTART |
  abi.SA_NODEFER |
  abi.SA_RESETHAND;

function requireSetSize(size: number): void {
  if (size !== abi.SIGSET_SIZE) fail(EINVAL, 'sigsetsize is not 8');
}
function isSignal(signo: number): boolean {
  return signo >= 1 && signo <= abi.NSIG;
}

/** rt_sigaction(2) */
function sysRtSigaction(task: Task, args: Args): number {
  const signo = args.i32(0);
  const newAt = args.ptr(1);
  const oldAt = args.ptr(2);
  requireSetSize(args.len(3));
  const wanted = newAt === 0 ? undefined : abi.SigactionLayout.decode(task.memory.copyIn(newAt, 32));
  if (!isSignal(signo)) fail(EINVAL, 'no such signal');
  const bit = abi.signalBit(signo);
  if (wanted !== undefined && (bit & UNBLOCKABLE) !== 0n)
    fail(EINVAL, 'SIGKILL and SIGSTOP have no handlers');
  const old = task.handlers.get(signo);
  if (wanted !== undefined) {
    const { handler, restorer } = wanted;
    const flags = (wanted.flags & KNOWN_FLAGS) >>> 0;
    task.handlers.set(signo, { handler, flags, restorer, mask: wanted.mask & ~UNBLOCKABLE });
    const isIgnored = handler === abi.SIG_IGN || (handler === abi.SIG_DFL && (bit & DEFAULT_IGNORED) !== 0n);
    if (isIgnored) forgetSignal(task.group, bit);
  }
  if (oldAt !== 0) {
    const { handler, flags, restorer, mask } = old;
    task.memory.copyOut(oldAt, abi.SigactionLayout.encode({ handler, flags, restorer, mask }));
  }
  return 0;
}

/** A signal that is ignored from now on does not stay pending either. */
function forgetSignal(group: ThreadGroup, set: bigint): void {
  group.sharedPending.flush(set);
  for (const thread of group.threads) {
    thread.pending.flush(set);
    recalculatePending(thread);
  }
}

/** rt_sigprocmask(2) */
function sysRtSigprocmask(task: Task, args: Args): number {
  const how = args.i32(0);
  const setAt = args.ptr(1);
  const oldAt = args.ptr(2);
  requireSetSize(args.len(3));
  const old = task.blocked;
  if (setAt !== 0) {
    const set = task.memory.readB64(setAt);
    if (how === abi.SIG_BLOCK) setMask(task, old | set);
    else if (how === abi.SIG_UNBLOCK) setMask(task, old & ~set);
    else if (how === abi.SIG_SETMASK) setMask(task, set);
    else fail(EINVAL, 'rt_sigprocmask: how');
  }
  if (oldAt !== 0) task.memory.writeB64(oldAt, old);
  return 0;
}

/** rt_sigpending(2) */
function sysRtSigpending(task: Task, args: Args): number {
  const size = args.len(1);
  if (size > abi.SIGSET_SIZE) fail(EINVAL, 'sigsetsize is more than 8');
  const set = (task.pending.set | task.group.sharedPending.set) & task.blocked;
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigUint64(0, set, true);
  task.memory.copyOut(args.ptr(0), bytes.subarray(0, size));
  return 0;
}

/** rt_sigsuspend(2) */
function sysRtSigsuspend(task: Task, args: Args): number {
  requireSetSize(args.len(1));
  const mask = task.memory.readB64(args.ptr(0));
  setTemporaryMask(task, mask);
  return sleepOn(task, [], { restart: ERESTARTNOHAND });
}

/** pause(2) */
function sysPause(task: Task): number {
  return sleepOn(task, [], { restart: ERESTARTNOHAND });
}

/** rt_sigtimedwait(2) */
function sysRtSigtimedwait(task: Task, args: Args): number {
  requireSetSize(args.len(3));
  const set = task.memory.readB64(args.ptr(0)) & ~UNBLOCKABLE;
  const infoAt = args.ptr(1);
  const { call } = task;
  if (call.attempt === 0) call.deadlineNs = readTimeout(task, args.ptr(2));
  task.awaited = 0n;
  const info = takeSignal(task, ~set);
  if (info !== undefined) {
    if (infoAt !== 0) task.memory.copyOut(infoAt, encodeSignalInfo(info));
    return info.signo;
  }
  if (task.kernel.time.monotonicNs() >= call.deadlineNs) return fail(EAGAIN, 'rt_sigtimedwait: time is over');
  // The awaited signals may not be blocked: then one that arrives just goes to its handler, and this is EINTR.
  if (task.isSignalPending) return fail(EINTR, 'rt_sigtimedwait: another signal');
  task.awaited = set;
  const result = sleepOn(task, [], { deadlineNs: call.deadlineNs });
  if (result === SLEEP) return SLEEP;
  task.awaited = 0n;
  return -EINTR;
}

/** rt_sigreturn(2) */
function sysRtSigreturn(task: Task): number {
  return popFrame(task);
}

/** sigaltstack(2) */
function sysSigaltstack(task: Task, args: Args): number {
  const newAt = args.ptr(0);
  const oldAt = args.ptr(1);
  const own = stackPointer(task);
  const old = task.altstack;
  const state = alternateStackState(task, own);
  if (newAt !== 0) {
    const { sp, flags, size } = abi.StackLayout.decode(task.memory.copyIn(newAt, 24));
    setAlternateStack(task, { sp, flags, size }, own);
  }
  if (oldAt !== 0) {
    const flags = (state | (old.flags & abi.SS_AUTODISARM)) >>> 0;
    task.memory.copyOut(oldAt, abi.StackLayout.encode({ ...old, flags }));
  }
  return 0;
}

/** kill(2) */
function sysKill(task: Task, args: Args): number {
  const pid = args.i32(0);
  const signo = args.i32(1);
  if (signo < 0 || signo > abi.NSIG) fail(EINVAL, 'no such signal');
  const { tasks } = task.kernel;
  if (pid > 0) {
    // The tid of any thread names its process here, as on Linux.
    const target = tasks.task(pid)?.group;
    if (target === undefined) return fail(ESRCH, 'kill: no such process');
    return killGroup(task, target, signo);
  }
  if (pid === -1) {
    const { tried, denied } = signalEverybody(task.kernel, task, signo);
    if (tried === 0) fail(ESRCH, 'kill: nobody else');
    if (tried === denied) fail(EPERM, 'kill: nobody that may be signalled');
    return 0;
  }
  const group = pid === 0 ? task.group.processGroup : tasks.processGroups.get(-pid);
  if (group === undefined) return fail(ESRCH, 'kill: no such process group');
  let sent = 0;
  const members = [...group.members];
  for (const member of members) {
    if (!mayKill(task, member.leader, signo)) continue;
    sent++;
    if (signo !== 0) sendSignal(member, signo, infoFrom(task, signo));
  }
  if (members.length === 0) fail(ESRCH, 'kill: empty process group');
  if (sent === 0) fail(EPERM, 'kill: no member that may be signalled');
  return 0;
}

function killGroup(task: Task, target: ThreadGroup, signo: number): number {
  if (!mayKill(task, target.leader, signo)) fail(EPERM, 'kill');
  if (signo !== 0) sendSignal(target, signo, infoFrom(task, signo));
  return 0;
}

/** tkill(2) */
function sysTkill(task: Task, args: Args): number {
  const tid = args.i32(0);
  if (tid <= 0) fail(EINVAL, 'tkill: tid');
  return killThread(task, 0, tid, args.i32(1));
}

/** tgkill(2) */
function sysTgkill(task: Task, args: Args): number {
  const tgid = args.i32(0);
  const tid = args.i32(1);
  if (tgid <= 0 || tid <= 0) fail(EINVAL, 'tgkill: tgid or tid');
  return killThread(task, tgid, tid, args.i32(2));
}

/** `tgid` 0: any. */
function findThread(task: Task, tgid: number, tid: number): Task {
  const target = task.kernel.tasks.task(tid);
  if (target === undefined || (tgid !== 0 && target.group.tgid !== tgid))
    return fail(ESRCH, 'no such thread');
  return target;
}

function killThread(task: Task, tgid: number, tid: number, signo: number): number {
  const target = findThread(task, tgid, tid);
  if (signo < 0 || signo > abi.NSIG) fail(EINVAL, 'no such signal');
  if (!mayKill(task, target, signo)) fail(EPERM, 'tkill');
  if (signo !== 0) sendSignal(target, signo, infoFrom(task, signo, abi.SI_TKILL));
  return 0;
}

/** siginfo_t as a program gives it. */
function readInfo(task: Task, at: number, signo: number): SignalInfo {
  const bytes = task.memory.copyIn(at, abi.SIGINFO_SIZE);
  const { code, pid, uid, value } = abi.SiginfoKill.decode(bytes);
  return { signo, code, pid, uid, value, raw: fromBytes(bytes) };
}

/** Only the kernel says that a signal comes from the kernel, or from kill(2); to oneself one may say anything. */
function requireHonest(task: Task, info: SignalInfo, pid: number): void {
  if ((info.code >= 0 || info.code === abi.SI_TKILL) && pid !== task.tid) {
    fail(EPERM, 'rt_sigqueueinfo: si_code of the kernel');
  }
}

/** rt_sigqueueinfo(2) */
function sysRtSigqueueinfo(task: Task, args: Args): number {
  const signo = args.i32(1);
  const info = readInfo(task, args.ptr(2), signo);
  requireHonest(task, info, args.i32(0));
  const target = task.kernel.tasks.task(args.i32(0));
  if (target === undefined) return fail(ESRCH, 'rt_sigqueueinfo: no such process');
  return queue(task, target, target.group, info);
}

/** rt_tgsigqueueinfo(2) */
function sysRtTgsigqueueinfo(task: Task, args: Args): number {
  const tgid = args.i32(0);
  const tid = args.i32(1);
  const signo = args.i32(2);
  const info = readInfo(task, args.ptr(3), signo);
  if (tgid <= 0 || tid <= 0) fail(EINVAL, 'rt_tgsigqueueinfo: tgid or tid');
  requireHonest(task, info, tid);
  const target = findThread(task, tgid, tid);
  return queue(task, target, target, info);
}

function queue(task: Task, target: Task, receiver: Task | ThreadGroup, info: SignalInfo): number {
  const { signo } = info;
  if (signo < 0 || signo > abi.NSIG) fail(EINVAL, 'no such signal');
  if (!mayKill(task, target, signo)) fail(EPERM, 'rt_sigqueueinfo');
  return signo === 0 ? 0 : queueSignal(receiver, signo, info);
}

/** The process that a pidfd stands for, or a descriptor of its directory in /proc. */
function processOf(file: File): ThreadGroup | undefined {
  if (file instanceof PidFile) return file.group;
  const { inode } = file;
  const isProcess = inode instanceof TreeInode && inode.node === processDirectory;
  return isProcess ? (inode.subject as Task).group : undefined;
}

/** pidfd_send_signal(2) */
function sysPidfdSendSignal(task: Task, args: Args): number {
  const file = task.file(args.fd(0));
  const signo = args.i32(1);
  const infoAt = args.ptr(2);
  if (args.u32(3) !== 0) fail(EINVAL, 'pidfd_send_signal: flags');
  const target = processOf(file) ?? fail(EBADF, 'pidfd_send_signal: not a pidfd');
  if (target.isReleased) return fail(ESRCH, 'pidfd_send_signal: process is gone');
  if (infoAt === 0) {
    if (signo < 0 || signo > abi.NSIG) fail(EINVAL, 'no such signal');
    return killGroup(task, target, signo);
  }
  const info = readInfo(task, infoAt, signo);
  if (viewOf(task.memory.copyIn(infoAt, 4)).getInt32(0, true) !== signo)
    fail(EINVAL, 'si_signo is another signal');
  requireHonest(task, info, target.tgid);
  return queue(task, target.leader, target, info);
}

export const signalTable: Row[] = [
  [13, full('rt_sigaction', 'signal ptr ptr len', sysRtSigaction)],
  [14, full('rt_sigprocmask', 'int sigset_ptr sigset_ptr len', sysRtSigprocmask)],
  [15, full('rt_sigreturn', '', sysRtSigreturn)],
  [34, full('pause', '', sysPause)],
  [62, full('kill', 'pid signal', sysKill)],
  [127, full('rt_sigpending', 'ptr len', sysRtSigpending)],
  [128, full('rt_sigtimedwait', 'sigset_ptr ptr timespec_ptr len', sysRtSigtimedwait)],
  [129, full('rt_sigqueueinfo', 'pid signal ptr', sysRtSigqueueinfo)],
  [130, full('rt_sigsuspend', 'sigset_ptr len', sysRtSigsuspend)],
  [131, full('sigaltstack', 'ptr ptr', sysSigaltstack)],
  [200, full('tkill', 'pid signal', sysTkill)],
  [234, full('tgkill', 'pid pid signal', sysTgkill)],
  [297, full('rt_tgsigqueueinfo', 'pid pid signal ptr', sysRtTgsigqueueinfo)],
  [424, full('pidfd_send_signal', 'fd signal ptr hex', sysPidfdSendSignal)],
];
