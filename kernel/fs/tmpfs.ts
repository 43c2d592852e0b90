/**
 * tmpfs: a file system whose files live in the page cache and nowhere else. Linux counterpart: mm/shmem.c; tmpfs(5).
 * Options: size, nr_blocks, nr_inodes, mode, uid, gid. The root file system is one, and memfd_create(2) uses a hidden one.
 */
import { EINVAL, ENOSPC } from '../abi/errno.ts';
import { TMPFS_MAGIC } from '../abi/statfs.ts';
import { S_IFDIR } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { SuperBlock, type FileSystemStatistics, type FileSystemType } from './super-block.ts';
import { TmpfsInode } from './tmpfs-inode.ts';

interface TmpfsOptions {
  /** Pages; Infinity: no limit. */
  maxPages: number;
  maxInodes: number;
  mode: number;
  uid: number;
  gid: number;
  /** As given, for /proc/mounts. */
  shown: string;
}

export class TmpfsSuperBlock extends SuperBlock {
  override readonly root: TmpfsInode;
  maxPages: number;
  maxInodes: number;
  /** Pages of all files together. */
  usedPages = 0;
  inodeCount = 0;
  nextIno = 1;
  /** Cookie of the next directory entry. */
  nextCookie = 1;
  /** Every inode that has pages, so that shutdown finds them: open-but-unlinked files are in no directory. */
  readonly inodes = new Set<TmpfsInode>();
  #shown: string;

  constructor(kernel: Kernel, source: string, options: TmpfsOptions) {
    super(kernel, 'tmpfs');
    this.source = source;
    this.maxPages = options.maxPages;
    this.maxInodes = options.maxInodes;
    this.#shown = options.shown;
    this.root = this.makeInode(S_IFDIR | options.mode);
    this.root.uid = options.uid;
    this.root.gid = options.gid;
  }

  /** A new inode with times of now; ENOSPC at nr_inodes. */
  makeInode(mode: number): TmpfsInode {
    if (this.inodeCount >= this.maxInodes) fail(ENOSPC, 'nr_inodes');
    this.inodeCount++;
    const inode = new TmpfsInode(this, this.nextIno++, mode);
    inode.atime = inode.mtime = inode.ctime = inode.btime = this.kernel.time.now();
    return inode;
  }

  reservePage(): boolean {
    if (this.usedPages >= this.maxPages) return false;
    this.usedPages++;
    return true;
  }
  releasePages(count: number): void {
    this.usedPages -= count;
  }

  override statistics(): FileSystemStatistics {
    const { totalPages, freePages } = this.kernel.memory;
    const isLimited = this.maxPages !== Infinity;
    return {
      type: TMPFS_MAGIC,
      blockSize: PAGE_SIZE,
      blocks: isLimited ? this.maxPages : totalPages,
      blocksFree: isLimited ? Math.max(0, this.maxPages - this.usedPages) : freePages,
      files: this.maxInodes === Infinity ? 0 : this.maxInodes,
      filesFree: this.maxInodes === Infinity ? 0 : this.maxInodes - this.inodeCount,
    };
  }

  override showOptions(): string {
    return this.#shown;
  }

  override remount(options: string): void {
    const { maxPages, maxInodes, shown } = parseTmpfsOptions(this.kernel, options);
    const keys = options.split(',').map(option => option.split('=')[0]);
    if (keys.includes('size') || keys.includes('nr_blocks')) {
      if (maxPages < this.usedPages) fail(EINVAL, 'tmpfs: size is below what is in use');
      this.maxPages = maxPages;
    }
    if (keys.includes('nr_inodes')) {
      if (maxInodes < this.inodeCount) fail(EINVAL, 'tmpfs: nr_inodes is below what is in use');
      this.maxInodes = maxInodes;
    }
    if (shown !== '') this.#shown = shown;
  }

  override shutdown(): void {
    for (const inode of this.inodes) inode.pages?.destroy();
    this.inodes.clear();
  }
}

/** Parses tmpfs(5) options; EINVAL for one that is unknown or malformed. */
export function parseTmpfsOptions(kernel: Kernel, options: string): TmpfsOptions {
  const { totalPages } = kernel.memory;
  const half = Math.ceil(totalPages / 2);
  const parsed: TmpfsOptions = { maxPages: half, maxInodes: half, mode: 0o1777, uid: 0, gid: 0, shown: '' };
  for (const option of options.split(',')) {
    if (option === '') continue;
    const [key, value = ''] = option.split('=', 2) as [string, string?];
    switch (key) {
      case 'size':
        parsed.maxPages = value.endsWith('%')
          ? Math.ceil((totalPages * decimal(value.slice(0, -1))) / 100)
          : Math.ceil(memorySize(value) / PAGE_SIZE);
        if (parsed.maxPages === 0) parsed.maxPages = Infinity;
        break;
      case 'nr_blocks':
        parsed.maxPages = memorySize(value) || Infinity;
        break;
      case 'nr_inodes':
        parsed.maxInodes = memorySize(value) || Infinity;
        break;
      case 'mode':
        if (!/^[0-7]{1,6}$/.test(value)) fail(EINVAL, 'tmpfs: mode');
        parsed.mode = parseInt(value, 8) & 0o7777;
        break;
      case 'uid':
        parsed.uid = decimal(value);
        break;
      case 'gid':
        parsed.gid = decimal(value);
        break;
      case 'huge':
      case 'mpol':
      case 'inode32':
      case 'inode64':
      case 'noswap':
        continue;
      default:
        fail(EINVAL, 'tmpfs: unknown option');
    }
    const isSize = key === 'size' || key === 'nr_blocks';
    // As on Linux: a limit shows in KiB whatever the unit was, and no limit not at all.
    if (!isSize) parsed.shown += `,${option}`;
    else if (parsed.maxPages !== Infinity) parsed.shown += `,size=${parsed.maxPages * (PAGE_SIZE / 1024)}k`;
  }
  return parsed;
}

function decimal(text: string): number {
  if (!/^[0-9]{1,10}$/.test(text)) fail(EINVAL, 'tmpfs: not a number');
  return Number(text);
}

/** A number with Linux's suffixes k, m, g, t, p, e. */
function memorySize(text: string): number {
  const match = /^([0-9]{1,15})([kmgtpe]?)$/i.exec(text);
  if (match === null) return fail(EINVAL, 'tmpfs: not a size');
  const exponent = ' kmgtpe'.indexOf((match[2] || ' ').toLowerCase());
  return Number(match[1]) * 1024 ** exponent;
}

export const tmpfsType: FileSystemType = {
  name: 'tmpfs',
  needsDevice: false,
  mount: (kernel, source, options) => new TmpfsSuperBlock(kernel, source, parseTmpfsOptions(kernel, options)),
};
