/**
 * `lodger ps`: the guests of every Lodger that this user runs, as a tree: below each guest its processes, and the guests
 * inside below the process that each of them is.
 */
import { parseArgs } from 'node:util';
import { type GuestInfo, type HostGuestInfo, OptionError, listGuests } from '../api/index.ts';
import type { ProcessInfo } from '../control/protocol.ts';

const USAGE = `Usage: lodger ps [options]

Shows the guests of every Lodger that you run, the processes in each, and the guests inside them.

Options:
  -g, --guests    guests only, no processes
      --json      the same as JSON, for programs
  -h, --help      this text
`;

interface Row {
  readonly pid: string;
  readonly state: string;
  readonly memory: string;
  readonly threads: string;
  readonly uptime: string;
  readonly text: string;
}

const HEAD: Row = {
  pid: 'PID',
  state: 'S',
  memory: 'MEMORY',
  threads: 'THREADS',
  uptime: 'UPTIME',
  text: 'GUEST',
};

/** Longest part of a command that is shown. */
const MAX_COMMAND_CHARS = 60;

/** The command; its exit status. OptionError. */
export async function psCommand(argv: readonly string[]): Promise<number> {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        guests: { type: 'boolean', short: 'g' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }));
  } catch (error) {
    throw new OptionError(`ps: ${(error as Error).message.split('. ')[0]}; see lodger ps --help`);
  }
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const guests = await listGuests();
  const text = values.json
    ? `${JSON.stringify(guests, undefined, 2)}\n`
    : formatGuests(guests, values.guests ? 'guests' : 'processes');
  process.stdout.write(text);
  return 0;
}

/** The table. */
export function formatGuests(guests: readonly HostGuestInfo[], detail: 'guests' | 'processes'): string {
  const rows = [HEAD, ...guests.flatMap(guest => hostRows(guest, detail))];
  const width = (column: keyof Row): number => Math.max(...rows.map(row => row[column].length));
  const widths = {
    pid: width('pid'),
    state: width('state'),
    memory: width('memory'),
    threads: width('threads'),
    uptime: width('uptime'),
  };
  return rows
    .map(row => {
      const cells = [
        row.pid.padStart(widths.pid),
        ...(detail === 'processes' ? [row.state.padEnd(widths.state)] : []),
        row.memory.padStart(widths.memory),
        row.threads.padStart(widths.threads),
        row.uptime.padStart(widths.uptime),
        row.text,
      ];
      return `${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}

function hostRows(guest: HostGuestInfo, detail: 'guests' | 'processes'): Row[] {
  const note = guest.isResponding ? summary(guest) : 'does not answer';
  const command = plain(guest.command);
  const cut = command.length > MAX_COMMAND_CHARS ? `${command.slice(0, MAX_COMMAND_CHARS - 1)}…` : command;
  return [
    {
      pid: String(guest.pid),
      state: '',
      memory: guest.isResponding ? memoryOf(guest) : '',
      threads: String(guest.threads),
      uptime: uptimeOf(guest.uptimeMs),
      text: `${plain(guest.name)} (${note}): ${cut}`,
    },
    ...insideRows(guest, detail, ''),
  ];
}

function summary({ processes }: GuestInfo): string {
  return processes.length === 1 ? '1 process' : `${processes.length} processes`;
}

/** One line of the tree below a guest, and what is below it. */
interface Node {
  readonly row: Omit<Row, 'text'>;
  readonly text: string;
  readonly below: (indent: string) => Row[];
}

function insideRows(guest: GuestInfo, detail: 'guests' | 'processes', indent: string): Row[] {
  if (detail === 'guests')
    return drawn(
      guest.guests.map(inner => guestNode(inner, detail)),
      indent,
    );
  const pids = new Set(guest.processes.map(({ pid }) => pid));
  const tops = guest.processes.filter(({ pid, ppid }) => ppid === pid || !pids.has(ppid));
  return drawn(
    tops.map(process => processNode(guest, process)),
    indent,
  );
}

function processNode(guest: GuestInfo, process: ProcessInfo): Node {
  const { pid, state, command } = process;
  const children = guest.processes.filter(other => other.ppid === pid && other.pid !== pid);
  const inside = guest.guests.filter(inner => inner.pid === pid);
  return {
    row: { pid: String(pid), state: letterOf(state), memory: '', threads: '', uptime: '' },
    text: plain(command),
    below: indent =>
      drawn(
        [
          ...inside.map(inner => guestNode(inner, 'processes')),
          ...children.map(child => processNode(guest, child)),
        ],
        indent,
      ),
  };
}

function guestNode(guest: GuestInfo, detail: 'guests' | 'processes'): Node {
  return {
    row: {
      pid: detail === 'guests' ? String(guest.pid) : '',
      state: '',
      memory: memoryOf(guest),
      threads: '',
      uptime: '',
    },
    text: `${plain(guest.name)} (${summary(guest)})`,
    below: indent => insideRows(guest, detail, indent),
  };
}

function drawn(nodes: readonly Node[], indent: string): Row[] {
  return nodes.flatMap((node, i) => {
    const isLast = i === nodes.length - 1;
    const text = `${indent}${isLast ? '└─ ' : '├─ '}${node.text}`;
    return [{ ...node.row, text }, ...node.below(`${indent}${isLast ? '   ' : '│  '}`)];
  });
}

/** As ps(1) has it. */
function letterOf(state: string): string {
  const letters: Record<string, string> = { stopped: 'T', traced: 't', zombie: 'Z', dead: 'X', vfork: 'D' };
  return letters[state] ?? (state === 'sleeping' ? 'S' : 'R');
}

function memoryOf({ memory: { totalBytes, freeBytes } }: GuestInfo): string {
  return `${sizeOf(totalBytes - freeBytes)}/${sizeOf(totalBytes)}`;
}

function sizeOf(bytes: number): string {
  const mega = bytes / 2 ** 20;
  if (mega < 1024) return `${Math.round(mega)}M`;
  return `${(mega / 1024).toFixed(1).replace(/\.0$/, '')}G`;
}

/** 1:02, 3:04:05, 2-03:04:05, as ps(1) has it. */
function uptimeOf(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  if (days > 0) return `${days}-${two(hours)}:${rest}`;
  return hours > 0 ? `${hours}:${rest}` : rest.replace(/^0/, '');
}

/** Names come from guests, and go to a terminal. */
function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
