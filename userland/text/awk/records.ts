/** Reads records: by a character, by paragraphs (RS=""), or by a regular expression. RS may change between records. */
import { alloc, type Buffer, free } from '../../libc/memory.ts';
import { native } from '../../libc/native.ts';
import type { Regex } from '../../libc/regex.ts';
import { read } from '../../libc/unistd.ts';

const BYTES = 65536;

export type Separator =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'paragraph' }
  | { readonly kind: 'regex'; readonly regex: Regex };

export class RecordReader {
  readonly fd: number;
  private readonly buffer: Buffer;
  private text = '';
  private at = 0;
  private isEnded = false;

  constructor(fd: number) {
    this.fd = fd;
    this.buffer = alloc(BYTES);
  }

  close(): void {
    free(this.buffer);
  }

  /** Adds more input to the text; false at the end. */
  private fill(): boolean {
    if (this.isEnded) return false;
    const count = read(this.fd, this.buffer.bytes);
    if (count === 0) {
      this.isEnded = true;
      return false;
    }
    const more = native().decode(this.buffer.bytes, 0, count);
    this.text = this.at < this.text.length ? this.text.slice(this.at) + more : more;
    this.at = 0;
    return true;
  }

  next(separator: Separator): string | undefined {
    if (separator.kind === 'char') return this.nextLine(separator.char);
    if (separator.kind === 'paragraph') return this.nextParagraph();
    return this.nextByRegex(separator.regex);
  }

  private take(end: number, next: number): string {
    const record = this.text.slice(this.at, end);
    this.at = next;
    return record;
  }

  private rest(): string | undefined {
    return this.at < this.text.length ? this.take(this.text.length, this.text.length) : undefined;
  }

  private nextLine(char: string): string | undefined {
    let from = this.at;
    for (;;) {
      const end = this.text.indexOf(char, from);
      if (end >= 0) return this.take(end, end + 1);
      const length = this.text.length - this.at;
      if (!this.fill()) return this.rest();
      from = length;
    }
  }

  private nextParagraph(): string | undefined {
    for (;;) {
      while (this.text[this.at] === '\n') this.at++;
      if (this.at < this.text.length) break;
      if (!this.fill()) return undefined;
    }
    for (;;) {
      const end = this.text.indexOf('\n\n', this.at);
      if (end >= 0) {
        let next = end + 2;
        while (this.text[next] === '\n') next++;
        return this.take(end, next);
      }
      if (this.fill()) continue;
      const last = this.rest();
      return last?.endsWith('\n') ? last.slice(0, -1) : last;
    }
  }

  private nextByRegex(regex: Regex): string | undefined {
    for (;;) {
      const match = this.at < this.text.length ? regex.exec(this.text, this.at) : undefined;
      // A match that touches the end of what is there may go on.
      if (match && match.end > match.start && (match.end < this.text.length || this.isEnded)) {
        return this.take(match.start, match.end);
      }
      if (this.fill()) continue;
      if (match && match.end > match.start) continue;
      return this.rest();
    }
  }
}
