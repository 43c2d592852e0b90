/** How the two outcomes of a line differ, in words for a person. */
import type { ProgramLine } from './line.ts';
import type { Outcome } from './sides.ts';

const CONTEXT_LINES = 40;

/** What differs in every run: process ids in the messages of bash. */
const ALWAYS: ProgramLine['replace'] & {} = [
  [/(line \d+:|\[\d+\][-+ ]?) +\d+ (?=[A-Z])/g, '$1 PID '],
  [/(?<=^\[\d+\] )\d+$/gm, 'PID'],
];

/** Nothing if both sides agree. */
export function differences(line: ProgramLine, host: Outcome, guest: Outcome): string | undefined {
  const found: string[] = [];
  if (host.status !== guest.status) found.push(`status: host ${host.status}, guest ${guest.status}`);
  const clean = (text: string): string =>
    [...ALWAYS, ...(line.replace ?? [])].reduce((result, [pattern, by]) => result.replace(pattern, by), text);
  compareText('stdout', clean(host.stdout), clean(guest.stdout), found);
  if (!line.ignoreStderr) compareText('stderr', clean(host.stderr), clean(guest.stderr), found);
  else if (host.status !== guest.status) found.push(`stderr of the guest:\n${guest.stderr}`);
  for (const path of new Set([...host.files.keys(), ...guest.files.keys()])) {
    const [there, here] = [host.files.get(path), guest.files.get(path)];
    if (clean(there ?? '(none)') !== clean(here ?? '(none)')) {
      found.push(`file ${path}:\n  host  ${there ?? '(none)'}\n  guest ${here ?? '(none)'}`);
    }
  }
  if (found.length === 0) return undefined;
  if (guest.complaints.length > 0) found.push(`log of the guest:\n  ${guest.complaints.join('\n  ')}`);
  return found.join('\n');
}

function compareText(what: string, host: string, guest: string, found: string[]): void {
  if (host === guest) return;
  const [there, here] = [host.split('\n'), guest.split('\n')];
  let first = 0;
  while (there[first] === here[first]) first++;
  const excerpt = (lines: readonly string[]): string =>
    lines
      .slice(first, first + CONTEXT_LINES)
      .map(text => `    ${JSON.stringify(text.slice(0, 300))}`)
      .join('\n');
  found.push(
    `${what}: differs from line ${first + 1} of ${there.length} on`,
    `  host:\n${excerpt(there)}`,
    `  guest (${here.length} lines):\n${excerpt(here)}`,
  );
}
