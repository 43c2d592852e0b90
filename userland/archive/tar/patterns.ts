/** Which names are meant: --exclude patterns, and the operands of -x and -t. */
import { FNM_CASEFOLD, FNM_LEADING_DIR, FNM_PATHNAME, type Pattern, compilePattern, matches } from '../../libc/fnmatch.ts'; // prettier-ignore
import { withoutTrailingSlashes } from './names.ts';

/** How patterns are read; options change it for the patterns behind them. */
export interface PatternStyle {
  readonly hasWildcards: boolean;
  readonly isAnchored: boolean;
  readonly ignoresCase: boolean;
  readonly matchesSlash: boolean;
}

function literally(text: string): string {
  return text.replace(/[\\*?[]/g, '\\$&');
}

function compile(text: string, style: PatternStyle, isRecursive: boolean): Pattern {
  const flags =
    (isRecursive ? FNM_LEADING_DIR : 0) |
    (style.ignoresCase ? FNM_CASEFOLD : 0) |
    (style.matchesSlash ? 0 : FNM_PATHNAME);
  return compilePattern(style.hasWildcards ? text : literally(text), flags);
}

/** A pattern that matches a name, or (if it is not anchored) what follows a slash in it. */
class NamePattern {
  readonly #pattern: Pattern;
  readonly #isAnchored: boolean;

  constructor(text: string, style: PatternStyle, isRecursive: boolean) {
    this.#pattern = compile(text, style, isRecursive);
    this.#isAnchored = style.isAnchored;
  }
  test(name: string): boolean {
    if (matches(this.#pattern, name)) return true;
    if (this.#isAnchored) return false;
    for (let slash = name.indexOf('/'); slash >= 0; slash = name.indexOf('/', slash + 1)) {
      if (
        name[slash + 1] !== '/' &&
        slash + 1 < name.length &&
        matches(this.#pattern, name.slice(slash + 1))
      ) {
        return true;
      }
    }
    return false;
  }
}

export class Exclusions {
  readonly #patterns: NamePattern[] = [];
  /** As they were written. */
  readonly texts: string[] = [];
  readonly #tags: { readonly file: string; readonly keeps: 'contents' | 'tag' | 'nothing' }[] = [];

  add(text: string, style: PatternStyle): void {
    this.#patterns.push(new NamePattern(text, style, true));
    this.texts.push(text);
  }
  addTag(file: string, keeps: 'contents' | 'tag' | 'nothing'): void {
    this.#tags.push({ file, keeps });
  }
  get tags(): readonly { readonly file: string; readonly keeps: 'contents' | 'tag' | 'nothing' }[] {
    return this.#tags;
  }
  get count(): number {
    return this.#patterns.length;
  }
  /** Whether one of the first `count` patterns matches. */
  has(name: string, count = this.#patterns.length): boolean {
    if (count === 0) return false;
    const bare = withoutTrailingSlashes(name);
    return this.#patterns.some((pattern, i) => i < count && pattern.test(bare));
  }
}

interface Wanted {
  readonly name: string;
  readonly test: (name: string) => boolean;
  /** Index of the directory that -C gave for it. */
  readonly directory: number;
  isFound: boolean;
}

/** The members that were asked for; all if none was named. */
export class Selection {
  readonly #wanted: Wanted[] = [];

  add(operand: string, style: PatternStyle, isRecursive: boolean, directory: number): void {
    const name = withoutTrailingSlashes(operand);
    const isLiteral = !style.hasWildcards && style.isAnchored && !style.ignoresCase;
    const pattern = isLiteral ? undefined : new NamePattern(name, style, isRecursive);
    const test = pattern
      ? (member: string) => pattern.test(member)
      : (member: string) => member === name || (isRecursive && member.startsWith(`${name}/`));
    this.#wanted.push({ name: operand, test, directory, isFound: false });
  }

  get isEmpty(): boolean {
    return this.#wanted.length === 0;
  }

  /** The directory for a member, or undefined if it was not asked for. `otherwise`: if all are. */
  find(name: string, otherwise: number): number | undefined {
    if (this.#wanted.length === 0) return otherwise;
    const bare = withoutTrailingSlashes(name);
    const wanted = this.#wanted.find(item => item.test(bare));
    if (!wanted) return undefined;
    wanted.isFound = true;
    return wanted.directory;
  }

  /** What was asked for and did not come. */
  missing(): string[] {
    return this.#wanted.filter(item => !item.isFound).map(item => item.name);
  }
}

export const VCS_PATTERNS = [
  'CVS', '.cvsignore', 'RCS', 'SCCS', '.git', '.gitignore', '.gitmodules', '.gitattributes', '.arch-ids', '{arch}',
  '=RELEASE-ID', '=meta-update', '=update', '.svn', '.bzr', '.bzrignore', '.bzrtags', '.hg', '.hgignore', '.hgtags',
  '_darcs',
]; // prettier-ignore
export const BACKUP_PATTERNS = ['.#*', '*~', '#*#'];
