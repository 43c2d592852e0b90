/**
 * process_vm_readv(2), process_vm_writev(2): copies between the caller's memory and that of another process. Linux
 * counterpart: mm/process_vm_access.c.
 */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import { mayAccess } from '../task/access.ts';

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
  const remoteRanges = local.readIovecs(args.ptr(3), args.len(4));
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
