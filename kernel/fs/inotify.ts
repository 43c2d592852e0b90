/**
 * inotify: who is told when files change. inotify(7), fs/notify/inotify.
 *
 * The VFS calls `notify` (one inode) and `notifyDentry` (an inode and the directory it is in) after each operation
 * that succeeded. An inode's Watches lists the watches on it; an InotifyFile is one instance with its queue of events.
 */
import { EINVAL, EMFILE, ENOSPC } from '../abi/errno.ts';
import {
  IN_ATTRIB,
  IN_DELETE_SELF,
  IN_EXCL_UNLINK,
  IN_IGNORED,
  IN_ISDIR,
  IN_MOVE_SELF,
  IN_ONESHOT,
  IN_Q_OVERFLOW,
  IN_UNMOUNT,
  InotifyEvent,
} from '../abi/inotify.ts';
import { FIONREAD } from '../abi/ioctl.ts';
import { toBytes } from '../abi/byte-string.ts';
import { fail, WOULD_BLOCK } from '../errors.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import type { Task } from '../task/task.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import { File } from './file.ts';
import type { Inode } from './inode.ts';
import type { FanotifyFile } from './fanotify.ts';
import type { Dentry, Mount, Path } from './path.ts';
import type { SuperBlock } from './super-block.ts';

/** The watches on one inode. */
export class Watches {
  readonly list: InotifyWatch[] = [];
}

/** Who hears of a watch's events: an inotify instance, or a directory notifier (dnotify.ts). */
export interface WatchOwner {
  enqueue(wd: number, mask: number, cookie: number, name: string): void;
  removeWatch(watch: InotifyWatch): void;
}

export interface InotifyWatch {
  readonly wd: number;
  readonly inode: Inode;
  readonly instance: WatchOwner;
  /** IN_*, flags included. */
  mask: number;
}

interface QueuedEvent {
  readonly wd: number;
  readonly mask: number;
  readonly cookie: number;
  readonly name: string;
}

/** All of inotify in one kernel: limits (sysctls of /proc/sys/fs/inotify) and what counts against them. */
export class InotifySystem {
  maxQueuedEvents = 16384;
  maxUserInstances = 128;
  maxUserWatches = 65536;
  readonly instances = new Set<InotifyFile>();
  /** Watches of all instances: while it is 0, notifying costs nothing. */
  watchCount = 0;
  nextCookie = 1;
  /** fanotify(7) groups; their marks count in watchCount. */
  readonly fanotifyGroups = new Set<FanotifyFile>();

  /** A file system ends: its watches say IN_UNMOUNT and go. */
  superBlockGone(superBlock: SuperBlock): void {
    for (const group of this.fanotifyGroups) {
      for (const [object, { mount }] of group.marks)
        if (mount.superBlock === superBlock) group.forget(object);
    }
    for (const instance of this.instances) {
      for (const watch of instance.watches.values()) {
        if (watch.inode.superBlock !== superBlock) continue;
        instance.enqueue(watch.wd, IN_UNMOUNT, 0, '');
        instance.removeWatch(watch);
      }
    }
  }

  instancesOf(uid: number): number {
    let count = 0;
    for (const instance of this.instances) if (instance.uid === uid) count++;
    return count;
  }

  watchesOf(uid: number): number {
    let count = 0;
    for (const instance of this.instances) if (instance.uid === uid) count += instance.watches.size;
    return count;
  }
}

const FLAG_BITS = IN_ISDIR | IN_UNMOUNT | IN_IGNORED;

/** Tells the watches of one inode. `name` is the entry concerned, when the inode is the directory. */
export function notify(inode: Inode, mask: number, name = '', cookie = 0, subject?: Dentry): void {
  if ((mask & (IN_DELETE_SELF | IN_MOVE_SELF)) !== 0) tellGroups(inode, mask);
  if (inode.watches === undefined) return;
  for (const watch of inode.watches.list.slice()) {
    if ((watch.mask & mask & ~FLAG_BITS) === 0) continue;
    // Only what is done with an open file counts; its attributes are still reported.
    const isExcluded = (watch.mask & IN_EXCL_UNLINK) !== 0 && (mask & IN_ATTRIB) === 0;
    if (isExcluded && subject?.isUnlinked === true) continue;
    watch.instance.enqueue(watch.wd, mask, cookie, name);
    if ((watch.mask & IN_ONESHOT) !== 0) watch.instance.removeWatch(watch);
  }
}

