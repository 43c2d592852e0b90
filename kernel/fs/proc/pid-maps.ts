/**
 * /proc/PID/maps, smaps, smaps_rollup; proc_pid_maps(5), proc_pid_smaps(5). Counterpart: fs/proc/task_mmu.c. The
 * resident part of a mapping is counted from the page table; a frame with several references is shared.
 */
import type { Task } from '../../task/task.ts';
import type { Vma } from '../../mm/vma.ts';
import type { FrameNumber } from '../../mm/physical-memory.ts';
import type { Reader } from './tree.ts';
import { majorOf, minorOf } from '../../abi/stat.ts';
import { PTE_ANON, PTE_SHIFT, PTE_SHMEM, PTE_WRITE, PTE_ZERO } from '../../mm/page-table.ts';
import * as vm from '../../mm/vma.ts';
import { pathname } from '../pathname.ts';
import { escapeOctal, hex, kib, PAGE_KIB } from './text.ts';

/** Where names begin in a line: 25 + 6 × the size of a pointer. */
const NAME_COLUMN = 73;
/** Never mapped, but called: task/vsyscall.ts. */
const VSYSCALL = `${'ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0'.padEnd(NAME_COLUMN)}[vsyscall]\n`;

export function pidMaps(task: Task, reader: Reader): string {
  const lines = (task.mm?.vmas ?? []).map(vma => mapLine(task, vma, reader)).join('');
  return task.kind === 'translated' && task.mm !== undefined ? lines + VSYSCALL : lines;
}

export function pidSmaps(task: Task, reader: Reader): string {
  return (task.mm?.vmas ?? [])
    .map(vma => {
      const size = ((vma.end - vma.start) / 4096) * PAGE_KIB;
      const page = vma.hugeShift === 0 ? PAGE_KIB : 2 ** vma.hugeShift / 1024;
      return (
        mapLine(task, vma, reader) +
        kib('Size:           ', size) +
        kib('KernelPageSize: ', page) +
        kib('MMUPageSize:    ', page) +
        counterLines(count(task, vma), vma) +
        `THPeligible:           0\nVmFlags: ${flagNames(vma.flags)}\n`
      );
    })
    .join('');
}

export function pidSmapsRollup(task: Task): string {
  const vmas = task.mm?.vmas ?? [];
  const sum = new Counters();
  for (const vma of vmas) sum.add(count(task, vma));
  const from = vmas[0]?.start ?? 0;
  const to = vmas.at(-1)?.end ?? 0;
  const head = `${hex(from, 8)}-${hex(to, 8)} ---p 00000000 00:00 0`.padEnd(NAME_COLUMN);
  return `${head}[rollup]\n${counterLines(sum, undefined)}`;
}

function mapLine(task: Task, vma: Vma, reader: Reader): string {
  const { flags } = vma;
  const access =
    ((flags & vm.VM_READ) !== 0 ? 'r' : '-') +
    ((flags & vm.VM_WRITE) !== 0 ? 'w' : '-') +
    ((flags & vm.VM_EXEC) !== 0 ? 'x' : '-') +
    ((flags & vm.VM_MAYSHARE) !== 0 ? 's' : 'p');
  const inode = vma.file?.inode;
  // Shared anonymous memory is a file of the kernel's own tmpfs, the second file system that Linux makes.
  const isSharedAnonymous =
    vma.file === undefined && vma.cache !== undefined && (flags & vm.VM_MAYSHARE) !== 0;
  const device = inode?.superBlock.device ?? (isSharedAnonymous ? 1 : 0);
  const ino = inode?.ino ?? (isSharedAnonymous ? vma.cache.id : 0);
  const offset = vma.cache === undefined ? 0 : vma.pageOffset * 4096;
  const line =
    `${hex(vma.start, 8)}-${hex(vma.end, 8)} ${access} ${hex(offset, 8)} ` +
    `${hex(majorOf(device), 2)}:${hex(minorOf(device), 2)} ${ino} `;
  const name = mapName(task, vma, reader);
  return name === '' ? `${line}\n` : `${line.padEnd(NAME_COLUMN)}${name}\n`;
}

function mapName(task: Task, vma: Vma, reader: Reader): string {
  if (vma.file !== undefined) {
    const root = (reader ?? task).fs?.root ?? task.kernel.vfs.root;
    return escapeOctal(pathname(vma.file.path, root), '\n');
  }
  if (vma.name !== '') return vma.name;
  if (vma.cache !== undefined) return '/dev/zero (deleted)';
  const mm = task.mm!;
  if (vma.start < mm.currentBrk && vma.end > mm.startBrk) return '[heap]';
  if (vma.start <= mm.startStack && vma.end >= mm.startStack && mm.startStack !== 0) return '[stack]';
  return '';
}

