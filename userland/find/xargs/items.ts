/**
 * How xargs reads its input: items between blanks, with quotes and backslashes; lines (-I); or what stands between
 * delimiters (-0, -d). Bytes are taken one at a time from a buffer, so that items come as soon as they are there.
 */
import { type Buffer, alloc } from '../../libc/memory.ts';
import { native } from '../../libc/native.ts';
import { read } from '../../libc/unistd.ts';

/** The input is wrong, which ends xargs. */
export class InputError extends Error {}

export interface Item {
  readonly text: string;
  /** A line ended with this item. */
  readonly endsLine: boolean;
}

const BUFFER = 65536;
const NUL_WARNING =
  'WARNING: a NUL character occurred in the input.  It cannot be passed through in the argument list.  Did you mean to use the --null option?';

class Bytes {
  readonly #fd: number;
  #buffer: Buffer | undefined;
  #text = '';
  #at = 0;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** The next byte as a character; undefined at the end. */
  next(): string | undefined {
    if (this.#at === this.#text.length) {
      this.#buffer ??= alloc(BUFFER);
      const count = read(this.#fd, this.#buffer.bytes);
      if (count === 0) return undefined;
      this.#text = native().decode(this.#buffer.bytes, 0, count);
      this.#at = 0;
    }
    return this.#text[this.#at++];
  }
}

export interface ItemOptions {
  readonly fd: number;
  /** -0 and -d: no quotes, no blanks. */
  readonly delimiter: string | undefined;
  /** -I: an item is a line. */
  readonly isByLine: boolean;
  /** -E: an item that ends the input. */
  readonly endMark: string | undefined;
  /** The longest item that may come. */
  readonly maxLength: number;
  readonly warn: (text: string) => void;
}

export class ItemReader {
  readonly #options: ItemOptions;
  readonly #bytes: Bytes;
  #isEnded = false;
  #hasWarned = false;

  constructor(options: ItemOptions) {
    this.#options = options;
    this.#bytes = new Bytes(options.fd);
  }

  /** The next item, or undefined at the end. */
  next(): Item | undefined {
    if (this.#isEnded) return undefined;
    const item = this.#options.delimiter === undefined ? this.#quoted() : this.#delimited();
    if (item === undefined) this.#isEnded = true;
    return item;
  }

  #delimited(): Item | undefined {
    const { delimiter, maxLength } = this.#options;
    let text = '';
    for (let isFirst = true; ; isFirst = false) {
      const char = this.#bytes.next();
      if (char === undefined) {
        this.#isEnded = true;
        return isFirst ? undefined : { text, endsLine: true };
      }
      if (char === delimiter) return { text, endsLine: true };
      if (text.length >= maxLength) throw new InputError('argument line too long');
      text += char;
    }
  }

  /** Items as POSIX has them. A NUL byte ends the item's text, with a warning. */
  #quoted(): Item | undefined {
    const { isByLine, maxLength } = this.#options;
    let text = '';
    let hasText = false;
    let isCut = false;
    let quote = '';
    const add = (char: string): void => {
      hasText = true;
      if (char === '\0') {
        if (!this.#hasWarned) this.#options.warn(NUL_WARNING);
        this.#hasWarned = true;
        isCut = true;
      }
      if (isCut) return;
      if (text.length >= maxLength) throw new InputError('argument line too long');
      text += char;
    };
    for (;;) {
      const char = this.#bytes.next();
      if (quote !== '') {
        if (char === quote) quote = '';
        else if (char === undefined || char === '\n') {
          throw new InputError(
            `unmatched ${quote === '"' ? 'double' : 'single'} quote; by default quotes are special to xargs unless you use the -0 option`,
          );
        } else add(char);
        continue;
      }
      if (char === undefined) {
        this.#isEnded = true;
        return hasText ? this.#unlessEnd(text, true) : undefined;
      }
      // A line that ends in a blank goes on in the next one: its end is not seen here.
      if (char === '\n') {
        if (hasText) return this.#unlessEnd(text, true);
      } else if (char === ' ' || char === '\t') {
        if (!hasText) continue;
        if (!isByLine) return this.#unlessEnd(text, false);
        add(char);
      } else if (char === '"' || char === "'") {
        quote = char;
        hasText = true;
      } else if (char === '\\') {
        const next = this.#bytes.next();
        if (next !== undefined) add(next);
      } else add(char);
    }
  }

  #unlessEnd(text: string, endsLine: boolean): Item | undefined {
    return text === this.#options.endMark ? undefined : { text, endsLine };
  }
}
