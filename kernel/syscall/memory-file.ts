/** memfd_create(2). */
import { EINVAL, ENAMETOOLONG } from '../abi/errno.ts';
import { MFD_ALLOW_SEALING, MFD_CLOEXEC, MFD_EXEC, MFD_HUGETLB, MFD_NOEXEC_SEAL } from '../abi/fcntl.ts';
import { Errno, fail } from '../errors.ts';
import { makeMemoryFile } from '../fs/memory-file.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { partial, type Row } from './table.ts';

const NAME_MAX = 249;
const KNOWN_FLAGS = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC;

/** memfd_create(2) */
function sysMemfdCreate(task: Task, args: Args): number {
  const flags = args.u32(1);
  if ((flags & MFD_HUGETLB) !== 0) fail(EINVAL, 'memfd_create: no MFD_HUGETLB');
  if ((flags & ~KNOWN_FLAGS) !== 0) fail(EINVAL, 'memfd_create: flags');
  if ((flags & MFD_EXEC) !== 0 && (flags & MFD_NOEXEC_SEAL) !== 0) fail(EINVAL, 'memfd_create: MFD_EXEC');
  const name = readName(task, args.ptr(0));
  const isSealable = (flags & MFD_ALLOW_SEALING) !== 0;
  const sealing = (flags & MFD_NOEXEC_SEAL) !== 0 ? 'not-executable' : isSealable ? 'sealable' : 'sealed';
  const file = makeMemoryFile(task.kernel, `memfd:${name}`, task.credentials, sealing);
  try {
    return task.files.install(file, (flags & MFD_CLOEXEC) !== 0);
  } catch (error) {
    task.kernel.vfs.put(file);
    throw error;
  }
}

function readName(task: Task, at: number): string {
  try {
    return task.memory.readString(at, NAME_MAX + 1);
  } catch (error) {
    if (error instanceof Errno && error.errno === ENAMETOOLONG) fail(EINVAL, 'memfd_create: name too long');
    throw error;
  }
}

export const memoryFileTable: Row[] = [
  [319, partial('memfd_create', 'str hex', sysMemfdCreate, 'no MFD_HUGETLB')],
];
