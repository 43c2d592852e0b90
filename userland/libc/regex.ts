/**
 * Regular expressions of POSIX with GNU's additions on byte strings: regcomp(3), regexec(3), regex(7). Patterns are
 * translated to JavaScript's, which finds where the leftmost match begins; where JavaScript's first match might not
 * be the longest, a DFA says where it ends.
 */
import { hasBackref, isByteBlind, mayExplode, mayFallShort, requiredLiteral } from './regex/analyse.ts';
import { type Node, RegexError, type Syntax } from './regex/ast.ts';
import { LongestMatcher, TooBig } from './regex/longest.ts';
import { parseRegex } from './regex/parse.ts';
import { translate, type Variant } from './regex/translate.ts';
import { charLength } from './regex/utf8.ts';

export { RegexError, type Syntax };

export interface Match {
  readonly start: number;
  readonly end: number;
  /** What each group matched, [0] the whole; undefined if it took no part. */
  readonly groups: readonly (string | undefined)[];
}

// eslint-disable-next-line no-control-regex
const BEYOND_ASCII = /[^\0-\x7f]/;

export function isAscii(text: string): boolean {
  return !BEYOND_ASCII.test(text);
}

/** One compiled variant. */
class Compiled {
  readonly regex: RegExp;
  private sticky: RegExp | undefined;
  private readonly root: Node;
  private readonly syntax: Syntax;
  private readonly variant: Variant;
  private readonly source: string;
  private longest: LongestMatcher | undefined | null;
  private floating: LongestMatcher | undefined;

  constructor(root: Node, syntax: Syntax, variant: Variant, isExactAnyway: boolean) {
    this.root = root;
    this.syntax = syntax;
    this.variant = variant;
    this.source = translate(root, syntax, variant);
    // Only back-references still care about case: everything else names both.
    this.regex = new RegExp(this.source, syntax.isCaseless && hasBackref(root) ? 'gi' : 'g');
    this.longest = isExactAnyway ? null : undefined;
  }

  /** Looks for a match in one pass of a DFA. */
  matches(text: string): boolean {
    this.floating ??= new LongestMatcher(this.root, this.syntax, this.variant, true);
    return this.floating.matches(text);
  }

  /** Finds by the DFA alone where a match begins and ends: slower, but never exponential. */
  find(text: string, from: number): { start: number; end: number } | undefined {
    this.longest ??= new LongestMatcher(this.root, this.syntax, this.variant);
    for (let start = from; start <= text.length; start++) {
      const end = this.longest.longestFrom(text, start);
      if (end >= 0) return { start, end };
    }
    return undefined;
  }

  /** The groups of a match that is known to be there. */
  groupsOf(text: string, start: number, end: number): RegExpExecArray | null {
    this.sticky ??= new RegExp(`(?:${this.source})(?![^])`, `y${this.regex.flags.replace('g', '')}`);
    this.sticky.lastIndex = start;
    return this.sticky.exec(text.slice(0, end));
  }

  exec(text: string, from: number): RegExpExecArray | null {
    this.regex.lastIndex = from;
    const match = this.regex.exec(text);
    if (!match || this.longest === null) return match;
    if (!this.longest) {
      try {
        this.longest = new LongestMatcher(this.root, this.syntax, this.variant);
      } catch (error) {
        if (!(error instanceof TooBig)) throw error;
        this.longest = null;
        return match;
      }
    }
    const end = this.longest.longestFrom(text, match.index);
    if (end <= match.index + match[0].length) return match;
    // Once more for the groups, made to end there.
    const again = this.groupsOf(text, match.index, end);
    if (again) return again;
    match[0] = text.slice(match.index, end);
    return match;
  }
}

export class Regex {
  readonly groupCount: number;
  readonly warnings: readonly string[];
  /** A string that every matching text contains; '' if none is known. */
  readonly required: string;
  /** Backtracking could take exponential time: `test` and `exec` do without. */
  readonly isExplosive: boolean;
  private readonly root: Node;
  private readonly syntax: Syntax;
  private readonly isExact: boolean;
  private readonly isBlind: boolean;
  private readonly plain: Compiled;
  private wide: Compiled | undefined;

  /** Several patterns match where any of them does. */
  constructor(pattern: string | readonly string[], syntax: Syntax) {
    const patterns = typeof pattern === 'string' ? [pattern] : pattern;
    let groups = 0;
    const warnings: string[] = [];
    const roots = patterns.map(one => {
      const parsed = parseRegex(one, syntax, groups);
      groups = parsed.groups;
      warnings.push(...parsed.warnings);
      return parsed.root;
    });
    this.root = extend(roots.length === 1 ? roots[0]! : { kind: 'alt', items: roots }, syntax.extent);
    this.warnings = warnings;
    this.groupCount = groups;
    this.syntax = syntax;
    this.isExact = !mayFallShort(this.root) || hasBackref(this.root);
    this.isExplosive = mayExplode(this.root) && !hasBackref(this.root);
    this.isBlind = !syntax.isUtf8 || isByteBlind(this.root, syntax);
    this.required = requiredLiteral(this.root);
    this.plain = new Compiled(this.root, syntax, syntax.isUtf8 ? 'ascii' : 'bytes', this.isExact);
  }

  private for(text: string): Compiled {
    if (this.isBlind || !BEYOND_ASCII.test(text)) return this.plain;
    this.wide ??= new Compiled(this.root, this.syntax, 'utf8', this.isExact);
    return this.wide;
  }

  test(text: string): boolean {
    if (this.isExplosive) return this.for(text).matches(text);
    const { regex } = this.for(text);
    regex.lastIndex = 0;
    return regex.test(text);
  }

  /** The leftmost longest match that begins at or behind `from`. */
  exec(text: string, from = 0): Match | undefined {
    const compiled = this.for(text);
    if (this.isExplosive) {
      const found = compiled.find(text, from);
      if (!found) return undefined;
      const groups = this.groupCount > 0 ? compiled.groupsOf(text, found.start, found.end) : undefined;
      return { ...found, groups: groups ?? [text.slice(found.start, found.end)] };
    }
    for (let at = from; at <= text.length;) {
      const match = compiled.exec(text, at);
      if (!match) return undefined;
      const start = match.index;
      // An empty match inside a character is none.
      if (match[0] === '' && compiled !== this.plain && start > 0 && isInsideCharacter(text, start)) {
        at = start + 1;
        continue;
      }
      return { start, end: start + match[0].length, groups: match };
    }
    return undefined;
  }

  /** A test that can be asked many times about one big text, for programs that look at many lines at once. */
  scanner(text: string): RegExp {
    return this.for(text).regex;
  }
}

/** Puts grep's -w or -x around a pattern. */
function extend(root: Node, extent: Syntax['extent']): Node {
  if (extent === undefined) return root;
  const before = extent === 'word' ? 'noWordBefore' : 'lineStart';
  const after = extent === 'word' ? 'noWordAfter' : 'lineEnd';
  return { kind: 'cat', items: [{ kind: 'assert', what: before }, root, { kind: 'assert', what: after }] };
}

function isInsideCharacter(text: string, at: number): boolean {
  if ((text.charCodeAt(at) & 0xc0) !== 0x80) return false;
  for (let back = 1; back <= 3 && at - back >= 0; back++) {
    if ((text.charCodeAt(at - back) & 0xc0) === 0x80) continue;
    return charLength(text, at - back) > back;
  }
  return false;
}
