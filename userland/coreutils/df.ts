/** df(1): space of file systems. */
import { parse, usageError } from '../libc/getopt.ts';
import { fail, warn } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { S_ISBLK, S_ISCHR, stat, tryStat } from '../libc/stat.ts';
import { statfs } from '../libc/mount.ts';
import { quietly, reason } from './lib/errors.ts';
import { displayWidth } from './lib/columns.ts';
import { type MountEntry, mountPointOf, mountTable } from './lib/mounts.ts';
import { isUtf8Locale, quote, quotef } from './lib/quote.ts';
import { defaultBlockSize, KIBIBYTES, parseBlockSize, showSize, type SizeFormat } from './lib/sizes.ts';

const usage = `Usage: df [OPTION]... [FILE]...
Show information about the file system on which each FILE resides, or all file systems by default.

  -a, --all             include pseudo, duplicate, inaccessible file systems
  -B, --block-size=SIZE  scale sizes by SIZE before printing them
  -h, --human-readable  print sizes in powers of 1024 (e.g., 1023M)
  -H, --si              print sizes in powers of 1000 (e.g., 1.1G)
  -i, --inodes          list inode information instead of block usage
  -k                    like --block-size=1K
  -l, --local           limit listing to local file systems
      --output[=FIELD_LIST]  use the output format defined by FIELD_LIST
  -P, --portability     use the POSIX output format
      --sync            invoke sync before getting usage info
      --total           elide all entries insignificant to available space, and produce a grand total
  -t, --type=TYPE       limit listing to file systems of type TYPE
  -T, --print-type      print file system type
  -x, --exclude-type=TYPE  limit listing to file systems not of type TYPE
`;

const FIELDS = [
  'source',
  'fstype',
  'itotal',
  'iused',
  'iavail',
  'ipcent',
  'size',
  'used',
  'avail',
  'pcent',
  'file',
  'target',
] as const;
type Field = (typeof FIELDS)[number];

interface Row {
  readonly source: string;
  readonly type: string;
  readonly target: string;
  readonly file: string;
  /** Bytes, or inodes. NaN: unknown. */
  readonly total: number;
  readonly used: number;
  readonly available: number;
  readonly inodes: number;
  readonly inodesFree: number;
}

