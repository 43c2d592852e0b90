/** Processes as a tree: --forest and f with lines, -H with blanks. */
import type { Process } from '../lib/process.ts';

export interface Branch {
  readonly process: Process;
  /** What stands before the command. */
  readonly prefix: string;
}

/** Parents first, children after them; those whose parent is not among them stand at the root. */
export function arrange(processes: readonly Process[], style: 'lines' | 'blanks'): Branch[] {
  const known = new Set(processes.map(p => p.tgid));
  const children = new Map<number, Process[]>();
  const roots: Process[] = [];
  for (const p of processes) {
    if (!known.has(p.ppid) || p.ppid === p.tgid) roots.push(p);
    else if (children.has(p.ppid)) children.get(p.ppid)!.push(p);
    else children.set(p.ppid, [p]);
  }
  const branches: Branch[] = [];
  const add = (p: Process, prefix: string, below: string): void => {
    branches.push({ process: p, prefix });
    const own = children.get(p.tgid) ?? [];
    own.forEach((child, i) => {
      if (style === 'blanks') return add(child, `${below}  `, `${below}  `);
      const isLast = i === own.length - 1;
      add(child, `${below} \\_ `, below + (isLast ? '    ' : ' |  '));
    });
  };
  for (const root of roots) add(root, '', '');
  return branches;
}
