/** What the scheduler knows of one task; sched(7). Plain data, owned by scheduler.ts and the sched_* calls. */
import { SCHED_OTHER } from '../abi/sched.ts';

export interface SchedulingState {
  /** SCHED_* */
  policy: number;
  /** -20 … 19 */
  nice: number;
  /** 1 … 99 for SCHED_FIFO and SCHED_RR, else 0. */
  priority: number;
  resetOnFork: boolean;
  /** Bit set of processors. */
  affinity: bigint;
  /** ioprio_set(2) */
  ioPriority: number;
  /** Time used, divided by weight: who has least is next. */
  vruntimeNs: number;
  /** What it ran since it was last put behind others of its real-time priority. */
  turnNs: number;
  /** sched_yield(2): others first. Taken by Scheduler.requeueCurrent. */
  isYielding: boolean;
  /** How long a translated program takes for a block of its code: measured by program.ts. */
  nsPerBlock: number;
  /** In the run queue. Owned by Scheduler. */
  isQueued: boolean;
  /** Tells equal vruntimes apart: order of arrival. Owned by Scheduler. */
  sequence: number;
}

export function newSchedulingState(): SchedulingState {
  return {
    policy: SCHED_OTHER,
    nice: 0,
    priority: 0,
    resetOnFork: false,
    affinity: 0xffff_ffff_ffff_ffffn,
    ioPriority: 0,
    vruntimeNs: 0,
    turnNs: 0,
    isYielding: false,
    nsPerBlock: 50,
    isQueued: false,
    sequence: 0,
  };
}
