/**
 * /proc/kmsg: the kernel log for one reader that takes it away (klogd); proc_kmsg(5). Reading it is syslog(2) READ:
 * all readers share one place in the log. Linux counterpart: fs/proc/kmsg.c.
 */
import type { Kernel } from '../../kernel.ts';
import type { IoBuffer } from '../../mm/io-buffer.ts';
import type { WaitQueue } from '../../sync/wait-queue.ts';
import type { OpenContext } from '../file.ts';
import { fromText, toBytes } from '../../abi/byte-string.ts';
import { EPERM } from '../../abi/errno.ts';
import { fail, WOULD_BLOCK } from '../../errors.ts';
import { formatRecord } from '../../log.ts';
import { CAP_SYSLOG, isCapable } from '../../task/credentials.ts';
import { POLLIN, POLLRDNORM } from '../../abi/poll.ts';
import { File } from '../file.ts';

export function openKernelLog(_kernel: Kernel, context: OpenContext): File {
  if (!isCapable(context.credentials, CAP_SYSLOG)) fail(EPERM, 'CAP_SYSLOG');
  return new KernelLogFile(context);
}

class KernelLogFile extends File {
  readonly #kernel: Kernel;
  /** The part of a line that did not fit into the last buffer. */
  #rest: Uint8Array = new Uint8Array(0);

  constructor(context: OpenContext) {
    super(context.path, context.flags);
    this.#kernel = context.kernel;
  }

  override read(buffer: IoBuffer): number {
    const { log } = this.#kernel;
    let done = this.#put(buffer);
    for (const record of log.records) {
      if (buffer.remaining === 0 || this.#rest.length > 0) break;
      if (record.sequence < log.readUpTo) continue;
      log.readUpTo = record.sequence + 1;
      this.#rest = toBytes(`<${record.level}>${fromText(formatRecord(record))}\n`);
      done += this.#put(buffer);
    }
    return done > 0 ? done : WOULD_BLOCK;
  }

  override poll(): number {
    const { log } = this.#kernel;
    return this.#rest.length > 0 || log.readUpTo < log.nextSequence ? POLLIN | POLLRDNORM : 0;
  }
  override waitQueues(): readonly WaitQueue[] {
    return [this.#kernel.log.readers];
  }

  #put(buffer: IoBuffer): number {
    const count = buffer.put(this.#rest);
    this.#rest = this.#rest.subarray(count);
    return count;
  }
}
