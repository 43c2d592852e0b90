/**
 * File leases: whoever holds one is told before somebody else opens the file in a way that conflicts, and the other
 * waits for the answer; fcntl(2), F_SETLEASE. Linux counterpart: fs/locks.c.
 *
 *   held ──a conflicting open──▶ breaking: the holder has its signal, openers sleep on `queue`
 *   breaking ──the holder lowers or gives up the lease, or fs.lease-break-time passes──▶ gone, openers go on
 *
 * Linux: truncate(2) breaks leases too; here only open(2) does.
 */
import type { Inode } from './inode.ts';
import type { File } from './file.ts';
import type { Task } from '../task/task.ts';
import { EACCES, EAGAIN, EINVAL } from '../abi/errno.ts';
import { F_RDLCK, F_UNLCK, F_WRLCK } from '../abi/fcntl.ts';
import { SI_SIGIO, SIGIO } from '../abi/signal.ts';
import { S_IFMT, S_IFREG } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import { CAP_LEASE } from '../task/credentials.ts';
import { signalOwner } from './file-owner.ts';

const BREAK_TIME_SEC = 45;

interface Lease {
  readonly file: File;
  readonly fd: number;
  /** F_RDLCK or F_WRLCK; while it is broken, what it must become is `target`. */
  type: number;
  target: number | undefined;
  /** When it is taken away. */
  deadlineNs: number;
}

/** The leases on one inode. */
export class Leases {
  readonly list: Lease[] = [];
  readonly queue = new WaitQueue();
}

/** F_GETLEASE */
export function leaseType(file: File): number {
  const lease = file.inode.leases?.list.find(each => each.file === file);
  return lease === undefined ? F_UNLCK : (lease.target ?? lease.type);
}

/** F_SETLEASE. EINVAL, EACCES, EAGAIN. */
export function setLease(task: Task, file: File, fd: number, type: number): void {
  const { inode } = file;
  if (type === F_UNLCK) {
    const held = inode.leases?.list.some(each => each.file === file) === true;
    if (!held) fail(EAGAIN, 'F_SETLEASE: there is none');
    return dropLease(file);
  }
  if (type !== F_RDLCK && type !== F_WRLCK) fail(EINVAL, 'F_SETLEASE: type');
  if (task.credentials.fsuid !== inode.uid && !task.capable(CAP_LEASE))
    fail(EACCES, 'F_SETLEASE: not the owner');
  if ((inode.mode & S_IFMT) !== S_IFREG) fail(EINVAL, 'F_SETLEASE: not a regular file');
  const own = inode.leases?.list.find(each => each.file === file);
  if (type === F_RDLCK && inode.writers > 0) fail(EAGAIN, 'F_SETLEASE: open for writing');
  if (type === F_WRLCK && inode.references > 1) fail(EAGAIN, 'F_SETLEASE: open elsewhere');
  const hasOther =
    inode.leases?.list.some(each => each !== own && (type === F_WRLCK || each.type === F_WRLCK)) === true;
  if (hasOther) fail(EAGAIN, 'F_SETLEASE: another lease');
  // As on Linux, who asks for a lease is who is told.
  if (file.owner.id === 0) file.owner = { ...file.owner, type: 1, id: task.group.tgid, by: task };
  inode.leases ??= new Leases();
  if (own === undefined) inode.leases.list.push({ file, fd, type, target: undefined, deadlineNs: Infinity });
  else {
    own.type = type;
    if (own.target !== undefined && type === own.target) own.target = undefined;
    inode.leases.queue.wake();
  }
}

/** The lease of a file ends: it was given up, or the file was closed. */
export function dropLease(file: File): void {
  const { inode } = file;
  const { leases } = inode;
  if (leases === undefined) return;
  const at = leases.list.findIndex(each => each.file === file);
  if (at < 0) return;
  leases.list.splice(at, 1);
  if (leases.list.length === 0) inode.leases = undefined;
  leases.queue.wake();
}

/** The queue to wait in, and until when, before `file` counts as opened; undefined: nobody has to be asked. */
export function breakLeases(file: File): { queue: WaitQueue; deadlineNs: number } | undefined {
  const { inode } = file;
  const { leases } = inode;
  if (leases === undefined) return undefined;
  const { kernel } = inode.superBlock;
  const now = kernel.time.monotonicNs();
  let deadlineNs = Infinity;
  for (const lease of [...leases.list]) {
    const conflicts = lease.file !== file && (file.isWritable || lease.type === F_WRLCK);
    if (!conflicts) continue;
    if (now >= lease.deadlineNs) {
      dropLease(lease.file);
      continue;
    }
    const target = file.isWritable ? F_UNLCK : F_RDLCK;
    if (lease.target === undefined) tell(lease, inode);
    if (lease.target !== F_UNLCK) lease.target = target;
    deadlineNs = Math.min(deadlineNs, lease.deadlineNs);
  }
  return deadlineNs === Infinity ? undefined : { queue: leases.queue, deadlineNs };
}

function tell(lease: Lease, { superBlock: { kernel } }: Inode): void {
  const seconds = kernel.sysctls.get('fs/lease-break-time') ?? BREAK_TIME_SEC;
  lease.deadlineNs = kernel.time.monotonicNs() + seconds * 1e9;
  const { signal } = lease.file.owner;
  signalOwner(lease.file, { signo: signal === 0 ? SIGIO : signal, code: SI_SIGIO, fd: lease.fd });
}
