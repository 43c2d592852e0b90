/** What grep looks for: patterns of any kind as something that finds lines in a big text and matches in a line. */
import { fromText, toText } from '../../../kernel/abi/byte-string.ts';
import { Regex, RegexError } from '../../libc/regex.ts';

export interface MatcherOptions {
  readonly kind: 'basic' | 'extended' | 'fixed' | 'perl';
  readonly isCaseless: boolean;
  readonly extent: 'word' | 'line' | undefined;
  readonly isUtf8: boolean;
  /** '\n', or '\0' with -z. */
  readonly delimiter: string;
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Matcher {
  /** The line at or behind `from` that matches, as its bounds in `text` without the delimiter; text is whole lines. */
  findLine(text: string, from: number): Span | undefined;
  testLine(line: string): boolean;
  /** The first match in a line at or behind `from`. */
  findIn(line: string, from: number): Span | undefined;
}

export { RegexError };

/** Makes the matcher; warnings go to `warn`. */
export function makeMatcher(
  patterns: readonly string[],
  options: MatcherOptions,
  warn: (text: string) => void,
): Matcher {
  if (options.kind === 'perl') return new PerlMatcher(patterns, options);
  const isLiteral =
    options.kind === 'fixed' || patterns.every(pattern => /^[A-Za-z0-9 _,;:=<>@#%&"'/!~-]+$/.test(pattern));
  if (isLiteral && patterns.length === 1 && !options.isCaseless && !options.extent && patterns[0] !== '') {
    return new LiteralMatcher(patterns[0]!, options.delimiter);
  }
  const sources =
    options.kind === 'fixed'
      ? patterns.map(text => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      : patterns;
  const regex = new Regex(sources, {
    isExtended: options.kind !== 'basic',
    isCaseless: options.isCaseless,
    isUtf8: options.isUtf8,
    dialect: 'grep',
    lines: options.delimiter === '\n' ? 'never-newline' : 'whole',
    ...(options.extent ? { extent: options.extent } : {}),
  });
  for (const warning of regex.warnings) warn(`warning: ${warning}`);
  return options.delimiter === '\n' && !regex.isExplosive
    ? new RegexMatcher(regex)
    : new LineMatcher(regex, options.delimiter);
}

/** The line around a place. */
function lineAt(text: string, at: number, delimiter: string): Span {
  const start = at === 0 ? 0 : text.lastIndexOf(delimiter, at - 1) + 1;
  const end = text.indexOf(delimiter, at);
  return { start, end: end < 0 ? text.length : end };
}

class LiteralMatcher implements Matcher {
  private readonly literal: string;
  private readonly delimiter: string;
  constructor(literal: string, delimiter: string) {
    this.literal = literal;
    this.delimiter = delimiter;
  }
  findLine(text: string, from: number): Span | undefined {
    const at = text.indexOf(this.literal, from);
    return at < 0 ? undefined : lineAt(text, at, this.delimiter);
  }
  testLine(line: string): boolean {
    return line.includes(this.literal);
  }
  findIn(line: string, from: number): Span | undefined {
    const start = line.indexOf(this.literal, from);
    return start < 0 ? undefined : { start, end: start + this.literal.length };
  }
}

class RegexMatcher implements Matcher {
  private readonly regex: Regex;
  /** Worth looking for before the expression is tried. */
  private readonly required: string | undefined;
  private text = '';
  private scanner = /(?!)/g;

  constructor(regex: Regex) {
    this.regex = regex;
    this.required = regex.required.length >= 3 ? regex.required : undefined;
  }

  findLine(text: string, from: number): Span | undefined {
    if (this.required === undefined) {
      // Which variant is right takes a look at the whole text: not for each line.
      if (text !== this.text) {
        this.text = text;
        this.scanner = this.regex.scanner(text);
      }
      const { scanner } = this;
      scanner.lastIndex = from;
      const match = scanner.exec(text);
      // An empty match behind the last newline is in no line.
      if (!match || (match.index === text.length && text.endsWith('\n')) || text.length === 0)
        return undefined;
      return lineAt(text, match.index, '\n');
    }
    for (let at = from; ;) {
      const found = text.indexOf(this.required, at);
      if (found < 0) return undefined;
      const line = lineAt(text, found, '\n');
      if (this.regex.test(text.slice(line.start, line.end))) return line;
      at = line.end;
    }
  }
  testLine(line: string): boolean {
    return this.regex.test(line);
  }
  findIn(line: string, from: number): Span | undefined {
    return this.regex.exec(line, from);
  }
}

/** Line by line: for -z, where lines have newlines in them, and for -P. */
class LineMatcher implements Matcher {
  private readonly regex: Pick<Regex, 'test' | 'exec'>;
  private readonly delimiter: string;
  constructor(regex: Pick<Regex, 'test' | 'exec'>, delimiter: string) {
    this.regex = regex;
    this.delimiter = delimiter;
  }
  findLine(text: string, from: number): Span | undefined {
    for (let start = from; start < text.length;) {
      const next = text.indexOf(this.delimiter, start);
      const end = next < 0 ? text.length : next;
      if (this.regex.test(text.slice(start, end))) return { start, end };
      start = end + 1;
    }
    return undefined;
  }
  testLine(line: string): boolean {
    return this.regex.test(line);
  }
  findIn(line: string, from: number): Span | undefined {
    return this.regex.exec(line, from);
  }
}

/**
 * -P: JavaScript's regular expressions are close to Perl's. Leading (?i) and friends, \K, \h, \A, \Z and possessive
 * quantifiers are rewritten; recursion, callouts and conditionals are not there.
 */
class PerlMatcher implements Matcher {
  private readonly regex: RegExp;
  private readonly lines: LineMatcher;
  private readonly isUtf8: boolean;

  constructor(patterns: readonly string[], options: MatcherOptions) {
    if (patterns.length > 1) throw new RegexError('the -P option only supports a single pattern');
    this.isUtf8 = options.isUtf8;
    let source = this.isUtf8 ? toText(patterns[0]!) : patterns[0]!;
    let flags = options.isCaseless ? 'gi' : 'g';
    const leading = /^\(\?([imsx]+)\)/.exec(source);
    if (leading) {
      source = source.slice(leading[0].length);
      for (const flag of leading[1]!) if ('is'.includes(flag) && !flags.includes(flag)) flags += flag;
    }
    source = source
      .replaceAll('\\h', '[ \\t]')
      .replaceAll('\\A', '^')
      .replaceAll(/\\[zZ]/g, '$')
      .replaceAll(/\[:(\w+):\]/g, (whole, name: string) => PERL_CLASSES[name] ?? whole)
      .replaceAll(/([*+?}])\+/g, '$1')
      .replaceAll('(?P<', '(?<');
    const kept = source.indexOf('\\K');
    if (kept >= 0) source = `(?<=${source.slice(0, kept)})${source.slice(kept + 2)}`;
    if (options.extent === 'line') source = `^(?:${source})$`;
    if (options.extent === 'word') source = `(?<!\\w)(?:${source})(?!\\w)`;
    this.regex = this.compile(source, flags);
    this.lines = new LineMatcher(
      { test: line => this.testLine(line), exec: () => undefined },
      options.delimiter,
    );
  }

  private compile(source: string, flags: string): RegExp {
    for (const extra of this.isUtf8 ? ['u', ''] : ['']) {
      try {
        return new RegExp(source, flags + extra);
      } catch (error) {
        if (extra === '') throw new RegexError((error as Error).message);
      }
    }
    throw new RegexError('');
  }

  findLine(text: string, from: number): Span | undefined {
    return this.lines.findLine(text, from);
  }
  testLine(line: string): boolean {
    this.regex.lastIndex = 0;
    return this.regex.test(this.isUtf8 ? toText(line) : line);
  }
  findIn(line: string, from: number): Span | undefined {
    if (!this.isUtf8) {
      this.regex.lastIndex = from;
      const match = this.regex.exec(line);
      return match ? { start: match.index, end: match.index + match[0].length } : undefined;
    }
    const text = toText(line);
    this.regex.lastIndex = toText(line.slice(0, from)).length;
    const match = this.regex.exec(text);
    if (!match) return undefined;
    const start = fromText(text.slice(0, match.index)).length;
    return { start, end: start + fromText(match[0]).length };
  }
}

const PERL_CLASSES: Record<string, string> = {
  alpha: 'a-zA-Z', digit: '0-9', alnum: 'a-zA-Z0-9', upper: 'A-Z', lower: 'a-z', space: '\\s', punct: '!-\\/:-@\\[-`{-~',
  xdigit: '0-9a-fA-F', blank: ' \\t', word: '\\w',
}; // prettier-ignore
