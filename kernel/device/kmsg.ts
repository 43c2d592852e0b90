/**
 * /dev/kmsg: the kernel log as a file. One read gives one record, `prio,seq,usec,flag;text`; one write adds a line.
 * Linux counterpart: devkmsg_fops in kernel/printk; Documentation/ABI/testing/dev-kmsg.
 */
import { fromBytes, fromText, toBytes, toText } from '../abi/byte-string.ts';
import { EINVAL, EPIPE, ESPIPE } from '../abi/errno.ts';
import { SEEK_DATA, SEEK_END, SEEK_SET } from '../abi/fcntl.ts';
import { POLLERR, POLLIN, POLLOUT, POLLPRI, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import { File, type OpenContext } from '../fs/file.ts';
import type { KernelLog, LogRecord } from '../log.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import type { WaitQueue } from '../sync/wait-queue.ts';
import type { DeviceTable } from './device-table.ts';

const LINE_LIMIT = 1024;
const LOG_WARNING = 4;

export function registerKmsg(devices: DeviceTable): void {
  const open = ({ kernel, path, flags }: OpenContext): File => new KmsgFile(path, flags, kernel.log);
  devices.register({ kind: 'char', major: 1, minor: 11, name: 'kmsg', mode: 0o644, open });
}

class KmsgFile extends File {
  readonly #log: KernelLog;
  /** Sequence number of the next record to read. */
  next: number;

  constructor(path: File['path'], flags: number, log: KernelLog) {
    super(path, flags);
    this.#log = log;
    this.next = this.#oldest;
  }

  get #oldest(): number {
    return this.#log.records[0]?.sequence ?? this.#log.nextSequence;
  }

  /** lseek(2) goes to the records after the last clearing, and to either end. */
  override get isSeekable(): boolean {
    return true;
  }

  override read(buffer: IoBuffer): number {
    if (this.next < this.#oldest) {
      this.next = this.#oldest;
      return fail(EPIPE, 'kmsg: the record was overwritten');
    }
    const record = this.#log.records[this.next - this.#oldest];
    if (record === undefined) return WOULD_BLOCK;
    const bytes = toBytes(formatKmsg(record));
    if (bytes.length > buffer.remaining) return fail(EINVAL, 'kmsg: the record does not fit');
    this.next++;
    return buffer.put(bytes);
  }

  override write(buffer: IoBuffer): number {
    const length = buffer.remaining;
    if (length > LINE_LIMIT) return fail(EINVAL, 'kmsg: line too long');
    const text = fromBytes(buffer.takeAll());
    const prefix = /^<([0-9]{1,9})>/.exec(text);
    const level = prefix === null ? LOG_WARNING : Number(prefix[1]) & 7;
    this.#log.write(level, toText(text.slice(prefix?.[0].length ?? 0).replace(/\n$/, '')));
    return length;
  }

  override seek(offset: number, whence: number): number {
    if (offset !== 0) return fail(ESPIPE, 'kmsg: only to an end');
    if (whence === SEEK_SET) this.next = this.#oldest;
    else if (whence === SEEK_DATA) this.next = Math.max(this.#oldest, this.#log.clearedUpTo);
    else if (whence === SEEK_END) this.next = this.#log.nextSequence;
    else return fail(EINVAL, 'kmsg: whence');
    return 0;
  }

  override poll(): number {
    if (this.next < this.#oldest) return POLLIN | POLLERR | POLLPRI | POLLOUT;
    return (this.next < this.#log.nextSequence ? POLLIN | POLLRDNORM : 0) | POLLOUT | POLLWRNORM;
  }

  override waitQueues(): readonly WaitQueue[] {
    return [this.#log.readers];
  }
}

/** Control characters and backslashes are escaped, so that a record is one line. */
function formatKmsg(record: LogRecord): string {
  const micros = Math.floor(record.timeNs / 1000);
  const text = fromText(record.text).replace(/[\0-\x1f\x7f-\xff\\]/g, escape);
  return `${record.level},${record.sequence},${micros},-;${text}\n`;
}

function escape(character: string): string {
  return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
