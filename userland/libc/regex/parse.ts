/**
 * Parses POSIX basic and extended regular expressions with GNU's additions. regex(7); GNU grep's manual, chapter 3.
 *
 *   alternation   = branch { | branch }
 *   branch        = { piece }
 *   piece         = atom { * + ? {m,n} }
 */
import { CharSet, otherCase } from './charset.ts';
import { type Assertion, type Node, RegexError, type Syntax } from './ast.ts';
import { parseBracket } from './brackets.ts';
import { charLength, codeAt, INVALID_BASE } from './utf8.ts';

const DUP_MAX = 32767;
const GNU_ASSERTIONS: Record<string, Assertion> = {
  b: 'wordBoundary',
  B: 'notWordBoundary',
  '<': 'wordStart',
  '>': 'wordEnd',
  '`': 'textStart',
  "'": 'textEnd',
};
const CONTROL: Record<string, number> = { n: 10, t: 9, f: 12, v: 11, a: 7, r: 13 };

export interface Parsed {
  readonly root: Node;
  readonly groups: number;
  /** grep warns about these. */
  readonly warnings: readonly string[];
}

/** Groups are numbered from `groupBase` + 1: several patterns can become one. */
export function parseRegex(pattern: string, syntax: Syntax, groupBase = 0): Parsed {
  return new Parser(pattern, syntax, groupBase).parse();
}

class Parser {
  private at = 0;
  private depth = 0;
  private groups: number;
  private readonly groupBase: number;
  private readonly closed = new Set<number>();
  private readonly warnings: string[] = [];
  private readonly pattern: string;
  private readonly syntax: Syntax;
  /** Operators are written with a backslash in basic expressions. */
  private readonly prefix: '' | '\\';

  constructor(pattern: string, syntax: Syntax, groupBase: number) {
    this.groups = groupBase;
    this.groupBase = groupBase;
    this.pattern = pattern;
    this.syntax = syntax;
    this.prefix = syntax.isExtended ? '' : '\\';
  }

  parse(): Parsed {
    const root = this.alternation();
    if (this.at < this.pattern.length) throw new RegexError('Unmatched ) or \\)');
    return { root, groups: this.groups, warnings: this.warnings };
  }

  private sees(operator: string): boolean {
    return this.pattern.startsWith(this.prefix + operator, this.at);
  }
  private take(operator: string): boolean {
    if (!this.sees(operator)) return false;
    this.at += this.prefix.length + operator.length;
    return true;
  }

  private alternation(): Node {
    const branches = [this.branch()];
    while (this.take('|')) branches.push(this.branch());
    return branches.length === 1 ? branches[0]! : { kind: 'alt', items: branches };
  }

  private branch(): Node {
    const items: Node[] = [];
    const start = this.at;
    while (this.at < this.pattern.length && !this.sees('|')) {
      if (this.sees(')')) {
        if (this.depth > 0) break;
        // GNU grep -E takes a lone ) for itself.
        if (this.syntax.dialect !== 'grep' || !this.syntax.isExtended)
          throw new RegexError('Unmatched ) or \\)');
        this.at++;
        items.push(this.quantified(this.literal(41)));
        continue;
      }
      const atom = this.atom(items.length === 0, start);
      if (atom) items.push(this.quantified(atom));
    }
    if (items.length === 1) return items[0]!;
    return items.length === 0 ? { kind: 'empty' } : { kind: 'cat', items };
  }

  /** One atom; undefined if an operator stood where none can be and is passed over. */
  private atom(isFirst: boolean, branchStart: number): Node | undefined {
    const { pattern, syntax } = this;
    const char = pattern[this.at]!;
    if (this.take('(')) return this.group();
    if (syntax.isExtended) {
      if (
        char === '*' ||
        char === '+' ||
        char === '?' ||
        (char === '{' && this.intervalEnd() !== undefined)
      ) {
        // Only reached where there is nothing to repeat.
        if (syntax.dialect !== 'grep' && syntax.dialect !== 'awk') {
          throw new RegexError('Invalid preceding regular expression');
        }
        this.warnings.push(`${char === '{' ? '{...}' : char} at start of expression`);
        if (char !== '{') {
          this.at++;
          return undefined;
        }
        this.at = this.intervalEnd()!;
        return undefined;
      }
      if (char === '^') return this.anchor('lineStart');
      if (char === '$') return this.anchor('lineEnd');
    } else {
      if (char === '^' && isFirst && (this.at === branchStart || pattern[this.at - 1] === '\n'))
        return this.anchor('lineStart');
      if (char === '$' && this.isDollarLast()) return this.anchor('lineEnd');
      if (pattern.startsWith('\\{', this.at) && isFirst && syntax.dialect === 'sed') {
        throw new RegexError('Invalid preceding regular expression');
      }
    }
    if (char === '.') {
      this.at++;
      return { kind: 'any' };
    }
    if (char === '[') {
      const { set, end } = parseBracket(pattern, this.at + 1, syntax);
      this.at = end;
      return { kind: 'set', set };
    }
    if (char === '\\') return this.escape();
    const code = syntax.isUtf8 ? codeAt(pattern, this.at) : pattern.charCodeAt(this.at);
    this.at += syntax.isUtf8 ? charLength(pattern, this.at) : 1;
    return this.literal(code);
  }

  private anchor(what: Assertion): Node {
    this.at++;
    return { kind: 'assert', what };
  }

  private isDollarLast(): boolean {
    const rest = this.pattern.slice(this.at + 1);
    return (
      rest === '' ||
      rest.startsWith('\\|') ||
      (rest.startsWith('\\)') && this.depth > 0) ||
      rest.startsWith('\n')
    );
  }

