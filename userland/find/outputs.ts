/** Where -print, -fprint and the like write: standard output and files, each opened once. */
import { O_CLOEXEC, O_CREAT, O_TRUNC, O_WRONLY } from '../libc/fcntl.ts';
import { SysError } from '../libc/native.ts';
import { stdout, stderr, Writer } from '../libc/stdio.ts';
import { isatty, open } from '../libc/unistd.ts';
import { quote } from '../coreutils/lib/quote.ts';
import { fatal } from './report.ts';

const files = new Map<string, Writer>();

/** The writer of -fprint's file; the file is made even if nothing is printed. */
export function outputFile(path: string): Writer {
  if (path === '/dev/stdout') return stdout;
  if (path === '/dev/stderr') return stderr;
  let writer = files.get(path);
  if (!writer) {
    try {
      writer = new Writer(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC), 'full');
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      return fatal(`${quote(path)}: ${error.message}`);
    }
    files.set(path, writer);
  }
  return writer;
}

/** Before a program runs and at the end. */
export function flushOutputs(): void {
  stdout.flush();
  for (const writer of files.values()) writer.flush();
}

let isTerminal: boolean | undefined;

/** A name as it may be shown: on a terminal control characters are question marks. */
export function shown(path: string, writer: Writer): string {
  if (writer !== stdout) return path;
  isTerminal ??= isatty(1);
  // eslint-disable-next-line no-control-regex
  return isTerminal ? path.replace(/[\0-\x1f\x7f]/g, '?') : path;
}
