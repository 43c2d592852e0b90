/** The lines above top's table. */
import { memoryInfo } from '../lib/system.ts';
import { uptimeLine } from '../uptime.ts';
import { type Sample, cpuShares } from './sample.ts';

const NAMES = ['us', 'sy', 'ni', 'id', 'wa', 'hi', 'si', 'st'];

export interface SummaryOptions {
  readonly rows: 'processes' | 'threads';
  readonly cpus: 'together' | 'one-by-one';
}

export function summaryLines(before: Sample, after: Sample, { rows, cpus }: SummaryOptions): string[] {
  const count = (states: string): string =>
    String(after.processes.filter(p => states.includes(p.state)).length).padStart(3);
  const total = String(after.processes.length).padStart(3);
  const cpu = cpuShares(before, after)
    .map((share, i) => `${share.toFixed(1).padStart(5)} ${NAMES[i]}`)
    .join(',');
  const info = memoryInfo();
  const mib = (kib: number): string => ` ${(kib / 1024).toFixed(1).padStart(8)}`;
  const cache = info('Buffers') + info('Cached') + info('SReclaimable');
  const used = Math.max(0, info('MemTotal') - info('MemAvailable'));
  const swapUsed = info('SwapTotal') - info('SwapFree');
  return [
    `top -${uptimeLine()}`,
    `${rows === 'threads' ? 'Threads' : 'Tasks'}: ${total} total, ${count('R')} running, ${count('SDI')} sleeping, ` +
      `${count('Tt')} stopped, ${count('Z')} zombie`,
    `${cpus === 'together' ? '%Cpu(s):' : '%Cpu0  :'}${cpu} `,
    `MiB Mem :${mib(info('MemTotal'))} total,${mib(info('MemFree'))} free,${mib(used)} used,${mib(cache)} buff/cache     `,
    `MiB Swap:${mib(info('SwapTotal'))} total,${mib(info('SwapFree'))} free,${mib(swapUsed)} used.` +
      `${mib(info('MemAvailable'))} avail Mem `,
  ];
}
