/** tac(1): GNU coreutils 9.1. A file is read from its end in blocks; a pipe goes to a temporary file first. */
import { quoteaf, quotef } from '../coreutils/lib/quote.ts';
import { O_CREAT, O_EXCL, O_RDONLY, O_RDWR } from '../libc/fcntl.ts';
import { isUtf8Locale } from '../libc/fnmatch.ts';
import { parse } from '../libc/getopt.ts';
import { alloc } from '../libc/memory.ts';
import { native, SysError } from '../libc/native.ts';
import { Regex, RegexError } from '../libc/regex.ts';
import { fstat, S_ISREG } from '../libc/stat.ts';
import { stdout } from '../libc/stdio.ts';
import { fail, getenv, warn } from '../libc/stdlib.ts';
import { close, getpid, lseek, open, pread, read, SEEK_END, unlink, writeAll } from '../libc/unistd.ts';

const USAGE = `Usage: tac [OPTION]... [FILE]...
Write each FILE to standard output, last line first.

With no FILE, or when FILE is -, read standard input.

  -b, --before             attach the separator before instead of after
  -r, --regex              interpret the separator as a regular expression
  -s, --separator=STRING   use STRING as the separator instead of newline
      --help        display this help and exit
      --version     output version information and exit
`;

const BLOCK = 131072;

export function tac(argv: string[]): number {
  const found = parse(argv, {
    short: 'brs:',
    long: { before: 'b', regex: 'r', separator: 's' },
    usage: USAGE,
  });
  const separator = found.value('s') ?? '\n';
  if (separator === '' && found.has('r')) return fail(1, 'separator cannot be empty');
  const isBefore = found.has('b');
  let status = 0;
  for (const name of found.operands.length > 0 ? found.operands : ['-']) {
    let fd = 0;
    try {
      if (name !== '-') fd = open(name, O_RDONLY);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      warn(`failed to open ${quoteaf(name)} for reading: ${error.message}`);
      status = 1;
      continue;
    }
    try {
      const source = isSeekable(fd) ? fd : copyOf(fd);
      if (found.has('r')) byRegex(source, separator, isBefore);
      else byString(source, separator === '' ? '\0' : separator, isBefore);
      if (source !== fd) close(source);
    } catch (error) {
      if (!(error instanceof SysError) || error.code === 'EPIPE') throw error;
      warn(`${quotef(name)}: read error: ${error.message}`);
      status = 1;
    }
    if (fd !== 0) close(fd);
  }
  return status;
}

function isSeekable(fd: number): boolean {
  return S_ISREG(fstat(fd).mode);
}

/** A file without a name that has the rest of a stream. */
function copyOf(fd: number): number {
  const path = `${getenv('TMPDIR') ?? '/tmp'}/tac${getpid()}`;
  const copy = open(path, O_RDWR | O_CREAT | O_EXCL, 0o600);
  unlink(path);
  const { bytes } = alloc(BLOCK);
  for (let count = read(fd, bytes); count > 0; count = read(fd, bytes))
    writeAll(copy, bytes.subarray(0, count));
  return copy;
}

function byString(fd: number, separator: string, isBefore: boolean): void {
  const { bytes } = alloc(BLOCK);
  let position = lseek(fd, 0, SEEK_END);
  /** What was read and not yet written, from `position` on. */
  let text = '';
  /** Where the record that waits ends, in `text`. */
  let end = 0;
  let isFirst = true;
  while (position > 0) {
    const size = Math.min(BLOCK, position);
    position -= size;
    const count = pread(fd, bytes.subarray(0, size), position);
    // A separator may lie across the border of blocks.
    const head = native().decode(bytes, 0, count);
    let from = count + separator.length - 2;
    text = head + text.slice(0, end);
    end = text.length;
    if (isFirst) from = text.length;
    for (;;) {
      const at = from < 0 ? -1 : text.lastIndexOf(separator, from);
      if (at < 0) break;
      const cut = isBefore ? at : at + separator.length;
      // The separator at the very end belongs to the last record.
      if (!(isFirst && !isBefore && cut === text.length)) {
        if (cut < end) stdout.write(text.slice(cut, end));
        end = cut;
      }
      isFirst = false;
      from = at - separator.length;
    }
    isFirst = false;
  }
  if (end > 0) stdout.write(text.slice(0, end));
}

function byRegex(fd: number, separator: string, isBefore: boolean): void {
  let regex: Regex;
  try {
    regex = new Regex(separator, { isExtended: false, isUtf8: isUtf8Locale() });
  } catch (error) {
    if (error instanceof RegexError) return fail(1, error.message);
    throw error;
  }
  const size = lseek(fd, 0, SEEK_END);
  const bytes = new Uint8Array(size);
  const count = pread(fd, bytes, 0);
  const text = native().decode(bytes, 0, count);
  const cuts: number[] = [];
  for (let at = 0; at < text.length;) {
    const match = regex.exec(text, at);
    if (!match || match.end === match.start) break;
    cuts.push(isBefore ? match.start : match.end);
    at = match.end;
  }
  let end = text.length;
  for (const cut of cuts.reverse()) {
    stdout.write(text.slice(cut, end));
    end = cut;
  }
  stdout.write(text.slice(0, end));
}
