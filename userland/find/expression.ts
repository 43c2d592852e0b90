/**
 * find's expressions: primaries joined by `( )`, `!`, `-a`, `-o` and `,`, in the order of how tightly they bind. The
 * tree is compiled to one function from an entry to true or false.
 */
import type { Entry } from './entry.ts';
import { fatal } from './report.ts';

export type Test = (entry: Entry) => boolean;

export interface Primary {
  readonly kind: 'primary';
  /** As it was written. */
  readonly name: string;
  readonly test: Test;
  /** A test without effects may change places with its neighbours: 1 looks at the name, 2 at the type, 3 stats. */
  readonly cost: 1 | 2 | 3 | 'effect';
}

export type Token =
  | Primary
  | { readonly kind: 'open' | 'close'; readonly name: string }
  | { readonly kind: 'not' | 'and' | 'or' | 'comma'; readonly name: string };

type Tree =
  | Primary
  | { readonly kind: 'not'; readonly item: Tree }
  | { readonly kind: 'and' | 'or' | 'comma'; readonly items: readonly Tree[] };

const LEVELS = ['comma', 'or', 'and'] as const;

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #open = 0;
  readonly #hasAction: boolean;

  constructor(tokens: readonly Token[], hasAction: boolean) {
    this.#tokens = tokens;
    this.#hasAction = hasAction;
  }

  whole(): Tree {
    const tree = this.#level(0);
    if (this.#at < this.#tokens.length) fatal(`you have too many ')'`);
    return tree;
  }

  #level(level: number): Tree {
    const kind = LEVELS[level];
    if (kind === undefined) return this.#factor();
    const items = [this.#level(level + 1)];
    for (;;) {
      const token = this.#tokens[this.#at];
      if (token?.kind === kind) this.#at++;
      // Two terms side by side are joined by -a.
      else if (kind !== 'and' || !token || !/^(?:primary|open|not)$/.test(token.kind)) break;
      items.push(this.#level(level + 1));
    }
    return items.length === 1 ? items[0]! : { kind, items };
  }

  #factor(): Tree {
    const before = this.#tokens[this.#at - 1];
    const token = this.#tokens[this.#at++];
    if (!token) {
      if (before?.kind === 'open') {
        return fatal(
          `invalid expression; expected to find a ')' but didn't see one. Perhaps you need an extra predicate after '${before.name}'`,
        );
      }
      if (this.#hasAction) return fatal('invalid expression');
      return fatal(`expected an expression after '${before?.name}'`);
    }
    if (token.kind === 'primary') return token;
    if (token.kind === 'not') return { kind: 'not', item: this.#factor() };
    if (token.kind === 'open') {
      if (this.#tokens[this.#at]?.kind === 'close') {
        return fatal('invalid expression; empty parentheses are not allowed.');
      }
      this.#open++;
      const tree = this.#level(0);
      if (this.#tokens[this.#at]?.kind !== 'close') {
        return fatal("invalid expression; I was expecting to find a ')' somewhere but did not see one.");
      }
      this.#open--;
      this.#at++;
      return tree;
    }
    if (token.kind === 'close') {
      if (this.#open === 0) return fatal("you have too many ')'");
      return fatal(`expected an expression between '${before!.name}' and ')'`);
    }
    return fatal(
      `invalid expression; you have used a binary operator '${token.name}' with nothing before it.`,
    );
  }
}

function costOf(tree: Tree): Primary['cost'] {
  if (tree.kind === 'primary') return tree.cost;
  if (tree.kind === 'not') return costOf(tree.item);
  let cost: 1 | 2 | 3 = 1;
  for (const item of tree.items) {
    const own = costOf(item);
    if (own === 'effect') return 'effect';
    if (own > cost) cost = own;
  }
  return cost;
}

/** Tests of a chain without effects between them, cheapest first. */
function cheapestFirst(items: readonly Tree[]): Tree[] {
  const out: Tree[] = [];
  let run: { tree: Tree; cost: number }[] = [];
  const flush = () => {
    out.push(...run.sort((a, b) => a.cost - b.cost).map(({ tree }) => tree));
    run = [];
  };
  for (const tree of items) {
    const cost = costOf(tree);
    if (cost === 'effect') {
      flush();
      out.push(tree);
    } else run.push({ tree, cost });
  }
  flush();
  return out;
}

function compile(tree: Tree): Test {
  if (tree.kind === 'primary') return tree.test;
  if (tree.kind === 'not') {
    const test = compile(tree.item);
    return entry => !test(entry);
  }
  const tests = (tree.kind === 'and' ? cheapestFirst(tree.items) : tree.items).map(compile);
  if (tree.kind === 'and') {
    return entry => {
      for (const test of tests) if (!test(entry)) return false;
      return true;
    };
  }
  if (tree.kind === 'or') {
    return entry => {
      for (const test of tests) if (test(entry)) return true;
      return false;
    };
  }
  return entry => {
    let result = false;
    for (const test of tests) result = test(entry);
    return result;
  };
}

/** The function that a list of tokens means. `hasAction`: messages differ when find adds no -print. */
export function compileExpression(tokens: readonly Token[], hasAction = true): Test {
  return compile(new Parser(tokens, hasAction).whole());
}
