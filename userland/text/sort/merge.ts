/** Sorting more than fits: sorted runs go to temporary files, and all runs are merged. */
import { O_CREAT, O_EXCL, O_RDWR } from '../../libc/fcntl.ts';
import { SysError } from '../../libc/native.ts';
import { LineReader, Writer } from '../../libc/stdio.ts';
import { fail, getenv } from '../../libc/stdlib.ts';
import { close, getpid, lseek, open, SEEK_SET, unlink } from '../../libc/unistd.ts';
import type { Order } from './order.ts';

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

export class Runs {
  private readonly order: Order;
  private readonly delimiter: string;
  private readonly directory: string | undefined;
  private files: number[] = [];

  constructor(order: Order, delimiter: string, directory: string | undefined) {
    this.order = order;
    this.delimiter = delimiter;
    this.directory = directory;
  }

  get isEmpty(): boolean {
    return this.files.length === 0;
  }

  /** Puts a run of lines that are in order away. */
  add(source: Source): void {
    const fd = temporaryFile(this.directory);
    const writer = new Writer(fd, 'full');
    for (let line = source(); line !== undefined; line = source()) writer.write(line + this.delimiter);
    writer.flush();
    lseek(fd, 0, SEEK_SET);
    this.files.push(fd);
  }

  /** All runs, and one more in memory behind them, merged. */
  merged(last: Source): Source {
    while (this.files.length >= FAN_IN) {
      const group = this.files.splice(0, FAN_IN - 1);
      const source = mergeSources(
        group.map(fd => this.reader(fd)),
        this.order,
      );
      const rest = this.files;
      this.files = [];
      this.add(source);
      // The merged run stands before the others: the order of equal lines stays.
      this.files = [...this.files, ...rest];
    }
    return mergeSources([...this.files.map(fd => this.reader(fd)), last], this.order);
  }

  private reader(fd: number): Source {
    const reader = new LineReader(fd, { delimiter: this.delimiter });
    return () => {
      const line = reader.next();
      if (line === undefined) close(fd);
      return line;
    };
  }
}

interface Head {
  line: string;
  readonly source: Source;
  readonly number: number;
}

/** Lines of sources that are each in order, in order; of equal lines those of earlier sources first. */
export function mergeSources(sources: readonly Source[], order: Order): Source {
  const heap: Head[] = [];
  const isBefore = (a: Head, b: Head): boolean => (order.compare(a.line, b.line) || a.number - b.number) < 0;
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
    if (line !== undefined) heap.push({ line, source, number });
  });
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) sink(i);
  return () => {
    const head = heap[0];
    if (!head) return undefined;
    const { line } = head;
    const next = head.source();
    if (next !== undefined) head.line = next;
    else {
      const last = heap.pop()!;
      if (heap.length > 0) heap[0] = last;
    }
    if (heap.length > 0) sink(0);
    return line;
  };
}
