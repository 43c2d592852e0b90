/** Pathname: from a place to its name. Linux counterpart: d_path in fs/d_path.c; getcwd(2), proc(5). */
import type { Path } from './path.ts';

interface Climb {
  readonly name: string;
  /** The climb ended at `root`, not at the top of some tree outside of it. */
  readonly isBelowRoot: boolean;
}

function climb(path: Path, root: Path): Climb {
  let { mount, dentry } = path;
  let name = '';
  while (dentry !== root.dentry || mount !== root.mount) {
    if (dentry === mount.root) {
      if (mount.at === undefined) return { name: name || '/', isBelowRoot: false };
      dentry = mount.at.dentry;
      mount = mount.at.mount;
      continue;
    }
    if (dentry.parent === dentry) return { name: dentry.name + name, isBelowRoot: false };
    name = `/${dentry.name}${name}`;
    dentry = dentry.parent;
  }
  return { name: name || '/', isBelowRoot: true };
}

/** The name seen from `root`, with « (deleted)» if it is gone. */
export function pathname(path: Path, root: Path): string {
  const { name } = climb(path, root);
  return path.dentry.isUnlinked ? `${name} (deleted)` : name;
}

/** The name of a directory for getcwd(2); undefined if it was removed. Outside of the root: «(unreachable)». */
export function workingDirectoryName(path: Path, root: Path): string | undefined {
  if (path.dentry.isUnlinked || path.dentry.inode!.isDead) return undefined;
  const { name, isBelowRoot } = climb(path, root);
  return isBelowRoot ? name : `(unreachable)${name}`;
}
