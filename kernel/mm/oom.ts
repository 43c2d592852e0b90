/**
 * The OOM killer: when nothing can be reclaimed, the process whose end gives back most is killed and named in the
 * kernel log. Linux counterpart: mm/oom_kill.c; proc(5), oom_score_adj.
 *
 * The victim's private pages are taken away at once where that is safe: its threads are in the kernel, and the current
 * call holds no views of its memory. Otherwise they come back when its threads have ended, and the allocation that
 * asked fails. While a victim is on its way out, no second one is chosen.
 */
import type { Kernel } from '../kernel.ts';
import type { ThreadGroup } from '../task/thread-group.ts';
import type { AddressSpace } from './address-space.ts';
import * as vm from './vma.ts';
import { SIGKILL } from '../abi/signal.ts';
import { sendSignal } from '../task/signal-send.ts';

const OOM_SCORE_ADJ_MIN = -1000;

/** Makes a kernel kill processes when memory runs out. */
export function installOomKiller(kernel: Kernel): void {
  kernel.memory.onOutOfMemory = () => killForMemory(kernel);
}

/**
 * How much the end of a process would give back, in pages, plus oom_score_adj thousandths of all memory; -Infinity:
 * never kill it.
 */
export function badness(mm: AddressSpace, scoreAdjust: number): number {
  if (scoreAdjust === OOM_SCORE_ADJ_MIN) return -Infinity;
  const points = mm.rssPages + mm.table.size;
  return points + Math.trunc((scoreAdjust * mm.memory.totalPages) / 1000);
}

/** The process to kill; undefined if there is none that may be. */
export function selectVictim(kernel: Kernel): ThreadGroup | undefined {
  let victim: ThreadGroup | undefined;
  let most = -Infinity;
  for (const group of kernel.tasks.groups.values()) {
    const mm = memoryOf(group);
    if (mm === undefined || mm.isReaped || group.isInit || group === kernel.tasks.init) continue;
    // A vfork child has its parent's memory, which its own end does not give back.
    if (group.livingThread?.vforkParent !== undefined) continue;
    const points = badness(mm, group.oomScoreAdj);
    if (points > most) {
      most = points;
      victim = group;
    }
  }
  return victim;
}

function killForMemory(kernel: Kernel): boolean {
  const { memory, log } = kernel;
  for (const space of memory.spaces) if (space.isOomVictim && !space.isReaped) return reap(kernel, space);
  const caller = kernel.scheduler.current;
  if (caller !== undefined) {
    log.warning(`${caller.comm} invoked oom-killer: order=0, oom_score_adj=${caller.group.oomScoreAdj}`);
  }
  const victim = selectVictim(kernel);
  if (victim === undefined) {
    log.error('Out of memory and no killable processes');
    return false;
  }
  const mm = memoryOf(victim)!;
  const leader = victim.leader;
  log.error(
    `Out of memory: Killed process ${victim.tgid} (${leader.comm}) total-vm:${mm.totalPages * 4}kB, ` +
      `anon-rss:${mm.rssAnon * 4}kB, file-rss:${mm.rssFile * 4}kB, shmem-rss:${mm.rssShmem * 4}kB, ` +
      `UID:${leader.credentials.uid} pgtables:${mm.table.size * 4}kB oom_score_adj:${victim.oomScoreAdj}`,
  );
  memory.oomKills++;
  mm.isOomVictim = true;
  // Whoever shares the memory has to go too, or it would not come back.
  for (const group of kernel.tasks.groups.values()) {
    if (memoryOf(group) === mm && group !== kernel.tasks.init) sendSignal(group, SIGKILL);
  }
  return reap(kernel, mm);
}

/** Takes a victim's private pages; false if they have to wait for its end. Linux counterpart: __oom_reap_task_mm. */
function reap(kernel: Kernel, mm: AddressSpace): boolean {
  if (mm.computingThreads > 0 || mm.memory.isBorrowed(mm)) return false;
  for (const task of kernel.tasks.tasks.values())
    if (task.mm === mm && kernel.natives.isComputing(task)) return false;
  mm.isReaped = true;
  const before = mm.memory.freePages;
  for (const vma of mm.vmas) {
    if ((vma.flags & (vm.VM_HUGETLB | vm.VM_SHARED)) === 0) mm.zap(vma.firstPage, vma.endPage, 'all');
  }
  return mm.memory.freePages > before;
}

function memoryOf(group: ThreadGroup): AddressSpace | undefined {
  return group.livingThread?.mm;
}
