/**
 * devpts: /dev/pts, a node for each pseudo-terminal's slave, and ptmx, which makes a new pair. Linux counterpart:
 * fs/devpts; mount options uid, gid, mode, ptmxmode, max, newinstance. Every mount is an instance of its own, with
 * numbers from 0; /dev/ptmx opens the instance that is mounted on `pts` beside it.
 */
import { EINVAL, EIO, ENODEV, ENOSPC } from '../abi/errno.ts';
import { DT_CHR } from '../abi/dirent.ts';
import { DEVPTS_SUPER_MAGIC } from '../abi/statfs.ts';
import { S_IFCHR, S_IFDIR, S_IFMT, makedev } from '../abi/stat.ts';
import { fail } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { Pty, UNIX98_PTY_SLAVE_MAJOR } from '../tty/pty.ts';
import { PtyMaster } from '../tty/pty-master.ts';
import { TTYAUX_MAJOR, openTerminal } from '../tty/open-terminal.ts';
import { DirectoryFile } from './directory-file.ts';
import type { File, OpenContext } from './file.ts';
import { Inode, type DirectoryEntry } from './inode.ts';
import { Dentry, type Mount, type Path } from './path.ts';
import { SuperBlock, type FileSystemStatistics, type FileSystemType } from './super-block.ts';

const ROOT_INO = 1;
const PTMX_INO = 2;
/** Inode number of pty 0. */
const FIRST_INO = 3;
/** /proc/sys/kernel/pty/max */
const MAX_PTYS = 4096;

interface DevptsOptions {
  uid: number | undefined;
  gid: number | undefined;
  mode: number;
  ptmxMode: number;
  max: number;
}

export class DevptsSuperBlock extends SuperBlock {
  override readonly root: DevptsRoot;
  options: DevptsOptions;
  /** By index. */
  readonly ptys = new Map<number, Pty>();
  readonly ptmx: DevptsNode;

  constructor(kernel: Kernel, source: string, options: string) {
    super(kernel, 'devpts');
    this.source = source;
    this.options = parseOptions(options);
    this.root = new DevptsRoot(this);
    this.ptmx = new DevptsNode(this, PTMX_INO, S_IFCHR | this.options.ptmxMode, undefined);
    this.ptmx.rdev = makedev(TTYAUX_MAJOR, 2);
  }

  /** A new pair; its master file. ENOSPC when all numbers are used. */
  openMaster(context: OpenContext): File {
    let index = 0;
    while (this.ptys.has(index)) index++;
    if (index >= this.options.max) fail(ENOSPC, 'devpts: max');
    const pty = new Pty(this.kernel, this, index);
    const { uid, gid, mode } = this.options;
    const node = new DevptsNode(this, FIRST_INO + index, S_IFCHR | mode, pty);
    node.rdev = makedev(UNIX98_PTY_SLAVE_MAJOR, index);
    node.uid = uid ?? context.credentials.fsuid;
    node.gid = gid ?? context.credentials.fsgid;
    this.ptys.set(index, pty);
    this.root.nodes.set(String(index), node);
    return new PtyMaster(context.path, context.flags, pty);
  }

  openSlave(pty: Pty, context: OpenContext): File {
    if (pty.isLocked) fail(EIO, 'pty: locked');
    const file = openTerminal(context, pty.tty, 'terminal');
    pty.slaveOpened();
    return file;
  }

  /** Where a slave is, on the mount of a master's ptmx or on any other one of this instance. */
  pathOf(pty: Pty, master: Path): Path {
    const node = this.root.nodes.get(String(pty.index))!;
    const mount = master.mount.superBlock === this ? master.mount : this.#anyMount();
    if (mount === undefined) return fail(ENODEV, 'devpts: not mounted');
    const known = mount.root.children.get(String(pty.index));
    return {
      mount,
      dentry: known?.inode === node ? known : new Dentry(String(pty.index), mount.root, node, this),
    };
  }

  #anyMount(): Mount | undefined {
    for (const mount of this.kernel.vfs.mounts.values()) if (mount.superBlock === this) return mount;
    return undefined;
  }

  /** The master was closed: the number is free, the name is gone. */
  release(pty: Pty): void {
    this.ptys.delete(pty.index);
    const node = this.root.nodes.get(String(pty.index));
    if (node !== undefined) node.nlink = 0;
    this.root.nodes.delete(String(pty.index));
  }

  override statistics(): FileSystemStatistics {
    return { type: DEVPTS_SUPER_MAGIC, blockSize: 4096, blocks: 0, blocksFree: 0, files: 0, filesFree: 0 };
  }

  override showOptions(): string {
    const { uid, gid, mode, ptmxMode, max } = this.options;
    let shown = '';
    if (uid !== undefined) shown += `,uid=${uid}`;
    if (gid !== undefined) shown += `,gid=${gid}`;
    shown += `,mode=${mode.toString(8).padStart(3, '0')},ptmxmode=${ptmxMode.toString(8).padStart(3, '0')}`;
    return max < MAX_PTYS ? `${shown},max=${max}` : shown;
  }

  override remount(options: string): void {
    this.options = parseOptions(options);
    this.ptmx.mode = S_IFCHR | this.options.ptmxMode;
  }
}

