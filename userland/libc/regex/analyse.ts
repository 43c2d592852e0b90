/** Facts about a syntax tree that decide how it is matched. */
import { type Node, type Syntax, walk } from './ast.ts';
import { encodeCode } from './utf8.ts';

/** One character wide, whatever it matches. */
function isSingle(node: Node): boolean {
  return node.kind === 'char' || node.kind === 'any' || node.kind === 'set';
}

/** The string that a node matches and no other; undefined if there is none. */
export function literalOf(node: Node): string | undefined {
  if (node.kind === 'char') return encodeCode(node.code);
  if (node.kind === 'group') return literalOf(node.item);
  if (node.kind === 'cat') {
    let text = '';
    for (const item of node.items) {
      const literal = literalOf(item);
      if (literal === undefined) return undefined;
      text += literal;
    }
    return text;
  }
  return undefined;
}

/**
 * JavaScript takes the first alternative that leads to a match, POSIX the longest match. They agree unless the choice
 * of an alternative, or of how often a thing of several characters is repeated, can make the rest match less.
 */
export function mayFallShort(root: Node): boolean {
  for (const node of walk(root)) {
    if (node.kind === 'alt') {
      if (node.items.every(isSingle)) continue;
      const literals = node.items.map(literalOf);
      const isPrefixFree = literals.every(
        (a, i) => a !== undefined && literals.every((b, j) => i === j || b === undefined || !b.startsWith(a)),
      );
      if (!isPrefixFree) return true;
    }
    if (node.kind === 'repeat' && node.min !== node.max) {
      const item = node.item.kind === 'group' ? node.item.item : node.item;
      if (!isSingle(item)) return true;
    }
  }
  return false;
}

/** A repetition inside a repetition: backtracking can take exponential time. */
export function mayExplode(root: Node): boolean {
  for (const node of walk(root)) {
    if (node.kind !== 'repeat' || node.max <= 1) continue;
    for (const inner of walk(node.item)) {
      if (inner.kind === 'repeat' && inner.max > 1 && inner.min !== inner.max) return true;
      if (inner.kind === 'alt' && !inner.items.every(isSingle)) return true;
    }
  }
  return false;
}

export function hasBackref(root: Node): boolean {
  for (const node of walk(root)) if (node.kind === 'backref') return true;
  return false;
}

/** Do texts beyond ASCII need a variant of their own? */
export function isByteBlind(root: Node, syntax: Syntax): boolean {
  for (const node of walk(root)) {
    if (node.kind === 'any') return false;
    if (node.kind === 'set' && !node.set.isAsciiOnly) return false;
    if (node.kind === 'char' && node.code >= 0x80) return false;
    if (node.kind === 'assert' && /[wW]ord/.test(node.what)) return false;
    // An empty match must not fall inside a character.
    if (node.kind === 'repeat' && node.min === 0 && syntax.isUtf8) return false;
    if (node.kind === 'empty') return false;
  }
  return true;
}

/** The longest string that every match contains; '' if none is known. For skipping texts quickly. */
export function requiredLiteral(root: Node): string {
  let best = '';
  let run = '';
  const endRun = (): void => {
    if (run.length > best.length) best = run;
    run = '';
  };
  const visit = (node: Node): void => {
    const literal = literalOf(node);
    if (literal !== undefined) {
      run += literal;
      return;
    }
    switch (node.kind) {
      case 'cat':
        for (const item of node.items) visit(item);
        return;
      case 'group':
        visit(node.item);
        return;
      case 'repeat':
        endRun();
        if (node.min > 0) {
          visit(node.item);
          endRun();
        }
        return;
      case 'assert':
        return;
      default:
        endRun();
    }
  };
  visit(root);
  endRun();
  return best;
}
