/**
 * UringFile: an io_uring; io_uring(7). Linux counterpart: io_uring/io_uring.c. A submission becomes a UringRequest; its
 * operation is tried at once, and when it cannot go on, it waits in the queues of its file as a sleeping call would:
 *
 *   new ──start()──▶ (tried) ──done──▶ complete() posts the completion, starts the next of the chain
 *                       │ ▲
 *                 waits │ │ runReady(), from the timer or io_uring_enter
 *                       ▼ │
 *                    waiting ──becomeReady()──▶ ready
 *
 * A wake-up comes in the middle of somebody else's call, so that it only marks the request; the timer of the ring,
 * which is due at once, goes on with it. Linux counterpart: task_work.
 */
import * as abi from '../abi/io-uring.ts';
import {
  EAGAIN,
  EBADF,
  EBUSY,
  ECANCELED,
  EINPROGRESS,
  EINTR,
  EINVAL,
  EALREADY,
  ENOBUFS,
  ETIME,
} from '../abi/errno.ts';
import { O_RDWR } from '../abi/fcntl.ts';
import { POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { Errno, SLEEP, fail } from '../errors.ts';
import { File } from '../fs/file.ts';
import type { Kernel } from '../kernel.ts';
import type { PageCache } from '../mm/page-cache.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import { leaveQueues } from '../task/sleep.ts';
import { beginCall, type Task } from '../task/task.ts';
import { Timer, type TimerOwner } from '../time/timer-queue.ts';
import { chooseBuffer, giveBack, type BufferGroup } from './buffers.ts';
import { runControl } from './control-operations.ts';
import { MAKING_FILES, OPERATIONS, isImpatient, setArguments } from './operations.ts';
import { Registered } from './registered.ts';
import { IoWorker, UringRequest } from './request.ts';
import type { SharedRings } from './rings.ts';

/** Linux bounds requests by memory; here they are objects of the host, of a ring and of all rings. */
const MOST_REQUESTS = 16384;
const MOST_REQUESTS_OF_ALL = 65536;

export class UringFile extends File implements TimerOwner {
  readonly kernel: Kernel;
  readonly rings: SharedRings;
  /** IORING_SETUP_* */
  readonly setup: number;
  isEnabled: boolean;
  readonly registered: Registered;
  readonly bufferGroups = new Map<number, BufferGroup>();
  /** Requests that are not done. */
  readonly requests = new Set<UringRequest>();
  /** Woken by completions: io_uring_enter(2) and poll(2). */
  readonly queue = new WaitQueue();
  /** Completions that found no room. */
  #overflow: Uint8Array[] = [];
  /** Requests that were woken, in order. */
  #ready: UringRequest[] = [];
  /** Held back by IOSQE_IO_DRAIN. */
  #deferred: UringRequest[] = [];
  /** The end of the chain that is being submitted. */
  #chainHead: UringRequest | undefined;
  #chainTail: UringRequest | undefined;
  #sequence = 0;
  /** Completions that were posted. */
  posted = 0;
  readonly #timer = new Timer(this);
  /** Requests to start, while others are being started. */
  #starting: UringRequest[] | undefined;

  constructor(kernel: Kernel, rings: SharedRings, setup: number) {
    super(kernel.vfs.newAnonymousPath('[io_uring]'), O_RDWR);
    this.kernel = kernel;
    this.rings = rings;
    this.setup = setup;
    this.isEnabled = (setup & abi.IORING_SETUP_R_DISABLED) === 0;
    this.registered = new Registered(kernel);
    kernel.urings.add(this);
  }

  // ---- submission

  /** Takes up to `count` submissions; how many. */
  submit(task: Task, count: number): number {
    if (count === 0) return 0;
    this.flushOverflow();
    if (this.isOverflowing) fail(EBUSY, 'io_uring: completions have to be taken first');
    let taken = 0;
    for (let left = Math.min(count, this.rings.submissions); left > 0; left--) {
      if (this.requests.size >= MOST_REQUESTS || this.kernel.uringRequests >= MOST_REQUESTS_OF_ALL) {
        if (taken === 0) fail(EAGAIN, 'io_uring: too many requests');
        break;
      }
      const bytes = this.rings.takeSubmission();
      if (bytes === undefined) break;
      taken++;
      const isGood = this.#submitOne(task, bytes);
      if (!isGood && (this.setup & abi.IORING_SETUP_SUBMIT_ALL) === 0) break;
    }
    this.#endChain();
    return taken;
  }

  /** False: the entry itself was bad. */
  #submitOne(task: Task, bytes: Uint8Array): boolean {
    const sqe = abi.IoUringSqe.decode(bytes);
    const request = new UringRequest(this, task, sqe, this.#sequence++);
    this.requests.add(request);
    this.kernel.uringRequests++;
    const isLinked = request.has(abi.IOSQE_IO_LINK | abi.IOSQE_IO_HARDLINK);
    let error = 0;
    try {
      this.#prepare(request);
    } catch (reason) {
      if (!(reason instanceof Errno)) throw reason;
      error = -reason.errno;
    }
    if (error !== 0) {
      this.#appendToChain(request);
      this.#failChain(error, request);
      return false;
    }
    this.#appendToChain(request);
    if (!isLinked) this.#endChain();
    return true;
  }

  #prepare(request: UringRequest): void {
    const { sqe, task } = request;
    if ((sqe.flags & ~abi.IOSQE_ALL) !== 0) fail(EINVAL, 'io_uring: flags of a submission');
    const operation = OPERATIONS.get(sqe.opcode);
    if (sqe.personality !== 0) request.personality = this.registered.personality(sqe.personality);
    const needsFile = operation?.needsFile ?? sqe.opcode === abi.IORING_OP_POLL_ADD;
    if (!needsFile) return;
    const isFixed = request.has(abi.IOSQE_FIXED_FILE);
    const file = isFixed ? this.registered.file(sqe.fd) : task.files.get(sqe.fd);
    request.file = this.kernel.vfs.get(file ?? fail(EBADF, 'io_uring: no such file'));
    const isFixedBuffer = sqe.opcode === abi.IORING_OP_READ_FIXED || sqe.opcode === abi.IORING_OP_WRITE_FIXED;
    if (isFixedBuffer) this.registered.requireBuffer(sqe.bufIndex, sqe.addr, sqe.len);
  }

  #appendToChain(request: UringRequest): void {
    if (this.#chainTail === undefined) this.#chainHead = request;
    else this.#chainTail.next = request;
    this.#chainTail = request;
  }

  #endChain(): void {
    const head = this.#chainHead;
    this.#chainHead = this.#chainTail = undefined;
    if (head !== undefined) this.#startOrDefer(head);
  }

  /** An entry of the chain was bad: it has its error, all others are cancelled. */
  #failChain(error: number, culprit: UringRequest): void {
    let request = this.#chainHead;
    this.#chainHead = this.#chainTail = undefined;
    while (request !== undefined) {
      const { next }: UringRequest = request;
      request.next = undefined;
      this.#finish(request, request === culprit ? error : -ECANCELED);
      request = next;
    }
  }

  #startOrDefer(head: UringRequest): void {
    if (this.#deferred.length > 0 || (this.#isDraining(head) && this.#hasOlder(head)))
      this.#deferred.push(head);
    else this.start(head);
  }
  #isDraining(head: UringRequest): boolean {
    for (let each: UringRequest | undefined = head; each !== undefined; each = each.next)
      if (each.has(abi.IOSQE_IO_DRAIN)) return true;
    return false;
  }
  #hasOlder(head: UringRequest): boolean {
    for (const { sequence } of this.requests) if (sequence < head.sequence) return true;
    return false;
  }

  // ---- running

  /** Tries a request for the first time, and what becomes startable by its end. */
  start(first: UringRequest): void {
    if (this.#starting !== undefined) {
      this.#starting.push(first);
      return;
    }
    this.#starting = [first];
    try {
      for (let request = this.#starting.shift(); request !== undefined; request = this.#starting.shift()) {
        if (this.#limit(request)) this.#try(request);
      }
    } finally {
      this.#starting = undefined;
    }
  }

  /** A timeout that is linked to the request begins with it. False: it is bad, and the request does not begin. */
  #limit(request: UringRequest): boolean {
    const { next, task } = request;
    if (next?.sqe.opcode !== abi.IORING_OP_LINK_TIMEOUT || task.mm === undefined) return true;
    request.limitedBy = next;
    next.limits = request;
    request.next = next.next;
    next.next = undefined;
    next.state = 'waiting';
    try {
      runControl(next);
      return true;
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      request.limitedBy = undefined;
      this.#finish(next, -error.errno);
      this.complete(request, -ECANCELED);
      return false;
    }
  }

  #try(request: UringRequest): void {
    if (request.state === 'done') return;
    const { task, worker: former } = request;
    // The program that submitted it is gone, and its memory.
    if (task.mm === undefined || (former !== undefined && former.mm !== task.mm)) {
      return this.complete(request, -ECANCELED);
    }
    request.state = 'waiting';
    const operation = OPERATIONS.get(request.sqe.opcode);
    const { scheduler } = this.kernel;
    const { current } = scheduler;
    const worker = (request.worker ??= this.#workerFor(request));
    scheduler.current = worker;
    let result: number;
    try {
      result = operation === undefined ? runControl(request) : this.#runCall(request, worker);
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      result = -error.errno;
    } finally {
      scheduler.current = current;
    }
    if (result === SLEEP || this.#parks(request, worker, result)) return;
    this.complete(request, result <= -512 ? -EINTR : result);
  }

  #workerFor(request: UringRequest): IoWorker {
    const worker = new IoWorker(request.task, request);
    beginCall(worker, 0);
    return worker;
  }

  /** The system call that the operation is. */
  #runCall(request: UringRequest, worker: IoWorker): number {
    const { sqe } = request;
    if (request.has(abi.IOSQE_BUFFER_SELECT) && request.buffer === undefined) {
      const chosen = chooseBuffer(request) ?? fail(ENOBUFS, 'io_uring: no buffer in the group');
      request.buffer = { group: sqe.bufIndex, id: chosen.id };
      sqe.addr = chosen.addr;
      sqe.len = sqe.len === 0 ? chosen.len : Math.min(sqe.len, chosen.len);
    }
    if (request.has(abi.IOSQE_FIXED_FILE) && sqe.opcode === abi.IORING_OP_CLOSE)
      fail(EINVAL, 'io_uring: close');
    if (sqe.opcode === abi.IORING_OP_CLOSE && sqe.fileIndex !== 0) {
      this.registered.setFile(sqe.fileIndex - 1, undefined);
      return 0;
    }
    const [number, ...words] = OPERATIONS.get(sqe.opcode)!.call(sqe, request);
    if (worker.call.attempt === 0) {
      worker.call.number = number;
      setArguments(worker.args, words);
    }
    const result = this.kernel.table.get(number)!.handler!(worker, worker.args);
    if (result < 0 || sqe.fileIndex === 0 || !MAKING_FILES.has(sqe.opcode)) return result;
    return this.#moveToSlot(worker, result);
  }

  /** A new descriptor becomes a registered file instead. */
  #moveToSlot(worker: IoWorker, fd: number): number {
    const file = this.kernel.vfs.get(worker.files.get(fd)!);
    worker.files.close(worker, fd);
    try {
      return this.registered.placeFile(worker.request.sqe.fileIndex, file);
    } catch (error) {
      this.kernel.vfs.put(file);
      throw error;
    }
  }

  /** O_NONBLOCK is for calls: an operation on a socket waits all the same. */
  #parks(request: UringRequest, worker: IoWorker, result: number): boolean {
    if (result !== -EAGAIN && result !== -EINPROGRESS && result !== -EALREADY) return false;
    const waitsFor = OPERATIONS.get(request.sqe.opcode)?.waitsFor;
    if (waitsFor === undefined || isImpatient(request.sqe)) return false;
    worker.waitIn(request.file!.waitQueues(waitsFor === 'in' ? POLLIN | POLLRDNORM : POLLOUT | POLLWRNORM));
    return true;
  }

  /** A request was woken: the timer, or whoever enters the ring first, goes on with it. */
  becomeReady(request: UringRequest): void {
    if (request.state !== 'waiting') return;
    request.state = 'ready';
    this.#ready.push(request);
    this.kernel.timers.set(this.#timer, this.kernel.time.monotonicNs());
  }

  timerExpired(): void {
    this.runReady();
  }

  runReady(): void {
    for (const request of this.#ready.splice(0)) if (request.state === 'ready') this.#try(request);
  }

  /** The timer of a timeout, or of a linked one. */
  timeIsOver(request: UringRequest): void {
    const { limits } = request;
    if (limits !== undefined) {
      limits.limitedBy = undefined;
      this.cancel(limits);
    }
    this.complete(request, -ETIME);
  }

  // ---- the end

  /** Ends a request that waits: its completion says ECANCELED. */
  cancel(request: UringRequest): void {
    if (request.state !== 'done') this.complete(request, -ECANCELED);
  }

  complete(request: UringRequest, result: number): void {
    if (request.state === 'done') return;
    const { next, sqe, limitedBy } = request;
    request.next = undefined;
    this.#finish(request, result);
    if (limitedBy !== undefined) {
      request.limitedBy = undefined;
      this.#finish(limitedBy, -ECANCELED);
    }
    const expected = OPERATIONS.get(sqe.opcode)?.expected?.(sqe);
    const hasFailed = result < 0 || (expected !== undefined && result < expected);
    const isSuccess =
      sqe.opcode === abi.IORING_OP_TIMEOUT && (sqe.opFlags & abi.IORING_TIMEOUT_ETIME_SUCCESS) !== 0;
    if (next !== undefined) {
      const goesOn = !hasFailed || isSuccess || (sqe.flags & abi.IOSQE_IO_HARDLINK) !== 0;
      if (goesOn) this.start(next);
      else
        for (let each: UringRequest | undefined = next; each !== undefined;) each = this.#cancelLinked(each);
    }
    this.#startDeferred();
  }

  #cancelLinked(request: UringRequest): UringRequest | undefined {
    const { next } = request;
    request.next = undefined;
    this.#finish(request, -ECANCELED);
    return next;
  }

  #startDeferred(): void {
    for (let head = this.#deferred[0]; head !== undefined; head = this.#deferred[0]) {
      if (this.#isDraining(head) && this.#hasOlder(head)) return;
      this.#deferred.shift();
      this.start(head);
    }
  }

  /** Lets go of what the request holds and posts its completion. */
  #finish(request: UringRequest, result: number): void {
    if (request.state === 'done') return;
    request.state = 'done';
    this.requests.delete(request);
    this.kernel.uringRequests--;
    if (request.worker !== undefined) {
      leaveQueues(request.worker);
      this.kernel.futexes.forget(request.worker);
    }
    if (request.timer !== undefined) this.kernel.timers.cancel(request.timer);
    if (request.file !== undefined) this.kernel.vfs.put(request.file);
    let flags = 0;
    if (request.buffer !== undefined) {
      if (result > 0) flags = (request.buffer.id << abi.IORING_CQE_BUFFER_SHIFT) | abi.IORING_CQE_F_BUFFER;
      else giveBack(request);
    }
    if (result < 0 || !request.has(abi.IOSQE_CQE_SKIP_SUCCESS)) this.post(request, result, flags);
  }

  /** Posts a completion; a request that goes on (IORING_CQE_F_MORE) may do so again. */
  post(request: UringRequest, res: number, flags: number): void {
    const cqe = abi.IoUringCqe.encode({ userData: request.sqe.userData, res, flags });
    this.flushOverflow();
    if (this.rings.isCqFull || this.#overflow.length > 0) {
      this.#overflow.push(cqe);
      this.rings.showOverflow(true);
    } else this.rings.putCompletion(cqe);
    this.posted++;
    if (!this.rings.isEventfdDisabled) this.registered.signalEventfd();
    this.queue.wake(POLLIN | POLLRDNORM);
    for (const waiting of this.requests) {
      if (waiting.completionTarget <= this.posted && waiting !== request) {
        waiting.completionTarget = NaN;
        this.complete(waiting, 0);
      }
    }
  }

  /** So many completions wait outside of the ring that a request must not post more without an end. */
  get isOverflowing(): boolean {
    return this.#overflow.length >= this.rings.cqEntries;
  }

  flushOverflow(): void {
    if (this.#overflow.length === 0) return;
    while (this.#overflow.length > 0 && !this.rings.isCqFull)
      this.rings.putCompletion(this.#overflow.shift()!);
    if (this.#overflow.length === 0) this.rings.showOverflow(false);
  }

  // ---- File

  override mappable(): PageCache {
    return this.rings.cache;
  }
  override poll(): number {
    this.flushOverflow();
    const input = this.rings.completions > 0 ? POLLIN | POLLRDNORM : 0;
    return this.rings.isSqFull ? input : input | POLLOUT | POLLWRNORM;
  }
  override waitQueues(): readonly WaitQueue[] {
    return [this.queue];
  }

  /** A task ends, and with it what it has submitted: a request must not keep its own ring open. */
  taskIsGone(task: Task): void {
    for (const request of [...this.requests]) if (request.task === task) this.cancel(request);
  }

  override release(): void {
    this.kernel.urings.delete(this);
    for (const request of [...this.requests]) {
      request.next = request.limitedBy = undefined;
      if (request.state !== 'done') this.#finish(request, -ECANCELED);
    }
    this.kernel.timers.cancel(this.#timer);
    this.registered.release();
    this.rings.destroy();
  }

  override showFdInfo(): string {
    const { sqEntries, cqEntries, sqHead, cqTail, submissions, completions } = this.rings;
    return (
      `SqMask:\t0x${(sqEntries - 1).toString(16)}\nSqHead:\t${sqHead}\nSqTail:\t${sqHead + submissions}\n` +
      `CqMask:\t0x${(cqEntries - 1).toString(16)}\nCqHead:\t${cqTail - completions}\nCqTail:\t${cqTail}\n`
    );
  }
}
