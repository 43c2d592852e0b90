/** statfs(2) and fstatfs(2). */
import * as M from '../abi/mount.ts';
import * as S from '../abi/statfs.ts';
import type { Mount } from '../fs/path.ts';
import { isMountReadOnly } from '../fs/permission.ts';
import type { Task } from '../task/task.ts';
import { EBADF } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import type { Args } from './args.ts';
import { pathAt } from './at-path.ts';
import { full, type Row } from './table.ts';

/** statfs(2) */
function sysStatfs(task: Task, args: Args): number {
  return statfs(task, args.ptr(1), pathAt(task, args.ptr(0)).mount);
}

/** fstatfs(2) */
function sysFstatfs(task: Task, args: Args): number {
  const file = task.files.get(args.fd(0)) ?? fail(EBADF, 'no such descriptor');
  return statfs(task, args.ptr(1), file.path.mount);
}

function statfs(task: Task, at: number, mount: Mount): number {
  const { superBlock } = mount;
  const numbers = superBlock.statistics();
  const value = S.Statfs.encode({
    type: numbers.type,
    bsize: numbers.blockSize,
    blocks: numbers.blocks,
    bfree: numbers.blocksFree,
    bavail: numbers.blocksFree,
    files: numbers.files,
    ffree: numbers.filesFree,
    fsid: superBlock.device,
    namelen: superBlock.maxNameLength,
    frsize: numbers.blockSize,
    flags: flagsOf(mount),
  });
  task.memory.copyOut(at, value);
  return 0;
}

const FLAGS: readonly (readonly [number, number])[] = [
  [M.MS_NOSUID, S.ST_NOSUID],
  [M.MS_NODEV, S.ST_NODEV],
  [M.MS_NOEXEC, S.ST_NOEXEC],
  [M.MS_NOATIME, S.ST_NOATIME],
  [M.MS_NODIRATIME, S.ST_NODIRATIME],
  [M.MS_RELATIME, S.ST_RELATIME],
  [M.MS_NOSYMFOLLOW, S.ST_NOSYMFOLLOW],
];

function flagsOf(mount: Mount): number {
  let flags = S.ST_VALID | (isMountReadOnly(mount) ? S.ST_RDONLY : 0);
  for (const [from, to] of FLAGS) if ((mount.flags & from) !== 0) flags |= to;
  return flags;
}

export const statfsTable: Row[] = [
  [137, full('statfs', 'path ptr', sysStatfs)],
  [138, full('fstatfs', 'fd ptr', sysFstatfs)],
];
