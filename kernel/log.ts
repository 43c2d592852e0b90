/**
 * The kernel log: a bounded ring of lines that dmesg(1), syslog(2) and /dev/kmsg read, each handed to the machine as
 * it is written. Linux counterpart: kernel/printk.
 */
import type { LogLine } from '../host/machine.ts';
import { WaitQueue } from './sync/wait-queue.ts';

export const LOG_EMERG = 0;
export const LOG_ERR = 3;
export const LOG_WARNING = 4;
export const LOG_NOTICE = 5;
export const LOG_INFO = 6;
export const LOG_DEBUG = 7;

/** Lines kept. */
const CAPACITY = 4096;
/** Of what programs can cause at will, so many lines in so long. */
const LIMITED_LINES = 50;
const LIMITED_NS = 5e9;

export interface LogRecord extends LogLine {
  readonly sequence: number;
}

export class KernelLog {
  readonly #now: () => number;
  readonly #sink: (line: LogLine) => void;
  /** The newest CAPACITY records, oldest first. */
  records: LogRecord[] = [];
  #next = 0;
  /** Sequence number up to which syslog(2) READ_CLEAR has cleared. */
  clearedUpTo = 0;
  /** Sequence number up to which syslog(2) READ has read. */
  readUpTo = 0;
  readonly readers = new WaitQueue();
  /** When the first of the latest limited lines was written, how many there were, and how many are missing. */
  #limitedSince = -Infinity;
  #limited = 0;
  #suppressed = 0;

  constructor(now: () => number, sink: (line: LogLine) => void) {
    this.#now = now;
    this.#sink = sink;
  }

  get nextSequence(): number {
    return this.#next;
  }

  write(level: number, text: string): void {
    const record = { timeNs: this.#now(), level, text, sequence: this.#next++ };
    this.records.push(record);
    if (this.records.length > CAPACITY * 2) this.records = this.records.slice(-CAPACITY);
    this.#sink(record);
    this.readers.wake();
  }

  error(text: string): void {
    this.write(LOG_ERR, text);
  }
  warning(text: string): void {
    this.write(LOG_WARNING, text);
  }
  info(text: string): void {
    this.write(LOG_INFO, text);
  }
  debug(text: string): void {
    this.write(LOG_DEBUG, text);
  }
  /** As `info`, for what a program can cause a million times a second. Linux counterpart: printk_ratelimited. */
  limited(text: string): void {
    const nowNs = this.#now();
    if (nowNs - this.#limitedSince >= LIMITED_NS) {
      if (this.#suppressed > 0) this.warning(`${this.#suppressed} messages suppressed`);
      this.#limitedSince = nowNs;
      this.#limited = 0;
      this.#suppressed = 0;
    }
    if (this.#limited >= LIMITED_LINES) {
      this.#suppressed++;
      return;
    }
    this.#limited++;
    this.info(text);
  }
}

/** A record as dmesg shows it: `[    0.001234] text`. */
export function formatRecord(record: LogLine): string {
  const micros = Math.floor(record.timeNs / 1000);
  const sec = String(Math.floor(micros / 1e6)).padStart(5);
  return `[${sec}.${String(micros % 1e6).padStart(6, '0')}] ${record.text}`;
}
