/**
 * What old programs ask about file systems: sysfs(2) (their types by number), ustat(2); and cachestat(2), how much of a
 * file is in memory.
 */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { toBytes } from '../abi/byte-string.ts';
import { EINVAL, EOPNOTSUPP } from '../abi/errno.ts';
import { layout } from '../abi/layout.ts';
import { fail } from '../errors.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { full, type Row } from './table.ts';

/** struct ustat */
const Ustat = layout('ustat', 32, { tfree: [0, 'i32'], tinode: [8, 'u64'] });
/** struct cachestat_range, struct cachestat */
const CachestatRange = layout('cachestat_range', 16, { off: [0, 'u64'], len: [8, 'u64'] });
const Cachestat = layout('cachestat', 40, { cache: [0, 'u64'], dirty: [8, 'u64'] });

/** sysfs(2) */
function sysSysfs(task: Task, args: Args): number {
  const names = [...task.kernel.vfs.types.keys()];
  switch (args.i32(0)) {
    case 1: {
      const index = names.indexOf(task.memory.readString(args.ptr(1)));
      return index < 0 ? fail(EINVAL, 'sysfs: no such type') : index;
    }
    case 2: {
      const name = names[args.u32(1)] ?? fail(EINVAL, 'sysfs: no such index');
      task.memory.copyOut(args.ptr(2), toBytes(`${name}\0`));
      return 0;
    }
    case 3:
      return names.length;
    default:
      return fail(EINVAL, 'sysfs: option');
  }
}

/** ustat(2): the device number in the 32-bit form of stat(2). */
function sysUstat(task: Task, args: Args): number {
  const device = args.u32(0);
  for (const { superBlock } of task.kernel.vfs.tree.mounts.values()) {
    if (superBlock.device !== device) continue;
    const { blocksFree, filesFree } = superBlock.statistics();
    task.memory.copyOut(args.ptr(1), Ustat.encode({ tfree: blocksFree, tinode: filesFree }));
    return 0;
  }
  return fail(EINVAL, 'ustat: no such device');
}

/** cachestat(2) */
function sysCachestat(task: Task, args: Args): number {
  const file = task.file(args.fd(0));
  const { off, len } = CachestatRange.decode(task.memory.copyIn(args.ptr(1), CachestatRange.size));
  if (args.u32(3) !== 0) fail(EINVAL, 'cachestat: flags');
  const { pages } = file.inode;
  if (pages === undefined && !file.isSeekable) fail(EOPNOTSUPP, 'cachestat: no pages');
  const first = Math.floor(off / PAGE_SIZE);
  const last = len === 0 ? Infinity : Math.floor((off + len - 1) / PAGE_SIZE);
  let cache = 0;
  for (let i = pages?.nextPage(first) ?? Infinity; i <= last && i !== Infinity; i = pages!.nextPage(i + 1))
    cache++;
  const dirty = Math.min(cache, pages?.dirtyCount ?? 0);
  task.memory.copyOut(args.ptr(2), Cachestat.encode({ cache, dirty }));
  return 0;
}

export const fileSystemsTable: Row[] = [
  [136, full('ustat', 'hex ptr', sysUstat)],
  [139, full('sysfs', 'int hex hex', sysSysfs)],
  [451, full('cachestat', 'fd ptr ptr hex', sysCachestat)],
];