/** Pages of one mapping, by kind. */
class Counters {
  rss = 0;
  pss = 0;
  pssDirty = 0;
  pssAnon = 0;
  pssFile = 0;
  pssShmem = 0;
  sharedClean = 0;
  sharedDirty = 0;
  privateClean = 0;
  privateDirty = 0;
  anonymous = 0;
  lazyFree = 0;
  locked = 0;

  add(other: Counters): void {
    for (const key of Object.keys(this) as (keyof Counters)[]) {
      if (key !== 'add') this[key] += other[key];
    }
  }
}

function count(task: Task, vma: Vma): Counters {
  const counters = new Counters();
  const mm = task.mm!;
  const { frames } = mm.memory;
  const end = vma.endPage;
  for (
    let page = mm.table.nextPresent(vma.firstPage, end);
    page < end;
    page = mm.table.nextPresent(page + 1, end)
  ) {
    const entry = mm.table.get(page);
    if ((entry & PTE_ZERO) !== 0) continue;
    const frame = (entry >>> PTE_SHIFT) as FrameNumber;
    const isAnonymous = (entry & PTE_ANON) !== 0;
    // The page cache holds one reference of its own.
    const users = Math.max(1, frames.count(frame) - (isAnonymous ? 0 : 1));
    const isDirty = isAnonymous || (entry & PTE_WRITE) !== 0;
    counters.rss++;
    counters.pss += 1 / users;
    if (isDirty) counters.pssDirty += 1 / users;
    if (isAnonymous) counters.pssAnon += 1 / users;
    else if ((entry & PTE_SHMEM) !== 0) counters.pssShmem += 1 / users;
    else counters.pssFile += 1 / users;
    if (users > 1) counters[isDirty ? 'sharedDirty' : 'sharedClean']++;
    else counters[isDirty ? 'privateDirty' : 'privateClean']++;
    if (isAnonymous) counters.anonymous++;
    if ((vma.flags & vm.VM_LOCKED) !== 0) counters.locked += 1 / users;
  }
  return counters;
}

/** The lines from Rss to Locked; the rollup (no VMA) also splits Pss by kind. */
function counterLines(c: Counters, vma: Vma | undefined): string {
  const line = (name: string, pages: number): string => kib(name.padEnd(16), pages * PAGE_KIB);
  return (
    line('Rss:', c.rss) +
    line('Pss:', c.pss) +
    line('Pss_Dirty:', c.pssDirty) +
    (vma !== undefined
      ? ''
      : line('Pss_Anon:', c.pssAnon) + line('Pss_File:', c.pssFile) + line('Pss_Shmem:', c.pssShmem)) +
    line('Shared_Clean:', c.sharedClean) +
    line('Shared_Dirty:', c.sharedDirty) +
    line('Private_Clean:', c.privateClean) +
    line('Private_Dirty:', c.privateDirty) +
    line('Referenced:', c.rss) +
    line('Anonymous:', c.anonymous) +
    line('KSM:', 0) +
    line('LazyFree:', c.lazyFree) +
    line('AnonHugePages:', 0) +
    line('ShmemPmdMapped:', 0) +
    line('FilePmdMapped:', 0) +
    line('Shared_Hugetlb:', 0) +
    line('Private_Hugetlb:', 0) +
    line('Swap:', 0) +
    line('SwapPss:', 0) +
    line('Locked:', c.locked)
  );
}

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [vm.VM_READ, 'rd'],
  [vm.VM_WRITE, 'wr'],
  [vm.VM_EXEC, 'ex'],
  [vm.VM_SHARED, 'sh'],
  [vm.VM_MAYREAD, 'mr'],
  [vm.VM_MAYWRITE, 'mw'],
  [vm.VM_MAYEXEC, 'me'],
  [vm.VM_MAYSHARE, 'ms'],
  [vm.VM_GROWSDOWN, 'gd'],
  [vm.VM_LOCKED, 'lo'],
  [vm.VM_SEQ_READ, 'sr'],
  [vm.VM_RAND_READ, 'rr'],
  [vm.VM_DONTCOPY, 'dc'],
  [vm.VM_DONTEXPAND, 'de'],
  [vm.VM_LOCKONFAULT, 'lf'],
  [vm.VM_ACCOUNT, 'ac'],
  [vm.VM_NORESERVE, 'nr'],
  [vm.VM_HUGETLB, 'ht'],
  [vm.VM_WIPEONFORK, 'wf'],
  [vm.VM_DONTDUMP, 'dd'],
  [vm.VM_HUGEPAGE, 'hg'],
  [vm.VM_NOHUGEPAGE, 'nh'],
  [vm.VM_MERGEABLE, 'mg'],
];

function flagNames(flags: number): string {
  return FLAG_NAMES.map(([bit, name]) => ((flags & bit) !== 0 ? `${name} ` : '')).join('');
}
