/** rseq(2): registers the struct rseq of a thread. What it is good for is in task/rseq.ts. */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import { EBUSY, EFAULT, EINVAL, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/rseq.ts';
import { SIGSEGV } from '../abi/signal.ts';
import { Errno, fail } from '../errors.ts';
import { TASK_SIZE } from '../mm/memory-map.ts';
import { storeNumbers } from '../task/rseq.ts';
import { forceSignal, kernelInfo } from '../task/signal-send.ts';
import { full } from './table.ts';

/** rseq(2) */
function sysRseq(task: Task, args: Args): number {
  const area = args.ptr(0);
  const length = args.u32(1);
  const flags = args.u32(2);
  const signature = args.u32(3);
  const { rseq } = task;
  if ((flags & abi.RSEQ_FLAG_UNREGISTER) !== 0) {
    if (flags !== abi.RSEQ_FLAG_UNREGISTER) fail(EINVAL, 'rseq: unknown flag bits');
    if (rseq.area === 0 || rseq.area !== area || rseq.length !== length) fail(EINVAL, 'rseq: not registered');
    if (rseq.signature !== signature) fail(EPERM, 'rseq: signature');
    storeNumbers(task, area, abi.RSEQ_CPU_ID_UNINITIALIZED);
    Object.assign(rseq, { area: 0, length: 0, signature: 0 });
    return 0;
  }
  if (flags !== 0) fail(EINVAL, 'rseq: unknown flag bits');
  if (rseq.area !== 0) {
    if (rseq.area !== area || rseq.length !== length) fail(EINVAL, 'rseq: another one is registered');
    if (rseq.signature !== signature) fail(EPERM, 'rseq: signature');
    fail(EBUSY, 'rseq: registered already');
  }
  if (length < abi.RSEQ_ORIG_SIZE || area % abi.RSEQ_ORIG_SIZE !== 0) fail(EINVAL, 'rseq: size or alignment');
  if (area + length > TASK_SIZE) fail(EFAULT, 'rseq: address');
  Object.assign(rseq, { area, length, signature });
  try {
    storeNumbers(task, area, 0);
  } catch (error) {
    // Linux stores them on the way back to the program.
    if (!(error instanceof Errno)) throw error;
    forceSignal(task, kernelInfo(SIGSEGV));
  }
  return 0;
}

export const rseqTable: Row[] = [[334, full('rseq', 'ptr len hex hex', sysRseq)]];
