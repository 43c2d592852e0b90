/**
 * initramfs: unpacks a cpio archive of the newc format into the root file system. Linux counterpart: init/initramfs.c;
 * Documentation/driver-api/early-userspace/buffer-format. Entries with the same device and inode numbers are hard
 * links; the content comes with whichever of them has it.
 */
import { EEXIST } from '../abi/errno.ts';
import { O_CREAT, O_TRUNC, O_WRONLY } from '../abi/fcntl.ts';
import { fromBytes } from '../abi/byte-string.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, makedev } from '../abi/stat.ts';
import { Errno } from '../errors.ts';
import type { Kernel } from '../kernel.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { makeDirectory, makeLink, makeNode, makeSymlink } from './create.ts';
import type { WalkContext } from './fs-context.ts';
import { lookupPath } from './path-walk.ts';

const HEADER_BYTES = 110;
const MAGIC = '070701';
const FIELDS = [
  'ino',
  'mode',
  'uid',
  'gid',
  'nlink',
  'mtime',
  'fileSize',
  'devMajor',
  'devMinor',
  'rdevMajor',
  'rdevMinor',
  'nameSize',
  'check',
] as const;
type Header = Record<(typeof FIELDS)[number], number>;

function readHeader(archive: Uint8Array, at: number): Header {
  const text = fromBytes(archive.subarray(at, at + HEADER_BYTES));
  if (text.slice(0, 6) !== MAGIC || text.length < HEADER_BYTES) {
    throw new Error(`initramfs: no newc header at byte ${at}; the archive is damaged`);
  }
  const header: Partial<Header> = {};
  FIELDS.forEach((field, i) => (header[field] = parseInt(text.slice(6 + i * 8, 14 + i * 8), 16)));
  return header as Header;
}

const align = (n: number): number => (n + 3) & ~3;

/** Unpacks the archive at the root. A damaged archive is an Error: without its root the guest cannot start. */
export function unpackInitramfs(kernel: Kernel, archive: Uint8Array): void {
  const context = kernel.vfs.kernelContext();
  const links = new Map<string, string>();
  for (let at = 0; ;) {
    const header = readHeader(archive, at);
    const nameAt = at + HEADER_BYTES;
    const name = fromBytes(archive.subarray(nameAt, nameAt + header.nameSize - 1));
    if (name === 'TRAILER!!!') return;
    const contentAt = align(nameAt + header.nameSize);
    const content = archive.subarray(contentAt, contentAt + header.fileSize);
    if (content.length < header.fileSize) throw new Error(`initramfs: ${name} is cut short`);
    unpackEntry(context, `/${name}`, header, content, links);
    at = align(contentAt + header.fileSize);
  }
}

function unpackEntry(
  context: WalkContext,
  path: string,
  header: Header,
  content: Uint8Array,
  links: Map<string, string>,
): void {
  const { root } = context;
  const type = header.mode & S_IFMT;
  if (type === S_IFDIR) {
    try {
      makeDirectory(context, root, path, header.mode & 0o7777);
    } catch (error) {
      if (!(error instanceof Errno) || error.errno !== EEXIST) throw error;
    }
  } else if (type === S_IFLNK) {
    makeSymlink(context, root, path, fromBytes(content));
  } else if (type === S_IFREG) {
    const identity = `${header.devMajor}:${header.devMinor}:${header.ino}`;
    const first = header.nlink > 1 ? links.get(identity) : undefined;
    if (first === undefined) links.set(identity, path);
    else makeLink(context, lookupPath(context, root, first, 0), root, path);
    if (first === undefined || content.length > 0) writeFile(context, path, header.mode, content);
  } else {
    makeNode(context, root, path, header.mode, makedev(header.rdevMajor, header.rdevMinor));
  }
  if (type !== S_IFLNK) {
    lookupPath(context, root, path, 0).dentry.inode!.setattr({
      mode: header.mode & 0o7777,
      uid: header.uid,
      gid: header.gid,
    });
  }
}

function writeFile(context: WalkContext, path: string, mode: number, content: Uint8Array): void {
  const { vfs } = context.kernel;
  const file = vfs.open(context, context.root, path, O_WRONLY | O_CREAT | O_TRUNC, mode & 0o7777);
  try {
    for (let done = 0; done < content.length;) {
      const count = file.write(IoBuffer.of(content.subarray(done)), done);
      if (count <= 0) throw new Error(`initramfs: ${path} does not fit into guest memory`);
      done += count;
    }
  } finally {
    vfs.put(file);
  }
}
