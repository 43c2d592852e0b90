/** The archive as a file: plain, through the built-in gzip, or through a program that compresses. */
import { O_CLOEXEC, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from '../../../kernel/abi/fcntl.ts';
import { spawn, waitpid } from '../../libc/process.ts';
import { SysError } from '../../libc/native.ts';
import { fstat } from '../../libc/stat.ts';
import { stderr, stdout } from '../../libc/stdio.ts';
import { SEEK_CUR, SEEK_SET, close, isatty, lseek, open, pipe2, pread, writeAll } from '../../libc/unistd.ts';
import { WEXITSTATUS, WIFEXITED } from '../../libc/wait.ts';
import { Compressor } from '../gzip/compress.ts';
import { Decompressor } from '../gzip/decompress.ts';
import { FormatError, problemsOf } from '../gzip/header.ts';
import { type ChunkSource, Cursor, FdSource } from '../gzip/source.ts';
import { quote } from './quote.ts';
import { error, fatal, misused } from './report.ts';
import type { Output } from './writer.ts';

const SUFFIXES: readonly (readonly [RegExp, string])[] = [
  [/\.(gz|tgz|taz)$/, 'gzip'],
  [/\.(bz2|tbz|tbz2|tz2)$/, 'bzip2'],
  [/\.(xz|txz)$/, 'xz'],
  [/\.(zst|tzst)$/, 'zstd'],
  [/\.(lz)$/, 'lzip'],
  [/\.(lzma|tlz)$/, 'lzma'],
  [/\.lzo$/, 'lzop'],
];
const MAGICS: readonly (readonly [readonly number[], string, string])[] = [
  [[0x1f, 0x8b], 'gzip', '-z'],
  [[0x42, 0x5a, 0x68], 'bzip2', '-j'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'xz', '-J'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd', '--zstd'],
];

function openArchive(path: string, flags: number): number {
  try {
    return open(path, flags | O_CLOEXEC, 0o666);
  } catch (thrown) {
    if (!(thrown instanceof SysError)) throw thrown;
    return fatal(`${quote(path)}: Cannot open: ${thrown.message}`);
  }
}

/** Starts a compression program between `from` and `to`; -1 for a failure, which is told. */
function startFilter(
  program: string,
  args: readonly string[],
  from: number,
  to: number,
  unused: number,
): number {
  const [name, ...own] = program.split(/\s+/).filter(Boolean);
  try {
    return spawn(name!, [name!, ...own, ...args], { fds: [[0, from], [1, to]], close: [unused] }); // prettier-ignore
  } catch (thrown) {
    if (!(thrown instanceof SysError)) throw thrown;
    stderr.write(`tar (child): ${name}: Cannot exec: ${thrown.message}\n`);
    stderr.write('tar (child): Error is not recoverable: exiting now\n');
    return childFailed(2);
  }
}
function childFailed(status: number): never {
  return fatal(`Child returned status ${status}`);
}
function waitForChild(pid: number, mayBeCutOff: boolean): void {
  const { status } = waitpid(pid, 0);
  if (WIFEXITED(status)) {
    if (WEXITSTATUS(status) !== 0) childFailed(WEXITSTATUS(status));
  } else if (!mayBeCutOff) error(`Child died with signal ${status & 127}`);
}

/** What is read: `close` checks that decompression went well. */
export interface ArchiveSource extends ChunkSource {
  readonly fd: number;
  close(): void;
}

class PlainSource extends FdSource implements ArchiveSource {
  close(): void {
    close(this.fd);
  }
}

/** Gives the first chunk again, for archives that cannot be wound back. */
class Replay implements ArchiveSource {
  readonly fd: number;
  readonly #rest: FdSource;
  #first: Uint8Array | undefined;
  constructor(first: Uint8Array | undefined, rest: FdSource) {
    this.fd = rest.fd;
    this.#first = first;
    this.#rest = rest;
  }
  next(): Uint8Array | undefined {
    const first = this.#first;
    if (!first) return this.#rest.next();
    this.#first = undefined;
    return first;
  }
  close(): void {
    close(this.fd);
  }
}

/** gzip in this process, which speaks as the child process of GNU tar does. */
class GzipSource implements ArchiveSource {
  readonly fd: number;
  readonly #input: Decompressor;
  #status = 0;

  constructor(source: FdSource) {
    this.fd = source.fd;
    this.#input = new Decompressor(new Cursor(source));
  }
  next(): Uint8Array | undefined {
    try {
      return this.#input.next();
    } catch (thrown) {
      if (!(thrown instanceof FormatError)) throw thrown;
      stdout.flush();
      for (const problem of problemsOf(thrown)) stderr.write(`\ngzip: stdin: ${problem}\n`);
      this.#status = 1;
      if (this.#input.bytesOut === 0) childFailed(1);
      return undefined;
    }
  }
  close(): void {
    // What is behind the end of the archive has to be sound, too.
    while (this.#status === 0 && this.next()) continue;
    if (this.#input.hasTrailingGarbage) {
      stderr.write('\ngzip: stdin: decompression OK, trailing garbage ignored\n');
      this.#status = 2;
    }
    close(this.fd);
    if (this.#status !== 0) childFailed(this.#status);
  }
}

class FilterSource extends FdSource implements ArchiveSource {
  readonly #pid: number;
  constructor(program: string, fd: number) {
    const [from, to] = pipe2(O_CLOEXEC);
    super(from);
    this.#pid = startFilter(program, ['-d'], fd, to, from);
    close(to);
    close(fd);
  }
  close(): void {
    close(this.fd);
    waitForChild(this.#pid, true);
  }
}

function detect(chunk: Uint8Array | undefined): readonly [string, string] | undefined {
  const found = MAGICS.find(([magic]) => magic.every((byte, i) => chunk?.[i] === byte));
  return found && [found[1], found[2]];
}

/** Opens an archive for reading. Its compression is recognised if none was named. */
export function openSource(path: string, compressor: string): ArchiveSource {
  const fd = path === '-' ? 0 : openArchive(path, O_RDONLY);
  if (path === '-' && isatty(0))
    fatal('Refusing to read archive contents from terminal (missing -f option?)');
  if (compressor === 'gzip') return new GzipSource(new FdSource(fd));
  if (compressor !== '' && compressor !== 'auto') return new FilterSource(compressor, fd);
  const plain = new PlainSource(fd);
  let isSeekable = true;
  try {
    lseek(fd, 0, SEEK_CUR);
  } catch {
    isSeekable = false;
  }
  let first: Uint8Array | undefined;
  try {
    first = plain.next();
  } catch (thrown) {
    if (!(thrown instanceof SysError)) throw thrown;
    error(`${quote(path)}: Cannot read: ${thrown.message}`);
    fatal('At beginning of tape, quitting now');
  }
  const compression = detect(first);
  if (!compression) return new Replay(first, plain);
  if (!isSeekable) fatal(`Archive is compressed. Use ${compression[1]} option`);
  lseek(fd, 0, SEEK_SET);
  if (compression[0] === 'gzip') return new GzipSource(plain);
  return new FilterSource(compression[0], fd);
}

export interface ArchiveOutput extends Output {
  /** Identity of the archive, which must not be put into itself. */
  readonly dev: number;
  readonly ino: number;
  close(): void;
}

class PlainOutput implements ArchiveOutput {
  readonly #fd: number;
  readonly #path: string;
  readonly dev: number;
  readonly ino: number;
  constructor(fd: number, path: string) {
    this.#fd = fd;
    this.#path = path;
    const status = fstat(fd);
    this.dev = status.dev;
    this.ino = status.ino;
  }
  write(bytes: Uint8Array): void {
    try {
      writeAll(this.#fd, bytes);
    } catch (thrown) {
      if (!(thrown instanceof SysError)) throw thrown;
      if (thrown.code === 'EPIPE') throw thrown;
      fatal(`${quote(this.#path)}: Cannot write: ${thrown.message}`);
    }
  }
  close(): void {
    close(this.#fd);
  }
}

const GZIP_LEVEL = 6;

class GzipOutput implements ArchiveOutput {
  readonly dev: number;
  readonly ino: number;
  readonly #compressor: Compressor;
  readonly #below: PlainOutput;
  constructor(below: PlainOutput) {
    this.#below = below;
    this.dev = below.dev;
    this.ino = below.ino;
    this.#compressor = new Compressor({ name: '', mtime: 0 }, GZIP_LEVEL, bytes => below.write(bytes));
  }
  write(bytes: Uint8Array): void {
    this.#compressor.write(bytes);
  }
  close(): void {
    this.#compressor.finish();
    this.#below.close();
  }
}

class FilterOutput extends PlainOutput {
  readonly #pid: number;
  override readonly dev: number;
  override readonly ino: number;
  constructor(program: string, fd: number, path: string) {
    const [from, to] = pipe2(O_CLOEXEC);
    super(to, path);
    const status = fstat(fd);
    this.dev = status.dev;
    this.ino = status.ino;
    this.#pid = startFilter(program, [], from, fd, to);
    close(from);
    close(fd);
  }
  override close(): void {
    super.close();
    waitForChild(this.#pid, false);
  }
}

export function openOutput(path: string, compressor: string): ArchiveOutput {
  const fd = path === '-' ? 1 : openArchive(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (path === '-' && isatty(1)) {
    fatal('Refusing to write archive contents to terminal (missing -f option?)');
  }
  const program =
    compressor === 'auto' ? (SUFFIXES.find(([suffix]) => suffix.test(path))?.[1] ?? '') : compressor;
  if (program === '') return new PlainOutput(fd, path);
  if (program === 'gzip') return new GzipOutput(new PlainOutput(fd, path));
  return new FilterOutput(program, fd, path);
}

/** Opens an archive in which -r and -u write; it may be new. */
export function openForUpdate(path: string, compressor: string): number {
  if (path === '-') misused("Options '-Aru' are incompatible with '-f -'");
  if (compressor !== '') misused('Cannot update compressed archives');
  const fd = openArchive(path, O_RDWR | O_CREAT);
  const start = new Uint8Array(8);
  const count = pread(fd, start, 0);
  if (detect(start.subarray(0, count))) fatal('Cannot update compressed archives');
  return fd;
}
export { PlainOutput };
