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

/** The ASCII characters that a node of one character matches. */
function codesOf(node: Node): ReadonlySet<number> {
  if (node.kind === 'char') return new Set([node.code]);
  const ranges = node.kind === 'set' ? node.set.members(0x7f) : [[0, 0x7f] as const];
  const codes = new Set<number>();
  for (const [from, to] of ranges) for (let code = from; code <= to; code++) codes.add(code);
  return codes;
}

/** All characters that occur in what a node matches. */
function alphabetOf(node: Node): ReadonlySet<number> {
  const all = new Set<number>();
  for (const inner of walk(node)) if (isSingle(inner)) for (const code of codesOf(inner)) all.add(code);
  return all;
}

/** Can the node match some text, be it empty, of these characters only? */
function canMatchWithin(node: Node, alphabet: ReadonlySet<number>): boolean {
  switch (node.kind) {
    case 'char':
    case 'any':
    case 'set':
      for (const code of codesOf(node)) if (alphabet.has(code)) return true;
      return false;
    case 'cat':
      return node.items.every(item => canMatchWithin(item, alphabet));
    case 'alt':
      return node.items.some(item => canMatchWithin(item, alphabet));
    case 'group':
      return canMatchWithin(node.item, alphabet);
    case 'repeat':
      return node.min === 0 || canMatchWithin(node.item, alphabet);
    default:
      return true;
  }
}

/** Can a text be cut into runs of this node in many ways: (a+), (a*b?), ([a-z]+.)? */
function isAmbiguousRun(node: Node): boolean {
  switch (node.kind) {
    case 'group':
      return isAmbiguousRun(node.item);
    case 'repeat':
      return node.max > 1 && node.max !== node.min;
    case 'alt':
      return node.items.some(isAmbiguousRun);
    case 'cat':
      return node.items.some((item, i) => {
        if (!isAmbiguousRun(item)) return false;
        const alphabet = alphabetOf(item);
        return node.items.every((other, k) => k === i || canMatchWithin(other, alphabet));
      });
    default:
      return false;
  }
}

/** (a*)* and its like: backtracking takes exponential time to find out that there is no match. */
export function mayExplode(root: Node): boolean {
  for (const node of walk(root)) {
    if (node.kind === 'repeat' && node.max > 8 && isAmbiguousRun(node.item)) return true;
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
