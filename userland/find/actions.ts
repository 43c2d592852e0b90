/** Actions: -print and its kin, -ls, -delete, -prune, -quit. */
import { stdout, type Writer } from '../libc/stdio.ts';
import { SysError } from '../libc/native.ts';
import { exit, unlinkat } from '../libc/unistd.ts';
import { quote } from '../coreutils/lib/quote.ts';
import type { Arguments, Makers } from './arguments.ts';
import type { Primary } from './expression.ts';
import { finishCommands } from './exec.ts';
import { formatEntry, parseFormat } from './format.ts';
import { listLine } from './list-line.ts';
import { flushOutputs, outputFile, shown } from './outputs.ts';
import { exitStatus, say, setFailed } from './report.ts';

const AT_REMOVEDIR = 0x200;

function printTo(args: Arguments, writer: Writer, end: string): Primary {
  return args.test('effect', entry => {
    writer.write((end === '\n' ? shown(entry.path, writer) : entry.path) + end);
    return true;
  });
}

function formatTo(args: Arguments, writer: Writer): Primary {
  const format = parseFormat(args.argument());
  return args.test('effect', entry => {
    writer.write(formatEntry(format, entry));
    if (format.isFlushed) writer.flush();
    return true;
  });
}

function listTo(args: Arguments, writer: Writer): Primary {
  const now = args.settings.now.sec;
  return args.test('effect', entry => {
    const status = entry.status();
    if (status) writer.write(listLine(entry, status, now));
    return true;
  });
}

/** Ends find at once, after the commands that wait for more arguments. */
export function finish(): never {
  finishCommands();
  flushOutputs();
  return exit(exitStatus);
}

/** What an expression without an action does. */
export function printAction(args: Arguments): Primary {
  args.name = '-print';
  return printTo(args, stdout, '\n');
}

export const actions: Makers = {
  print: args => printTo(args, stdout, '\n'),
  print0: args => printTo(args, stdout, '\0'),
  printf: args => formatTo(args, stdout),
  ls: args => listTo(args, stdout),
  fprint: args => printTo(args, outputFile(args.argument()), '\n'),
  fprint0: args => printTo(args, outputFile(args.argument()), '\0'),
  fprintf: args => formatTo(args, outputFile(args.argument())),
  fls: args => listTo(args, outputFile(args.argument())),
  prune: args =>
    args.test('effect', entry => {
      entry.isPruned = true;
      return true;
    }),
  quit: args => args.test('effect', () => finish()),
  delete: args => {
    const { settings } = args;
    settings.isDepthFirst = true;
    return args.test('effect', entry => {
      if (entry.path === '.') return true;
      try {
        unlinkat(entry.directory, entry.access, entry.isDirectory ? AT_REMOVEDIR : 0);
        return true;
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        if (settings.ignoresReaddirRace && error.code === 'ENOENT') return true;
        say(`cannot delete ${quote(entry.path)}: ${error.message}`);
        setFailed();
        return false;
      }
    });
  },
};
