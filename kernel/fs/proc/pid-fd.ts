/**
 * /proc/PID/fd and fdinfo: magic links to open files, and what is known of them; proc_pid_fd(5), proc_pid_fdinfo(5).
 * Counterpart: fs/proc/fd.c. A process always sees its own; others need the rights of ptrace.
 */
import type { Task } from '../../task/task.ts';
import type { Credentials } from '../../task/credentials.ts';
import type { File } from '../file.ts';
import type { FileLock } from '../locks.ts';
import type { Inode } from '../inode.ts';
import type { Listing, Reader } from './tree.ts';
import { ENOENT } from '../../abi/errno.ts';
import { O_CLOEXEC, O_LARGEFILE } from '../../abi/fcntl.ts';
import { majorOf, minorOf } from '../../abi/stat.ts';
import { fail } from '../../errors.ts';
import { AnonymousInode } from '../anonymous.ts';
import { pathname } from '../pathname.ts';
import { requireAccess } from './access.ts';
import { file as textFile, link } from './tree.ts';
import { hex } from './text.ts';

export const descriptors: Listing<Task> = listing('fd', fd => ({
  ...link<Task>(
    (task, reader) => {
      requireAccess(task, reader);
      return pathname(openFile(task, fd).path, rootOf(task, reader));
    },
    (task, reader) => {
      requireAccess(task, reader);
      return openFile(task, fd).path;
    },
  ),
  size: 64,
  mode: (task: Task) => {
    const open = task.isDead ? undefined : task.files.get(fd);
    return (open?.isReadable === true ? 0o500 : 0) | (open?.isWritable === true ? 0o300 : 0);
  },
}));

export const descriptorInfo: Listing<Task> = listing('fdinfo', fd =>
  textFile<Task>(task => showFdInfo(task, fd), { mode: 0o400, check: requireAccess }),
);

/** Who is in the process may look at its descriptors whatever the mode says (after a change of user, for instance). */
export function permitsOwnGroup(
  task: Task,
  _mask: number,
  _by: Credentials,
  reader: Reader,
): boolean | undefined {
  return reader?.group === task.group ? true : undefined;
}

function listing(key: string, nodeOf: (fd: number) => Parameters<typeof found>[0]): Listing<Task> {
  return {
    *list(task, reader) {
      requireAccess(task, reader);
      if (task.isDead) return;
      for (const [fd] of task.files.entries()) yield { name: String(fd), cookie: fd + 1 };
    },
    find(task, name) {
      const fd = /^(0|[1-9]\d{0,8})$/.test(name) ? Number(name) : -1;
      if (task.isDead || task.files.get(fd) === undefined) return undefined;
      return found(nodeOf(fd), task, `${key}/${fd}`);
    },
  };
}

function found(
  node: ReturnType<typeof textFile<Task>> | ReturnType<typeof link<Task>>,
  subject: Task,
  key: string,
) {
  return { node, subject, key };
}

function openFile(task: Task, fd: number): File {
  const open = task.isDead ? undefined : task.files.get(fd);
  return open ?? fail(ENOENT, 'descriptor was closed');
}

function rootOf(task: Task, reader: Reader): Task['fs']['root'] {
  return (reader ?? task).fs.root;
}

function showFdInfo(task: Task, fd: number): string {
  const open = openFile(task, fd);
  const { inode, path } = open;
  // open(2) of a 64-bit program implies O_LARGEFILE; pipes, sockets and the like do not have it.
  let flags = inode instanceof AnonymousInode ? open.flags : open.flags | O_LARGEFILE;
  if (task.files.isCloexec(fd)) flags |= O_CLOEXEC;
  const locks = (inode.locks?.locks ?? []).filter(lock => lock.owner === task.files || lock.owner === open);
  return (
    `pos:\t${open.position}\nflags:\t0${flags.toString(8)}\nmnt_id:\t${path.mount.id}\nino:\t${inode.ino}\n` +
    locks.map((lock, i) => `lock:\t${i + 1}: ${showLock(lock, inode)}\n`).join('') +
    open.showFdInfo()
  );
}

/** A lock as in /proc/locks, without its number; proc_locks(5). */
export function showLock(lock: FileLock, inode: Inode): string {
  const kind = { posix: 'POSIX ', ofd: 'OFDLCK', flock: 'FLOCK ' }[lock.kind];
  const { device } = inode.superBlock;
  const range = lock.end === Infinity ? `${lock.start} EOF` : `${lock.start} ${lock.end - 1}`;
  return (
    `${kind} ADVISORY  ${lock.isExclusive ? 'WRITE' : 'READ '} ${lock.pid} ` +
    `${hex(majorOf(device), 2)}:${hex(minorOf(device), 2)}:${inode.ino} ${range}`
  );
}
