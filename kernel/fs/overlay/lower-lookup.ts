/**
 * Looking a name up in the lower layers: what of them is seen under it. A layer's file hides those below it, unless
 * all are directories; a whiteout or an opaque directory ends the search. Linux counterpart: fs/overlayfs/namei.c.
 */
import { REDIRECT, type LowerFile } from './layer.ts';
import type { OverlaySuperBlock } from './overlay-super-block.ts';

/**
 * The files that make up `name` below the directories `within`: several directories, or one file. A name that begins
 * with a slash is a redirect: it is looked up from the roots of the layers.
 */
export function findLower(
  superBlock: OverlaySuperBlock,
  within: readonly LowerFile[],
  name: string,
): readonly LowerFile[] {
  if (name.startsWith('/')) return findPath(superBlock, 0, name);
  const found: LowerFile[] = [];
  let wanted = name;
  for (let i = 0; i < within.length; i++) {
    const { layer, inode: directory } = within[i]!;
    const inode = directory.lookup(wanted);
    if (inode === undefined) continue;
    if (layer.isWhiteout(inode)) break;
    if (!inode.isDirectory) {
      if (found.length === 0) found.push({ layer, inode });
      break;
    }
    found.push({ layer, inode });
    if (i === within.length - 1 || layer.isOpaque(inode)) break;
    // A layer that was the upper one of another overlay has redirects of its own.
    const redirect = superBlock.followsRedirects ? layer.attribute(inode, REDIRECT) : undefined;
    if (redirect === undefined) continue;
    if (redirect.startsWith('/')) {
      const next = superBlock.lowers.indexOf(layer) + 1;
      return [...found, ...findPath(superBlock, next, redirect)];
    }
    wanted = redirect;
  }
  return found;
}

/** Looks a path up from the roots of the layers, beginning with layer number `from`. Only directories count. */
function findPath(superBlock: OverlaySuperBlock, from: number, path: string): readonly LowerFile[] {
  let stack: readonly LowerFile[] = superBlock.lowers
    .slice(from)
    .map(layer => ({ layer, inode: layer.root }));
  for (const component of path.split('/')) {
    if (component === '') continue;
    // The text is a guest's: «..» would lead out of the layer.
    if (component === '.' || component === '..') return [];
    stack = findLower(superBlock, stack, component);
    if (stack[0]?.inode.isDirectory !== true) return [];
  }
  return stack;
}