  private group(): Node {
    const index = ++this.groups;
    this.depth++;
    const item = this.alternation();
    this.depth--;
    if (!this.take(')')) throw new RegexError('Unmatched ( or \\(');
    this.closed.add(index);
    return { kind: 'group', index, item };
  }

  private literal(code: number): Node {
    if (this.syntax.isCaseless && otherCase(code) !== code) {
      const other = otherCase(code);
      return { kind: 'set', set: CharSet.of([code, code], [other, other]) };
    }
    return { kind: 'char', code };
  }

  private escape(): Node {
    const { pattern, syntax } = this;
    if (this.at + 1 >= pattern.length) throw new RegexError('Trailing backslash');
    const next = pattern[this.at + 1]!;
    this.at += 2;
    if (syntax.dialect === 'awk') {
      const octal = /^[0-7]{1,3}/.exec(pattern.slice(this.at - 1, this.at + 2));
      if (octal) {
        this.at += octal[0].length - 1;
        return this.byte(parseInt(octal[0], 8) & 255);
      }
      if (next === 'b') return this.literal(8);
      if (next === 'y') return { kind: 'assert', what: 'wordBoundary' };
    } else if (next >= '1' && next <= '9') {
      const index = this.groupBase + Number(next);
      if (!this.closed.has(index)) throw new RegexError('Invalid back reference');
      return { kind: 'backref', index };
    }
    if (syntax.hasGnuEscapes !== false) {
      const what = GNU_ASSERTIONS[next];
      if (what) return { kind: 'assert', what };
      if (next === 'w' || next === 'W') return { kind: 'set', set: CharSet.ofClass('word', next === 'W') };
      if (next === 's' || next === 'S') return { kind: 'set', set: CharSet.ofClass('space', next === 'S') };
    }
    if (syntax.dialect === 'sed' || syntax.dialect === 'awk') {
      const code = CONTROL[next];
      if (code !== undefined) return this.literal(code);
    }
    if (syntax.dialect === 'sed') {
      const number = this.numericEscape(next);
      if (number !== undefined) return this.byte(number);
    }
    if (syntax.isUtf8 && next >= '\x80') {
      this.at -= 1;
      const code = codeAt(pattern, this.at);
      this.at += charLength(pattern, this.at);
      return this.literal(code);
    }
    return this.literal(next.charCodeAt(0));
  }

  private byte(value: number): Node {
    return this.literal(value >= 0x80 && this.syntax.isUtf8 ? INVALID_BASE + value : value);
  }

  /** GNU sed's \dNNN \oNNN \xHH \cX. */
  private numericEscape(kind: string): number | undefined {
    const forms: Record<string, [RegExp, number]> = {
      d: [/^[0-9]{1,3}/, 10],
      o: [/^[0-7]{1,3}/, 8],
      x: [/^[0-9a-fA-F]{1,2}/, 16],
    };
    if (kind === 'c' && this.at < this.pattern.length) {
      return this.pattern[this.at++]!.toUpperCase().charCodeAt(0) ^ 0x40;
    }
    const form = forms[kind];
    const match = form?.[0].exec(this.pattern.slice(this.at, this.at + 3));
    if (!form || !match) return undefined;
    this.at += match[0].length;
    return parseInt(match[0], form[1]) & 255;
  }

  private quantified(atom: Node): Node {
    let node = atom;
    for (;;) {
      if (this.pattern[this.at] === '*') {
        // In a basic expression a star at the start, or behind an anchor there, is a star.
        if (!this.syntax.isExtended && node.kind === 'assert' && node.what === 'lineStart') return node;
        this.at++;
        node = repeat(node, 0, Infinity);
      } else if (this.take('+')) node = repeat(node, 1, Infinity);
      else if (this.take('?')) node = repeat(node, 0, 1);
      else if (this.sees('{')) {
        const next = this.interval(node);
        if (!next) return node;
        node = next;
      } else return node;
    }
  }

  private intervalEnd(): number | undefined {
    const match = /^\{[0-9]*(,[0-9]*)?\}/.exec(this.pattern.slice(this.at));
    return match ? this.at + match[0].length : undefined;
  }

  private interval(item: Node): Node | undefined {
    const start = this.at + this.prefix.length + 1;
    const close = this.syntax.isExtended ? '\\}' : '\\\\\\}';
    const match = new RegExp(`^([0-9]*)(,?)([0-9]*)${close}`).exec(this.pattern.slice(start));
    if (!match || (match[1] === '' && match[2] === '')) {
      // A brace that begins no interval is itself, for grep -E and awk.
      if (this.syntax.isExtended && this.syntax.dialect !== 'sed' && this.syntax.dialect !== 'posix')
        return undefined;
      const isOpen = !this.pattern.slice(start).includes(this.syntax.isExtended ? '}' : '\\}');
      throw new RegexError(isOpen ? 'Unmatched \\{' : 'Invalid content of \\{\\}');
    }
    const min = match[1] === '' ? 0 : Number(match[1]);
    const max = match[2] === '' ? min : match[3] === '' ? Infinity : Number(match[3]);
    if (min > max) throw new RegexError('Invalid content of \\{\\}');
    if (min > DUP_MAX || (max !== Infinity && max > DUP_MAX))
      throw new RegexError('Regular expression too big');
    this.at = start + match[0].length;
    return repeat(item, min, max);
  }
}

function repeat(item: Node, min: number, max: number): Node {
  return { kind: 'repeat', item, min, max };
}
