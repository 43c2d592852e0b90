/**
 * /proc/loadavg. Linux: samples the number of runnable tasks every five seconds. An idle guest must cost nothing, so
 * here nobody samples: a look takes the processor time used since the last look as the load of all the samples in
 * between, which gives the same averages for a load that does not change in the meantime.
 */
import type { Kernel } from '../../kernel.ts';
import { cpuTimes, runnableCount } from './facts.ts';

const SAMPLE_NS = 5e9;
const MINUTES = [1, 5, 15] as const;
const KEYS = ['load/1', 'load/5', 'load/15'] as const;

export function loadAverages(kernel: Kernel): string {
  const loads = currentLoads(kernel).map(load => load.toFixed(2));
  const { tasks } = kernel;
  return `${loads.join(' ')} ${Math.max(1, runnableCount(kernel))}/${tasks.tasks.size} ${tasks.lastPid}\n`;
}

/** The averages over 1, 5 and 15 minutes. State is kept with the sysctls, under names that no file has. */
export function currentLoads(kernel: Kernel): number[] {
  const state = kernel.sysctls;
  const nowNs = kernel.time.monotonicNs();
  const { userNs, systemNs } = cpuTimes(kernel);
  const beforeNs = state.get('load/time') ?? 0;
  const usedNs = state.get('load/used') ?? 0;
  const elapsedNs = nowNs - beforeNs;
  const samples = Math.floor(elapsedNs / SAMPLE_NS);
  if (samples > 0) {
    const load = Math.max(0, userNs + systemNs - usedNs) / elapsedNs;
    for (const [i, minutes] of MINUTES.entries()) {
      const keep = Math.exp((-samples * SAMPLE_NS) / (minutes * 60e9));
      state.set(KEYS[i]!, (state.get(KEYS[i]!) ?? 0) * keep + load * (1 - keep));
    }
    state.set('load/time', nowNs);
    state.set('load/used', userNs + systemNs);
  }
  return KEYS.map(key => state.get(key) ?? 0);
}
