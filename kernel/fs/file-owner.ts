/**
 * Signals to the owner of a file: SIGIO when something became possible (O_ASYNC), SIGURG for urgent data; fcntl(2)
 * F_SETOWN, F_SETSIG. Linux counterpart: fasync_helper, send_sigio, send_sigurg in fs/fcntl.c. An AsyncNotifier waits in
 * the file's queues for as long as O_ASYNC is set.
 *
 * Linux: only pipes, sockets and terminals send SIGIO. Here every file does that can be waited for (eventfd(2),
 * timerfd_create(2), streams of the embedder), and a terminal also when it is hung up.
 */
import type { File } from './file.ts';
import { F_OWNER_PGRP, F_OWNER_TID } from '../abi/fcntl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDNORM } from '../abi/poll.ts';
import { SIGIO, SIGURG, SI_KERNEL, SI_SIGIO } from '../abi/signal.ts';
import type { WaitQueue, Waiter } from '../sync/wait-queue.ts';
import type { SignalInfo } from '../task/signal-queue.ts';
import { mayKill, sendSignal } from '../task/signal-send.ts';
import type { Task } from '../task/task.ts';

const EVERYTHING = 0xffff;
/** si_code and si_band by what happened: POLL_IN …; without SI_SIGIO's plain kind. */
const REASONS = [
  [POLLIN | POLLRDNORM, 1],
  [POLLOUT, 2],
  [POLLERR, 4],
  [POLLPRI, 5],
  [POLLHUP, 6],
] as const;

export class AsyncNotifier implements Waiter {
  readonly #file: File;
  readonly #fd: number;
  readonly #queues: readonly WaitQueue[];

  constructor(file: File, fd: number) {
    this.#file = file;
    this.#fd = fd;
    this.#queues = file.waitQueues(EVERYTHING);
    for (const queue of this.#queues) queue.add(this);
  }

  wakeUp(_queue: WaitQueue, key: number): void {
    // A wake-up is a hint: half a line at a terminal is no news.
    if ((this.#file.poll() & key) === 0) return;
    const { signal } = this.#file.owner;
    if (signal === 0) return signalOwner(this.#file, { signo: SIGIO, code: SI_KERNEL });
    const [events, code] = REASONS.find(([mask]) => (key & mask) !== 0) ?? [0, SI_SIGIO];
    signalOwner(this.#file, { signo: signal, code, band: events, fd: this.#fd });
  }

  detach(): void {
    for (const queue of this.#queues) queue.remove(this);
  }
}

/** O_ASYNC of a file has changed, or the file goes. `fd`: what si_fd will say. */
export function setAsync(file: File, fd: number, isOn: boolean): void {
  if (isOn === (file.asyncNotifier !== undefined)) return;
  file.asyncNotifier?.detach();
  file.asyncNotifier = isOn ? new AsyncNotifier(file, fd) : undefined;
}

/** Urgent data has come to a socket. */
export function signalUrgent(file: File): void {
  signalOwner(file, { signo: SIGURG, code: SI_KERNEL });
}

/** Sends a signal to whom F_SETOWN named. */
export function signalOwner(file: File, info: SignalInfo): void {
  const { type, id, by } = file.owner;
  const { tasks } = file.inode.superBlock.kernel;
  if (id === 0) return;
  const targets: Task[] = [];
  if (type === F_OWNER_PGRP) {
    for (const group of tasks.groups.values()) if (group.processGroup.id === id) targets.push(group.leader);
  } else {
    const target = tasks.task(id);
    if (target !== undefined) targets.push(target);
  }
  for (const target of targets) {
    // Whoever set the owner must have been allowed to.
    if (by !== undefined && by !== target && !mayKill(by, target, info.signo)) continue;
    sendSignal(type === F_OWNER_TID ? target : target.group, info.signo, info);
  }
}
