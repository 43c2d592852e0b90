/**
 * memfd_create(2): a file in memory without a name. Linux counterpart: mm/memfd.c. It is an unnamed file of a tmpfs
 * that is mounted nowhere and has no limit of size.
 */
import type { Kernel } from '../kernel.ts';
import type { Mount } from '../fs/path.ts';
import type { TmpfsInode } from '../fs/tmpfs-inode.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import * as mman from '../abi/mman.ts';
import { F_SEAL_EXEC, O_RDWR, O_TMPFILE } from '../abi/fcntl.ts';
import { tmpfsType } from '../fs/tmpfs.ts';
import { Errno, fail } from '../errors.ts';
import { EINVAL, ENAMETOOLONG, ENOSYS } from '../abi/errno.ts';

/** NAME_MAX less «memfd:». */
const NAME_MAX = 249;

/** memfd_create(2) */
export function sysMemfdCreate(task: Task, args: Args): number {
  const { kernel } = task;
  const flags = args.u32(1);
  const known = mman.MFD_CLOEXEC | mman.MFD_ALLOW_SEALING | mman.MFD_NOEXEC_SEAL | mman.MFD_EXEC;
  if ((flags & mman.MFD_HUGETLB) !== 0) fail(ENOSYS, 'memfd_create: no hugetlbfs');
  if ((flags & ~known) !== 0) fail(EINVAL, 'memfd_create: unknown flags');
  const isExecutable = (flags & mman.MFD_NOEXEC_SEAL) === 0;
  if ((flags & mman.MFD_EXEC) !== 0 && !isExecutable) fail(EINVAL, 'memfd_create: executable and not');
  const name = readName(task, args.ptr(0));
  task.files.lowestFree(); // EMFILE before anything is made

  const mount = memoryFiles(kernel);
  const context = { ...task.walkContext(), umask: 0 };
  const root = { mount, dentry: mount.root };
  const file = kernel.vfs.open(context, root, '.', O_TMPFILE | O_RDWR, isExecutable ? 0o777 : 0o666);
  file.path.dentry.name = `memfd:${name}`;
  const inode = file.inode as TmpfsInode;
  inode.isLinkable = false;
  if (!isExecutable) inode.seals = F_SEAL_EXEC;
  else if ((flags & mman.MFD_ALLOW_SEALING) !== 0) inode.seals = 0;
  return task.files.install(file, (flags & mman.MFD_CLOEXEC) !== 0);
}

function readName(task: Task, at: number): string {
  try {
    return task.memory.readString(at, NAME_MAX + 1);
  } catch (error) {
    if (error instanceof Errno && error.errno === ENAMETOOLONG)
      fail(EINVAL, 'memfd_create: name is too long');
    throw error;
  }
}

/** The hidden tmpfs; made at the first use. */
function memoryFiles(kernel: Kernel): Mount {
  const { vfs } = kernel;
  vfs.memoryFiles ??= vfs.tree.create(tmpfsType.mount(kernel, 'tmpfs', 'size=0,nr_inodes=0,mode=1777', 0), 0);
  return vfs.memoryFiles;
}
