/** /etc/fstab: fstab(5). */
import { unescapeOctal } from '../../coreutils/lib/mounts.ts';
import { tryReadFile } from './files.ts';

export interface FstabEntry {
  readonly source: string;
  readonly target: string;
  readonly type: string;
  readonly options: string;
}

export function readFstab(path = '/etc/fstab'): FstabEntry[] {
  const entries: FstabEntry[] = [];
  for (const line of (tryReadFile(path) ?? '').split('\n')) {
    const [source, target, type, options = 'defaults'] = line
      .trim()
      .split(/[ \t]+/)
      .map(unescapeOctal);
    if (source === undefined || source.startsWith('#') || target === undefined || type === undefined)
      continue;
    entries.push({ source, target: target.replace(/(.)\/+$/, '$1'), type, options });
  }
  return entries;
}

/** `-t tmpfs,proc` or `-t notmpfs,proc`: whether a type is meant. */
export function matchesType(type: string, list: string | undefined): boolean {
  if (list === undefined) return true;
  const isNegated = list.startsWith('no');
  const types = (isNegated ? list.slice(2) : list).split(',');
  return types.some(word => word.replace(/^no/, '') === type) !== isNegated;
}
