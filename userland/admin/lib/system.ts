/** Facts of the whole system: /proc/uptime, /proc/meminfo, /proc/stat. */
import { parseFields, readFile, tryReadFile } from './files.ts';

export function uptimeSeconds(): number {
  return Number((tryReadFile('/proc/uptime') ?? '0').split(' ')[0]);
}

/** When the system was started, in seconds of the epoch. */
export function bootTime(): number {
  return Number(/^btime (\d+)/m.exec(tryReadFile('/proc/stat') ?? '')?.[1] ?? 0);
}

/** /proc/meminfo in KiB. */
export function memoryInfo(): (name: string) => number {
  const fields = parseFields(readFile('/proc/meminfo'));
  return name => parseInt(fields.get(name) ?? '0', 10);
}

/** A `cpu` line of /proc/stat in ticks: user nice system idle iowait irq softirq steal. */
export function cpuTicks(): number[] {
  const line = /^cpu +(.*)$/m.exec(tryReadFile('/proc/stat') ?? '')?.[1] ?? '';
  const ticks = line.split(' ').map(Number);
  return Array.from({ length: 8 }, (_, i) => ticks[i] ?? 0);
}