function percent(used: number, available: number): string {
  if (Number.isNaN(used) || used + available === 0) return '-';
  return `${Math.ceil((used * 100) / (used + available) - 1e-9)}%`;
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'aB:iF:hHklmPTt:vx:',
    long: {
      all: 'a', 'block-size': 'B', inodes: 'i', 'human-readable': 'h', si: 'H', local: 'l', output: 'output::',
      portability: 'P', 'print-type': 'T', sync: 'sync', 'no-sync': 'no-sync', total: 'total', type: 't', 'exclude-type': 'x',
    }, // prettier-ignore
    usage,
  });
  let format = defaultBlockSize('DF_BLOCK_SIZE');
  for (const { key, value } of found.options) {
    if (key === 'h') format = { human: 1024, block: 1, suffix: '' };
    if (key === 'H') format = { human: 1000, block: 1, suffix: '' };
    if (key === 'k') format = KIBIBYTES;
    if (key === 'm') format = { human: 0, block: 1048576, suffix: '' };
    if (key === 'B') format = parseBlockSize(value!) ?? fail(1, `invalid -B argument ${quote(value!)}`);
  }
  const list = found.value('output');
  let fields: Field[];
  if (found.has('output')) {
    if (found.has('i', 'P', 'T')) {
      const other = found.has('i') ? '-i' : found.has('P') ? '-P' : '-T';
      return usageError(argv[0]!, `options ${other} and --output are mutually exclusive`);
    }
    fields = list === undefined ? [...FIELDS] : (list.split(',') as Field[]);
    const unknown = fields.find(field => !FIELDS.includes(field));
    if (unknown !== undefined)
      return usageError(argv[0]!, `option --output: field ${quote(unknown)} unknown`);
  } else {
    const type: Field[] = found.has('T') ? ['fstype'] : [];
    const amounts: Field[] = found.has('i')
      ? ['itotal', 'iused', 'iavail', 'ipcent']
      : ['size', 'used', 'avail', 'pcent'];
    fields = ['source', ...type, ...amounts, 'target'];
  }
  let table: MountEntry[];
  try {
    table = mountTable();
  } catch (error) {
    return fail(1, `cannot read table of mounted file systems: ${reason(error)}`);
  }
  let status = 0;
  const [types, excludedTypes] = [found.values('t'), found.values('x')];
  const isWanted = (entry: MountEntry) =>
    (types.length === 0 || types.includes(entry.type)) && !excludedTypes.includes(entry.type);
  const rows: Row[] = [];
  const addRow = (entry: MountEntry, file: string, isListed: boolean) => {
    if (!isWanted(entry)) return;
    try {
      const s = statfs(entry.target);
      if (isListed && s.blocks === 0 && !found.has('a')) return;
      const unit = s.frsize || s.bsize;
      const isEmpty = s.blocks === 0 && isListed;
      rows.push({
        source: entry.source,
        type: entry.type,
        target: entry.target,
        file,
        total: isEmpty && !found.has('a') ? NaN : s.blocks * unit,
        used: (s.blocks - s.bfree) * unit,
        available: s.bavail * unit,
        inodes: s.files,
        inodesFree: s.ffree,
      });
    } catch (error) {
      if (isListed && found.has('a')) {
        rows.push({ ...entry, file, total: NaN, used: NaN, available: NaN, inodes: NaN, inodesFree: NaN });
      } else {
        warn(`${quotef(entry.target)}: ${reason(error)}`);
        status = 1;
      }
    }
  };
  if (found.operands.length === 0) {
    for (const entry of found.has('a') ? table : withoutDuplicates(table)) addRow(entry, '-', true);
  } else {
    for (const name of found.operands) {
      const entry = entryOf(name, table);
      if (typeof entry === 'string') {
        warn(`${quotef(name)}: ${entry}`);
        status = 1;
      } else addRow(entry, name, false);
    }
  }
  if (rows.length === 0) {
    if (status === 0) return fail(1, 'no file systems processed');
    return status;
  }
  if (found.has('total')) {
    const sum = (pick: (row: Row) => number) => rows.reduce((total, row) => total + (pick(row) || 0), 0);
    rows.push({
      source: 'total',
      type: '-',
      target: fields.includes('source') ? '-' : 'total',
      file: '-',
      total: sum(row => row.total),
      used: sum(row => row.used),
      available: sum(row => row.available),
      inodes: sum(row => row.inodes),
      inodesFree: sum(row => row.inodesFree),
    });
  }
  printTable(fields, rows, format, found.has('P'));
  return status;
}

/** The mount that a file lies on, or a device node stands for; a string is what went wrong. */
function entryOf(name: string, table: readonly MountEntry[]): MountEntry | string {
  try {
    const own = stat(name);
    if (S_ISBLK(own.mode) || S_ISCHR(own.mode)) {
      const mounted = table.findLast(entry => entry.source === name);
      if (mounted) return mounted;
    }
    const target = mountPointOf(name);
    return (
      table.findLast(entry => entry.target === target) ??
      table.findLast(entry => entry.device === own.dev) ?? {
        source: '-', target, type: '-', options: '', device: own.dev, root: '/',
      } // prettier-ignore
    );
  } catch (error) {
    return reason(error);
  }
}

/** Of several mounts of one device the one with the shortest name; what is mounted over is out of reach. */
function withoutDuplicates(table: readonly MountEntry[]): MountEntry[] {
  const byDevice = new Map<number, MountEntry>();
  for (const entry of table) {
    const device = tryStat(entry.target)?.dev ?? quietly(() => stat(entry.target))?.dev;
    if (device === undefined) continue;
    const known = byDevice.get(device);
    const isBetter =
      !known ||
      (entry.source.includes('/') && !known.source.includes('/')) ||
      (entry.target.length < known.target.length && entry.root.length <= known.root.length);
    if (isBetter) byDevice.set(device, entry);
  }
  return table.filter(entry => [...byDevice.values()].includes(entry));
}

