/** What top shows of one moment: processes, and how much each of them and the system have worked since the last. */
import { monotonicSeconds } from '../../libc/time.ts';
import { HERTZ, type Process, readProcesses, readThreads } from '../lib/process.ts';
import { cpuTicks } from '../lib/system.ts';

export interface Sample {
  readonly atSec: number;
  readonly processes: readonly Process[];
  /** user nice system idle iowait irq softirq steal, in ticks. */
  readonly cpu: readonly number[];
}

export function takeSample(rows: 'processes' | 'threads', pids: readonly number[]): Sample {
  const all = readProcesses().filter(p => pids.length === 0 || pids.includes(p.tgid));
  const processes = rows === 'threads' ? all.flatMap(readThreads) : all;
  return { atSec: monotonicSeconds(), processes, cpu: cpuTicks() };
}

/** Percent of one processor by tid, between two samples. */
export function shares(before: Sample, after: Sample): Map<number, number> {
  const elapsed = Math.max(0.01, after.atSec - before.atSec);
  const earlier = new Map(before.processes.map(p => [p.tid, p]));
  const result = new Map<number, number>();
  for (const p of after.processes) {
    const known = earlier.get(p.tid);
    const ticks = p.ticks - (known && known.startTicks === p.startTicks ? known.ticks : 0);
    result.set(p.tid, Math.min(9999, (Math.max(0, ticks) * 100) / HERTZ / elapsed));
  }
  return result;
}

/** us sy ni id wa hi si st in percent. */
export function cpuShares(before: Sample, after: Sample): number[] {
  const delta = after.cpu.map((ticks, i) => Math.max(0, ticks - before.cpu[i]!));
  const total = delta.reduce((sum, ticks) => sum + ticks, 0);
  const [user, nice, system, idle, wait, irq, soft, steal] = delta as [
    number, number, number, number, number, number, number, number,
  ]; // prettier-ignore
  const order = [user, system, nice, idle, wait, irq, soft, steal];
  return total === 0 ? [0, 0, 0, 100, 0, 0, 0, 0] : order.map(ticks => (ticks * 100) / total);
}
