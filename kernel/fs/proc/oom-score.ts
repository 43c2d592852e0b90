/**
 * oom_score, oom_score_adj and the older oom_adj; proc_pid_oom_score(5). Counterpart: oom_badness in mm/oom_kill.c.
 */
import type { Task } from '../../task/task.ts';
import { badness } from '../../mm/oom.ts';

const MAX_ADJ = 1000;
const OLD_MAX = 15;
const OLD_DISABLE = -17;

/** 0 (never killed) to 2000: what the OOM killer thinks of the process. */
export function oomScore(task: Task): number {
  const { mm, group, kernel } = task;
  if (mm === undefined) return 0;
  const { totalPages } = kernel.memory;
  const points = badness(mm, group.oomScoreAdj);
  return Math.max(0, Math.trunc(((1000 + Math.trunc((points * 1000) / totalPages)) * 2) / 3));
}

export function oldAdjustment(adj: number): number {
  return adj === MAX_ADJ ? OLD_MAX : Math.trunc((adj * -OLD_DISABLE) / MAX_ADJ);
}

export function adjustmentFromOld(old: number): number {
  return old === OLD_MAX ? MAX_ADJ : Math.trunc((old * MAX_ADJ) / -OLD_DISABLE);
}
