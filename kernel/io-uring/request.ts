/**
 * UringRequest: one submission from when it is taken until its last completion is posted. Linux counterpart: struct
 * io_kiocb. IoWorker does its work the way a thread of the process would.
 */
import type { IoUringSqe } from '../abi/io-uring.ts';
import type { File } from '../fs/file.ts';
import type { WaitQueue } from '../sync/wait-queue.ts';
import type { UringFile } from './uring-file.ts';
import { leaveQueues } from '../task/sleep.ts';
import { Task } from '../task/task.ts';
import { Timer, type TimerOwner } from '../time/timer-queue.ts';

type Decoded = ReturnType<typeof IoUringSqe.decode>;
/** Its own copy of the entry: what was chosen for it is filled in. */
export type Sqe = { -readonly [K in keyof Decoded]: Decoded[K] };

/**
 * A thread that nobody sees: it shares all that its process has, makes one system call at a time, and what that sleeps
 * on wakes the request instead. It is in no table, gets no signals and never returns to a program. Linux counterpart:
 * PF_IO_WORKER.
 */
export class IoWorker extends Task {
  readonly owner: Task;
  readonly request: UringRequest;

  constructor(owner: Task, request: UringRequest) {
    super(owner.kernel, owner.tid, {
      kind: owner.kind,
      files: owner.files,
      fs: owner.fs,
      credentials: request.personality ?? owner.credentials,
    });
    this.group = owner.group;
    this.comm = owner.comm;
    this.mm = owner.mm;
    this.owner = owner;
    this.request = request;
  }

  /** The file of the request is the one that was there when it was submitted. */
  override file(fd: number): File {
    const { file, sqe } = this.request;
    return file !== undefined && fd === sqe.fd ? file : super.file(fd);
  }

  /** Waits in queues of its own choice; see UringFile.park. */
  waitIn(queues: readonly WaitQueue[]): void {
    for (const queue of queues) queue.add(this);
    this.sleepQueues = queues;
    this.state = 'sleeping';
  }

  override wakeUp(): void {
    this.#wake();
  }
  override timerExpired(): void {
    this.#wake();
  }
  override clockWasSet(): void {
    this.#wake();
  }

  #wake(): void {
    if (this.state !== 'sleeping') return;
    leaveQueues(this);
    this.state = 'running';
    this.call.attempt++;
    this.request.ring.becomeReady(this.request);
  }
}

export class UringRequest implements TimerOwner {
  readonly ring: UringFile;
  /** Who submitted it. */
  readonly task: Task;
  readonly sqe: Sqe;
  /** Counts submissions. */
  readonly sequence: number;
  personality: Task['credentials'] | undefined;
  /** The file that it is about; it holds a reference. */
  file: File | undefined;
  /** The next of its chain: IOSQE_IO_LINK. */
  next: UringRequest | undefined;
  state: 'new' | 'waiting' | 'ready' | 'done' = 'new';
  worker: IoWorker | undefined;
  /** Made for timeouts only. */
  timer: Timer | undefined;
  /** IORING_OP_LINK_TIMEOUT: the request that it limits; and the other way round. */
  limits: UringRequest | undefined;
  limitedBy: UringRequest | undefined;
  /** IORING_OP_TIMEOUT: done when so many completions were posted; NaN: only by time. */
  completionTarget = NaN;
  /** The buffer that was chosen for it. */
  buffer: { readonly group: number; readonly id: number } | undefined;

  constructor(ring: UringFile, task: Task, sqe: Sqe, sequence: number) {
    this.ring = ring;
    this.task = task;
    this.sqe = sqe;
    this.sequence = sequence;
  }

  has(flag: number): boolean {
    return (this.sqe.flags & flag) !== 0;
  }

  setTimer(deadlineNs: number): void {
    this.timer ??= new Timer(this);
    this.task.kernel.timers.set(this.timer, deadlineNs);
  }
  timerExpired(): void {
    this.ring.timeIsOver(this);
  }
}
