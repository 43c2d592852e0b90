/** A member of an archive, without its content. */
import type { Timespec } from '../../../kernel/time/timespec.ts';

/** The type flags of headers: tar(5), POSIX pax. */
export const TYPE = {
  regular: '0',
  oldRegular: '\0',
  hardLink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
  contiguous: '7',
  gnuSparse: 'S',
  longName: 'L',
  longLink: 'K',
  paxGlobal: 'g',
  pax: 'x',
  solarisPax: 'X',
  gnuDumpDirectory: 'D',
  gnuMultiVolume: 'M',
  gnuVolume: 'V',
} as const;

/** A piece of a sparse file that is in the archive. */
export interface Extent {
  readonly offset: number;
  readonly length: number;
}

export interface Entry {
  name: string;
  type: string;
  mode: number;
  uid: number;
  gid: number;
  /** Of the file. What is in the archive is `storedSize`. */
  size: number;
  storedSize: number;
  mtime: Timespec;
  /** Only pax archives know them. */
  atime?: Timespec;
  ctime?: Timespec;
  linkName: string;
  userName: string;
  groupName: string;
  deviceMajor: number;
  deviceMinor: number;
  /** The map of a sparse file; undefined: all of it is there. */
  extents?: readonly Extent[];
}

export function isRegular(type: string): boolean {
  return (
    type === TYPE.regular || type === TYPE.oldRegular || type === TYPE.contiguous || type === TYPE.gnuSparse
  );
}
/** Types that have no content whatever their size field says. */
export function isWithoutData(type: string): boolean {
  return /^[12346]$/.test(type);
}
