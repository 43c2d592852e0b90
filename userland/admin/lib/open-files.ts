/** Which files processes hold: /proc/PID/{cwd,root,exe,fd}. For lsof and fuser. */
import { readdir } from '../../libc/dirent.ts';
import { type FileStatus, tryStat } from '../../libc/stat.ts';
import { parseFields, tryReadFile, tryReadlink, unlessFailed } from './files.ts';
import type { Process } from './process.ts';

export interface OpenFile {
  /** `cwd`, `rtd`, `txt`, or a descriptor's number. */
  readonly kind: 'cwd' | 'rtd' | 'txt' | 'fd';
  readonly fd: number;
  readonly access: 'r' | 'w' | 'u' | '';
  readonly name: string;
  readonly status: FileStatus | undefined;
  readonly offset: number;
}

const KINDS = [
  ['cwd', 'cwd'],
  ['root', 'rtd'],
  ['exe', 'txt'],
] as const;

export function openFiles(p: Process): OpenFile[] {
  const files: OpenFile[] = [];
  for (const [entry, kind] of KINDS) {
    const path = `${p.directory}/${entry}`;
    const name = tryReadlink(path);
    if (name !== undefined) files.push({ kind, fd: -1, access: '', name, status: tryStat(path), offset: 0 });
  }
  const numbers = (unlessFailed(() => readdir(`${p.directory}/fd`)) ?? []).map(({ name }) => Number(name));
  for (const fd of numbers.sort((a, b) => a - b)) {
    const path = `${p.directory}/fd/${fd}`;
    const name = tryReadlink(path);
    if (name === undefined) continue;
    const info = parseFields(tryReadFile(`${p.directory}/fdinfo/${fd}`) ?? '');
    const mode = parseInt(info.get('flags') ?? '0', 8) & 3;
    files.push({
      kind: 'fd',
      fd,
      access: (['r', 'w', 'u'] as const)[mode] ?? '',
      name,
      status: tryStat(path),
      offset: Number(info.get('pos') ?? 0),
    });
  }
  return files;
}
