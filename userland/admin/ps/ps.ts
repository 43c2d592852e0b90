/** ps(1), as procps-ng 4 has it: POSIX, BSD and GNU options. */
import { winsize } from '../../libc/termios.ts';
import { stderr, stdout } from '../../libc/stdio.ts';
import { env } from '../../libc/stdlib.ts';
import { time } from '../../libc/time.ts';
import { getpid, isatty } from '../../libc/unistd.ts';
import { unlessFailed } from '../lib/files.ts';
import { type Process, readProcess, readProcesses, readThreads } from '../lib/process.ts';
import { bootTime, memoryInfo, uptimeSeconds } from '../lib/system.ts';
import { COLUMNS } from './columns.ts';
import { arrange } from './forest.ts';
import { columnsOf } from './formats.ts';
import { PsError, type PsOptions, parseArguments } from './options.ts';
import { headingLine, processLine } from './output.ts';
import { isWanted } from './select.ts';
import type { Moment } from './values.ts';

const usage = `
Usage:
 ps [options]

 Try 'ps --help <simple|list|output|threads|misc|all>'
  or 'ps --help <s|l|o|t|m|a>'
 for additional help text.

For more details see ps(1).
`;

export function ps(argv: string[]): number {
  let options: PsOptions;
  try {
    options = parseArguments(argv.slice(1), env);
  } catch (error) {
    if (!(error instanceof PsError)) throw error;
    stderr.write(`error: ${error.message}\n${usage}`);
    return 1;
  }
  switch (options.shows) {
    case 'help':
      stdout.write(usage);
      return 0;
    case 'version':
      stdout.write('ps (Lodger) 0.1.0\n');
      return 0;
    case 'formats':
      for (const name of Object.keys(COLUMNS).sort())
        stdout.write(`${name.padEnd(13)}${COLUMNS[name]!.heading.padEnd(8)}\n`);
      return 0;
    case 'processes':
      return show(options);
  }
}

export function momentOf(
  options: Pick<PsOptions, 'isCumulative' | 'showsEnvironment' | 'showsNames'>,
): Moment {
  return {
    nowSec: time(),
    bootSec: bootTime(),
    uptimeSec: uptimeSeconds(),
    totalKib: memoryInfo()('MemTotal'),
    isCumulative: options.isCumulative,
    commands: options.showsNames ? 'comm' : options.showsEnvironment ? 'args-and-environment' : 'args',
  };
}

/** Without a limit unless the output is a terminal, or somebody said so. */
function lineWidth({ wide, columns }: PsOptions): number {
  if (wide > 1) return Infinity;
  let width = columns;
  if (width === 0) {
    width = isatty(1) ? (unlessFailed(() => winsize(1).columns) ?? 0) || 80 : Infinity;
  }
  return wide === 1 ? Math.max(132, width) : width;
}

function show(options: PsOptions): number {
  const columns = columnsOf(options.chosen, options.isBsd);
  const moment = momentOf(options);
  const self = readProcess(getpid());
  const { pids } = options.selection;
  const onlyPids = pids.length > 0 && !options.isNegated && !options.all && hasNoOther(options);
  const candidates = onlyPids
    ? [...new Set(pids)]
        .sort((a, b) => a - b)
        .map(readProcess)
        .filter(p => p !== undefined)
    : readProcesses();
  const processes = candidates.filter(p => isWanted(p, options, self));
  sort(processes, options, moment);
  const limit = lineWidth(options);
  if (options.headings === 'normal') stdout.write(headingLine(columns, limit));
  const branches =
    options.forest === 'none'
      ? processes.map(process => ({ process, prefix: '' }))
      : arrange(processes, options.forest);
  for (const { process, prefix } of branches) {
    const rows = options.threads === 'none' ? [process] : readThreads(process);
    for (const row of rows) stdout.write(processLine(row, columns, moment, prefix, limit));
  }
  return processes.length > 0 ? 0 : 1;
}

function hasNoOther({ selection, simple }: PsOptions): boolean {
  return (
    simple.size === 0 &&
    Object.entries(selection).every(([name, list]) => name === 'pids' || list.length === 0)
  );
}

function sort(processes: Process[], { sort: keys }: PsOptions, moment: Moment): void {
  if (keys.length === 0) return;
  const values = new Map<Process, (number | string)[]>();
  for (const p of processes) {
    values.set(
      p,
      keys.map(({ name }) => {
        const column = COLUMNS[name]!;
        return column.key ? column.key(p, moment) : column.value(p, moment, column.width);
      }),
    );
  }
  processes.sort((a, b) => {
    const [left, right] = [values.get(a)!, values.get(b)!];
    for (const [i, { isDescending }] of keys.entries()) {
      const [x, y] = [left[i]!, right[i]!];
      if (x !== y) return (x < y ? -1 : 1) * (isDescending ? -1 : 1);
    }
    return a.tgid - b.tgid;
  });
}
