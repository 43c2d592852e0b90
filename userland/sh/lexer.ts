/**
 * The tokens of the shell language (XCU 2.3): operators, IO numbers, newlines and words. Words are read by
 * word-reader.ts. Here-documents are read when the newline after them is taken.
 */
import type { Command, Word } from './ast.ts';
import { ShellSyntaxError } from './errors.ts';
import type { CharacterSource } from './source.ts';
import { readHereText, readWord } from './word-reader.ts';

export type Token =
  | {
      readonly type: 'word';
      readonly word: Word;
      readonly line: number;
      /** Aliases whose values this word came from: they are not expanded again. */
      readonly aliases: readonly string[];
      /** The word follows an alias whose value ends in a blank. */
      readonly isAfterBlankAlias: boolean;
    }
  | { readonly type: 'operator'; readonly operator: string; readonly line: number }
  | { readonly type: 'number'; readonly fd: number; readonly line: number }
  | { readonly type: 'newline' | 'end'; readonly line: number };

/** A here-document whose text comes after the next newline; `target` is filled then. */
export interface PendingHereDocument {
  readonly delimiter: string;
  readonly isQuoted: boolean;
  readonly stripsTabs: boolean;
  readonly redirect: { target: Word };
}

export class Lexer {
  readonly source: CharacterSource;
  pendingHereDocuments: PendingHereDocument[] = [];
  /** Parses the inside of $(…) up to and with its ')'; given by the parser. */
  parseSubstitution: () => Command | undefined = () => undefined;
  /** Parses the text of a `…` substitution. */
  parseText: (text: string, line: number) => Command | undefined = () => undefined;
  /** A lexer on another text, with a parser of its own. */
  lexerFor: (text: string, line: number) => Lexer = () => this;

  constructor(source: CharacterSource) {
    this.source = source;
  }

  fail(message: string): never {
    throw new ShellSyntaxError(message, this.source.line);
  }

  /** Drops backslash-newline pairs and looks at the next character. */
  peek(): string {
    while (this.source.isAtMatch(CONTINUATION)) this.source.takeMatch(CONTINUATION);
    return this.source.peek();
  }

  readToken(): Token {
    const { source } = this;
    source.hasLeftBlankAlias = false;
    for (;;) {
      const char = this.peek();
      if (char === ' ' || char === '\t') source.take();
      else if (char === '#') source.takeMatch(COMMENT);
      else break;
    }
    const { line, hasLeftBlankAlias: isAfterBlankAlias } = source;
    const char = source.peek();
    if (char === '') return { type: 'end', line };
    if (char === '\n') {
      source.take();
      this.readHereDocuments();
      return { type: 'newline', line };
    }
    source.isInCommand = true;
    if (OPERATOR_START.test(char)) return { type: 'operator', operator: this.readOperator(), line };
    const aliases = source.activeAliases();
    const word = readWord(this);
    const first = word[0];
    if (word.length === 1 && first?.type === 'text' && /^[0-9]+$/.test(first.text)) {
      const next = this.peek();
      if (next === '<' || next === '>') return { type: 'number', fd: Number(first.text), line };
    }
    return { type: 'word', word, line, aliases, isAfterBlankAlias };
  }

  /** Reads a here-document's delimiter word and notes the document; its text is read after the newline. */
  readHereDelimiter(redirect: { target: Word }, stripsTabs: boolean): boolean {
    while (/^[ \t]/.test(this.peek())) this.source.take();
    const { text: raw } = this.source.recorded(() => readWord(this));
    if (raw === '') return false;
    const isQuoted = /['"\\]/.test(raw);
    const delimiter = raw.replace(/'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])/g, (_, single, double, escaped) =>
      single !== undefined ? single : double !== undefined ? double.replace(/\\([$`"\\])/g, '$1') : escaped,
    );
    this.pendingHereDocuments.push({ delimiter, isQuoted, stripsTabs, redirect });
    return true;
  }

  private readOperator(): string {
    const { source } = this;
    let operator = source.take();
    while (OPERATORS.has(operator + this.peek()) && source.peek() !== '') operator += source.take();
    return operator;
  }

  private readHereDocuments(): void {
    const pending = this.pendingHereDocuments;
    this.pendingHereDocuments = [];
    for (const document of pending) {
      const { line } = this.source;
      const text = this.readHereLines(document);
      document.redirect.target = document.isQuoted
        ? [{ type: 'quoted', text }]
        : this.parseHereText(text, line + 1);
    }
  }

  private readHereLines({ delimiter, isQuoted, stripsTabs }: PendingHereDocument): string {
    let text = '';
    for (let isJoined = false; ;) {
      if (this.source.peek() === '') return text; // The end of the input ends the document too.
      let line = this.source.takeMatch(LINE);
      if (stripsTabs && !isJoined) line = line.replace(/^\t+/, '');
      if (!isJoined && (line === delimiter || line === `${delimiter}\n`)) return text;
      text += line;
      isJoined = !isQuoted && /(?:^|[^\\])(?:\\\\)*\\\n$/.test(line);
    }
  }

  private parseHereText(text: string, line: number): Word {
    return readHereText(this.lexerFor(text, line));
  }
}

const CONTINUATION = /\\\n/y;
const COMMENT = /[^\n]*/y;
const LINE = /[^\n]*\n?/y;
const OPERATOR_START = /[;&|<>()]/;
const OPERATORS = new Set(['&&', '||', ';;', ';&', '>>', '>|', '<>', '<<', '<<-', '<<<', '<&', '>&']);
