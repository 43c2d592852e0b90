/**
 * PathTree: files are named by paths from the root, for hosts without /proc/self/fd. Before each use the directory is
 * compared (device and inode number) with the one that was looked up; a symbolic link that the host has put in its
 * place, or above it, is ESTALE. Between the comparison and the call the host could still change it: files are
 * compared once more after they were opened, the rest is the small window that paths leave.
 */
import type { HostFs } from '../../../host/machine.ts';
import type { HostNode, HostTree } from './host-tree.ts';
import type { HostPath, HostStats } from './host-call.ts';
import { ESTALE } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { rethrow } from './host-call.ts';
import { checkName, textName } from './host-name.ts';

export class PathTree implements HostTree {
  readonly encoding = 'utf8';
  readonly isLinux = false;
  readonly renameReplaces: boolean;
  readonly #fs: HostFs;
  /** Without a slash at the end; empty for «/». */
  readonly #root: string;

  constructor(fs: HostFs, path: string) {
    this.#fs = fs;
    this.renameReplaces = !('fromJSON' in fs || '__vol' in fs);
    this.#root = fs.realpathSync(path).replace(/\/+$/, '');
  }

  place(directory: HostNode, name: string): HostPath {
    checkName(name);
    return `${this.#verified(directory)}/${textName(name)}`;
  }

  places(from: HostNode, name: string, to: HostNode, newName: string): [HostPath, HostPath] {
    return [this.place(from, name), this.place(to, newName)];
  }

  self(directory: HostNode): HostPath {
    return this.#verified(directory) || '/';
  }

  statSelf(directory: HostNode): HostStats | undefined {
    return this.#stat(directory, this.#path(directory));
  }

  withPath<T>(node: HostNode, action: (path: HostPath) => T): T {
    return action(this.#verified(node) || '/');
  }

  reopenPath(): undefined {
    return undefined;
  }

  linkTarget(target: string): HostPath {
    return textName(target);
  }

  forget(): void {}
  shrink(): void {}
  close(): void {}

  #verified(node: HostNode): string {
    const path = this.#path(node);
    if (this.#stat(node, path) === undefined) fail(ESTALE, 'another file is there now');
    return path;
  }

  #stat(node: HostNode, path: string): HostStats | undefined {
    try {
      const stats = this.#fs.lstatSync(path || '/', { bigint: true, throwIfNoEntry: false });
      if (stats === undefined || stats.ino !== node.hostIno || stats.dev !== node.hostDev) return undefined;
      return (stats.mode & 0o170000n) === 0o120000n ? undefined : stats;
    } catch (error) {
      return rethrow(error);
    }
  }

  #path(node: HostNode): string {
    const names: string[] = [];
    for (; node.name !== ''; node = node.parent) {
      checkName(node.name);
      names.push(textName(node.name));
      if (node.parent === undefined) fail(ESTALE, 'file has lost its name');
    }
    return names.length === 0 ? this.#root : `${this.#root}/${names.reverse().join('/')}`;
  }
}
