/** A file that sed writes: remembers that a last line had no newline, and adds it only if more follows. */
import { stdout, Writer } from '../../libc/stdio.ts';

const COLLECT = 32768;

export class Output {
  private readonly writer: Writer;
  private collected = '';
  private isUnbuffered = false;
  private missing = '';

  constructor(fd: number) {
    this.writer = fd === 1 ? stdout : new Writer(fd);
  }

  setUnbuffered(): void {
    this.isUnbuffered = true;
  }

  /** A line; `end` is '' if the input's last line had no newline. */
  line(text: string, end: string): void {
    this.text(text + end);
    if (end === '') this.missing = '\n';
  }

  text(text: string): void {
    if (this.missing !== '') {
      this.collected += this.missing;
      this.missing = '';
    }
    this.collected += text;
    if (this.isUnbuffered || this.collected.length >= COLLECT) this.flush();
  }

  /** Hands everything to the kernel. */
  flush(): void {
    this.pass();
    this.writer.flush();
  }

  private pass(): void {
    if (this.collected === '') return;
    this.writer.write(this.collected);
    this.collected = '';
  }
}
