/**
 * Finds where the longest match that begins at a place ends, in time linear in its length: a DFA over bytes that is
 * built from the pattern's NFA state by state as texts ask for it. Thompson 1968; regexp2 of R. Cox.
 *
 * A DFA state is a set of NFA states and the kind of byte before it. Assertions are decided when the next byte is
 * known, so the step on a byte first follows the empty edges that hold between the two, then the byte's edges.
 */
import type { Assertion, Node, Syntax } from './ast.ts';
import { membersFor, sequencesOf, type Variant } from './translate.ts';
import { encodeCode, type Range } from './utf8.ts';

type Edge =
  | { readonly kind: 'bytes'; readonly ranges: readonly Range[]; next: number }
  | { readonly kind: 'split'; next: number; other: number }
  | { readonly kind: 'assert'; readonly what: Assertion; next: number }
  | { readonly kind: 'match' };

const OUTSIDE = 0; // before the text or behind it
const NEWLINE = 1;
const WORD = 2;
const OTHER = 3;
const END = 256;
const MAX_STATES = 4000;
/** Repetitions are unrolled; a bigger pattern is left to the backtracking engine. */
const MAX_EDGES = 20000;

interface State {
  readonly nfa: readonly number[];
  readonly before: number;
  readonly next: (State | null | undefined)[];
  /** Is a match complete here, when this byte comes next? */
  readonly accepts: (boolean | undefined)[];
}

export class TooBig extends Error {}

export class LongestMatcher {
  private readonly edges: Edge[] = [];
  private readonly start: number;
  private readonly states = new Map<string, State>();
  private readonly syntax: Syntax;
  private readonly variant: Variant;

  /** `isFloating`: a match may begin anywhere behind the place that is asked for. */
  constructor(root: Node, syntax: Syntax, variant: Variant, isFloating = false) {
    this.syntax = syntax;
    this.variant = variant;
    const match = this.add({ kind: 'match' });
    this.start = this.build(root, match);
    if (isFloating) {
      const loop = { kind: 'split' as const, next: 0, other: this.start };
      this.start = this.add(loop);
      loop.next = this.add({ kind: 'bytes', ranges: [[0, 255]], next: this.start });
    }
  }

  private add(edge: Edge): number {
    if (this.edges.length > MAX_EDGES) throw new TooBig();
    return this.edges.push(edge) - 1;
  }

  /** Builds backwards: returns the NFA state from which `node` leads to `next`. */
  private build(node: Node, next: number): number {
    switch (node.kind) {
      case 'empty':
        return next;
      case 'char':
        return this.chain(
          Array.from(
            this.variant === 'bytes' ? String.fromCharCode(node.code & 0xff) : encodeCode(node.code),
            c => {
              const byte = c.charCodeAt(0);
              return [byte, byte] as const;
            },
          ),
          next,
        );
      case 'any':
      case 'set': {
        const members = membersFor(node, this.variant, this.syntax.lines);
        if (this.variant !== 'utf8') return this.add({ kind: 'bytes', ranges: members, next });
        const ascii = members.filter(r => r[0] < 0x80).map(r => [r[0], Math.min(r[1], 0x7f)] as const);
        let at = this.add({ kind: 'bytes', ranges: ascii, next });
        for (const sequence of sequencesOf(members)) {
          at = this.add({ kind: 'split', next: this.chain(sequence, next), other: at });
        }
        return at;
      }
      case 'cat':
        return node.items.reduceRight((after, item) => this.build(item, after), next);
      case 'alt':
        return node.items
          .map(item => this.build(item, next))
          .reduce((other, branch) => this.add({ kind: 'split', next: branch, other }));
      case 'group':
        return this.build(node.item, next);
      case 'assert':
        return this.add({ kind: 'assert', what: node.what, next });
      case 'backref':
        throw new TooBig();
      case 'repeat': {
        let at = next;
        if (node.max === Infinity) {
          const loop = { kind: 'split' as const, next: 0, other: next };
          at = this.add(loop);
          loop.next = this.build(node.item, at);
        } else {
          for (let i = node.min; i < node.max; i++)
            at = this.add({ kind: 'split', next: this.build(node.item, at), other: next });
        }
        for (let i = 0; i < node.min; i++) at = this.build(node.item, at);
        return at;
      }
    }
  }

