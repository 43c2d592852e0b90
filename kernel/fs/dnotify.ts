/**
 * dnotify: a signal when a directory changes; fcntl(2), F_NOTIFY. Linux counterpart: fs/notify/dnotify. It is a watch of
 * inotify whose events become signals to the owner of the file instead of entries in a queue.
 */
import type { File } from './file.ts';
import type { InotifyWatch, WatchOwner } from './inotify.ts';
import type { Task } from '../task/task.ts';
import { ENOTDIR } from '../abi/errno.ts';
import * as inotify from '../abi/inotify.ts';
import { POLLIN } from '../abi/poll.ts';
import { SIGIO } from '../abi/signal.ts';
import { fail } from '../errors.ts';
import { signalOwner } from './file-owner.ts';
import { addWatch, unlinkWatch } from './inotify.ts';

const DN_MULTISHOT = 0x80000000;
/** DN_ACCESS … DN_ATTRIB, in the order of their bits. */
const EVENTS = [
  inotify.IN_ACCESS,
  inotify.IN_MODIFY,
  inotify.IN_CREATE | inotify.IN_MOVED_TO,
  inotify.IN_DELETE | inotify.IN_MOVED_FROM,
  inotify.IN_MOVED_FROM,
  inotify.IN_ATTRIB,
];
const POLL_MSG = 3;

export class DirectoryNotifier implements WatchOwner {
  readonly #file: File;
  readonly #fd: number;
  readonly #watch: InotifyWatch;
  #isRepeating: boolean;

  constructor(file: File, fd: number, mask: number, isRepeating: boolean) {
    this.#file = file;
    this.#fd = fd;
    this.#isRepeating = isRepeating;
    this.#watch = { wd: 0, inode: file.inode, instance: this, mask };
    addWatch(this.#watch);
  }

  widen(mask: number, isRepeating: boolean): void {
    this.#watch.mask |= mask;
    this.#isRepeating ||= isRepeating;
  }

  enqueue(_wd: number, mask: number): void {
    if ((mask & inotify.IN_IGNORED) !== 0) return;
    const { signal } = this.#file.owner;
    signalOwner(this.#file, {
      signo: signal === 0 ? SIGIO : signal,
      code: POLL_MSG,
      band: POLLIN,
      fd: this.#fd,
    });
    if (!this.#isRepeating) this.detach();
  }
  removeWatch(): void {
    this.detach();
  }

  detach(): void {
    unlinkWatch(this.#watch);
    this.#file.directoryNotifier = undefined;
  }
}

/** F_NOTIFY: DN_* events of a directory; none takes the request back. ENOTDIR. */
export function setDirectoryNotify(task: Task, file: File, fd: number, argument: number): void {
  if (!file.inode.isDirectory) fail(ENOTDIR, 'F_NOTIFY: not a directory');
  let mask = 0;
  EVENTS.forEach((event, bit) => {
    if ((argument & (1 << bit)) !== 0) mask |= event;
  });
  if (mask === 0) {
    file.directoryNotifier?.detach();
    return;
  }
  if (file.owner.id === 0) file.owner = { ...file.owner, type: 1, id: task.group.tgid, by: task };
  const isRepeating = (argument & DN_MULTISHOT) !== 0;
  const { directoryNotifier } = file;
  if (directoryNotifier instanceof DirectoryNotifier) directoryNotifier.widen(mask, isRepeating);
  else file.directoryNotifier = new DirectoryNotifier(file, fd, mask, isRepeating);
}
