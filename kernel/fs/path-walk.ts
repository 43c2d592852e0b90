/**
 * Path walk: from a name to a place. Linux counterpart: fs/namei.c (path_lookupat, filename_parentat);
 * path_resolution(7), symlink(7), openat2(2) for the RESOLVE_* rules.
 *
 * A Walker goes component by component. A symbolic link replaces the component by its target in the text that remains,
 * so there is no recursion. Errors come in Linux's order: search permission of a directory is asked for before the
 * name in it is looked at.
 */
import { EACCES, EBADF, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EXDEV } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import { S_IFDIR, S_IFLNK, S_IFMT } from '../abi/stat.ts';
import { MS_NOSYMFOLLOW } from '../abi/mount.ts';
import {
  AT_FDCWD,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from '../abi/fcntl.ts';
import { touchAtime } from './timestamps.ts';
import { MAY_EXEC } from './permission.ts';
import type { WalkContext } from './fs-context.ts';
import { isBelow, mountedOn, type Dentry, type Mount, type Path } from './path.ts';

/** Follow a symbolic link in the last component. */
export const LOOKUP_FOLLOW = 1;
/** The result must be a directory. */
export const LOOKUP_DIRECTORY = 2;
/** An empty name means the start itself (AT_EMPTY_PATH). */
export const LOOKUP_EMPTY = 4;

const MAX_SYMLINKS = 40;
export const PATH_MAX = 4096;

export type LastKind = 'name' | 'dot' | 'dotdot' | 'root';

export class Walker {
  readonly context: WalkContext;
  mount: Mount;
  dentry: Dentry;
  /** LOOKUP_*; a trailing slash adds FOLLOW and DIRECTORY. */
  flags: number;
  /** After walkToParent: the component that was not walked yet. */
  last = '';
  lastKind: LastKind = 'root';
  hasTrailingSlash = false;
  readonly #root: Path;
  readonly #resolve: number;
  #symlinks = 0;
  #isRootKnown: boolean;
  #isUnderWay = false;

  /** `start` is where a relative name begins. `resolve`: RESOLVE_* of openat2(2). */
  constructor(context: WalkContext, start: Path, flags: number, resolve = 0) {
    this.context = context;
    this.mount = start.mount;
    this.dentry = start.dentry;
    this.flags = flags;
    this.#resolve = resolve;
    this.#isRootKnown = (resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0;
    this.#root = (resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0 ? start : context.root;
  }

  get path(): Path {
    return { mount: this.mount, dentry: this.dentry };
  }

  /** Walks all components but the last, which stays in `last`. */
  walkToParent(name: string): void {
    let text = name;
    let at = 0;
    if (text.charCodeAt(0) === SLASH) this.#jumpToRoot();
    this.#isUnderWay = true;
    if (!this.#isAtDirectory()) fail(ENOTDIR, 'walk starts at something that is no directory');
    for (;;) {
      while (text.charCodeAt(at) === SLASH) at++;
      if (at === text.length) {
        this.last = '';
        this.lastKind = 'root';
        return;
      }
      if (!this.dentry.inode!.permits(MAY_EXEC, this.context.credentials))
        fail(EACCES, 'no search permission');
      let end = text.indexOf('/', at);
      if (end < 0) end = text.length;
      const component = text.slice(at, end);
      at = end;
      while (text.charCodeAt(at) === SLASH) at++;
      const kind = component === '.' ? 'dot' : component === '..' ? 'dotdot' : 'name';
      if (at === text.length) {
        this.last = component;
        this.lastKind = kind;
        this.hasTrailingSlash = end !== text.length;
        return;
      }
      if (kind === 'name') {
        const target = this.#step(component, 'follow');
        if (target !== undefined) {
          text = `${target}/${text.slice(at)}`;
          at = 0;
          if (text.charCodeAt(0) === SLASH) this.#jumpToRoot();
          continue;
        }
      } else if (kind === 'dotdot') {
        this.#goUp();
      }
      if (!this.#isAtDirectory()) fail(ENOTDIR, 'component is no directory');
    }
  }

  /** Walks the last component too, with the flags' rules for links and directories. */
  walkLast(): void {
    for (;;) {
      if (this.lastKind !== 'name') {
        if (this.lastKind === 'dotdot') this.#goUp();
        return;
      }
      if (this.hasTrailingSlash) this.flags |= LOOKUP_FOLLOW | LOOKUP_DIRECTORY;
      const target = this.#step(this.last, (this.flags & LOOKUP_FOLLOW) !== 0 ? 'follow' : 'stay');
      if (target === undefined) return;
      this.walkToParent(target);
    }
  }

  /** ENOTDIR if the flags ask for a directory and the walk ended elsewhere. */
  requireKind(): void {
    if ((this.flags & LOOKUP_DIRECTORY) !== 0 && !this.#isAtDirectory()) fail(ENOTDIR, 'not a directory');
  }

  /** The dentry of `last` in the directory reached, not followed and not crossed into mounts. */
  lookupLast(): Dentry {
    return this.context.kernel.vfs.dentries.lookup(this.dentry, this.last);
  }

  /** Continues from a known child (of lookupLast): crosses mounts; the text of a link to be followed is returned. */
  stepInto(child: Dentry, links: 'follow' | 'stay'): string | undefined {
    let mount = this.mount;
    let dentry = child;
    while (dentry.mounts.length > 0) {
      const upper = mountedOn(mount, dentry);
      if (upper === undefined) break;
      if ((this.#resolve & RESOLVE_NO_XDEV) !== 0) fail(EXDEV, 'RESOLVE_NO_XDEV');
      mount = upper;
      dentry = upper.root;
    }
    const inode = dentry.inode;
    if (inode === undefined) fail(ENOENT, 'no such name');
    if (links === 'follow' && (inode.mode & S_IFMT) === S_IFLNK) {
      if (++this.#symlinks > MAX_SYMLINKS) fail(ELOOP, 'too many symbolic links');
      if ((this.#resolve & RESOLVE_NO_SYMLINKS) !== 0) fail(ELOOP, 'RESOLVE_NO_SYMLINKS');
      if ((mount.flags & MS_NOSYMFOLLOW) !== 0) fail(ELOOP, 'mount has nosymfollow');
      touchAtime(this.context.kernel, mount, inode);
      const magic = inode.followMagic();
      if (magic === undefined) {
        const target = inode.readlink();
        if (target === '') fail(ENOENT, 'empty symbolic link');
        return target;
      }
      if ((this.#resolve & RESOLVE_NO_MAGICLINKS) !== 0) fail(ELOOP, 'RESOLVE_NO_MAGICLINKS');
      if ((this.#resolve & (RESOLVE_BENEATH | RESOLVE_IN_ROOT)) !== 0)
        fail(EXDEV, 'magic link in a scoped walk');
      if ((this.#resolve & RESOLVE_NO_XDEV) !== 0 && magic.mount !== this.mount)
        fail(EXDEV, 'RESOLVE_NO_XDEV');
      this.mount = magic.mount;
      this.dentry = magic.dentry;
      return undefined;
    }
    this.mount = mount;
    this.dentry = dentry;
    return undefined;
  }

  #step(name: string, links: 'follow' | 'stay'): string | undefined {
    return this.stepInto(this.context.kernel.vfs.dentries.lookup(this.dentry, name), links);
  }

  #isAtDirectory(): boolean {
    return (this.dentry.inode!.mode & S_IFMT) === S_IFDIR;
  }

  #jumpToRoot(): void {
    if ((this.#resolve & RESOLVE_BENEATH) !== 0) fail(EXDEV, 'RESOLVE_BENEATH: absolute name');
    // Linux learns the root when a walk first needs it, and until then takes every absolute link for a crossing.
    const isCrossing = this.#isUnderWay && (!this.#isRootKnown || this.mount !== this.#root.mount);
    if ((this.#resolve & RESOLVE_NO_XDEV) !== 0 && isCrossing) fail(EXDEV, 'RESOLVE_NO_XDEV');
    this.#isRootKnown = true;
    this.mount = this.#root.mount;
    this.dentry = this.#root.dentry;
  }

  /** «..»: the root is its own parent; the root of a mount has the parent of its mount point. */
  #goUp(): void {
    const root = this.#root;
    this.#isRootKnown = true;
    let mount = this.mount;
    let dentry = this.dentry;
    while (dentry === mount.root || (mount === root.mount && dentry === root.dentry)) {
      const isTop = mount === root.mount && dentry === root.dentry;
      if (isTop || mount.at === undefined) {
        if ((this.#resolve & RESOLVE_BENEATH) !== 0) fail(EXDEV, 'RESOLVE_BENEATH: «..» past the start');
        // A root that is the top of a mount may be covered by a later mount.
        this.#arrive(mount, dentry);
        return;
      }
      if ((this.#resolve & RESOLVE_NO_XDEV) !== 0) fail(EXDEV, 'RESOLVE_NO_XDEV');
      dentry = mount.at.dentry;
      mount = mount.at.mount;
    }
    if (!isBelow(dentry, mount.root)) fail(ENOENT, 'directory was moved out of its bind mount');
    this.#arrive(mount, dentry.parent);
  }

  #arrive(mount: Mount, dentry: Dentry): void {
    this.mount = mount;
    this.dentry = dentry;
    while (this.dentry.mounts.length > 0) {
      const upper = mountedOn(this.mount, this.dentry);
      if (upper === undefined) return;
      if ((this.#resolve & RESOLVE_NO_XDEV) !== 0) fail(EXDEV, 'RESOLVE_NO_XDEV');
      this.mount = upper;
      this.dentry = upper.root;
    }
  }
}

const SLASH = 0x2f;

/** ENOENT for the empty name, ENAMETOOLONG past PATH_MAX. */
export function requireName(name: string): void {
  if (name === '') fail(ENOENT, 'empty path');
  if (name.length >= PATH_MAX) fail(ENAMETOOLONG, 'path too long');
}

/** Where relative names begin: a place, or a directory descriptor of the context's task (or AT_FDCWD). */
export type At = Path | number;

/** The place at which a walk begins; EBADF for a descriptor that is needed and not there. */
export function startOf(context: WalkContext, at: At, name: string, resolve = 0): Path {
  if (typeof at !== 'number') return at;
  // In a scoped walk an absolute name begins at the descriptor too.
  if (name.charCodeAt(0) === SLASH && (resolve & RESOLVE_IN_ROOT) === 0) return context.root;
  if (at === AT_FDCWD) return context.cwd;
  const file = context.task?.files.get(at);
  return file === undefined ? fail(EBADF, 'no such directory descriptor') : file.path;
}

/** The place that a name leads to. */
export function lookupPath(
  context: WalkContext,
  at: At,
  name: string,
  flags: number = LOOKUP_FOLLOW,
  resolve = 0,
): Path {
  if (name !== '' || (flags & LOOKUP_EMPTY) === 0) requireName(name);
  const start = startOf(context, at, name, resolve);
  if (name === '') return start;
  const walker = new Walker(context, start, flags, resolve);
  walker.walkToParent(name);
  walker.walkLast();
  walker.requireKind();
  return walker.path;
}

/** The directory in which the last component of a name is, and that component. */
export function lookupParent(context: WalkContext, at: At, name: string): Walker {
  requireName(name);
  const walker = new Walker(context, startOf(context, at, name), 0);
  walker.walkToParent(name);
  return walker;
}
