/**
 * timerfd_create(2): a timer as a file. Linux counterpart: fs/timerfd.c.
 *
 * An expired periodic timer is not set again until somebody looks: `#catchUp` then counts the periods that passed, so
 * that a short interval which nobody reads costs nothing.
 */
import { ECANCELED, EINVAL } from '../abi/errno.ts';
import { TFD_IOC_SET_TICKS, TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET } from '../abi/eventfd.ts';
import { O_RDWR } from '../abi/fcntl.ts';
import { write64, viewOf } from '../abi/layout.ts';
import { POLLIN } from '../abi/poll.ts';
import { CLOCK_REALTIME, CLOCK_REALTIME_ALARM } from '../abi/time.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { WaitQueue } from '../sync/wait-queue.ts';
import type { Task } from '../task/task.ts';
import { Timer, type TimerOwner } from '../time/timer-queue.ts';
import type { Timespec } from '../time/timespec.ts';
import { File } from './file.ts';

const WORD = 8;

export interface TimerSetting {
  /** Nanoseconds until it expires, or (TFD_TIMER_ABSTIME) the clock's value then; all zero: off. */
  readonly value: Timespec;
  readonly intervalNs: number;
}

export class TimerFile extends File implements TimerOwner {
  readonly #kernel: Kernel;
  readonly clock: number;
  readonly readQueue = new WaitQueue();
  readonly #timer = new Timer(this);
  /** Expirations that were not read. */
  ticks = 0;
  #intervalNs = 0;
  /** Monotonic time of the expiration that is next, or was last if `#isExpired`. */
  #deadlineNs = Infinity;
  /** It expired and was not set again. */
  #isExpired = false;
  /** The absolute realtime that it waits for, to be worked out again when the clock is set. */
  #realtime: Timespec | undefined;
  #flags = 0;
  /** TFD_TIMER_CANCEL_ON_SET: kernel.time.realtimeChanges when it was set. */
  #changesSeen = 0;

  constructor(kernel: Kernel, clock: number, flags: number) {
    super(kernel.vfs.newAnonymousPath('[timerfd]'), O_RDWR | flags);
    this.#kernel = kernel;
    this.clock = clock;
  }

  get #isRealtime(): boolean {
    return this.clock === CLOCK_REALTIME || this.clock === CLOCK_REALTIME_ALARM;
  }

  /** timerfd_settime(2); ECANCELED if the clock was set since the last read of a timer with CANCEL_ON_SET. */
  set(setting: TimerSetting, flags: number): void {
    const { time, timers } = this.#kernel;
    timers.cancel(this.#timer);
    const { value, intervalNs } = setting;
    this.ticks = 0;
    this.#isExpired = false;
    this.#intervalNs = intervalNs;
    const isAbsolute = (flags & TFD_TIMER_ABSTIME) !== 0;
    const wasCanceled = this.#isCancelable && time.realtimeChanges !== this.#changesSeen;
    this.#flags = flags;
    this.#changesSeen = time.realtimeChanges;
    this.#realtime = isAbsolute && this.#isRealtime ? value : undefined;
    this.#deadlineNs = Infinity;
    if (value.sec === 0 && value.nsec === 0) return;
    const ns = value.sec * 1e9 + value.nsec;
    if (this.#realtime !== undefined) this.#deadlineNs = time.monotonicAt(value);
    else this.#deadlineNs = isAbsolute ? ns : time.monotonicNs() + ns;
    timers.set(this.#timer, this.#deadlineNs);
    this.#expireIfDue();
    if (wasCanceled && this.#isCancelable) fail(ECANCELED, 'timerfd: the clock was set');
  }

  /** What timerfd_gettime(2) shows. */
  get(): { valueNs: number; intervalNs: number } {
    this.#catchUp();
    const left = this.#deadlineNs - this.#kernel.time.monotonicNs();
    const isOff = this.#isExpired || this.#deadlineNs === Infinity;
    return { valueNs: isOff ? 0 : Math.max(1, left), intervalNs: this.#intervalNs };
  }

  timerExpired(): void {
    this.#isExpired = true;
    this.ticks++;
    this.readQueue.wake(POLLIN);
  }

  /** A deadline that has passed is not left for the queue of timers to find. */
  #expireIfDue(): void {
    if (this.#isExpired || this.#deadlineNs > this.#kernel.time.monotonicNs()) return;
    this.#kernel.timers.cancel(this.#timer);
    this.timerExpired();
  }

  clockWasSet(): void {
    if (this.#realtime !== undefined) {
      this.#deadlineNs = this.#kernel.time.monotonicAt(this.#realtime);
      this.#kernel.timers.set(this.#timer, this.#deadlineNs);
    }
    if (this.#isCancelable) this.readQueue.wake(POLLIN);
  }

  override read(buffer: IoBuffer): number {
    if (buffer.remaining < WORD) return fail(EINVAL, 'timerfd: fewer than 8 bytes');
    if (this.#isCanceled) {
      this.#changesSeen = this.#kernel.time.realtimeChanges;
      this.ticks = 0;
      this.#isExpired = false;
      return fail(ECANCELED, 'timerfd: the clock was set');
    }
    this.#expireIfDue();
    this.#catchUp();
    if (this.ticks === 0) return WOULD_BLOCK;
    const bytes = new Uint8Array(WORD);
    write64(viewOf(bytes), 0, this.ticks);
    this.ticks = 0;
    return buffer.put(bytes);
  }

  /** Counts the periods of a periodic timer that passed since it expired, and sets it for the next one. */
  #catchUp(): void {
    if (!this.#isExpired || this.#intervalNs === 0) return;
    const passed = Math.floor((this.#kernel.time.monotonicNs() - this.#deadlineNs) / this.#intervalNs);
    this.ticks += Math.max(0, passed);
    this.#deadlineNs += (Math.max(0, passed) + 1) * this.#intervalNs;
    this.#isExpired = false;
    if (this.#realtime !== undefined) this.#realtime = this.#kernel.time.realtimeAt(this.#deadlineNs);
    this.#kernel.timers.set(this.#timer, this.#deadlineNs);
  }

  get #isCancelable(): boolean {
    const both = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET;
    return this.#isRealtime && (this.#flags & both) === both;
  }
  get #isCanceled(): boolean {
    return this.#isCancelable && this.#kernel.time.realtimeChanges !== this.#changesSeen;
  }

  override poll(): number {
    return this.ticks > 0 || this.#isCanceled ? POLLIN : 0;
  }
  override waitQueues(): readonly WaitQueue[] {
    return [this.readQueue];
  }

  override ioctl(task: Task, request: number, argument: number): number {
    if (request !== TFD_IOC_SET_TICKS) return super.ioctl(task, request, argument);
    const ticks = task.memory.readU64(argument);
    if (ticks === 0) fail(EINVAL, 'TFD_IOC_SET_TICKS: zero');
    this.ticks = ticks;
    this.readQueue.wake(POLLIN);
    return 0;
  }

  override release(): void {
    this.#kernel.timers.cancel(this.#timer);
  }

  override showFdInfo(): string {
    const { valueNs, intervalNs } = this.get();
    return (
      `clockid: ${this.clock}\nticks: ${this.ticks}\nsettime flags: 0${this.#flags.toString(8)}\n` +
      `it_value: ${pair(valueNs)}\nit_interval: ${pair(intervalNs)}\n`
    );
  }
}

function pair(ns: number): string {
  return `(${Math.floor(ns / 1e9)}, ${Math.floor(ns % 1e9)})`;
}
