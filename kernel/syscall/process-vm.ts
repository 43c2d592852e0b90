/**
 * Calls on the memory of another process: process_vm_readv(2), process_vm_writev(2), process_madvise(2),
 * process_mrelease(2). Linux counterpart: mm/process_vm_access.c.
 */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { EBADF, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import * as mman from '../abi/mman.ts';
import { Errno, fail } from '../errors.ts';
import { mayAccess } from '../task/access.ts';
import { CAP_SYS_NICE } from '../task/credentials.ts';
import { PidFile } from '../task/pidfd.ts';

/** process_vm_readv(2) */
export function sysProcessVmReadv(task: Task, args: Args): number {
  return transfer(task, args, 'read');
}

/** process_vm_writev(2) */
export function sysProcessVmWritev(task: Task, args: Args): number {
  return transfer(task, args, 'write');
}

/** `how`: what happens to the other process's memory. */
function transfer(task: Task, args: Args, how: 'read' | 'write'): number {
  if (args.len(5) !== 0) fail(EINVAL, 'process_vm: flags');
  const local = task.memory;
  const localRanges = local.readIovecs(args.ptr(1), args.len(2));
  const remoteRanges = local.readIovecs(args.ptr(3), args.len(4), 'other');
  if (lengthOf(localRanges) === 0 || lengthOf(remoteRanges) === 0) return 0;
  const target = task.kernel.tasks.task(args.i32(0));
  if (target === undefined || target.isDead) fail(ESRCH, 'process_vm: no such process');
  if (!mayAccess(task, target, 'uid')) fail(EPERM, 'process_vm: not permitted');
  if (target.mm === undefined) fail(EINVAL, 'process_vm: no memory');
  const remote = target.mm.bufferOf(remoteRanges, how);
  const mine = local.bufferOf(localRanges, how === 'read' ? 'write' : 'read');
  const [from, to] = how === 'read' ? [remote, mine] : [mine, remote];
  while (from.remaining > 0 && to.remaining > 0) {
    const bytes = from.next(to.remaining);
    if (bytes.length === 0) break;
    const moved = to.put(bytes);
    from.advance(moved);
    if (moved < bytes.length) break;
  }
  return to.transferred;
}

function lengthOf(ranges: readonly number[]): number {
  let total = 0;
  for (let i = 1; i < ranges.length; i += 2) total += ranges[i]!;
  return total;
}

/** Advice about another process that does not change what it sees. */
const HARMLESS: ReadonlySet<number> = new Set([
  mman.MADV_COLD,
  mman.MADV_PAGEOUT,
  mman.MADV_WILLNEED,
  mman.MADV_COLLAPSE,
]);

/** The process of a pidfd. EBADF, ESRCH. */
function processOf(task: Task, fd: number): Task {
  const file = task.file(fd);
  if (!(file instanceof PidFile)) return fail(EBADF, 'not a pidfd');
  return file.group.livingThread ?? fail(ESRCH, 'process is gone');
}

/** process_madvise(2): the bytes that the advice was taken for. */
export function sysProcessMadvise(task: Task, args: Args): number {
  if (args.u32(4) !== 0) fail(EINVAL, 'process_madvise: flags');
  const ranges = task.memory.readIovecs(args.ptr(1), args.len(2));
  const target = processOf(task, args.fd(0));
  const advice = args.i32(3);
  const isOwn = target.mm === task.mm;
  if (!isOwn && !HARMLESS.has(advice)) fail(EINVAL, 'process_madvise: advice');
  if (!mayAccess(task, target, 'fsuid')) fail(EPERM, 'process_madvise: not permitted');
  if (!isOwn && !task.capable(CAP_SYS_NICE)) fail(EPERM, 'process_madvise: needs CAP_SYS_NICE');
  if (target.mm === undefined) fail(ESRCH, 'process_madvise: no memory');
  let done = 0;
  for (let i = 0; i < ranges.length; i += 2) {
    try {
      target.mm.madvise(ranges[i]!, ranges[i + 1]!, advice);
    } catch (error) {
      if (error instanceof Errno && done > 0) return done;
      throw error;
    }
    done += ranges[i + 1]!;
  }
  return done;
}

/** process_mrelease(2): memory of a process that is being killed goes back when it ends, which is soon enough. */
export function sysProcessMrelease(task: Task, args: Args): number {
  if (args.u32(1) !== 0) fail(EINVAL, 'process_mrelease: flags');
  const target = processOf(task, args.fd(0));
  return target.group.isExiting || target.group.isDead ? 0 : fail(EINVAL, 'process_mrelease: not dying');
}
