/**
 * System calls on the memory of the calling process: mmap(2), munmap(2), mprotect(2), mremap(2), brk(2), madvise(2),
 * msync(2), mincore(2), mlock(2) and its kin. The work is in kernel/mm; here arguments are taken apart.
 */
import type { AddressSpace } from '../mm/address-space.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import type { Row } from './table.ts';
import * as mman from '../abi/mman.ts';
import { MS_NOEXEC } from '../abi/mount.ts';
import { READ_IMPLIES_EXEC } from '../abi/personality.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { TASK_SIZE } from '../mm/memory-map.ts';
import { mincore, mlock, mlockall, msync, munlock, munlockall } from '../mm/mlock.ts';
import { pageAlign } from '../mm/placement.ts';
import { mseal } from '../mm/seal.ts';
import { fail } from '../errors.ts';
import { EFAULT, EINVAL, ENOMEM } from '../abi/errno.ts';
import { full, partial } from './table.ts';
import { sysMemfdCreate } from './memfd.ts';
import {
  sysProcessMadvise,
  sysProcessMrelease,
  sysProcessVmReadv,
  sysProcessVmWritev,
} from './process-vm.ts';

/** Pages that mincore(2) looks at before it copies out. */
const MINCORE_CHUNK = 4096;

/** The caller's memory, with the caller's limits. */
function memoryOf(task: Task): AddressSpace {
  const { memory } = task;
  memory.limits = task;
  return memory;
}

/** READ_IMPLIES_EXEC of personality(2): for programs from before there was a right to execute. */
function withImpliedExec(task: Task, prot: number): number {
  const isImplied = (task.personality & READ_IMPLIES_EXEC) !== 0 && (prot & mman.PROT_READ) !== 0;
  return isImplied ? prot | mman.PROT_EXEC : prot;
}

/** mmap(2) */
function sysMmap(task: Task, args: Args): number {
  const offset = args.len(5);
  const flags = args.i32(3);
  if (offset % PAGE_SIZE !== 0) fail(EINVAL, 'mmap: offset is not aligned');
  const file = (flags & mman.MAP_ANONYMOUS) === 0 ? task.file(args.fd(4)) : undefined;
  const isNoexec = file !== undefined && (file.path.mount.flags & MS_NOEXEC) !== 0;
  const prot = isNoexec ? args.i32(2) : withImpliedExec(task, args.i32(2));
  const request = { at: args.ptr(0), length: args.len(1), prot, flags, file, offset };
  return memoryOf(task).mmap(request);
}

/** munmap(2) */
function sysMunmap(task: Task, args: Args): number {
  memoryOf(task).munmap(args.ptr(0), args.len(1));
  return 0;
}

/** mprotect(2) */
function sysMprotect(task: Task, args: Args): number {
  const prot = args.len(2) > 0xffffffff ? -1 : args.i32(2);
  memoryOf(task).mprotect(args.ptr(0), args.len(1), prot < 0 ? prot : withImpliedExec(task, prot));
  return 0;
}

/** pkey_mprotect(2): as mprotect without a key. */
function sysPkeyMprotect(task: Task, args: Args): number {
  if (args.i32(3) !== -1) fail(EINVAL, 'pkey_mprotect: no protection keys');
  return sysMprotect(task, args);
}

/** mremap(2) */
function sysMremap(task: Task, args: Args): number {
  return memoryOf(task).mremap({
    at: args.ptr(0),
    oldLength: args.len(1),
    newLength: args.len(2),
    flags: args.len(3) > 0xffffffff ? -1 : args.i32(3),
    newAt: args.ptr(4),
  });
}

/** brk(2): the raw call, which answers with the break in every case. */
function sysBrk(task: Task, args: Args): number {
  return memoryOf(task).brk(args.ptr(0));
}

/** madvise(2) */
function sysMadvise(task: Task, args: Args): number {
  memoryOf(task).madvise(args.ptr(0), args.len(1), args.i32(2));
  return 0;
}

/** msync(2) */
function sysMsync(task: Task, args: Args): number {
  msync(memoryOf(task), args.ptr(0), args.len(1), args.i32(2));
  return 0;
}

/** mincore(2) */
function sysMincore(task: Task, args: Args): number {
  const memory = memoryOf(task);
  const at = args.ptr(0);
  const length = args.len(1);
  const to = args.ptr(2);
  if (at % PAGE_SIZE !== 0) fail(EINVAL, 'mincore: address is not aligned');
  if (at + length > TASK_SIZE) fail(ENOMEM, 'mincore: past the end of user memory');
  const pages = pageAlign(length) / PAGE_SIZE;
  if (to + pages > TASK_SIZE) fail(EFAULT, 'mincore: vector');
  for (let done = 0; done < pages; done += MINCORE_CHUNK) {
    const count = Math.min(MINCORE_CHUNK, pages - done);
    memory.copyOut(to + done, mincore(memory, at + done * PAGE_SIZE, count * PAGE_SIZE));
  }
  return 0;
}

