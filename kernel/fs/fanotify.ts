/**
 * fanotify: who is told of events in whole mounts and file systems; fanotify(7), fs/notify/fanotify. inotify.ts hands
 * every event here as well. A group (one descriptor) has marks on inodes, mounts and super blocks, and a queue; an event
 * comes with an open file, or (FAN_REPORT_FID and its kin) with the handles of file and directory. Linux: groups may
 * also have to permit an access (FAN_CLASS_CONTENT); here there are notifications only.
 */
import type { File as OpenFile } from './file.ts';
import type { Inode } from './inode.ts';
import type { Dentry, Path } from './path.ts';
import type { SuperBlock } from './super-block.ts';
import * as abi from '../abi/fanotify.ts';
import { toBytes } from '../abi/byte-string.ts';
import { EINVAL } from '../abi/errno.ts';
import { O_CLOEXEC } from '../abi/fcntl.ts';
import { IN_ISDIR } from '../abi/inotify.ts';
import { FIONREAD } from '../abi/ioctl.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import { Errno, WOULD_BLOCK, fail } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import type { Task } from '../task/task.ts';
import { File } from './file.ts';
import { openQuietly } from './open-file.ts';
import { HANDLE_BYTES, HANDLE_TYPE, handleOf } from './file-handle.ts';
import { Mount, holdPath } from './path.ts';

const MAX_QUEUED_EVENTS = 16384;
/** Linux: none; here the queue lies in the host's memory. */
const MOST_WITH_UNLIMITED_QUEUE = 1 << 18;

export interface FanotifyMark {
  mask: number;
  /** Events of the object that are not wanted. */
  ignored: number;
  /** FAN_MARK_IGNORED_SURV_MODIFY */
  survivesModify: boolean;
  /** Through which the object was marked: where its files are opened. */
  readonly mount: Mount;
}

/** What happened: with the directory and the name if it is an entry of one. */
export interface FanotifyHappening {
  readonly mask: number;
  readonly inode: Inode;
  readonly dentry: Dentry | undefined;
  readonly mount: Mount | undefined;
  readonly directory: Inode | undefined;
  readonly name: string;
}

interface QueuedEvent {
  mask: number;
  readonly pid: number;
  /** The file to open; holds the path. */
  readonly path: Path | undefined;
  readonly key: object | undefined;
  readonly records: Uint8Array;
}

export class FanotifyFile extends File {
  readonly kernel: Kernel;
  /** FAN_* of fanotify_init(2), and the flags with which files are opened. */
  readonly init: number;
  readonly eventFlags: number;
  /** By inode, mount or super block. */
  readonly marks = new Map<object, FanotifyMark>();
  #queue: QueuedEvent[] = [];
  readonly readQueue = new WaitQueue();

  constructor(kernel: Kernel, flags: number, init: number, eventFlags: number) {
    super(kernel.vfs.newAnonymousPath('[fanotify]'), flags);
    this.kernel = kernel;
    this.init = init;
    this.eventFlags = eventFlags;
    kernel.vfs.watches.fanotifyGroups.add(this);
  }

  get reportsHandles(): boolean {
    return (this.init & (abi.FAN_REPORT_FID | abi.FAN_REPORT_DIR_FID)) !== 0;
  }

  setMark(object: object, mark: FanotifyMark): void {
    if (!this.marks.has(object)) this.kernel.vfs.watches.watchCount++;
    this.marks.set(object, mark);
  }
  removeMark(object: object): void {
    if (this.marks.delete(object)) this.kernel.vfs.watches.watchCount--;
  }
  /** A mount or a file system ends, or an inode. */
  forget(object: object): void {
    this.removeMark(object);
  }

  // ---- events

  happened(event: FanotifyHappening): void {
    const mask = this.#wanted(event);
    if (mask === 0) return;
    const task = this.kernel.scheduler.current;
    const pid = task === undefined ? 0 : (this.init & abi.FAN_REPORT_TID) !== 0 ? task.tid : task.group.tgid;
    const key = this.reportsHandles ? event.inode : (event.dentry ?? event.inode);
    const records = this.reportsHandles ? this.#records(event) : NO_RECORDS;
    for (const queued of this.#queue) {
      const isSame = queued.key === key && queued.pid === pid && equal(queued.records, records);
      if (isSame) {
        queued.mask |= mask;
        return;
      }
    }
    const isUnlimited = (this.init & abi.FAN_UNLIMITED_QUEUE) !== 0;
    if (this.#queue.length >= (isUnlimited ? MOST_WITH_UNLIMITED_QUEUE : MAX_QUEUED_EVENTS)) {
      if (this.#queue.at(-1)!.mask === abi.FAN_Q_OVERFLOW) return;
      this.#push({ mask: abi.FAN_Q_OVERFLOW, pid: 0, path: undefined, key: undefined, records: NO_RECORDS });
      return;
    }
    let path: Path | undefined;
    if (!this.reportsHandles) {
      if (event.dentry === undefined) return;
      path = holdPath({ mount: event.mount ?? this.#mountFor(event), dentry: event.dentry });
    }
    this.#push({ mask, pid, path, key, records });
  }

  #push(event: QueuedEvent): void {
    this.#queue.push(event);
    this.readQueue.wake(POLLIN | POLLRDNORM);
  }

  #mountFor({ inode }: FanotifyHappening): Mount {
    const mark = this.marks.get(inode) ?? this.marks.get(inode.superBlock) ?? [...this.marks.values()][0]!;
    return mark.mount;
  }

  /** The event's bits as the group wants to see them; 0: not at all. */
  #wanted({ mask, inode, mount, directory }: FanotifyHappening): number {
    const event = mask & ~IN_ISDIR;
    const isDirectory = (mask & IN_ISDIR) !== 0;
    let found = 0;
    let ignored = 0;
    const consider = (object: object | undefined, need = 0): void => {
      const mark = object === undefined ? undefined : this.marks.get(object);
      if (mark === undefined) return;
      if ((event & abi.FAN_MODIFY) !== 0 && !mark.survivesModify) mark.ignored = 0;
      ignored |= mark.ignored;
      if (isDirectory && (mark.mask & abi.FAN_ONDIR) === 0 && (event & ENTRY_EVENTS) === 0) return;
      if ((mark.mask & need) === need) found |= mark.mask & event;
    };
    const isEntry = (event & ENTRY_EVENTS) !== 0;
    if (!isEntry) consider(inode);
    consider(directory, isEntry ? 0 : abi.FAN_EVENT_ON_CHILD);
    consider(inode.superBlock);
    if (mount !== undefined) consider(mount);
    else for (const object of this.marks.keys()) if (isMountOf(object, inode.superBlock)) consider(object);
    found &= ~ignored;
    if (found === 0) return 0;
    return isDirectory && this.reportsHandles ? found | abi.FAN_ONDIR : found;
  }

