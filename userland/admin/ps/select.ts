/** Which processes ps shows. */
import { geteuid } from '../../libc/unistd.ts';
import type { Process } from '../lib/process.ts';
import type { PsOptions } from './options.ts';

export function isWanted(p: Process, options: PsOptions, self: Process | undefined): boolean {
  let accepted = options.all || isSimplySelected(p, options, self) || isListed(p, options);
  if (options.isRunningOnly && p.state !== 'R' && p.state !== 'D') accepted = false;
  return accepted !== options.isNegated;
}

function isSimplySelected(
  p: Process,
  { simple, hasList, isBsd }: PsOptions,
  self: Process | undefined,
): boolean {
  if (simple.has('-a')) return p.tty !== 0 && p.session !== p.tgid;
  if (simple.has('-d')) return p.session !== p.tgid;
  if (simple.has('a') || simple.has('x')) {
    return (simple.has('x') || p.tty !== 0) && (simple.has('a') || p.euid === geteuid());
  }
  if (hasList) return false;
  if (p.euid !== geteuid()) return false;
  return isBsd ? p.tty !== 0 : p.tty === (self?.tty ?? 0);
}

function isListed(p: Process, { selection: s }: PsOptions): boolean {
  return (
    s.pids.includes(p.tgid) ||
    s.ppids.includes(p.ppid) ||
    s.sessions.includes(p.session) ||
    s.terminals.includes(p.tty) ||
    s.commands.some(name => name.slice(0, 15) === p.comm) ||
    (s.effectiveUsers.length > 0 && s.effectiveUsers.includes(p.euid)) ||
    (s.realUsers.length > 0 && s.realUsers.includes(p.uid)) ||
    (s.effectiveGroups.length > 0 && s.effectiveGroups.includes(p.ids('Gid')[1]!)) ||
    (s.realGroups.length > 0 && s.realGroups.includes(p.ids('Gid')[0]!))
  );
}
