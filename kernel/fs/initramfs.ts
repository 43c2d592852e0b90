/**
 * initramfs: unpacks a cpio archive («newc», as Linux's initramfs) into a directory, as a rule the empty root. Linux
 * counterpart: init/initramfs.c; format: Documentation/driver-api/early-userspace/buffer-format.rst.
 *
 * Names with the same inode number and a link count above one are hard links; the content may come with any of them.
 * Linux: a name whose directory is missing is skipped there; here the directory is made.
 */
import { EEXIST, EINVAL, EIO } from '../abi/errno.ts';
import { fromBytes } from '../abi/byte-string.ts';
import { O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } from '../abi/fcntl.ts';
import { makedev, S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from '../abi/stat.ts';
import { Errno, fail } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { makeDirectory, makeLink, makeNode, makeSymlink } from './create.ts';
import type { WalkContext } from './fs-context.ts';
import type { Inode } from './inode.ts';
import type { Path } from './path.ts';
import { removeDirectory, unlink } from './remove.ts';

const HEADER_SIZE = 110;
const MAGIC = '070701';
const MAGIC_CRC = '070702';
const TRAILER = 'TRAILER!!!';

interface CpioEntry {
  readonly name: string;
  readonly ino: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly mtime: number;
  readonly rdev: number;
  readonly data: Uint8Array;
}

/** The entries of an archive, or of several in a row. EINVAL if it is none. */
function* readCpio(archive: Uint8Array): Generator<CpioEntry, void> {
  let at = 0;
  while (at < archive.length) {
    if (archive[at] === 0) {
      at += 4; // padding between archives
      continue;
    }
    const header = fromBytes(archive.subarray(at, at + HEADER_SIZE));
    const magic = header.slice(0, MAGIC.length);
    if (header.length < HEADER_SIZE || (magic !== MAGIC && magic !== MAGIC_CRC))
      fail(EINVAL, 'cpio: no newc header');
    const field = (n: number): number => parseInt(header.slice(6 + n * 8, 14 + n * 8), 16);
    const [size, nameSize] = [field(6), field(11)];
    const dataAt = align(at + HEADER_SIZE + nameSize);
    if (!(dataAt + size <= archive.length)) fail(EINVAL, 'cpio: archive is cut off');
    const name = fromBytes(archive.subarray(at + HEADER_SIZE, at + HEADER_SIZE + nameSize - 1));
    at = align(dataAt + size);
    if (name === TRAILER) continue;
    yield {
      name,
      ino: `${field(7)}:${field(8)}:${field(0)}`,
      mode: field(1),
      uid: field(2),
      gid: field(3),
      nlink: field(4),
      mtime: field(5),
      rdev: makedev(field(9), field(10)),
      data: archive.subarray(dataAt, dataAt + size),
    };
  }
}

function align(offset: number): number {
  return (offset + 3) & ~3;
}

/**
 * Unpacks an archive below `context.root`, the root directory by default. Returns how many names it made. In tmpfs, the
 * content of a file stays in the archive, which must not change, until the file is first opened: most never are.
 */
export function unpackInitramfs(
  kernel: Kernel,
  archive: Uint8Array,
  context: WalkContext = kernel.vfs.kernelContext(),
): number {
  const links = new Map<string, Path>();
  const directories: [Inode, number][] = [];
  const parents = new Set<string>();
  let count = 0;
  for (const entry of readCpio(archive)) {
    const name = entry.name.replace(/^(\.?\/)+/, '');
    if (name === '' || name === '.') {
      setOwner(context.root.dentry.inode!, entry);
      continue;
    }
    makeParents(context, name, parents);
    const path = makeEntry(context, name, entry, links);
    const inode = path.dentry.inode!;
    const type = entry.mode & S_IFMT;
    if (type === S_IFREG) {
      if (entry.data.length > 0 && !(inode.size === 0 && inode.adopt(entry.data)))
        writeAll(context, path, entry.data);
      if (entry.nlink > 1) links.set(entry.ino, path);
    }
    setOwner(inode, entry);
    // What is made in a directory moves its time, so the archive's times come last.
    if (type === S_IFDIR) directories.push([inode, entry.mtime]);
    count++;
  }
  for (const [inode, sec] of directories) inode.setattr({ mtime: { sec, nsec: 0 } });
  return count;
}

function makeEntry(context: WalkContext, name: string, entry: CpioEntry, links: Map<string, Path>): Path {
  const { root } = context;
  const type = entry.mode & S_IFMT;
  const linked = type === S_IFREG && entry.nlink > 1 ? links.get(entry.ino) : undefined;
  try {
    if (linked !== undefined) return makeLink(context, linked, root, name);
    if (type === S_IFDIR) return makeDirectory(context, root, name, entry.mode & 0o7777);
    if (type === S_IFLNK) return makeSymlink(context, root, name, fromBytes(entry.data));
    return makeNode(context, root, name, entry.mode, entry.rdev);
  } catch (error) {
    if (!(error instanceof Errno) || error.errno !== EEXIST) throw error;
  }
  // A later archive replaces what an earlier one made; a directory stays and gets the new owner and mode.
  const old = context.kernel.vfs.walk(context, root, name, 0);
  const isOldDirectory = (old.dentry.inode!.mode & S_IFMT) === S_IFDIR;
  if (isOldDirectory && type === S_IFDIR) return old;
  if (isOldDirectory) removeDirectory(context, root, name);
  else unlink(context, root, name);
  return makeEntry(context, name, entry, links);
}

/** Makes what is missing of the directories above a name; `known` are there already. */
function makeParents(context: WalkContext, name: string, known: Set<string>): void {
  for (let at = name.indexOf('/'); at >= 0; at = name.indexOf('/', at + 1)) {
    const parent = name.slice(0, at);
    if (known.has(parent)) continue;
    known.add(parent);
    try {
      makeDirectory(context, context.root, parent, 0o755);
    } catch (error) {
      if (!(error instanceof Errno) || error.errno !== EEXIST) throw error;
    }
  }
}

function writeAll(context: WalkContext, path: Path, data: Uint8Array): void {
  const { vfs } = context.kernel;
  const name = path.dentry.name;
  const parent = { mount: path.mount, dentry: path.dentry.parent };
  const file = vfs.open(context, parent, name, O_WRONLY | O_TRUNC | O_NOFOLLOW | O_CREAT, 0o600);
  try {
    for (let done = 0; done < data.length;) {
      const count = file.write(IoBuffer.of(data.subarray(done)), done);
      if (count <= 0) fail(EIO, 'initramfs: no bytes were written');
      done += count;
    }
  } finally {
    vfs.put(file);
  }
}

function setOwner(inode: Inode, { mode, uid, gid, mtime }: CpioEntry): void {
  const time = { sec: mtime, nsec: 0 };
  const isLink = (mode & S_IFMT) === S_IFLNK;
  inode.setattr({ uid, gid, mtime: time, ...(isLink ? {} : { mode: mode & 0o7777 }) });
}
