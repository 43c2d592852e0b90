/** /proc/meminfo and /proc/vmstat; proc_meminfo(5), proc_vmstat(5). Counterparts: fs/proc/meminfo.c, mm/vmstat.c. */
import type { Kernel } from '../../kernel.ts';
import { PAGE_KIB } from './text.ts';

export function meminfo({ memory, tasks }: Kernel): string {
  const filePages = memory.cachedPages - memory.shmemPages;
  let tablePages = 0;
  let mappedPages = 0;
  let lockedPages = 0;
  for (const space of memory.spaces) {
    tablePages += Math.ceil(space.totalPages / 1024);
    mappedPages += space.rssFile + space.rssShmem;
    lockedPages += space.lockedPages;
  }
  const anonymous = memory.anonymousPages;
  const rows: readonly (readonly [string, number])[] = [
    ['MemTotal', memory.totalPages],
    ['MemFree', memory.freePages],
    ['MemAvailable', memory.availablePages],
    ['Buffers', 0],
    ['Cached', memory.cachedPages],
    ['SwapCached', 0],
    ['Active', filePages],
    ['Inactive', anonymous + memory.shmemPages],
    ['Active(anon)', 0],
    ['Inactive(anon)', anonymous + memory.shmemPages],
    ['Active(file)', filePages],
    ['Inactive(file)', 0],
    ['Unevictable', lockedPages],
    ['Mlocked', lockedPages],
    ['SwapTotal', 0],
    ['SwapFree', 0],
    ['Dirty', memory.dirtyPages],
    ['Writeback', 0],
    ['AnonPages', anonymous],
    ['Mapped', mappedPages],
    ['Shmem', memory.shmemPages],
    ['KReclaimable', 0],
    ['Slab', 0],
    ['SReclaimable', 0],
    ['SUnreclaim', 0],
    ['KernelStack', tasks.tasks.size * 4],
    ['PageTables', tablePages],
    ['SecPageTables', memory.processorPages],
    ['NFS_Unstable', 0],
    ['Bounce', 0],
    ['WritebackTmp', 0],
    ['CommitLimit', memory.commitLimitPages],
    ['Committed_AS', memory.committedPages],
    ['VmallocTotal', 34359738367 / PAGE_KIB],
    ['VmallocUsed', 0],
    ['VmallocChunk', 0],
    ['Percpu', 0],
    ['AnonHugePages', 0],
    ['ShmemHugePages', 0],
    ['ShmemPmdMapped', 0],
    ['FileHugePages', 0],
    ['FilePmdMapped', 0],
  ];
  const row = (name: string, value: number): string => `${`${name}:`.padEnd(16)}${String(value).padStart(8)}`;
  const pages = ['Total', 'Free', 'Rsvd', 'Surp'].map(
    name => `${`HugePages_${name}:`.padEnd(16)}${'0'.padStart(8)}\n`,
  );
  return (
    rows.map(([name, count]) => `${row(name, Math.round(count * PAGE_KIB))} kB\n`).join('') +
    pages.join('') +
    `${row('Hugepagesize', 2048)} kB\n${row('Hugetlb', 0)} kB\n` +
    `${row('DirectMap4k', memory.totalPages * PAGE_KIB)} kB\n`
  );
}

export function vmstat({ memory, tasks }: Kernel): string {
  let minor = 0;
  let major = 0;
  for (const task of tasks.tasks.values()) {
    minor += task.usage.minorFaults;
    major += task.usage.majorFaults;
  }
  for (const group of tasks.groups.values()) {
    minor += group.deadUsage.minorFaults + group.childrenUsage.minorFaults;
    major += group.deadUsage.majorFaults + group.childrenUsage.majorFaults;
  }
  let mapped = 0;
  for (const space of memory.spaces) mapped += space.rssFile + space.rssShmem;
  const filePages = memory.cachedPages - memory.shmemPages;
  const rows: Record<string, number> = {
    nr_free_pages: memory.freePages,
    nr_zone_inactive_anon: memory.anonymousPages,
    nr_zone_active_anon: 0,
    nr_zone_inactive_file: 0,
    nr_zone_active_file: filePages,
    nr_zone_unevictable: 0,
    nr_mlock: 0,
    nr_inactive_anon: memory.anonymousPages,
    nr_active_anon: 0,
    nr_inactive_file: 0,
    nr_active_file: filePages,
    nr_unevictable: 0,
    nr_slab_reclaimable: 0,
    nr_slab_unreclaimable: 0,
    nr_anon_pages: memory.anonymousPages,
    nr_mapped: mapped,
    nr_file_pages: memory.cachedPages,
    nr_dirty: memory.dirtyPages,
    nr_writeback: 0,
    nr_shmem: memory.shmemPages,
    nr_kernel_stack: tasks.tasks.size * 4,
    pgpgin: 0,
    pgpgout: 0,
    pswpin: 0,
    pswpout: 0,
    pgfault: minor + major,
    pgmajfault: major,
    oom_kill: memory.oomKills,
    pgmigrate_success: memory.compaction.migratedPages,
    compact_stall: memory.compaction.stalls,
    compact_fail: memory.compaction.failures,
    compact_success: memory.compaction.successes,
  };
  return Object.entries(rows)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}
