/** The files and commands an awk program has open for output and input, by name. */
import { O_APPEND, O_CREAT, O_RDONLY, O_TRUNC, O_WRONLY } from '../../libc/fcntl.ts';
import { SysError } from '../../libc/native.ts';
import { spawn, waitpid } from '../../libc/process.ts';
import { stderr, stdout, Writer } from '../../libc/stdio.ts';
import { fail } from '../../libc/stdlib.ts';
import { close, isatty, open, pipe2 } from '../../libc/unistd.ts';
import { RecordReader } from './records.ts';

interface Sink {
  readonly writer: Writer;
  /** Of a command. */
  readonly pid: number | undefined;
}
interface Source {
  readonly reader: RecordReader;
  readonly pid: number | undefined;
}

export function exitCode(status: number): number {
  return (status & 0x7f) === 0 ? (status >> 8) & 0xff : 256 + (status & 0x7f);
}

export class Streams {
  private readonly sinks = new Map<string, Sink>();
  private readonly sources = new Map<string, Source>();

  writer(redirect: '>' | '>>' | '|', name: string): Writer {
    const known = this.sinks.get(name);
    if (known) return known.writer;
    if (redirect === '|') {
      this.flush();
      const [from, to] = pipe2();
      const pid = spawn('/bin/sh', ['sh', '-c', name], {
        fds: [[0, from]],
        close: [from, to, ...this.inherited()],
      });
      close(from);
      const writer = new Writer(to, 'full');
      this.sinks.set(name, { writer, pid });
      return writer;
    }
    let writer: Writer;
    if (name === '/dev/stdout' || name === '-') writer = stdout;
    else if (name === '/dev/stderr') writer = stderr;
    else {
      try {
        writer = new Writer(
          open(name, O_WRONLY | O_CREAT | (redirect === '>>' ? O_APPEND : O_TRUNC)),
          'full',
        );
      } catch (error) {
        if (error instanceof SysError) return fail(2, `cannot open "${name}" for output`);
        throw error;
      }
      if (isatty(writer.fd)) writer.setBuffering('line');
    }
    this.sinks.set(name, { writer, pid: undefined });
    return writer;
  }

  /** Ends of pipes that a new command must not keep open. */
  private inherited(): number[] {
    return [...this.sinks.values()].filter(({ writer }) => writer.fd > 2).map(({ writer }) => writer.fd);
  }

  /** A file to read from; undefined if it cannot be opened. */
  file(name: string): RecordReader | undefined {
    const known = this.sources.get(name);
    if (known) return known.reader;
    try {
      const fd = name === '-' || name === '/dev/stdin' ? 0 : open(name, O_RDONLY);
      const reader = new RecordReader(fd);
      this.sources.set(name, { reader, pid: undefined });
      return reader;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return undefined;
    }
  }

  command(name: string): RecordReader {
    const known = this.sources.get(name);
    if (known) return known.reader;
    this.flush();
    const [from, to] = pipe2();
    const pid = spawn('/bin/sh', ['sh', '-c', name], {
      fds: [[1, to]],
      close: [from, to, ...this.inherited()],
    });
    close(to);
    const reader = new RecordReader(from);
    this.sources.set(name, { reader, pid });
    return reader;
  }

  system(command: string): number {
    this.flush();
    const pid = spawn('/bin/sh', ['sh', '-c', command], { close: this.inherited() });
    return exitCode(waitpid(pid).status);
  }

  /** Writes out everything, or one file's output; -1 if there is none of that name. */
  flush(name?: string): number {
    if (name !== undefined) {
      const sink = this.sinks.get(name);
      if (!sink) return name === '/dev/stdout' ? (stdout.flush(), 0) : -1;
      sink.writer.flush();
      return 0;
    }
    stdout.flush();
    for (const { writer } of this.sinks.values()) writer.flush();
    return 0;
  }

  close(name: string): number {
    let result = -1;
    const sink = this.sinks.get(name);
    if (sink) {
      this.sinks.delete(name);
      flushQuietly(sink.writer);
      if (sink.writer.fd > 2) close(sink.writer.fd);
      result = sink.pid === undefined ? 0 : exitCode(waitpid(sink.pid).status);
    }
    const source = this.sources.get(name);
    if (source) {
      this.sources.delete(name);
      if (source.reader.fd !== 0) close(source.reader.fd);
      source.reader.close();
      result = source.pid === undefined ? 0 : exitCode(waitpid(source.pid).status);
    }
    return result;
  }

  closeAll(): void {
    stdout.flush();
    for (const name of [...this.sinks.keys(), ...this.sources.keys()]) this.close(name);
  }
}

/** The command at the other end of a pipe may be gone. */
function flushQuietly(writer: Writer): void {
  try {
    writer.flush();
  } catch (error) {
    if (!(error instanceof SysError) || error.code !== 'EPIPE') throw error;
  }
}