/** mlock(2) */
function sysMlock(task: Task, args: Args): number {
  mlock(memoryOf(task), args.ptr(0), args.len(1), 'now');
  return 0;
}

/** mlock2(2) */
function sysMlock2(task: Task, args: Args): number {
  const flags = args.i32(2);
  if ((flags & ~mman.MLOCK_ONFAULT) !== 0) fail(EINVAL, 'mlock2: unknown flags');
  mlock(memoryOf(task), args.ptr(0), args.len(1), flags === 0 ? 'now' : 'onFault');
  return 0;
}

/** munlock(2) */
function sysMunlock(task: Task, args: Args): number {
  munlock(memoryOf(task), args.ptr(0), args.len(1));
  return 0;
}

/** mlockall(2) */
function sysMlockall(task: Task, args: Args): number {
  mlockall(memoryOf(task), args.i32(0));
  return 0;
}

/** munlockall(2) */
function sysMunlockall(task: Task): number {
  munlockall(memoryOf(task));
  return 0;
}

/** mseal(2) */
function sysMseal(task: Task, args: Args): number {
  mseal(memoryOf(task), args.ptr(0), args.len(1), args.len(2));
  return 0;
}

/**
 * remap_file_pages(2): maps another part of the file at a place within a shared mapping. Linux: emulated the same way
 * since 4.0.
 */
function sysRemapFilePages(task: Task, args: Args): number {
  const memory = memoryOf(task);
  const start = args.ptr(0) - (args.ptr(0) % PAGE_SIZE);
  const length = args.len(1) - (args.len(1) % PAGE_SIZE);
  const flags = args.i32(4);
  if (args.i32(2) !== 0 || length === 0 || start + length > TASK_SIZE) fail(EINVAL, 'remap_file_pages');
  const vma = memory.find(start);
  if (vma === undefined || !vma.isShared || vma.cache === undefined)
    return fail(EINVAL, 'remap_file_pages: no shared mapping');
  if (start + length > vma.end) fail(EINVAL, 'remap_file_pages: past the end of the mapping');
  const request = { at: start, length, prot: vma.prot, offset: args.len(3) * PAGE_SIZE };
  const mapFlags =
    (flags & mman.MAP_NONBLOCK) | mman.MAP_SHARED | mman.MAP_FIXED | mman.MAP_POPULATE | mman.MAP_NONBLOCK;
  if (vma.file !== undefined) memory.mmap({ ...request, flags: mapFlags, file: vma.file });
  else {
    const shared = { cache: vma.cache, name: vma.name, isReadOnly: false };
    memory.mmap({ ...request, flags: mapFlags, shared });
  }
  return 0;
}

export const memoryTable: Row[] = [
  [216, full('remap_file_pages', 'ptr len hex ulong mmapflags', sysRemapFilePages)],
  [440, full('process_madvise', 'fd ptr ulong int hex', sysProcessMadvise)],
  [448, full('process_mrelease', 'fd hex', sysProcessMrelease)],
  [462, full('mseal', 'ptr len hex', sysMseal)],
  [9, full('mmap', 'ptr len mmapprot mmapflags fd off', sysMmap)],
  [10, full('mprotect', 'ptr len mmapprot', sysMprotect)],
  [11, full('munmap', 'ptr len', sysMunmap)],
  [12, full('brk', 'ptr', sysBrk)],
  [25, full('mremap', 'ptr len len hex ptr', sysMremap)],
  [26, full('msync', 'ptr len hex', sysMsync)],
  [27, full('mincore', 'ptr len ptr', sysMincore)],
  [28, partial('madvise', 'ptr len int', sysMadvise, 'no MADV_COLLAPSE')],
  [149, full('mlock', 'ptr len', sysMlock)],
  [150, full('munlock', 'ptr len', sysMunlock)],
  [151, full('mlockall', 'hex', sysMlockall)],
  [152, full('munlockall', '', sysMunlockall)],
  [310, full('process_vm_readv', 'pid ptr uint ptr uint hex', sysProcessVmReadv)],
  [311, full('process_vm_writev', 'pid ptr uint ptr uint hex', sysProcessVmWritev)],
  [319, partial('memfd_create', 'str hex', sysMemfdCreate, 'no MFD_HUGETLB')],
  [325, full('mlock2', 'ptr len hex', sysMlock2)],
  [329, partial('pkey_mprotect', 'ptr len mmapprot int', sysPkeyMprotect, 'no keys; only -1')],
];