/** Tells the watches of the directory in which a name is, and then those of its inode. */
export function notifyDentry(dentry: Dentry, mask: number, mount?: Mount): void {
  const inode = dentry.inode!;
  const { watches } = inode.superBlock.kernel.vfs;
  if (watches.watchCount === 0) return;
  const kind = inode.isDirectory ? mask | IN_ISDIR : mask;
  if (watches.fanotifyGroups.size > 0) {
    const directory = dentry.parent === dentry ? undefined : dentry.parent.inode;
    const event = { mask: kind, inode, dentry, mount, directory, name: dentry.name };
    for (const group of watches.fanotifyGroups) group.happened(event);
  }
  if (dentry.parent !== dentry) notify(dentry.parent.inode!, kind, dentry.name, 0, dentry);
  notify(inode, kind, '', 0, dentry);
}

/** Something is done through an open file; what the reader of an event does with its file is no event. */
export function notifyFile(file: File, mask: number): void {
  if (!file.isQuiet) notifyDentry(file.path.dentry, mask, file.path.mount);
}

/** fanotify(7): what happens to an inode or to an entry of a directory. */
function tellGroups(inode: Inode, mask: number, directory?: Inode, name = ''): void {
  const { fanotifyGroups } = inode.superBlock.kernel.vfs.watches;
  if (fanotifyGroups.size === 0) return;
  const kind = inode.isDirectory ? mask | IN_ISDIR : mask;
  const event = { mask: kind, inode, dentry: undefined, mount: undefined, directory, name };
  for (const group of fanotifyGroups) group.happened(event);
}

/** An entry of a directory appeared, went or moved. */
export function notifyEntry(directory: Inode, mask: number, name: string, inode: Inode, cookie = 0): void {
  tellGroups(inode, mask, directory, name);
  if (directory.watches === undefined) return;
  notify(directory, inode.isDirectory ? mask | IN_ISDIR : mask, name, cookie);
}

/** The inode is gone for good. */
export function notifyGone(inode: Inode): void {
  if (inode.superBlock.kernel.vfs.watches.watchCount === 0) return;
  notify(inode, IN_DELETE_SELF);
  for (const group of inode.superBlock.kernel.vfs.watches.fanotifyGroups) group.forget(inode);
  for (const watch of inode.watches?.list.slice() ?? []) watch.instance.removeWatch(watch);
}

export class InotifyFile extends File {
  readonly system: InotifySystem;
  readonly uid: number;
  readonly watches = new Map<number, InotifyWatch>();
  readonly queue: QueuedEvent[] = [];
  readonly readQueue = new WaitQueue();
  nextWd = 1;

  constructor(path: Path, flags: number, system: InotifySystem, uid: number) {
    super(path, flags);
    this.system = system;
    this.uid = uid;
    system.instances.add(this);
  }

  /** Watches an inode; one that is watched already gets a new mask (or more of it) and keeps its number. */
  setWatch(inode: Inode, mask: number, how: 'replace' | 'add'): number {
    for (const watch of inode.watches?.list ?? []) {
      if (watch.instance !== this) continue;
      watch.mask = how === 'add' ? watch.mask | mask : mask;
      return watch.wd;
    }
    if (this.system.watchesOf(this.uid) >= this.system.maxUserWatches) fail(ENOSPC, 'max_user_watches');
    const watch: InotifyWatch = { wd: this.nextWd++, inode, instance: this, mask };
    addWatch(watch);
    this.watches.set(watch.wd, watch);
    return watch.wd;
  }