  /** What FAN_REPORT_FID and its kin tell: handles, and the name in the directory. */
  #records({ inode, directory, name, mask }: FanotifyHappening): Uint8Array {
    const parts: Uint8Array[] = [];
    const holder = directory ?? (inode.isDirectory ? inode : undefined);
    if ((this.init & abi.FAN_REPORT_DIR_FID) !== 0 && holder !== undefined) {
      const hasName = (this.init & abi.FAN_REPORT_NAME) !== 0;
      const type = hasName ? abi.FAN_EVENT_INFO_TYPE_DFID_NAME : abi.FAN_EVENT_INFO_TYPE_DFID;
      parts.push(record(type, holder, hasName ? (directory === undefined ? '.' : name) : undefined));
    }
    if ((this.init & abi.FAN_REPORT_FID) !== 0 || parts.length === 0) {
      const isOfDirectory = (mask & ENTRY_EVENTS) !== 0 && (this.init & abi.FAN_REPORT_DIR_FID) === 0;
      parts.push(record(abi.FAN_EVENT_INFO_TYPE_FID, isOfDirectory ? directory! : inode, undefined));
    }
    return concatenate(parts);
  }

  // ---- File

  override read(buffer: IoBuffer): number {
    if (this.#queue.length === 0) return WOULD_BLOCK;
    let bytes = 0;
    while (this.#queue.length > 0) {
      const event = this.#queue[0]!;
      const eventLen = abi.FanotifyEvent.size + event.records.length;
      if (eventLen > buffer.remaining) break;
      let fd = abi.FAN_NOFD;
      try {
        if (event.path !== undefined) fd = this.#open(event.path);
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
        if (bytes > 0) break;
        this.#drop();
        throw error;
      }
      const metadata = {
        eventLen,
        vers: abi.FANOTIFY_METADATA_VERSION,
        metadataLen: abi.FanotifyEvent.size,
        mask: event.mask,
        fd,
        pid: event.pid,
      };
      bytes += buffer.put(concatenate([abi.FanotifyEvent.encode(metadata), event.records]));
      this.#drop();
    }
    if (bytes === 0) fail(EINVAL, 'buffer too small for the next event');
    return bytes;
  }

  /** A descriptor for the file of an event. What is done with it tells nobody. */
  #open(path: Path): number {
    const task = this.kernel.scheduler.current!;
    const file: OpenFile = openQuietly(task.walkContext(), path, this.eventFlags & ~O_CLOEXEC);
    try {
      return task.files.install(file, (this.eventFlags & O_CLOEXEC) !== 0);
    } catch (error) {
      this.kernel.vfs.put(file);
      throw error;
    }
  }

  #drop(): void {
    const { path } = this.#queue.shift()!;
    if (path !== undefined) this.kernel.vfs.releasePath(path);
  }

  override poll(): number {
    return this.#queue.length > 0 ? POLLIN | POLLRDNORM : 0;
  }
  override waitQueues(): readonly WaitQueue[] {
    return [this.readQueue];
  }
  override ioctl(task: Task, request: number, argument: number): number {
    if (request !== FIONREAD) return super.ioctl(task, request, argument);
    task.memory.writeU32(argument, this.#queue.length * abi.FanotifyEvent.size);
    return 0;
  }

  override release(): void {
    const { watches } = this.kernel.vfs;
    watches.fanotifyGroups.delete(this);
    watches.watchCount -= this.marks.size;
    this.marks.clear();
    while (this.#queue.length > 0) this.#drop();
  }
}

const NO_RECORDS = new Uint8Array(0);
/** Events of names in a directory. */
const ENTRY_EVENTS = abi.FAN_CREATE | abi.FAN_DELETE | abi.FAN_MOVED_FROM | abi.FAN_MOVED_TO;

function isMountOf(object: object, superBlock: SuperBlock): boolean {
  return object instanceof Mount && object.superBlock === superBlock;
}

function record(infoType: number, inode: Inode, name: string | undefined): Uint8Array {
  const text = name === undefined ? NO_RECORDS : toBytes(`${name}\0`);
  const handleEnd = abi.FanotifyInfoFid.size + HANDLE_BYTES;
  const bytes = new Uint8Array((handleEnd + text.length + 3) & ~3);
  abi.FanotifyInfoFid.encodeInto(bytes, 0, {
    infoType,
    len: bytes.length,
    fsid: inode.superBlock.device,
    handleBytes: HANDLE_BYTES,
    handleType: HANDLE_TYPE,
  });
  bytes.set(handleOf(inode), abi.FanotifyInfoFid.size);
  bytes.set(text, handleEnd);
  return bytes;
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
