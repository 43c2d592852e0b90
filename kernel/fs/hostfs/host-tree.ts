/**
 * HostTree: how hostfs names a file to the host so that nothing outside the directory is ever reached. The guest's
 * VFS walks one component at a time and resolves symbolic links itself; each host call therefore names one component
 * of one directory that is known already. What is left is the host's own changes at the same moment (a directory
 * swapped for a symbolic link), and the two implementations differ in how they exclude those:
 *
 * - DescriptorTree (Linux): «/proc/self/fd/N/name» over a descriptor of the very directory. Free of races.
 * - PathTree (memfs, macOS): a path from the root, after checking that the directory is still the same one.
 */
import type { HostFs } from '../../../host/machine.ts';
import type { HostPath, HostStats } from './host-call.ts';
import { O_PATH } from '../../abi/fcntl.ts';
import { openFlagsOf } from './host-call.ts';
import { DescriptorTree } from './descriptor-tree.ts';
import { PathTree } from './path-tree.ts';

/** A file that was seen at a place; its identity on the host never changes. */
export interface HostNode {
  readonly hostDev: bigint;
  readonly hostIno: bigint;
  /** The directory in which it was seen last; undefined for the root, and for what has lost its name. */
  parent: HostNode | undefined;
  name: string;
}

export interface HostTree {
  /** For one host call on `name` in `directory`. The call must not follow a symbolic link at `name`. */
  place(directory: HostNode, name: string): HostPath;
  /** For one host call on two names (link, rename). A path of `place` is good only until the next call of the tree. */
  places(from: HostNode, name: string, to: HostNode, newName: string): [HostPath, HostPath];
  /** For one host call on the directory itself. */
  self(directory: HostNode): HostPath;
  /** Attributes of the directory; undefined: it is gone. */
  statSelf(directory: HostNode): HostStats | undefined;
  /**
   * For calls that follow symbolic links (chmod): `action` gets a path of exactly this file, which is no symbolic
   * link. ESTALE if the file is no longer where it was seen.
   */
  withPath<T>(node: HostNode, action: (path: HostPath) => T): T;
  /** For opening an open file once more, even without a name; undefined where the host cannot. */
  reopenPath(descriptor: number): HostPath | undefined;
  /** A byte string as the host takes the target of a symbolic link. */
  linkTarget(target: string): HostPath;
  /** How readdir and readlink are to give names. */
  readonly encoding: 'buffer' | 'utf8';
  /** True: O_TMPFILE and O_PATH mean what they mean on Linux. */
  readonly isLinux: boolean;
  /**
   * False for memfs, where a directory in which rename(2) replaced a file can never be removed (it counts the file
   * twice); the file is removed first then. Nobody sees the moment in between, since the volume is in one thread.
   */
  readonly renameReplaces: boolean;
  /** Lets go of what is held for a directory that is gone. */
  forget(directory: HostNode): void;
  /** Lets go of what can be had again; the host is short of descriptors. */
  shrink(): void;
  close(): void;
}

/** The best tree for this host: by descriptors where /proc/self/fd leads to them, by paths elsewhere. */
export function openTree(fs: HostFs, path: string): HostTree {
  const flags = openFlagsOf(fs);
  let descriptor: number | undefined;
  try {
    // Node does not name O_PATH: on a host without it the flag is unknown or something else, and the test below fails.
    descriptor = fs.openSync(path, O_PATH | flags.O_DIRECTORY);
    const through = fs.lstatSync(`/proc/self/fd/${descriptor}/.`, { bigint: true });
    const direct = fs.fstatSync(descriptor, { bigint: true });
    if (through.ino === direct.ino && through.dev === direct.dev) return new DescriptorTree(fs, descriptor);
  } catch {
    // Not a Linux host with /proc: paths then.
  }
  if (descriptor !== undefined) fs.closeSync(descriptor);
  return new PathTree(fs, path);
}
