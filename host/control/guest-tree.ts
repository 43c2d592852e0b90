/**
 * Guests as a tree for people: below each guest its processes, and each guest inside below the process that it is.
 * `lodger ps` prints it, on the host and in a guest.
 */
import type { InnerGuest, ProcessInfo } from './protocol.ts';

export interface TreeRow {
  readonly pid: string;
  /** A letter, as ps(1) has it. */
  readonly state: string;
  readonly memory: string;
  /** The name, behind the lines of the tree. */
  readonly text: string;
}

export type Detail = 'guests' | 'processes';

interface Node {
  readonly row: Omit<TreeRow, 'text'>;
  readonly text: string;
  readonly below: (indent: string) => TreeRow[];
}

/** The rows for what is inside a guest. */
export function rowsInside(guest: InnerGuest, detail: Detail, indent = ''): TreeRow[] {
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

/** `box (4 processes)` */
export function titleOf({ name, processes }: InnerGuest): string {
  const count = processes.length === 1 ? '1 process' : `${processes.length} processes`;
  return `${plain(name)} (${count})`;
}

/** What is used, and all there is. */
export function memoryOf({ memory: { totalBytes, freeBytes } }: InnerGuest): string {
  return `${sizeOf(totalBytes - freeBytes)}/${sizeOf(totalBytes)}`;
}

/** Names come from guests, and go to a terminal. */
export function plain(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}

function processNode(guest: InnerGuest, process: ProcessInfo): Node {
  const { pid, state, command } = process;
  const children = guest.processes.filter(other => other.ppid === pid && other.pid !== pid);
  const inside = guest.guests.filter(inner => inner.pid === pid);
  return {
    row: { pid: String(pid), state: letterOf(state), memory: '' },
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

function guestNode(guest: InnerGuest, detail: Detail): Node {
  return {
    row: { pid: detail === 'guests' ? String(guest.pid) : '', state: '', memory: memoryOf(guest) },
    text: titleOf(guest),
    below: indent => rowsInside(guest, detail, indent),
  };
}

function drawn(nodes: readonly Node[], indent: string): TreeRow[] {
  return nodes.flatMap((node, i) => {
    const isLast = i === nodes.length - 1;
    const text = `${indent}${isLast ? '└─ ' : '├─ '}${node.text}`;
    return [{ ...node.row, text }, ...node.below(`${indent}${isLast ? '   ' : '│  '}`)];
  });
}

function letterOf(state: string): string {
  const letters: Record<string, string> = { stopped: 'T', traced: 't', zombie: 'Z', dead: 'X', vfork: 'D' };
  return letters[state] ?? (state === 'sleeping' ? 'S' : 'R');
}

function sizeOf(bytes: number): string {
  const mega = bytes / 2 ** 20;
  if (mega < 1024) return `${Math.round(mega)}M`;
  return `${(mega / 1024).toFixed(1).replace(/\.0$/, '')}G`;
}
