/**
 * Where strace's lines go. A line may stay open while its call sleeps; when another process has something to say it is
 * left unfinished, and resumed later.
 */
import { O_CREAT, O_TRUNC, O_WRONLY, setCloseOnExec } from '../../libc/fcntl.ts';
import { Writer, stderr } from '../../libc/stdio.ts';
import { clockGettime, CLOCK_MONOTONIC, CLOCK_REALTIME, localtime, strftime } from '../../libc/time.ts';
import { dup, open } from '../../libc/unistd.ts';
import type { StraceOptions } from './options.ts';

export class Output {
  readonly #options: StraceOptions;
  readonly #files = new Map<number, Writer>();
  readonly #shared: Writer;
  /** The process whose line is open, by file. */
  #openLine: { pid: number; length: number } | undefined;
  #lastSec = 0;
  /** More than one process: lines on the terminal say whose they are. */
  isMany = false;

  constructor(options: StraceOptions) {
    this.#options = options;
    if (options.output !== undefined && !options.splits) this.#shared = openWriter(options.output);
    else if (options.output === undefined) {
      const fd = dup(2);
      setCloseOnExec(fd, 'set');
      this.#shared = new Writer(fd, 'full');
    } else this.#shared = stderr;
  }

  #writer(pid: number): Writer {
    const { output, splits } = this.#options;
    if (output === undefined || !splits) return this.#shared;
    let writer = this.#files.get(pid);
    if (!writer) this.#files.set(pid, (writer = openWriter(`${output}.${pid}`)));
    return writer;
  }

  /** Begins a line of a process; an open line of another is left unfinished. */
  begin(pid: number, text: string): void {
    const writer = this.#writer(pid);
    if (this.#openLine && (!this.#options.splits || this.#openLine.pid === pid)) {
      writer.write(' <unfinished ...>\n');
    }
    const start = this.#prefix(pid);
    writer.write(start + text);
    // What -t and the like print does not count for the column of the results.
    this.#openLine = { pid, length: start.length + text.length };
  }

  /** Goes on with a process's call: `resumed` begins the line if its first part is somewhere above. */
  resume(pid: number, resumed: string): void {
    if (this.#openLine?.pid !== pid) this.begin(pid, resumed);
  }
  append(text: string): void {
    this.#writer(this.#openLine!.pid).write(text);
    this.#openLine!.length += text.length;
  }
  /** Ends the line with a result in its column. */
  end(result: string): void {
    const { pid, length } = this.#openLine!;
    const blanks = Math.max(0, this.#options.column - 1 - length);
    const writer = this.#writer(pid);
    writer.write(`${' '.repeat(blanks)} = ${result}\n`);
    writer.flush();
    this.#openLine = undefined;
  }
  /** A whole line. */
  line(pid: number, text: string): void {
    this.begin(pid, `${text}\n`);
    this.#writer(pid).flush();
    this.#openLine = undefined;
  }
  /** Lines that belong to no process: the summary. */
  raw(text: string): void {
    this.#shared.write(text);
    this.#shared.flush();
  }
  flush(): void {
    this.#shared.flush();
    for (const writer of this.#files.values()) writer.flush();
  }
  /** Whether a call of this process is being written and no other line came between. */
  isOpen(pid: number): boolean {
    return this.#openLine?.pid === pid;
  }

  #prefix(pid: number): string {
    const { output, splits, stamp, follows } = this.#options;
    let text = '';
    if (output !== undefined && !splits && follows) text = `${String(pid).padEnd(5)} `;
    else if (output === undefined && this.isMany) text = `[pid ${String(pid).padStart(5)}] `;
    if (stamp === 'none') return text;
    const now = clockGettime(stamp === 'relative' ? CLOCK_MONOTONIC : CLOCK_REALTIME);
    const micros = String(Math.floor(now.nsec / 1000)).padStart(6, '0');
    if (stamp === 'relative') {
      const sec = now.sec + now.nsec / 1e9;
      const delta = this.#lastSec === 0 ? 0 : sec - this.#lastSec;
      this.#lastSec = sec;
      return `${text}${delta.toFixed(6).padStart(13)} `;
    }
    if (stamp === 'epoch') return `${text}${now.sec}.${micros} `;
    const clock = strftime('%H:%M:%S', localtime(now.sec));
    return `${text}${clock}${stamp === 'micros' ? `.${micros}` : ''} `;
  }
}

function openWriter(path: string): Writer {
  const fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o666);
  setCloseOnExec(fd, 'set');
  return new Writer(fd, 'full');
}
