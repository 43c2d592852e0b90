/** Sorting more than fits: sorted runs are put away in temporary files, and all runs are merged. */
import { O_CREAT, O_EXCL, O_RDWR } from '../../libc/fcntl.ts';
import { native, SysError } from '../../libc/native.ts';
import { LineReader } from '../../libc/stdio.ts';
import { fail, getenv } from '../../libc/stdlib.ts';
import {
  close,
  getpid,
  lseek,
  open,
  pread,
  SEEK_CUR,
  SEEK_SET,
  unlink,
  writeAll,
} from '../../libc/unistd.ts';
import type { Entry, Order } from './order.ts';

/** Files merged at once. */
const FAN_IN = 16;

export type Source = () => string | undefined;

let counter = 0;

/** A file that has no name any more. */
function temporaryFile(directory: string | undefined): number {
  const base = directory ?? getenv('TMPDIR') ?? '/tmp';
  for (;;) {
    const path = `${base}/sort${getpid()}.${counter++}`;
    try {
      const fd = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600);
      unlink(path);
      return fd;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.code !== 'EEXIST')
        return fail(2, `cannot create temporary file in '${base}': ${error.message}`);
    }
  }
}

/** Text collected before it is put away. */
const COLLECT = 262144;

/**
 * A sorted run that was put away: in a temporary file, or in this program's own memory when there is no room for files.
 * In a guest /tmp is often memory as well, and less of it.
 */
class Run {
  private fd: number | undefined;
  private readonly chunks: Uint8Array[] = [];

  constructor(source: Source, delimiter: string, directory: string | undefined) {
    this.fd = temporaryFile(directory);
    let text = '';
    for (let line = source(); line !== undefined; line = source()) {
      text += line + delimiter;
      if (text.length < COLLECT) continue;
      this.put(text);
      text = '';
    }
    this.put(text);
    if (this.fd !== undefined) lseek(this.fd, 0, SEEK_SET);
  }

  private put(text: string): void {
    if (this.fd !== undefined) {
      const start = lseek(this.fd, 0, SEEK_CUR);
      try {
        writeAll(this.fd, text);
        return;
      } catch (error) {
        if (!(error instanceof SysError) || (error.code !== 'ENOSPC' && error.code !== 'EDQUOT')) throw error;
        this.takeBack(this.fd, start);
      }
    }
    const bytes = new Uint8Array(text.length);
    native().encode(text, bytes, 0);
    this.chunks.push(bytes);
  }

  /** Moves what is in the file into memory and gives the file up. */
  private takeBack(fd: number, size: number): void {
    for (let at = 0; at < size;) {
      const bytes = new Uint8Array(Math.min(COLLECT, size - at));
      const count = pread(fd, bytes, at);
      if (count === 0) break;
      this.chunks.push(bytes.subarray(0, count));
      at += count;
    }
    close(fd);
    this.fd = undefined;
  }

  lines(delimiter: string): Source {
    if (this.fd === undefined) return this.memoryLines(delimiter);
    const { fd } = this;
    const reader = new LineReader(fd, { delimiter });
    return () => {
      const line = reader.next();
      if (line === undefined) close(fd);
      return line;
    };
  }

  private memoryLines(delimiter: string): Source {
    let text = '';
    let at = 0;
    return () => {
      for (;;) {
        const end = text.indexOf(delimiter, at);
        if (end >= 0) {
          const line = text.slice(at, end);
          at = end + 1;
          return line;
        }
        const chunk = this.chunks.shift();
        if (!chunk) return undefined;
        text = text.slice(at) + native().decode(chunk, 0, chunk.length);
        at = 0;
      }
    };
  }
}

export class Runs {
  private readonly order: Order;
  private readonly delimiter: string;
  private readonly directory: string | undefined;
  private runs: Run[] = [];

  constructor(order: Order, delimiter: string, directory: string | undefined) {
    this.order = order;
    this.delimiter = delimiter;
    this.directory = directory;
  }

  get isEmpty(): boolean {
    return this.runs.length === 0;
  }

  /** Puts a run of lines that are in order away. */
  add(source: Source): void {
    this.runs.push(this.run(source));
  }

  private run(source: Source): Run {
    return new Run(source, this.delimiter, this.directory);
  }

  /** All runs, and one more in memory behind them, merged. */
  merged(last: Source): Source {
    while (this.runs.length >= FAN_IN) {
      const group = this.runs.splice(0, FAN_IN - 1);
      const source = mergeSources(
        group.map(run => run.lines(this.delimiter)),
        this.order,
      );
      // The merged run stands before the others: the order of equal lines stays.
      this.runs.unshift(this.run(source));
    }
    return mergeSources([...this.runs.map(run => run.lines(this.delimiter)), last], this.order);
  }
}

interface Head {
  entry: Entry;
  readonly source: Source;
  readonly number: number;
}

/** Lines of sources that are each in order, in order; of equal lines those of earlier sources first. */
export function mergeSources(sources: readonly Source[], order: Order): Source {
  const heap: Head[] = [];
  const isBefore = (a: Head, b: Head): boolean =>
    (order.compareEntries(a.entry, b.entry) || a.number - b.number) < 0;
  const sink = (at: number): void => {
    for (;;) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < heap.length && isBefore(heap[child]!, heap[least]!)) least = child;
      }
      if (least === at) return;
      [heap[at], heap[least]] = [heap[least]!, heap[at]!];
      at = least;
    }
  };
  sources.forEach((source, number) => {
    const line = source();
    if (line !== undefined) heap.push({ entry: order.entry(line), source, number });
  });
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(i);
  return () => {
    const head = heap[0];
    if (!head) return undefined;
    const { line } = head.entry;
    const next = head.source();
    if (next !== undefined) head.entry = order.entry(next);
    else {
      const last = heap.pop()!;
      if (heap.length > 0) heap[0] = last;
    }
    if (heap.length > 0) sink(0);
    return line;
  };
}
