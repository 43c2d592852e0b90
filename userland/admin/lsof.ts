/** lsof(8), the common part: open files of processes. -p, -c, -u, -t, -a, and names of files. */
import { scan, UsageError } from '../libc/getopt.ts';
import { userByName } from '../libc/pwd.ts';
import { S_ISBLK, S_ISCHR, S_ISDIR, S_ISFIFO, S_ISREG, S_ISSOCK, tryStat } from '../libc/stat.ts';
import { majorOf, minorOf } from '../../kernel/abi/stat.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { programName } from '../libc/stdlib.ts';
import { getpid } from '../libc/unistd.ts';
import { type OpenFile, openFiles } from './lib/open-files.ts';
import { type Process, readProcesses } from './lib/process.ts';
import { userName } from './ps/values.ts';

const usage = ' usage: [-at] [-c c] [-p s] [-u s] [--] [names]\n';

interface Row {
  readonly cells: readonly string[];
  readonly name: string;
}

function typeOf({ status, name }: OpenFile): string {
  if (!status) return 'unknown';
  if (S_ISDIR(status.mode)) return 'DIR';
  if (S_ISREG(status.mode)) return 'REG';
  if (S_ISCHR(status.mode)) return 'CHR';
  if (S_ISBLK(status.mode)) return 'BLK';
  if (S_ISFIFO(status.mode)) return 'FIFO';
  if (S_ISSOCK(status.mode)) return 'sock';
  return name.startsWith('anon_inode') ? 'a_inode' : 'unknown';
}

function rowOf(p: Process, file: OpenFile): Row {
  const { status } = file;
  const isDevice = status !== undefined && (S_ISCHR(status.mode) || S_ISBLK(status.mode));
  const device = status ? (isDevice ? status.rdev : status.dev) : undefined;
  const size = !status
    ? ''
    : S_ISREG(status.mode) || S_ISDIR(status.mode)
      ? String(status.size)
      : `0t${file.offset}`;
  return {
    cells: [
      p.comm.slice(0, 9),
      String(p.tgid),
      userName(p.euid, 8),
      file.kind === 'fd' ? `${file.fd}${file.access}` : file.kind,
      typeOf(file),
      device === undefined ? '' : `${majorOf(device)},${minorOf(device)}`,
      size,
      status ? String(status.ino) : '',
    ],
    name: /^(pipe|socket):/.test(file.name) ? file.name.replace(/:.*/, '') : file.name,
  };
}

const HEADINGS = ['COMMAND', 'PID', 'USER', 'FD', 'TYPE', 'DEVICE', 'SIZE/OFF', 'NODE'];
const LEFT = new Set(['COMMAND']);

function print(rows: readonly Row[]): void {
  const widths = HEADINGS.map((heading, i) =>
    Math.max(heading.length, ...rows.map(row => row.cells[i]!.length)),
  );
  widths[0] = Math.max(9, widths[0]!);
  const line = (cells: readonly string[], name: string): string => {
    const parts = cells.map((cell, i) => {
      if (LEFT.has(HEADINGS[i]!)) return cell.padEnd(widths[i]!);
      // The letter of the access mode hangs over the column of descriptors.
      if (HEADINGS[i] === 'FD') {
        const hasLetter = /^\d+[rwu]$/.test(cell);
        return hasLetter ? cell.padStart(5) : `${cell.padStart(4)} `;
      }
      return cell.padStart(widths[i]!);
    });
    return `${parts.join(' ')} ${name}\n`;
  };
  stdout.write(line(HEADINGS, 'NAME'));
  for (const { cells, name } of rows) stdout.write(line(cells, name));
}

export function lsof(argv: string[]): number {
  let found;
  try {
    found = scan(argv, { short: 'abc:d:hlnNoOPRtUvVp:u:w' });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`${programName}: illegal option character: ${error.message.slice(-2, -1)}\n${usage}`);
    return 1;
  }
  if (found.has('h')) {
    stderr.write(usage);
    return 0;
  }
  const pids = found.value('p')?.split(',').map(Number);
  const names = found.values('c');
  const users = found
    .value('u')
    ?.split(',')
    .map(word => userByName(word)?.uid ?? Number(word));
  const wanted = found.operands.map(path => ({ path, status: tryStat(path) }));
  let status = 0;
  for (const { path, status: file } of wanted) {
    if (file) continue;
    stderr.write(`${programName}: status error on ${path}: No such file or directory\n`);
    status = 1;
  }
  const tests: ((p: Process) => boolean)[] = [];
  if (pids) tests.push(p => pids.includes(p.tgid));
  if (names.length > 0) tests.push(p => names.some(name => p.comm.startsWith(name)));
  if (users) tests.push(p => users.includes(p.euid));
  const isChosen = (p: Process): boolean => {
    if (tests.length === 0) return true;
    return found.has('a') ? tests.every(test => test(p)) : tests.some(test => test(p));
  };
  const rows: Row[] = [];
  const holders = new Set<number>();
  for (const p of readProcesses()) {
    if (p.tgid === getpid() || !isChosen(p)) continue;
    for (const file of openFiles(p)) {
      const isMeant =
        wanted.length === 0 ||
        wanted.some(
          ({ status: s }) => s && file.status && s.dev === file.status.dev && s.ino === file.status.ino,
        );
      if (!isMeant) continue;
      holders.add(p.tgid);
      rows.push(rowOf(p, file));
    }
  }
  if (rows.length === 0) return 1;
  if (found.has('t')) stdout.write([...holders].map(pid => `${pid}\n`).join(''));
  else print(rows);
  return status;
}
