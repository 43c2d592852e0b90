/**
 * `lodger ps`: the guests of every Lodger that this user runs, as a tree: below each guest its processes, and the guests
 * inside below the process that each of them is.
 */
import { parseArgs } from 'node:util';
import { type HostGuestInfo, OptionError, listGuests } from '../api/index.ts';
import { type Detail, memoryOf, plain, rowsInside, titleOf } from '../control/guest-tree.ts';

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
export function formatGuests(guests: readonly HostGuestInfo[], detail: Detail): string {
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

function hostRows(guest: HostGuestInfo, detail: Detail): Row[] {
  const title = guest.isResponding ? titleOf(guest) : `${plain(guest.name)} (does not answer)`;
  const command = plain(guest.command);
  const cut = command.length > MAX_COMMAND_CHARS ? `${command.slice(0, MAX_COMMAND_CHARS - 1)}…` : command;
  return [
    {
      pid: String(guest.pid),
      state: '',
      memory: guest.isResponding ? memoryOf(guest) : '',
      threads: String(guest.threads),
      uptime: uptimeOf(guest.uptimeMs),
      text: `${title}: ${cut}`,
    },
    ...rowsInside(guest, detail).map(row => ({ ...row, threads: '', uptime: '' })),
  ];
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