  private chain(sequence: readonly Range[], next: number): number {
    return sequence.reduceRight(
      (after, range) => this.add({ kind: 'bytes', ranges: [range], next: after }),
      next,
    );
  }

  private kindOf(byte: number): number {
    if (byte === 10) return NEWLINE;
    if (
      (byte >= 48 && byte <= 57) ||
      (byte >= 65 && byte <= 90) ||
      byte === 95 ||
      (byte >= 97 && byte <= 122)
    )
      return WORD;
    // Linux: a character beyond ASCII counts as a letter here; the search itself looks exactly.
    return byte >= 0x80 && byte !== END && this.variant === 'utf8' ? WORD : OTHER;
  }

  private holds(what: Assertion, before: number, after: number): boolean {
    const isWhole = (this.syntax.lines ?? 'whole') === 'whole';
    const isTextLine = this.syntax.lines === 'never-newline';
    switch (what) {
      case 'lineStart':
        return before === OUTSIDE || (!isWhole && before === NEWLINE);
      case 'lineEnd':
        return after === OUTSIDE || (!isWhole && after === NEWLINE);
      case 'textStart':
        return before === OUTSIDE || (isTextLine && before === NEWLINE);
      case 'textEnd':
        return after === OUTSIDE || (isTextLine && after === NEWLINE);
      case 'wordStart':
        return before !== WORD && after === WORD;
      case 'wordEnd':
        return before === WORD && after !== WORD;
      case 'noWordBefore':
        return before !== WORD;
      case 'noWordAfter':
        return after !== WORD;
      case 'wordBoundary':
        return (before === WORD) !== (after === WORD);
      case 'notWordBoundary':
        return (before === WORD) === (after === WORD);
    }
  }

  private state(nfa: readonly number[], before: number): State {
    const key = `${before}:${nfa.join()}`;
    const known = this.states.get(key);
    if (known) return known;
    if (this.states.size > MAX_STATES) this.states.clear();
    const made: State = { nfa, before, next: [], accepts: [] };
    this.states.set(key, made);
    return made;
  }

  /** Fills in what `state` does on a byte (END for the text's end). */
  private step(state: State, byte: number): void {
    const after = byte === END ? OUTSIDE : this.kindOf(byte);
    const seen = new Set<number>();
    const stack = [...state.nfa];
    const reached = new Set<number>();
    let isAccepted = false;
    while (stack.length > 0) {
      const at = stack.pop()!;
      if (seen.has(at)) continue;
      seen.add(at);
      const edge = this.edges[at]!;
      if (edge.kind === 'match') isAccepted = true;
      else if (edge.kind === 'split') stack.push(edge.next, edge.other);
      else if (edge.kind === 'assert') {
        if (this.holds(edge.what, state.before, after)) stack.push(edge.next);
      } else if (edge.ranges.some(([from, to]) => byte >= from && byte <= to)) reached.add(edge.next);
    }
    state.accepts[byte] = isAccepted;
    state.next[byte] =
      reached.size === 0
        ? null
        : this.state(
            [...reached].sort((a, b) => a - b),
            after,
          );
  }

  /** Does a match end anywhere? For floating matchers. */
  matches(text: string): boolean {
    let state: State | null = this.state([this.start], OUTSIDE);
    for (let at = 0; state; at++) {
      const byte: number = at < text.length ? text.charCodeAt(at) : END;
      if (state.accepts[byte] === undefined) this.step(state, byte);
      if (state.accepts[byte]) return true;
      state = byte === END ? null : state.next[byte]!;
    }
    return false;
  }

  /** End of the longest match that begins at `from`; -1 if none does. */
  longestFrom(text: string, from: number): number {
    let state: State | null = this.state(
      [this.start],
      from === 0 ? OUTSIDE : this.kindOf(text.charCodeAt(from - 1)),
    );
    let end = -1;
    for (let at = from; state; at++) {
      const byte: number = at < text.length ? text.charCodeAt(at) : END;
      if (state.accepts[byte] === undefined) this.step(state, byte);
      if (state.accepts[byte]) end = at;
      state = byte === END ? null : state.next[byte]!;
    }
    return end;
  }
}
