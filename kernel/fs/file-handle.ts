/**
 * File handles: struct file_handle, name_to_handle_at(2). Here a handle is the inode's number. Linux: file systems find
 * any inode by its handle; here only one that is in the dentry cache is found, all others are ESTALE.
 */
import type { Inode } from './inode.ts';
import type { Dentry, Mount, Path } from './path.ts';
import { viewOf, write64, readU64 } from '../abi/layout.ts';

/** FILEID_INO64_GEN without a generation. */
export const HANDLE_TYPE = 0x81;
export const HANDLE_BYTES = 8;

export function handleOf(inode: Inode): Uint8Array {
  const bytes = new Uint8Array(HANDLE_BYTES);
  write64(viewOf(bytes), 0, inode.ino);
  return bytes;
}

/** The place of the inode that a handle names, seen through a mount. */
export function findByHandle(mount: Mount, handle: Uint8Array): Path | undefined {
  const ino = readU64(viewOf(handle), 0);
  const root = mount.superBlock.rootDentry;
  if (root === undefined) return undefined;
  const waiting: Dentry[] = [root];
  for (let dentry = waiting.pop(); dentry !== undefined; dentry = waiting.pop()) {
    if (dentry.inode?.ino === ino && !dentry.inode.isEvicted) return { mount, dentry };
    waiting.push(...dentry.children.values());
  }
  return undefined;
}
