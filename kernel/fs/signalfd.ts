/**
 * signalfd(2): signals as a file. Reading takes signals of the reader, not of whoever made the descriptor. Linux
 * counterpart: fs/signalfd.c.
 */
import { EINVAL } from '../abi/errno.ts';
import { SignalfdSiginfo } from '../abi/eventfd.ts';
import { O_RDWR } from '../abi/fcntl.ts';
import { POLLIN } from '../abi/poll.ts';
import { SIGKILL, SIGSTOP, signalSet } from '../abi/signal.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import type { WaitQueue } from '../sync/wait-queue.ts';
import type { SignalInfo } from '../task/signal-queue.ts';
import { takeSignal } from '../task/signals.ts';
import { File } from './file.ts';

const NEVER = signalSet(SIGKILL, SIGSTOP);

export class SignalFile extends File {
  readonly #kernel: Kernel;
  #mask: bigint;

  constructor(kernel: Kernel, mask: bigint, flags: number) {
    super(kernel.vfs.newAnonymousPath('[signalfd]'), O_RDWR | flags);
    this.#kernel = kernel;
    this.#mask = mask & ~NEVER;
  }

  get mask(): bigint {
    return this.#mask;
  }
  set mask(mask: bigint) {
    this.#mask = mask & ~NEVER;
    this.#kernel.scheduler.current?.handlers.signalQueue.wake(POLLIN);
  }

  /** As many signals as are there and fit. */
  override read(buffer: IoBuffer): number {
    if (buffer.remaining < SignalfdSiginfo.size) return fail(EINVAL, 'signalfd: fewer than 128 bytes');
    const task = this.#kernel.scheduler.current;
    if (task === undefined) return WOULD_BLOCK;
    let done = 0;
    while (buffer.remaining >= SignalfdSiginfo.size) {
      const info = takeSignal(task, ~this.#mask);
      if (info === undefined) break;
      done += buffer.put(encode(info));
    }
    return done === 0 ? WOULD_BLOCK : done;
  }

  override poll(): number {
    const task = this.#kernel.scheduler.current;
    if (task === undefined) return 0;
    const pending = task.pending.set | task.group.sharedPending.set;
    return (pending & this.#mask) !== 0n ? POLLIN : 0;
  }

  override waitQueues(): readonly WaitQueue[] {
    const task = this.#kernel.scheduler.current;
    return task === undefined ? [] : [task.handlers.signalQueue];
  }

  override showFdInfo(): string {
    return `sigmask:\t${this.#mask.toString(16).padStart(16, '0')}\n`;
  }
}

function encode(info: SignalInfo): Uint8Array<ArrayBuffer> {
  const value = info.value ?? 0n;
  return SignalfdSiginfo.encode({
    signo: info.signo,
    errno: info.errno ?? 0,
    code: info.code,
    pid: info.pid ?? 0,
    uid: info.uid ?? 0,
    fd: info.fd ?? 0,
    band: info.band ?? 0,
    tid: info.timerId ?? 0,
    overrun: info.overrun ?? 0,
    status: info.status ?? 0,
    utime: info.utime ?? 0,
    stime: info.stime ?? 0,
    addr: BigInt(info.address ?? 0),
    int: Number(BigInt.asIntN(32, value)),
    ptr: value,
  });
}
