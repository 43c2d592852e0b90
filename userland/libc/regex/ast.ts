/** The syntax tree of a regular expression, between the parser and what matches. */
import type { CharSet } from './charset.ts';

export type Assertion =
  | 'lineStart'
  | 'lineEnd'
  | 'textStart'
  | 'textEnd'
  | 'wordBoundary'
  | 'notWordBoundary'
  | 'wordStart'
  | 'wordEnd'
  /** The neighbour is no word character, whatever is here: grep -w. */
  | 'noWordBefore'
  | 'noWordAfter';

export type Node =
  | { readonly kind: 'empty' }
  /** A character: its code point, or INVALID_BASE + byte. */
  | { readonly kind: 'char'; readonly code: number }
  | { readonly kind: 'any' }
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'cat'; readonly items: readonly Node[] }
  | { readonly kind: 'alt'; readonly items: readonly Node[] }
  | { readonly kind: 'repeat'; readonly item: Node; readonly min: number; readonly max: number }
  | { readonly kind: 'group'; readonly index: number; readonly item: Node }
  | { readonly kind: 'backref'; readonly index: number }
  | { readonly kind: 'assert'; readonly what: Assertion };

/** How a pattern is written and meant. */
export interface Syntax {
  /** ERE instead of BRE. */
  readonly isExtended: boolean;
  readonly isCaseless?: boolean;
  /** Patterns and texts are UTF-8, not single bytes. */
  readonly isUtf8?: boolean;
  /** Which program's additions: escapes (\n, \t …), and what is an error. */
  readonly dialect?: 'posix' | 'grep' | 'sed' | 'awk';
  /** Texts are many lines: ^ and $ match at each, and nothing matches a newline (grep), or things may (sed's M). */
  readonly lines?: 'whole' | 'each' | 'never-newline';
  /** grep -w and -x: the match must be a whole word, or the whole line. */
  readonly extent?: 'word' | 'line';
  /** \< \> \b \B are not operators in awk and plain POSIX programs. */
  readonly hasGnuEscapes?: boolean;
}

/** A pattern is wrong; the message is glibc's. */
export class RegexError extends Error {}

/** Every node below and including this one. */
export function* walk(node: Node): Generator<Node> {
  yield node;
  if (node.kind === 'cat' || node.kind === 'alt') for (const item of node.items) yield* walk(item);
  if (node.kind === 'repeat' || node.kind === 'group') yield* walk(node.item);
}
