/**
 * Searches one file. Text comes in big pieces that end at a line's end; the matcher jumps from selected line to
 * selected line, so that lines that are not selected cost next to nothing.
 */
import { alloc, type Buffer } from '../../libc/memory.ts';
import { native } from '../../libc/native.ts';
import { isAscii } from '../../libc/regex.ts';
import { isValidUtf8 } from '../../libc/regex/utf8.ts';
import { warn } from '../../libc/stdlib.ts';
import { read } from '../../libc/unistd.ts';
import type { Matcher, Span } from './matcher.ts';
import type { Printer } from './printer.ts';

export interface SearchOptions {
  readonly isInverted: boolean;
  /** A context option was given, be it 0: groups are separated. */
  readonly hasContext: boolean;
  readonly before: number;
  readonly after: number;
  readonly maxCount: number;
  /** Only whether, or how many: nothing is printed. */
  readonly output: 'lines' | 'count' | 'first';
  readonly binary: 'binary' | 'text' | 'without-match';
  readonly isUtf8: boolean;
  readonly delimiter: string;
}

const CHUNK = 131072;
let buffer: Buffer | undefined;

export class Search {
  private readonly matcher: Matcher;
  private readonly printer: Printer;
  private readonly options: SearchOptions;
  private readonly name: string;
  private selected = 0;
  private text = '';
  /** Offset of `text` in the file, and lines before the place that was counted last. */
  private base = 0;
  private lineNumber = 1;
  private countedTo = 0;
  private isBinary = false;
  private isSuppressed = false;
  private isDone = false;
  /** Context: lines held back, lines still owed, and where the last line printed ended. */
  private held: { line: string; number: number; offset: number }[] = [];
  private owed = 0;
  private static hasPrinted = false;
  private lastPrinted = -1;

  constructor(name: string, matcher: Matcher, printer: Printer, options: SearchOptions) {
    this.name = name;
    this.matcher = matcher;
    this.printer = printer;
    this.options = options;
  }

  /** Bytes that were read but lie behind the last line that counted (-m). */
  unread = 0;

  /** Number of selected lines. */
  run(fd: number): number {
    const { delimiter, binary } = this.options;
    if (this.options.maxCount === 0) return 0;
    buffer ??= alloc(CHUNK);
    let rest = '';
    let hasLooked = false;
    for (;;) {
      const count = read(fd, buffer.bytes);
      const chunk = count === 0 ? '' : native().decode(buffer.bytes, 0, count);
      if (binary !== 'text' && !this.isBinary && chunk.includes(delimiter === '\n' ? '\0' : '\x80')) {
        this.isBinary = delimiter === '\n';
        if (this.isBinary && binary === 'without-match' && !hasLooked) return 0;
      }
      hasLooked = true;
      if (count === 0) {
        if (rest !== '') this.piece(rest + delimiter, rest.length);
        break;
      }
      const end = chunk.lastIndexOf(delimiter);
      if (end < 0) rest += chunk;
      else {
        this.piece(rest + chunk.slice(0, end + 1), rest.length + end + 1);
        if (this.isDone) {
          this.unread += chunk.length - end - 1;
          break;
        }
        rest = chunk.slice(end + 1);
      }
    }
    if (this.isSuppressed) warn(`${this.name}: binary file matches`);
    return this.selected;
  }

  /** Whole lines, the last one ended by a delimiter. */
  private piece(text: string, length: number): void {
    this.text = text;
    this.countedTo = 0;
    const { before, after, output } = this.options;
    if (output === 'lines' && (before > 0 || after > 0)) this.withContext();
    else this.plainly();
    this.countLines(text.length);
    this.base += length;
  }

  private plainly(): void {
    const { text, matcher, options } = this;
    for (let at = 0; at < text.length && !this.isDone;) {
      const found = matcher.findLine(text, at);
      if (options.isInverted) {
        const end = found ? found.start : text.length;
        while (at < end && !this.isDone) {
          const next = text.indexOf(options.delimiter, at);
          this.select({ start: at, end: next });
          at = next + 1;
        }
        if (!found) return;
      } else if (found) this.select(found);
      else return;
      at = found.end + 1;
    }
  }

  /** Line by line, because lines that do not match may be printed. */
  private withContext(): void {
    const { text, matcher, options } = this;
    for (let at = 0; at < text.length && !this.isDone;) {
      const end = text.indexOf(options.delimiter, at);
      const line = text.slice(at, end);
      if (this.selected < options.maxCount && matcher.testLine(line) !== options.isInverted) {
        this.select({ start: at, end });
        this.owed = options.after;
      } else {
        const offset = this.base + at;
        this.countLines(at);
        if (this.owed > 0) {
          this.owed--;
          this.print(line, offset, true);
          if (this.owed === 0 && this.selected >= options.maxCount) this.isDone = true;
        } else if (options.before > 0 && this.selected < options.maxCount) {
          this.held.push({ line, number: this.lineNumber, offset });
          if (this.held.length > options.before) this.held.shift();
        }
      }
      at = end + 1;
    }
  }

  private countLines(to: number): void {
    if (!this.printer.options.hasNumbers) return;
    const { delimiter } = this.options;
    for (
      let at = this.text.indexOf(delimiter, this.countedTo);
      at >= 0 && at < to;
      at = this.text.indexOf(delimiter, at + 1)
    ) {
      this.lineNumber++;
    }
    this.countedTo = to;
  }

  private select({ start, end }: Span): void {
    const { options } = this;
    this.selected++;
    if (options.output === 'lines') {
      const line = this.text.slice(start, end);
      if (this.isHidden(line)) return;
      this.countLines(start);
      this.flushHeld(this.base + start);
      this.print(line, this.base + start, false);
    } else if (options.output === 'first') this.isDone = true;
    if (this.selected >= options.maxCount && (options.output !== 'lines' || options.after === 0)) {
      this.isDone = true;
      this.unread = this.text.length - end - 1;
    }
  }

  /** A line of a binary file is not shown; one message says that there is some. */
  private isHidden(line: string): boolean {
    const { options } = this;
    if (options.binary === 'text') return false;
    const isHidden =
      this.isBinary ||
      (options.isUtf8 && !isAscii(line) && !this.printer.options.isOnlyMatching && !isValidUtf8(line));
    if (!isHidden) return false;
    this.isDone = true;
    if (options.binary === 'without-match') this.selected = 0;
    else this.isSuppressed = true;
    return true;
  }

  private flushHeld(next: number): void {
    const { options } = this;
    if (!options.hasContext) return;
    const first = this.held[0]?.offset ?? next;
    if (Search.hasPrinted && this.lastPrinted !== first) this.printer.separator();
    const { held } = this;
    this.held = [];
    const number = this.lineNumber;
    for (const { line, number: n, offset } of held) {
      this.lineNumber = n;
      this.print(line, offset, true);
    }
    this.lineNumber = number;
  }

  private print(line: string, offset: number, isContext: boolean): void {
    this.printer.line(this.name, line, this.lineNumber, offset, isContext);
    Search.hasPrinted = true;
    this.lastPrinted = offset + line.length + 1;
  }
}