  /** Ends a watch; IN_IGNORED says so. */
  removeWatch(watch: InotifyWatch): void {
    if (!this.watches.delete(watch.wd)) return;
    unlinkWatch(watch);
    this.enqueue(watch.wd, IN_IGNORED, 0, '');
  }

  enqueue(wd: number, mask: number, cookie: number, name: string): void {
    const last = this.queue.at(-1);
    if (
      last !== undefined &&
      last.wd === wd &&
      last.mask === mask &&
      last.cookie === cookie &&
      last.name === name
    ) {
      return; // identical to the newest unread event
    }
    if (this.queue.length >= this.system.maxQueuedEvents) {
      if (last!.mask === IN_Q_OVERFLOW) return;
      this.queue.push({ wd: -1, mask: IN_Q_OVERFLOW, cookie: 0, name: '' });
    } else {
      this.queue.push({ wd, mask, cookie, name });
    }
    this.readQueue.wake(POLLIN | POLLRDNORM);
  }

  override read(buffer: IoBuffer): number {
    if (this.queue.length === 0) return WOULD_BLOCK;
    let taken = 0;
    let bytes = 0;
    for (const event of this.queue) {
      const record = encodeEvent(event);
      if (record.length > buffer.remaining) break;
      bytes += buffer.put(record);
      taken++;
    }
    if (taken === 0) fail(EINVAL, 'buffer too small for the next event');
    this.queue.splice(0, taken);
    return bytes;
  }

  override poll(): number {
    return this.queue.length > 0 ? POLLIN | POLLRDNORM : 0;
  }
  override waitQueues(): readonly WaitQueue[] {
    return [this.readQueue];
  }

  override ioctl(task: Task, request: number, argument: number): number {
    if (request !== FIONREAD) return super.ioctl(task, request, argument);
    let bytes = 0;
    for (const event of this.queue) bytes += InotifyEvent.size + paddedLength(event.name);
    task.memory.writeU32(argument, bytes);
    return 0;
  }

  override release(): void {
    for (const watch of this.watches.values()) unlinkWatch(watch);
    this.watches.clear();
    this.queue.length = 0;
    this.system.instances.delete(this);
  }

  override showFdInfo(): string {
    let text = '';
    for (const { wd, inode, mask } of this.watches.values()) {
      const device = inode.superBlock.device.toString(16);
      text += `inotify wd:${wd.toString(16)} ino:${inode.ino.toString(16)} sdev:${device} mask:${(mask >>> 0).toString(16)} ignored_mask:0\n`;
    }
    return text;
  }
}

/** Puts a watch on its inode. */
export function addWatch(watch: InotifyWatch): void {
  const { inode } = watch;
  inode.watches ??= new Watches();
  inode.watches.list.push(watch);
  inode.superBlock.kernel.vfs.watches.watchCount++;
}

/** Takes a watch off its inode. */
export function unlinkWatch(watch: InotifyWatch): void {
  const { inode } = watch;
  const list = inode.watches?.list ?? [];
  const at = list.indexOf(watch);
  if (at < 0) return;
  list.splice(at, 1);
  if (list.length === 0) inode.watches = undefined;
  inode.superBlock.kernel.vfs.watches.watchCount--;
}

/** A new instance for a user; EMFILE at the user's limit. */
export function makeInotify(path: Path, flags: number, system: InotifySystem, uid: number): InotifyFile {
  if (system.instancesOf(uid) >= system.maxUserInstances) fail(EMFILE, 'max_user_instances');
  return new InotifyFile(path, flags, system, uid);
}

/** A name has at least one NUL after it and fills whole headers; no name, no bytes. */
function paddedLength(name: string): number {
  if (name === '') return 0;
  return Math.ceil((name.length + 1) / InotifyEvent.size) * InotifyEvent.size;
}

function encodeEvent({ wd, mask, cookie, name }: QueuedEvent): Uint8Array {
  const len = paddedLength(name);
  const record = new Uint8Array(InotifyEvent.size + len);
  InotifyEvent.encodeInto(record, 0, { wd, mask, cookie, len });
  record.set(toBytes(name), InotifyEvent.size);
  return record;
}
