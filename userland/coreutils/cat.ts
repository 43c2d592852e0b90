/** cat(1): concatenate files. Without options bytes go from descriptor to descriptor through one guest buffer. */
import { parse } from '../libc/getopt.ts';
import { fstat, S_ISREG } from '../libc/stat.ts';
import { stdout } from '../libc/stdio.ts';
import { lseek } from '../libc/unistd.ts';
import { fcntl } from '../libc/fcntl.ts';
import { warn } from '../libc/stdlib.ts';
import { fromBytes } from '../../kernel/abi/byte-string.ts';
import { F_GETFL, O_APPEND, SEEK_CUR } from '../../kernel/abi/fcntl.ts';
import { chunks, copyStream, eachInput } from './lib/io.ts';
import { quietly } from './lib/errors.ts';
import { quotef } from './lib/quote.ts';

const usage = `Usage: cat [OPTION]... [FILE]...
Concatenate FILE(s) to standard output.

With no FILE, or when FILE is -, read standard input.

  -A, --show-all           equivalent to -vET
  -b, --number-nonblank    number nonempty output lines, overrides -n
  -e                       equivalent to -vE
  -E, --show-ends          display $ at end of each line
  -n, --number             number all output lines
  -s, --squeeze-blank      suppress repeated empty output lines
  -t                       equivalent to -vT
  -T, --show-tabs          display TAB characters as ^I
  -u                       (ignored)
  -v, --show-nonprinting   use ^ and M- notation, except for LFD and TAB
`;

interface Style {
  readonly numbers: 'none' | 'all' | 'nonblank';
  readonly isSqueezed: boolean;
  readonly showsEnds: boolean;
  readonly showsTabs: boolean;
  readonly showsNonprinting: boolean;
}

/** What a byte looks like with -v. */
function visible(code: number): string {
  if (code >= 128) return 'M-' + (code - 128 === 9 ? '^I' : code - 128 === 10 ? '^J' : visible(code - 128));
  if (code === 127) return '^?';
  if (code < 32) return '^' + String.fromCharCode(code + 64);
  return String.fromCharCode(code);
}

/** Rewrites text; what goes on from one file to the next (line number, blank lines) is its state. */
class Decorator {
  readonly style: Style;
  #line = 0;
  #isAtLineStart = true;
  #blankLines = 0;
  /** A CR at the end of a chunk: with -E it depends on the next byte. */
  #heldReturn = false;

  constructor(style: Style) {
    this.style = style;
  }

  decorate(text: string): string {
    let input = text;
    if (this.#heldReturn) {
      input = '\r' + input;
      this.#heldReturn = false;
    }
    const { showsEnds, showsNonprinting } = this.style;
    if (showsEnds && !showsNonprinting && input.endsWith('\r')) {
      this.#heldReturn = true;
      input = input.slice(0, -1);
    }
    let out = '';
    for (let at = 0; at < input.length;) {
      let end = input.indexOf('\n', at);
      const isEnded = end >= 0;
      if (!isEnded) end = input.length;
      out += this.#piece(input.slice(at, end), isEnded);
      at = end + 1;
    }
    return out;
  }

  end(): string {
    const rest = this.#heldReturn ? '\r' : '';
    this.#heldReturn = false;
    return rest;
  }

  #piece(text: string, isEnded: boolean): string {
    const { numbers, isSqueezed, showsEnds, showsTabs, showsNonprinting } = this.style;
    let out = '';
    if (this.#isAtLineStart) {
      const isBlank = text === '' && isEnded;
      this.#blankLines = isBlank ? this.#blankLines + 1 : 0;
      if (isSqueezed && this.#blankLines > 1) return '';
      if (numbers === 'all' || (numbers === 'nonblank' && !isBlank))
        out += `${String(++this.#line).padStart(6)}\t`;
    }
    let shown = text;
    if (showsNonprinting) {
      shown = shown.replace(/[^\t -~]/g, c => visible(c.charCodeAt(0)));
    } else if (showsEnds && isEnded && shown.endsWith('\r')) shown = shown.slice(0, -1) + '^M';
    if (showsTabs) shown = shown.replaceAll('\t', '^I');
    this.#isAtLineStart = isEnded;
    return out + shown + (isEnded ? (showsEnds ? '$\n' : '\n') : '');
  }
}

/** Reading what one writes would never end: GNU's check, before anything is copied. */
function isOwnOutput(fd: number): boolean {
  const input = fstat(fd);
  const output = quietly(() => fstat(1));
  if (!output || !S_ISREG(input.mode) || input.dev !== output.dev || input.ino !== output.ino) return false;
  const isAppending = (fcntl(1, F_GETFL, 0) & O_APPEND) !== 0;
  const readAt = lseek(fd, 0, SEEK_CUR);
  const writeAt = isAppending ? input.size : lseek(1, 0, SEEK_CUR);
  return readAt < input.size && readAt < writeAt;
}

export function main(argv: string[]): number {
  const { options, operands } = parse(argv, {
    short: 'benstuvAET',
    long: {
      'number-nonblank': 'b',
      number: 'n',
      'squeeze-blank': 's',
      'show-nonprinting': 'v',
      'show-ends': 'E',
      'show-tabs': 'T',
      'show-all': 'A',
    },
    usage,
  });
  const given = new Set(options.map(option => option.key));
  const has = (...keys: string[]) => keys.some(key => given.has(key));
  const style: Style = {
    numbers: has('b') ? 'nonblank' : has('n') ? 'all' : 'none',
    isSqueezed: has('s'),
    showsEnds: has('e', 'E', 'A'),
    showsTabs: has('t', 'T', 'A'),
    showsNonprinting: has('e', 't', 'v', 'A'),
  };
  const isPlain = !has('b', 'n', 's', 'e', 'E', 'A', 't', 'T', 'v');
  const decorator = new Decorator(style);
  let status = 0;
  const failed = eachInput(operands, (fd, name) => {
    if (isOwnOutput(fd)) {
      warn(`${quotef(name)}: input file is output file`);
      status = 1;
    } else if (isPlain) copyStream(fd, 1);
    else {
      for (const chunk of chunks(fd)) stdout.write(decorator.decorate(fromBytes(chunk)));
    }
  });
  if (!isPlain) stdout.write(decorator.end());
  return Math.max(status, failed);
}