function heading(field: Field, format: SizeFormat, isPosix: boolean): string {
  const size = (): string => {
    if (format.human !== 0) return 'Size';
    if (isPosix) return `${format.block}-blocks`;
    // In the base that divides the block size more often.
    let [by1000, by1024] = [format.block, format.block];
    while (by1000 % 1000 === 0 && by1024 % 1024 === 0) [by1000, by1024] = [by1000 / 1000, by1024 / 1024];
    const isBinary = by1024 % 1024 === 0 && by1000 % 1000 !== 0;
    const text = showSize(format.block, { human: isBinary ? 1024 : 1000, block: 1, suffix: '' }).replace(
      '.0',
      '',
    );
    return `${text}${isBinary ? '' : 'B'}-blocks`;
  };
  switch (field) {
    case 'source':
      return 'Filesystem';
    case 'fstype':
      return 'Type';
    case 'itotal':
      return 'Inodes';
    case 'iused':
      return 'IUsed';
    case 'iavail':
      return 'IFree';
    case 'ipcent':
      return 'IUse%';
    case 'size':
      return size();
    case 'used':
      return 'Used';
    case 'avail':
      return isPosix || format.human === 0 ? 'Available' : 'Avail';
    case 'pcent':
      return isPosix ? 'Capacity' : 'Use%';
    case 'file':
      return 'File';
    case 'target':
      return 'Mounted on';
  }
}

function cell(field: Field, row: Row, format: SizeFormat): string {
  const size = (bytes: number) => (Number.isNaN(bytes) ? '-' : showSize(bytes, format));
  const count = (n: number) => (Number.isNaN(n) ? '-' : format.human === 0 ? String(n) : showSize(n, format));
  switch (field) {
    case 'source':
      return row.source;
    case 'fstype':
      return row.type;
    case 'itotal':
      return count(row.inodes);
    case 'iused':
      return count(row.inodes - row.inodesFree);
    case 'iavail':
      return count(row.inodesFree);
    case 'ipcent':
      return percent(row.inodes - row.inodesFree, row.inodesFree);
    case 'size':
      return size(row.total);
    case 'used':
      return size(row.used);
    case 'avail':
      return size(row.available);
    case 'pcent':
      return percent(row.used, row.available);
    case 'file':
      return row.file;
    case 'target':
      return row.target;
  }
}

const MIN_WIDTH: Readonly<Partial<Record<Field, number>>> = {
  source: 14,
  fstype: 4,
  size: 5,
  used: 5,
  avail: 5,
  pcent: 4,
  itotal: 5,
  iused: 5,
  iavail: 5,
  ipcent: 4,
};

function printTable(
  fields: readonly Field[],
  rows: readonly Row[],
  format: SizeFormat,
  isPosix: boolean,
): void {
  const isUtf8 = isUtf8Locale();
  const lines = [
    fields.map(field => heading(field, format, isPosix)),
    ...rows.map(row => fields.map(field => cell(field, row, format).replaceAll('\n', '?'))),
  ];
  const widths = fields.map((field, i) =>
    Math.max(MIN_WIDTH[field] ?? 0, ...lines.map(line => displayWidth(line[i]!, isUtf8))),
  );
  const isLeft = (field: Field) => ['source', 'fstype', 'file', 'target'].includes(field);
  for (const line of lines) {
    const text = line.map((value, i) => {
      const blanks = ' '.repeat(Math.max(0, widths[i]! - displayWidth(value, isUtf8)));
      if (!isLeft(fields[i]!)) return blanks + value;
      return i === fields.length - 1 ? value : value + blanks;
    });
    stdout.write(text.join(' ') + '\n');
  }
}
