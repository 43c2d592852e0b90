/** findmnt(8) of util-linux, the common part: the mounts as a tree or a list, with -n -o -t -r -l -T. */
import { fromText } from '../../kernel/abi/byte-string.ts';
import { parse } from '../libc/getopt.ts';
import { stdout } from '../libc/stdio.ts';
import { fail } from '../libc/stdlib.ts';
import { type MountEntry, mountPointOf, mountTable } from '../coreutils/lib/mounts.ts';
import { displayWidth } from '../coreutils/lib/columns.ts';
import { unlessFailed } from './lib/files.ts';
import { matchesType } from './lib/fstab.ts';

const COLUMNS: Readonly<Record<string, (entry: MountEntry) => string>> = {
  TARGET: entry => entry.target,
  SOURCE: entry => entry.source + (entry.root === '/' ? '' : `[${entry.root}]`),
  FSTYPE: entry => entry.type,
  OPTIONS: entry => entry.options,
  FSROOT: entry => entry.root,
};
const BRANCH = fromText('├─');
const LAST = fromText('└─');
const PASS = fromText('│ ');

interface Line {
  readonly entry: MountEntry;
  readonly prefix: string;
}

/** Children are mounts below a mount's directory. */
function asTree(entries: readonly MountEntry[]): Line[] {
  const isBelow = (a: MountEntry, b: MountEntry): boolean =>
    a !== b && (b.target === '/' || a.target === b.target || a.target.startsWith(`${b.target}/`));
  const parentOf = (entry: MountEntry): MountEntry | undefined =>
    entries
      .slice(0, entries.indexOf(entry))
      .filter(other => isBelow(entry, other))
      .reduce<MountEntry | undefined>(
        (a, b) => (!a || b.target.length >= a.target.length ? b : a),
        undefined,
      );
  const lines: Line[] = [];
  const add = (entry: MountEntry, prefix: string, below: string): void => {
    lines.push({ entry, prefix });
    const children = entries.filter(other => parentOf(other) === entry);
    children.forEach((child, i) => {
      const isLast = i === children.length - 1;
      add(child, below + (isLast ? LAST : BRANCH), below + (isLast ? '  ' : PASS));
    });
  };
  for (const entry of entries) if (!parentOf(entry)) add(entry, '', '');
  return lines;
}

export function findmnt(argv: string[]): number {
  const found = parse(argv, {
    short: 'lnrDo:t:T:M:S:kh',
    long: {
      list: 'l',
      noheadings: 'n',
      raw: 'r',
      output: 'o',
      types: 't',
      target: 'T',
      mountpoint: 'M',
      source: 'S',
    },
    usage: '\nUsage:\n findmnt [options] [<device> | <mountpoint>]\n\nFind a (mounted) filesystem.\n',
  });
  const names = (found.value('o') ?? 'TARGET,SOURCE,FSTYPE,OPTIONS')
    .split(',')
    .map(name => name.toUpperCase());
  const unknown = names.find(name => !Object.hasOwn(COLUMNS, name));
  if (unknown !== undefined) return fail(1, `unknown column: ${unknown}`);
  let entries = mountTable().filter(({ type }) => matchesType(type, found.value('t')));
  const inside = found.value('T');
  const [word] = found.operands;
  const at = found.value('M') ?? (inside === undefined ? word : unlessFailed(() => mountPointOf(inside)));
  const source = found.value('S');
  if (source !== undefined) entries = entries.filter(entry => entry.source === source);
  if (at !== undefined) {
    const clean = at.replace(/(.)\/+$/, '$1');
    entries = entries.filter(
      entry => entry.target === clean || (inside === undefined && entry.source === at),
    );
  } else if (inside !== undefined) entries = [];
  if (entries.length === 0) return 1;
  const isTree = !found.has('l', 'r') && at === undefined;
  const lines = isTree ? asTree(entries) : entries.map(entry => ({ entry, prefix: '' }));
  const rows = lines.map(({ entry, prefix }) =>
    names.map(name => (name === 'TARGET' ? prefix : '') + COLUMNS[name]!(entry)),
  );
  const all = found.has('n') ? rows : [names, ...rows];
  const widths = names.map((_, i) => Math.max(...all.map(row => displayWidth(row[i]!, true))));
  for (const row of all) {
    const text = row.map((cell, i) =>
      found.has('r') || i === row.length - 1
        ? cell
        : cell + ' '.repeat(widths[i]! - displayWidth(cell, true)),
    );
    stdout.write(`${text.join(' ')}\n`);
  }
  return 0;
}
