/**
 * TreeInode: an inode of a declarative tree; TreeSuperBlock: the file system that has them. An inode is made when its
 * name is first looked up and kept as long as its subject lives, so that a place in the tree is one inode.
 */
import type { Credentials } from '../../task/credentials.ts';
import type { Kernel } from '../../kernel.ts';
import type { File, OpenContext } from '../file.ts';
import type { AttributeChange, DirectoryEntry } from '../inode.ts';
import type { Path } from '../path.ts';
import type { AnyNode, Reader } from './tree.ts';
import { EINVAL, ENOENT, EPERM } from '../../abi/errno.ts';
import { S_IFDIR, S_IFLNK, S_IFREG } from '../../abi/stat.ts';
import { fail } from '../../errors.ts';
import { DirectoryFile } from '../directory-file.ts';
import { Inode } from '../inode.ts';
import { SuperBlock, type FileSystemStatistics } from '../super-block.ts';
import { TextFile } from './text-file.ts';

/** Cookies of listings begin here; below are the entries of tables. */
const LISTING_COOKIES = 0x10000;

const TYPES = { file: S_IFREG, link: S_IFLNK, directory: S_IFDIR } as const;

export abstract class TreeSuperBlock extends SuperBlock {
  readonly root: TreeInode;
  readonly #magic: number;
  /** Inodes by subject and key: a place in the tree is one inode, and goes with its subject. */
  readonly #inodes = new WeakMap<object, Map<string, TreeInode>>();
  #nextIno = 1;

  constructor(kernel: Kernel, typeName: string, magic: number, root: AnyNode) {
    super(kernel, typeName);
    this.#magic = magic;
    this.root = this.inode(root, kernel, '');
  }

