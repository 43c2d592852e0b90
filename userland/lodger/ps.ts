/** `lodger ps`: the guests that run in this one, their processes, and the guests inside them. */
import type { InnerGuest, MemoryInfo, ProcessInfo } from '../../host/control/protocol.ts';
import { type Detail, type TreeRow, memoryOf, rowsInside, titleOf } from '../../host/control/guest-tree.ts';
import { fromText } from '../../kernel/abi/byte-string.ts';
import { UsageError } from '../libc/getopt.ts';
import { SysError } from '../libc/native.ts';
import { signal, SIGALRM } from '../libc/signal.ts';
import { stdout } from '../libc/stdio.ts';
import { alarm } from '../libc/unistd.ts';
import { ControlClient, NoGuest, findGuests } from './client.ts';
import { subcommand } from './subcommand.ts';

const USAGE = `Usage: lodger ps [options]

Shows the guests that run in this one, the processes in each, and the guests inside them.

Options:
  -g, --guests    guests only, no processes
      --json      the same as JSON, for programs
  -h, --help      this text
`;

const HEAD: TreeRow = { pid: 'PID', state: 'S', memory: 'MEMORY', text: 'GUEST' };
/** A guest that is stopped or being debugged does not answer. */
const ANSWER_SECONDS = 3;

export function ps(argv: string[]): number {
  return subcommand(argv, USAGE, { short: 'g', long: { guests: 'g', json: 'json' } }, options => {
    if (options.operands.length > 0) throw new UsageError(`what is ${options.operands[0]}?`);
    const guests = findGuests()
      .map(describe)
      .filter(guest => guest !== undefined);
    const text = options.has('json')
      ? `${JSON.stringify(guests)}\n`
      : table(guests, options.has('g') ? 'guests' : 'processes');
    stdout.write(fromText(text));
    return 0;
  });
}

class TooSlow extends Error {}

/** What a guest tells of itself; undefined if it does not. */
function describe(pid: number): InnerGuest | undefined {
  let client: ControlClient | undefined;
  signal(SIGALRM, () => {
    throw new TooSlow();
  });
  try {
    alarm(ANSWER_SECONDS);
    const asked = (client = ControlClient.connect(pid));
    return {
      pid,
      name: asked.request<string>('name').value ?? '',
      memory: asked.request<MemoryInfo>('memory').value ?? { totalBytes: 0, freeBytes: 0 },
      processes: asked.request<ProcessInfo[]>('processes').value ?? [],
      guests: asked.request<InnerGuest[]>('guests').value ?? [],
    };
  } catch (error) {
    if (error instanceof NoGuest || error instanceof SysError || error instanceof TooSlow) return undefined;
    throw error;
  } finally {
    alarm(0);
    client?.close();
  }
}

function table(guests: readonly InnerGuest[], detail: Detail): string {
  const rows = [
    HEAD,
    ...guests.flatMap(guest => [
      { pid: String(guest.pid), state: '', memory: memoryOf(guest), text: titleOf(guest) },
      ...rowsInside(guest, detail),
    ]),
  ];
  const width = (column: keyof TreeRow): number => Math.max(...rows.map(row => row[column].length));
  return rows
    .map(row => {
      const state = detail === 'processes' ? [row.state.padEnd(width('state'))] : [];
      const cells = [
        row.pid.padStart(width('pid')),
        ...state,
        row.memory.padStart(width('memory')),
        row.text,
      ];
      return `${cells.join('  ').trimEnd()}\n`;
    })
    .join('');
}
