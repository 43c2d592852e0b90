/** pidof(1): the processes that run a program, newest first. sysvinit-utils' and procps's common ground. */
import { scan } from '../libc/getopt.ts';
import { stdout } from '../libc/stdio.ts';
import { getpid, getppid } from '../libc/unistd.ts';
import { type Process, readProcesses } from './lib/process.ts';
import { tryReadlink } from './lib/files.ts';

function runs(p: Process, name: string, withScripts: boolean): boolean {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const [first = '', second = ''] = p.arguments;
  const program = first.replace(/^-/, '');
  if (name.includes('/')) return program === name || tryReadlink(`${p.directory}/exe`) === name;
  if (p.comm === base.slice(0, 15) || program.slice(program.lastIndexOf('/') + 1) === base) return true;
  return withScripts && second.slice(second.lastIndexOf('/') + 1) === base;
}

export function pidof(argv: string[]): number {
  const found = scan(argv, { short: 'cho:qsxwzd:S:' });
  const omitted = new Set(
    found
      .values('o')
      .flatMap(list => list.split(/[,;:]/))
      .map(word => (word === '%PPID' ? getppid() : Number(word))),
  );
  const pids = readProcesses()
    .filter(p => p.tgid !== getpid() && !omitted.has(p.tgid))
    .filter(p => found.operands.some(name => runs(p, name, found.has('x'))))
    .map(p => p.tgid)
    .reverse();
  const shown = found.has('s') ? pids.slice(0, 1) : pids;
  if (shown.length > 0 && !found.has('q'))
    stdout.write(`${shown.join(found.value('d') ?? found.value('S') ?? ' ')}\n`);
  return shown.length > 0 ? 0 : 1;
}
