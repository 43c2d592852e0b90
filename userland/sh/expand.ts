/**
 * Word expansion (XCU 2.6): tilde, parameters, command substitution and arithmetic in one walk over a word's parts,
 * into a sink that splits fields or does not; then pathname expansion.
 */
import type { Command, ParameterPart, Word, WordPart } from './ast.ts';
import { evaluateArithmetic } from './arithmetic.ts';
import { ShellError } from './errors.ts';
import { type Sink, FieldSink, PatternSink, TextSink } from './fields.ts';
import { expandParameter } from './parameter.ts';
import { hasWildcards } from '../libc/fnmatch.ts';

/** What expansion needs of a shell; tests hand in one of their own. */
export interface ExpansionEnvironment {
  readonly positional: readonly string[];
  readonly isUtf8: boolean;
  /** Value of a variable or special parameter (not @ and *); undefined when it is unset. */
  lookup(name: string): string | undefined;
  /** Sets a variable; throws ShellError for a read-only one. */
  assign(name: string, value: string): void;
  hasOption(name: 'nounset' | 'noglob'): boolean;
  /** The output of a command, with its trailing newlines. */
  substitute(body: Command | undefined): string;
  homeDirectory(user: string): string | undefined;
  glob(pattern: string): string[];
}

/** Where a tilde may begin: at the start of a word; also after each ':' of an assignment's value. */
type Tilde = 'word' | 'assignment' | 'none';

/** All expansions: the fields of some words. */
export function expandWords(shell: ExpansionEnvironment, words: readonly Word[]): string[] {
  const result: string[] = [];
  for (const word of words) expandWord(shell, word, result);
  return result;
}

/** All expansions of one word, added to `result`. */
export function expandWord(shell: ExpansionEnvironment, word: Word, result: string[]): void {
  const first = word[0];
  if (word.length === 1 && first!.type === 'text' && !/[~*?[]/.test(first!.text)) {
    result.push(first!.text);
    return;
  }
  const sink = new FieldSink(shell.lookup('IFS'));
  expandParts(shell, word, sink, 'word');
  for (const { text, pattern } of sink.finish()) {
    if (pattern !== undefined && !shell.hasOption('noglob') && hasWildcards(pattern)) {
      const names = shell.glob(pattern);
      if (names.length > 0) {
        for (const name of names) result.push(name);
        continue;
      }
    }
    result.push(text);
  }
}

/** Expansion to one text without splitting: redirection targets ('word'), values ('assignment'), others ('none'). */
export function expandText(shell: ExpansionEnvironment, word: Word, tilde: Tilde): string {
  const first = word[0];
  if (word.length === 0) return '';
  if (word.length === 1 && first!.type === 'text' && !first!.text.includes('~')) return first!.text;
  const sink = new TextSink();
  expandParts(shell, word, sink, tilde);
  return sink.text;
}

/** Expansion of a here-document's text: as in double quotes. */
export function expandQuoted(shell: ExpansionEnvironment, word: Word): string {
  const sink = new TextSink();
  for (const part of word) expandPart(shell, part, sink, true);
  return sink.text;
}

/** Expansion to a pattern; quoted characters are escaped. */
export function expandPattern(shell: ExpansionEnvironment, word: Word): string {
  const sink = new PatternSink();
  expandParts(shell, word, sink, 'word');
  return sink.pattern;
}

function expandParts(shell: ExpansionEnvironment, word: Word, sink: Sink, tilde: Tilde): void {
  word.forEach((part, i) => {
    if (part.type === 'text')
      sink.literal(tilde === 'none' ? part.text : expandTildes(shell, part.text, word, i, tilde));
    else expandPart(shell, part, sink, false);
  });
}

/** `isQuoted`: the part stands in double quotes or a here-document. */
export function expandPart(shell: ExpansionEnvironment, part: WordPart, sink: Sink, isQuoted: boolean): void {
  switch (part.type) {
    case 'text':
      // In the word of an unquoted ${x-…} the script's own text is a result of expansion and is split.
      if (isQuoted) sink.quoted(part.text);
      else sink.expanded(part.text);
      return;
    case 'quoted':
      sink.quoted(part.text);
      return;
    case 'double': {
      if (part.parts.length === 0) sink.quoted('');
      // "$@" without parameters makes no field at all.
      else for (const inner of part.parts) expandPart(shell, inner, sink, true);
      return;
    }
    case 'parameter':
      expandParameterPart(shell, part, sink, isQuoted);
      return;
    case 'command':
      add(sink, shell.substitute(part.body).replace(/\n+$/, '').replaceAll('\0', ''), isQuoted);
      return;
    case 'arithmetic':
      add(sink, evaluateArithmetic(expandQuoted(shell, part.expression), shell), isQuoted);
  }
}

function add(sink: Sink, text: string, isQuoted: boolean): void {
  if (isQuoted) sink.quoted(text);
  else sink.expanded(text);
}

function expandParameterPart(
  shell: ExpansionEnvironment,
  part: ParameterPart,
  sink: Sink,
  isQuoted: boolean,
): void {
  const value = expandParameter(shell, part);
  if (value === 'word') {
    // ${x-word}: the word takes the parameter's place, with its own quoting.
    const word = part.word ?? [];
    if (word.length === 0 && isQuoted) sink.quoted('');
    word.forEach((inner, i) => {
      if (!isQuoted && inner.type === 'text') sink.expanded(expandTildes(shell, inner.text, word, i, 'word'));
      else expandPart(shell, inner, sink, isQuoted);
    });
    return;
  }
  if (typeof value === 'string') throw new ShellError(`bad parameter result ${value}`);
  if ('text' in value) {
    add(sink, value.text, isQuoted);
    return;
  }
  const { list } = value;
  if (part.name === '*' && (isQuoted || !(sink instanceof FieldSink))) {
    const ifs = shell.lookup('IFS');
    add(sink, list.join(ifs === undefined ? ' ' : ifs.slice(0, 1)), isQuoted);
    return;
  }
  list.forEach((text, i) => {
    if (i > 0) sink.boundary(isQuoted ? 'quoted' : 'unquoted');
    add(sink, text, isQuoted);
  });
}

/** Replaces tilde prefixes in the unquoted text at `index` of a word. */
function expandTildes(
  shell: ExpansionEnvironment,
  text: string,
  word: Word,
  index: number,
  tilde: Tilde,
): string {
  if (!text.includes('~')) return text;
  const expression = tilde === 'assignment' ? /(^|:)~([^/:]*)(?=[/:]|$)/g : /(^)~([^/]*)(?=\/|$)/g;
  return text.replace(expression, (whole, before: string, user: string, at: number) => {
    if (before === '' && index > 0) return whole;
    const reachesEnd = at + whole.length === text.length;
    // A quote or expansion inside the prefix makes it no prefix.
    if (reachesEnd && index + 1 < word.length) return whole;
    const home = shell.homeDirectory(user);
    return home === undefined ? whole : before + home;
  });
}
