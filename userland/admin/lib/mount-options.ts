/** Options of mount(8): which are flags of mount(2), which are notes of fstab, and which the file system reads. */
import * as ms from '../../../kernel/abi/mount.ts';

/** name → flags to set, flags to clear. */
const FLAGS: Readonly<Record<string, readonly [set: number, clear: number]>> = {
  defaults: [0, ms.MS_RDONLY | ms.MS_NOSUID | ms.MS_NODEV | ms.MS_NOEXEC | ms.MS_SYNCHRONOUS],
  ro: [ms.MS_RDONLY, 0],
  rw: [0, ms.MS_RDONLY],
  nosuid: [ms.MS_NOSUID, 0],
  suid: [0, ms.MS_NOSUID],
  nodev: [ms.MS_NODEV, 0],
  dev: [0, ms.MS_NODEV],
  noexec: [ms.MS_NOEXEC, 0],
  exec: [0, ms.MS_NOEXEC],
  sync: [ms.MS_SYNCHRONOUS, 0],
  async: [0, ms.MS_SYNCHRONOUS],
  dirsync: [ms.MS_DIRSYNC, 0],
  remount: [ms.MS_REMOUNT, 0],
  bind: [ms.MS_BIND, 0],
  rbind: [ms.MS_BIND | ms.MS_REC, 0],
  move: [ms.MS_MOVE, 0],
  noatime: [ms.MS_NOATIME, 0],
  atime: [0, ms.MS_NOATIME],
  nodiratime: [ms.MS_NODIRATIME, 0],
  diratime: [0, ms.MS_NODIRATIME],
  relatime: [ms.MS_RELATIME, 0],
  norelatime: [0, ms.MS_RELATIME],
  strictatime: [ms.MS_STRICTATIME, 0],
  nostrictatime: [0, ms.MS_STRICTATIME],
  lazytime: [ms.MS_LAZYTIME, 0],
  nolazytime: [0, ms.MS_LAZYTIME],
  nosymfollow: [ms.MS_NOSYMFOLLOW, 0],
  symfollow: [0, ms.MS_NOSYMFOLLOW],
  mand: [ms.MS_MANDLOCK, 0],
  nomand: [0, ms.MS_MANDLOCK],
  silent: [ms.MS_SILENT, 0],
  loud: [0, ms.MS_SILENT],
  shared: [ms.MS_SHARED, 0],
  rshared: [ms.MS_SHARED | ms.MS_REC, 0],
  slave: [ms.MS_SLAVE, 0],
  rslave: [ms.MS_SLAVE | ms.MS_REC, 0],
  private: [ms.MS_PRIVATE, 0],
  rprivate: [ms.MS_PRIVATE | ms.MS_REC, 0],
  unbindable: [ms.MS_UNBINDABLE, 0],
  runbindable: [ms.MS_UNBINDABLE | ms.MS_REC, 0],
};
/** Words for mount(8) itself. */
const NOTES = /^(auto|noauto|user|nouser|users|owner|group|nofail|_netdev|comment=.*|x-.*|X-.*)$/;

export interface ParsedOptions {
  readonly flags: number;
  /** What the file system gets. */
  readonly data: string;
  readonly notes: ReadonlySet<string>;
}

export function parseOptions(texts: readonly string[]): ParsedOptions {
  let flags = 0;
  const data: string[] = [];
  const notes = new Set<string>();
  for (const word of texts.join(',').split(',')) {
    const known = Object.hasOwn(FLAGS, word) ? FLAGS[word] : undefined;
    if (known) flags = (flags | known[0]) & ~known[1];
    else if (NOTES.test(word)) notes.add(word);
    else if (word !== '') data.push(word);
  }
  return { flags, data: data.join(','), notes };
}

/** The words of flags, to be put before others. */
export function wordsOf(flags: number): string[] {
  return Object.entries(FLAGS)
    .filter(([, [set]]) => set !== 0 && (flags & set) === set)
    .map(([word]) => word);
}