class DevptsRoot extends Inode {
  declare readonly superBlock: DevptsSuperBlock;
  readonly nodes = new Map<string, DevptsNode>();

  constructor(superBlock: DevptsSuperBlock) {
    super(superBlock, ROOT_INO, S_IFDIR | 0o755);
    this.nlink = 2;
    this.atime = this.mtime = this.ctime = this.btime = superBlock.kernel.time.now();
  }

  override get isLookupStable(): boolean {
    return false;
  }
  override lookup(name: string): Inode | undefined {
    return name === 'ptmx' ? this.superBlock.ptmx : this.nodes.get(name);
  }
  override *iterate(cookie: number): Generator<DirectoryEntry> {
    if (cookie < PTMX_INO) yield { name: 'ptmx', ino: PTMX_INO, type: DT_CHR, next: PTMX_INO };
    const nodes = [...this.nodes].sort((a, b) => a[1].ino - b[1].ino);
    for (const [name, node] of nodes) {
      if (node.ino > cookie) yield { name, ino: node.ino, type: DT_CHR, next: node.ino };
    }
  }
  override open(context: OpenContext): File {
    return new DirectoryFile(context.path, context.flags);
  }
}

/** ptmx, or the slave of a pty. The VFS opens device nodes through kernel.devices, which finds the pty here. */
class DevptsNode extends Inode {
  declare readonly superBlock: DevptsSuperBlock;
  readonly pty: Pty | undefined;

  constructor(superBlock: DevptsSuperBlock, ino: number, mode: number, pty: Pty | undefined) {
    super(superBlock, ino, mode);
    this.pty = pty;
    this.atime = this.mtime = this.ctime = this.btime = superBlock.kernel.time.now();
  }
}

function parseOptions(options: string): DevptsOptions {
  const parsed: DevptsOptions = { uid: undefined, gid: undefined, mode: 0o600, ptmxMode: 0, max: MAX_PTYS };
  for (const option of options.split(',')) {
    if (option === '' || option === 'newinstance') continue;
    const [key, value = ''] = option.split('=', 2) as [string, string?];
    const isOctal = key === 'mode' || key === 'ptmxmode';
    if (!(isOctal ? /^[0-7]{1,6}$/ : /^[0-9]{1,10}$/).test(value)) fail(EINVAL, 'devpts: option');
    const number = parseInt(value, isOctal ? 8 : 10);
    if (key === 'uid') parsed.uid = number;
    else if (key === 'gid') parsed.gid = number;
    else if (key === 'mode') parsed.mode = number & 0o7777;
    else if (key === 'ptmxmode') parsed.ptmxMode = number & 0o7777;
    else if (key === 'max' && number <= MAX_PTYS) parsed.max = number;
    else fail(EINVAL, 'devpts: option');
  }
  return parsed;
}

/** The instance that an opened ptmx node belongs to: its own, or the one mounted on `pts` beside it. */
function instanceOf(context: OpenContext): DevptsSuperBlock {
  const { path, kernel } = context;
  const own = path.dentry.superBlock;
  if (own instanceof DevptsSuperBlock) return own;
  const beside = path.dentry.parent.children.get('pts');
  for (const mount of beside?.mounts ?? []) {
    if (mount.superBlock instanceof DevptsSuperBlock) return mount.superBlock;
  }
  for (const mount of kernel.vfs.mounts.values()) {
    if (mount.superBlock instanceof DevptsSuperBlock && mount.at?.dentry.name === 'pts')
      return mount.superBlock;
  }
  return fail(ENODEV, 'ptmx without devpts');
}

/** /dev/ptmx */
export function openPtmx(context: OpenContext): File {
  return instanceOf(context).openMaster(context);
}

/** A node with a slave's number: of devpts itself, or made by mknod(2) elsewhere. */
export function openPtySlave(context: OpenContext): File {
  const inode = context.path.dentry.inode!;
  if ((inode.mode & S_IFMT) !== S_IFCHR || !(inode instanceof DevptsNode) || inode.pty === undefined) {
    return fail(EIO, 'a pty slave outside of devpts');
  }
  return inode.superBlock.openSlave(inode.pty, context);
}

export const devptsType: FileSystemType = {
  name: 'devpts',
  needsDevice: false,
  mount: (kernel, source, options) => new DevptsSuperBlock(kernel, source, options),
};
