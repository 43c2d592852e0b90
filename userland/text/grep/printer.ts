/** How grep shows lines: prefixes of file name, line number and offset, colours, only-matching. */
import { stdout } from '../../libc/stdio.ts';
import type { Matcher } from './matcher.ts';

export interface PrintOptions {
  readonly hasNames: boolean;
  readonly hasNumbers: boolean;
  readonly hasOffsets: boolean;
  readonly isOnlyMatching: boolean;
  readonly isInverted: boolean;
  readonly hasColor: boolean;
  /** -Z: a NUL behind file names. */
  readonly hasNulNames: boolean;
  readonly hasTab: boolean;
  readonly delimiter: string;
  readonly separator: string | undefined;
  readonly isLineBuffered: boolean;
}

const COLORS = { match: '01;31', name: '35', number: '32', offset: '32', separator: '36' };

export class Printer {
  readonly options: PrintOptions;
  private readonly matcher: Matcher;

  constructor(options: PrintOptions, matcher: Matcher) {
    this.options = options;
    this.matcher = matcher;
  }

  private paint(text: string, color: keyof typeof COLORS): string {
    return this.options.hasColor ? `\x1b[${COLORS[color]}m\x1b[K${text}\x1b[m\x1b[K` : text;
  }

  /** A file name as -l, -c and the prefix show it. */
  name(name: string): string {
    return this.paint(name, 'name');
  }
  mark(mark: string): string {
    return this.paint(mark, 'separator');
  }

  private prefix(name: string, number: number, offset: number, mark: string): string {
    const { options } = this;
    let out = '';
    if (options.hasNames) out += this.name(name) + (options.hasNulNames ? '\0' : this.mark(mark));
    if (options.hasNumbers)
      out += this.paint(String(number).padStart(options.hasTab ? 3 : 0), 'number') + this.mark(mark);
    if (options.hasOffsets)
      out += this.paint(String(offset).padStart(options.hasTab ? 3 : 0), 'offset') + this.mark(mark);
    if (options.hasTab && out !== '') out += '\t';
    return out;
  }

  /** A selected line, or a line of context. */
  line(name: string, line: string, number: number, offset: number, isContext: boolean): void {
    const { options } = this;
    const mark = isContext ? '-' : ':';
    if (options.isOnlyMatching) {
      // With -v there is nothing to show.
      if (isContext || options.isInverted) return;
      this.eachMatch(line, (start, end) => {
        stdout.write(
          this.prefix(name, number, offset + start, mark) +
            this.paint(line.slice(start, end), 'match') +
            options.delimiter,
        );
      });
    } else {
      const shown = options.hasColor && isContext === options.isInverted ? this.highlighted(line) : line;
      stdout.write(this.prefix(name, number, offset, mark) + shown + options.delimiter);
    }
    if (options.isLineBuffered) stdout.flush();
  }

  private eachMatch(line: string, visit: (start: number, end: number) => void): void {
    for (let at = 0; at <= line.length;) {
      const match = this.matcher.findIn(line, at);
      if (!match) return;
      if (match.end > match.start) visit(match.start, match.end);
      at = match.end > match.start ? match.end : match.end + 1;
    }
  }

  private highlighted(line: string): string {
    let out = '';
    let copied = 0;
    this.eachMatch(line, (start, end) => {
      out += line.slice(copied, start) + this.paint(line.slice(start, end), 'match');
      copied = end;
    });
    return out + line.slice(copied);
  }

  separator(): void {
    const { separator } = this.options;
    if (separator !== undefined) stdout.write(`${this.mark(separator)}\n`);
  }
}