  inode(node: AnyNode, subject: object, key: string): TreeInode {
    let ofSubject = this.#inodes.get(subject);
    if (ofSubject === undefined) this.#inodes.set(subject, (ofSubject = new Map()));
    let inode = ofSubject.get(key);
    if (inode === undefined)
      ofSubject.set(key, (inode = new TreeInode(this, this.#nextIno++, node, subject, key)));
    return inode;
  }

  /** Owner, and whatever else depends on the subject; called whenever attributes are used. */
  refreshInode(_inode: TreeInode): void {}

  /** True if the subject is gone (a process that was reaped): its names are ENOENT. */
  isGone(_subject: object): boolean {
    return false;
  }

  /** Why there can be no new names: /proc has no lookup that finds nothing, only one that fails. */
  refuseNewNames(): void {}

  /** Whether a name of a listing shows to this reader (hidepid). */
  shows(_subject: object, _reader: Reader): boolean {
    return true;
  }

  /** A rule of the file system before the node's and the mode's; fails if it forbids. */
  checkAccess(_subject: object, _reader: Reader): void {}

  override statistics(): FileSystemStatistics {
    return { type: this.#magic, blockSize: 4096, blocks: 0, blocksFree: 0, files: 0, filesFree: 0 };
  }
}

export class TreeInode extends Inode {
  declare readonly superBlock: TreeSuperBlock;
  readonly node: AnyNode;
  readonly subject: object;
  readonly key: string;
  /** st_nlink of a directory without what comes and goes. */
  #links = 1;

  constructor(superBlock: TreeSuperBlock, ino: number, node: AnyNode, subject: object, key: string) {
    super(superBlock, ino, TYPES[node.kind]);
    this.node = node;
    this.subject = subject;
    this.key = key;
    this.atime = this.mtime = this.ctime = superBlock.kernel.time.now();
    if (node.kind === 'directory') {
      this.#links = 2;
      for (const child of Object.values(node.entries)) if (child.kind === 'directory') this.#links++;
    } else if (node.size !== undefined) this.size = node.size;
    this.refresh();
  }

  override get blocks(): number {
    return 0;
  }
  override get isLookupStable(): boolean {
    return false;
  }

  override refresh(): void {
    const { mode } = this.node;
    this.mode = TYPES[this.node.kind] | (typeof mode === 'number' ? mode : mode(this.subject));
    if (this.node.kind === 'directory')
      this.nlink = this.#links + (this.node.more?.links?.(this.subject) ?? 0);
    this.superBlock.refreshInode(this);
  }

  override permits(mask: number, credentials: Credentials): boolean {
    this.refresh();
    this.superBlock.checkAccess(this.subject, this.reader);
    const own = this.node.permits?.(this.subject, mask, credentials, this.reader);
    if (this.node.isStrict === true && own === undefined)
      return strictlyPermits(this.mode, mask, credentials);
    return own ?? super.permits(mask, credentials);
  }

  override lookup(name: string): Inode | undefined {
    const { node, subject, superBlock } = this;
    if (node.kind !== 'directory' || superBlock.isGone(subject)) return undefined;
    // The tables are plain records: names such as «constructor» are not in them.
    const child = Object.hasOwn(node.entries, name) ? node.entries[name] : undefined;
    if (child !== undefined) return superBlock.inode(child, subject, `${this.key}/${name}`);
    const found = node.more?.find(subject, name, this.reader);
    if (found === undefined || !superBlock.shows(found.subject, this.reader)) return undefined;
    return superBlock.inode(found.node, found.subject, found.key);
  }

  override refuseNewNames(): void {
    this.superBlock.refuseNewNames();
  }

  override *iterate(cookie: number): Generator<DirectoryEntry> {
    const { node, subject, superBlock, reader } = this;
    if (node.kind !== 'directory') return fail(EINVAL, 'not a directory');
    if (superBlock.isGone(subject)) fail(ENOENT, 'process is gone');
    const names = Object.keys(node.entries);
    for (let i = cookie; i < names.length; i++) yield this.#entry(names[i]!, i + 1);
    if (node.more === undefined) return;
    for (const { name, cookie: own } of node.more.list(subject, reader)) {
      const next = LISTING_COOKIES + own;
      if (next <= cookie) continue;
      const entry = this.#entry(name, next);
      if (entry.ino !== 0) yield entry;
    }
  }

  override readlink(): string {
    const { node } = this;
    if (node.kind !== 'link') return fail(EINVAL, 'not a symbolic link');
    if (this.superBlock.isGone(this.subject)) fail(ENOENT, 'process is gone');
    return node.target(this.subject, this.reader);
  }

  override followMagic(): Path | undefined {
    const { node } = this;
    if (node.kind !== 'link' || node.follow === undefined) return undefined;
    if (this.superBlock.isGone(this.subject)) fail(ENOENT, 'process is gone');
    return node.follow(this.subject, this.reader) ?? fail(ENOENT, 'magic link leads nowhere');
  }

  override open(context: OpenContext): File {
    const { node } = this;
    if (node.kind === 'directory') return new DirectoryFile(context.path, context.flags);
    if (node.kind === 'link') return fail(EINVAL, 'open of a symbolic link');
    node.check?.(this.subject, context.task);
    if (node.open !== undefined) return node.open(this.subject, context);
    return new TextFile(context.path, context.flags, node, this.subject);
  }

  /** chmod and chown of proc and sysfs files change nothing that lasts: EPERM. utimes and O_TRUNC are let through. */
  override setattr(change: AttributeChange): void {
    if (change.mode !== undefined || change.uid !== undefined || change.gid !== undefined) {
      fail(EPERM, 'attributes of a generated file');
    }
  }
  override truncate(): void {}
  override touchAtime(): void {}

  get reader(): Reader {
    return this.superBlock.kernel.scheduler?.current;
  }

  #entry(name: string, next: number): DirectoryEntry {
    const inode = this.lookup(name);
    return { name, ino: inode?.ino ?? 0, type: (inode?.mode ?? 0) >> 12, next };
  }
}

function strictlyPermits(mode: number, mask: number, { euid, egid, groups }: Credentials): boolean {
  const shift = euid === 0 ? 6 : egid === 0 || groups.includes(0) ? 3 : 0;
  return (mask & ~(mode >> shift)) === 0;
}
