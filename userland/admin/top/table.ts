/** Top's table of processes: PID USER PR NI VIRT RES SHR S %CPU %MEM TIME+ COMMAND. */
import { tryReadFile } from '../lib/files.ts';
import { HERTZ, type Process } from '../lib/process.ts';
import { printable, userName } from '../ps/values.ts';

export const HEADING = '  PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND';
const COMMAND_AT = HEADING.indexOf('COMMAND');

export type SortField =
  'PID' | 'USER' | 'PR' | 'NI' | 'VIRT' | 'RES' | 'SHR' | 'S' | '%CPU' | '%MEM' | 'TIME+' | 'COMMAND';
export const SORT_FIELDS: readonly string[] = [
  'PID',
  'USER',
  'PR',
  'NI',
  'VIRT',
  'RES',
  'SHR',
  'S',
  '%CPU',
  '%MEM',
  'TIME+',
  'COMMAND',
];

export interface TableOptions {
  readonly sort: SortField;
  readonly isReversed: boolean;
  readonly isCumulative: boolean;
  readonly commands: 'names' | 'lines';
  readonly totalKib: number;
}

/** KiB in a field: with a unit when the digits do not fit. */
function scaled(kib: number, width: number): string {
  const plain = String(kib);
  if (plain.length <= width) return plain.padStart(width);
  let value = kib;
  for (const unit of ['m', 'g', 't']) {
    value /= 1024;
    const text = `${value.toFixed(1)}${unit}`;
    if (text.length <= width) return text.padStart(width);
  }
  return plain;
}

function sharedKib(p: Process): number {
  return Number((tryReadFile(`${p.directory}/statm`) ?? '0 0 0').split(' ')[2] ?? 0) * 4;
}

function timePlus(ticks: number): string {
  const hundredths = Math.floor((ticks * 100) / HERTZ);
  const rest = hundredths % 6000;
  const minutes = Math.floor(hundredths / 6000);
  const text = `${minutes}:${String(Math.floor(rest / 100)).padStart(2, '0')}.${String(rest % 100).padStart(2, '0')}`;
  return text.padStart(9);
}

function ticksOf(p: Process, { isCumulative }: TableOptions): number {
  return p.ticks + (isCumulative ? p.childrenTicks : 0);
}

function commandOf(p: Process, { commands }: TableOptions): string {
  if (commands === 'names') return printable(p.comm);
  return p.arguments.length > 0 ? printable(p.arguments.join(' ')) : `[${printable(p.comm)}]`;
}

export function row(p: Process, share: number, options: TableOptions, columns: number): string {
  const room = Math.max(0, columns - COMMAND_AT);
  let command = commandOf(p, options);
  if (command.length > room) command = `${command.slice(0, Math.max(0, room - 1))}+`;
  const cpu = share >= 999.95 ? String(Math.floor(share)) : share.toFixed(1);
  const memory = ((p.residentKib * 100) / options.totalKib).toFixed(1);
  const head = [
    String(p.tid).padStart(5),
    userName(p.euid, 8).padEnd(8),
    (p.priority < -99 ? 'rt' : String(p.priority)).padStart(3),
    String(p.nice).padStart(3),
    scaled(p.virtualKib, 7),
    scaled(p.residentKib, 6),
    scaled(sharedKib(p), 6),
    p.state,
    cpu.padStart(5),
    memory.padStart(5),
    timePlus(ticksOf(p, options)),
  ].join(' ');
  return `${head} ${command}`.slice(0, columns);
}

/** The biggest first; a name or a number of a process the other way round. */
export function sorted(
  processes: readonly Process[],
  shares: ReadonlyMap<number, number>,
  options: TableOptions,
): Process[] {
  const key = (p: Process): number | string => {
    switch (options.sort) {
      case 'PID':
        return p.tid;
      case 'USER':
        return userName(p.euid, 32);
      case 'PR':
        return p.priority;
      case 'NI':
        return p.nice;
      case 'VIRT':
        return p.virtualKib;
      case 'RES':
      case '%MEM':
        return p.residentKib;
      case 'SHR':
        return sharedKib(p);
      case 'S':
        return p.state;
      case '%CPU':
        return shares.get(p.tid) ?? 0;
      case 'TIME+':
        return ticksOf(p, options);
      case 'COMMAND':
        return commandOf(p, options);
    }
  };
  const keys = new Map(processes.map(p => [p, key(p)]));
  const direction = options.isReversed ? 1 : -1;
  return [...processes].sort((a, b) => {
    const [x, y] = [keys.get(a)!, keys.get(b)!];
    return x === y ? a.tid - b.tid : (x < y ? -1 : 1) * direction;
  });
}
