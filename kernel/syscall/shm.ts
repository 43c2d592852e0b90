/**
 * System V shared memory: shmget(2), shmat(2), shmdt(2), shmctl(2). Linux counterpart: ipc/shm.c.
 */
import { EINVAL, ENOMEM, ENOSPC, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/ipc.ts';
import { MAP_FIXED, MAP_SHARED, PROT_EXEC, PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { RLIMIT_MEMLOCK } from '../abi/resource.ts';
import { fail } from '../errors.ts';
import { requireAccess, requireOwner, setOwner } from '../ipc/ipc-table.ts';
import { SharedSegment } from '../ipc/shared-memory.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { CAP_IPC_LOCK } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { full, type Row } from './table.ts';

const READ = 0o444;
const WRITE = 0o222;
const EXECUTE = 0o111;

/** shmget(2) */
function sysShmget(task: Task, args: Args): number {
  const { ipc } = task.kernel;
  const key = args.i32(0);
  const size = args.len(1);
  const flags = args.i32(2);
  const make = (): SharedSegment => {
    if (size < 1 || BigInt(size) > ipc.shmmax) fail(EINVAL, 'shmget: size');
    const pages = Math.ceil(size / PAGE_SIZE);
    if (BigInt(ipc.segmentPages + pages) > ipc.shmall) fail(ENOSPC, 'shmget: kernel.shmall');
    if ((flags & abi.SHM_HUGETLB) !== 0) {
      if (!task.capable(CAP_IPC_LOCK)) fail(EPERM, 'shmget: SHM_HUGETLB');
      fail(ENOMEM, 'shmget: no huge pages are set aside');
    }
    if (ipc.segments.count >= ipc.shmmni) fail(ENOSPC, 'shmget: kernel.shmmni');
    return ipc.segments.add(new SharedSegment(ipc, task, key, size, flags), ipc.shmmni);
  };
  const requireSize = (found: SharedSegment): void => {
    if (found.size < size) fail(EINVAL, 'shmget: the segment is smaller');
  };
  return ipc.segments.obtain(task, key, flags, make, requireSize).id;
}

/** shmat(2) */
function sysShmat(task: Task, args: Args): number {
  const { ipc } = task.kernel;
  const id = args.i32(0);
  const flags = args.i32(2);
  const isRemapping = (flags & abi.SHM_REMAP) !== 0;
  let at = args.ptr(1);
  if (id < 0) fail(EINVAL, 'shmat: identifier');
  if (at !== 0 && at % PAGE_SIZE !== 0) {
    if ((flags & abi.SHM_RND) === 0) fail(EINVAL, 'shmat: address is not aligned');
    at -= at % PAGE_SIZE;
    if (at === 0 && isRemapping) fail(EINVAL, 'shmat: SHM_REMAP at 0');
  } else if (at === 0 && isRemapping) fail(EINVAL, 'shmat: SHM_REMAP without an address');

  const isReadOnly = (flags & abi.SHM_RDONLY) !== 0;
  let prot = isReadOnly ? PROT_READ : PROT_READ | PROT_WRITE;
  let wanted = isReadOnly ? READ : READ | WRITE;
  if ((flags & abi.SHM_EXEC) !== 0) {
    prot |= PROT_EXEC;
    wanted |= EXECUTE;
  }
  const segment = ipc.segments.get(id);
  requireAccess(task, segment, wanted);
  const { memory } = task;
  if (at !== 0 && !isRemapping && memory.intersecting(at, at + segment.size) !== undefined)
    fail(EINVAL, 'shmat: something is mapped there');
  memory.limits = task;
  return memory.mmap({
    at,
    length: segment.size,
    prot,
    flags: MAP_SHARED | (at !== 0 ? MAP_FIXED : 0),
    shared: { cache: segment.cache, name: nameOf(segment), isReadOnly },
  });
}

/** As /proc/PID/maps shows it. */
function nameOf(segment: SharedSegment): string {
  return `/SYSV${(segment.key >>> 0).toString(16).padStart(8, '0')} (deleted)`;
}

/** shmdt(2): what is left of the mapping that shmat made at the address. */
function sysShmdt(task: Task, args: Args): number {
  const at = args.ptr(0);
  const { memory } = task;
  if (at % PAGE_SIZE !== 0) fail(EINVAL, 'shmdt: address is not aligned');
  const first = memory.vmas.find(
    vma =>
      vma.start >= at &&
      vma.cache?.store instanceof SharedSegment &&
      vma.start - at === vma.pageOffset * PAGE_SIZE,
  );
  if (first === undefined) return fail(EINVAL, 'shmdt: nothing is attached there');
  const { cache } = first;
  const end = at + Math.ceil(cache!.store.size / PAGE_SIZE) * PAGE_SIZE;
  memory.limits = task;
  for (const vma of [...memory.vmas]) {
    const isPart = vma.cache === cache && vma.start >= at && vma.end <= end;
    if (isPart && vma.start - at === vma.pageOffset * PAGE_SIZE)
      memory.munmap(vma.start, vma.end - vma.start);
  }
  return 0;
}

/** shmctl(2) */
function sysShmctl(task: Task, args: Args): number {
  const { ipc } = task.kernel;
  const id = args.i32(0);
  const command = args.i32(1);
  const at = args.ptr(2);
  if (id < 0 || command < 0) fail(EINVAL, 'shmctl: identifier or command');
  switch (command) {
    case abi.IPC_INFO:
      task.memory.copyOut(
        at,
        abi.Shminfo.encode({
          shmmax: ipc.shmmax,
          shmmin: 1,
          shmmni: ipc.shmmni,
          shmseg: ipc.shmmni,
          shmall: ipc.shmall,
        }),
      );
      return ipc.segments.highestIndex;
    case abi.SHM_INFO: {
      let rss = 0;
      for (const { cache } of ipc.segments) rss += cache.pageCount;
      const { count } = ipc.segments;
      task.memory.copyOut(
        at,
        abi.ShmInfo.encode({ used_ids: count, shm_tot: ipc.segmentPages, shm_rss: rss }),
      );
      return ipc.segments.highestIndex;
    }
    case abi.IPC_STAT:
    case abi.SHM_STAT:
    case abi.SHM_STAT_ANY: {
      const segment = command === abi.IPC_STAT ? ipc.segments.get(id) : ipc.segments.at(id);
      if (command !== abi.SHM_STAT_ANY) requireAccess(task, segment, READ);
      const { perm, size: segsz, atime, dtime, ctime, cpid, lpid, nattch } = segment;
      task.memory.copyOut(
        at,
        abi.ShmidDs.encode({ ...perm, segsz, atime, dtime, ctime, cpid, lpid, nattch }),
      );
      return command === abi.IPC_STAT ? 0 : segment.id;
    }
    case abi.IPC_SET: {
      const wanted = abi.IpcPerm.decode(task.memory.copyIn(at, abi.ShmidDs.size));
      const segment = ipc.segments.get(id);
      requireOwner(task, segment);
      setOwner(task, segment, wanted);
      return 0;
    }
    case abi.IPC_RMID: {
      const segment = ipc.segments.get(id);
      requireOwner(task, segment);
      segment.remove();
      return 0;
    }
    case abi.SHM_LOCK:
    case abi.SHM_UNLOCK:
      return lock(task, ipc.segments.get(id), command === abi.SHM_LOCK);
    default:
      return fail(EINVAL, 'shmctl: command');
  }
}

/** Nothing is ever paged out: the mode alone shows the lock. */
function lock(task: Task, segment: SharedSegment, isLocking: boolean): number {
  if (!task.capable(CAP_IPC_LOCK)) {
    requireOwner(task, segment, CAP_IPC_LOCK);
    if (isLocking && task.limit(RLIMIT_MEMLOCK) === 0) fail(EPERM, 'shmctl: RLIMIT_MEMLOCK');
  }
  if (isLocking) segment.mode |= abi.SHM_LOCKED;
  else segment.mode &= ~abi.SHM_LOCKED;
  return 0;
}

export const shmTable: Row[] = [
  [29, full('shmget', 'int len octal', sysShmget)],
  [30, full('shmat', 'int ptr hex', sysShmat)],
  [31, full('shmctl', 'int int ptr', sysShmctl)],
  [67, full('shmdt', 'ptr', sysShmdt)],
];
