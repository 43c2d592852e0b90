/** The grammar of the shell language (XCU 2.10) by recursive descent. Error texts are dash's. */
import { NAME, plainText } from './ast.ts';
import type { Assignment, CaseItem, Command, Redirect, Word } from './ast.ts';
import { ShellSyntaxError } from './errors.ts';
import { Lexer, type Token } from './lexer.ts';
import { CharacterSource, type LineSource, textSource } from './source.ts';

/** Aliases by name; looked up while parsing. */
export type Aliases = ReadonlyMap<string, string>;

export const RESERVED_WORDS = new Set(
  '! { } case do done elif else esac fi for if in then until while'.split(' '),
);

const REDIRECT_OPERATORS = new Set(['<', '>', '>>', '>|', '<>', '<&', '>&', '<<', '<<-', '<<<']);

export class Parser {
  readonly lexer: Lexer;
  private readonly aliases: Aliases;
  private lookahead: Token | undefined;

  constructor(source: CharacterSource, aliases: Aliases) {
    this.aliases = aliases;
    this.lexer = new Lexer(source);
    this.lexer.parseSubstitution = () => this.parseSubstitution();
    this.lexer.parseText = (text, line) => parseText(text, aliases, line);
    this.lexer.lexerFor = (text, line) =>
      new Parser(new CharacterSource(textSource(text), line), aliases).lexer;
  }

  /** The next complete command line: 'end' at the end of the input, undefined for an empty line. */
  next(): Command | undefined | 'end' {
    const { source } = this.lexer;
    source.isInCommand = false;
    this.lookahead = undefined;
    const first = this.peek();
    if (first.type === 'end') return 'end';
    if (first.type === 'newline') return undefined;
    const command = this.parseSequence(false);
    const end = this.peek();
    if (end.type !== 'newline' && end.type !== 'end') this.unexpected(end);
    return command;
  }

  private peek(): Token {
    return (this.lookahead ??= this.lexer.readToken());
  }

  private take(): Token {
    const token = this.peek();
    this.lookahead = undefined;
    return token;
  }

  /** The next token at a place where an alias may stand. */
  private peekCommandWord(): Token {
    for (;;) {
      const token = this.peek();
      if (token.type !== 'word') return token;
      const name = plainText(token.word);
      if (name === undefined || RESERVED_WORDS.has(name) || !this.expandAlias(token)) return token;
    }
  }

  /** Replaces the word just read by its alias's value; false when it is none. */
  private expandAlias(token: Token): boolean {
    if (token.type !== 'word') return false;
    const name = plainText(token.word);
    const value = name === undefined ? undefined : this.aliases.get(name);
    if (value === undefined || token.aliases.includes(name!)) return false;
    this.lexer.source.pushAlias(name!, value);
    this.lookahead = undefined;
    return true;
  }

  /** The reserved word that comes next where one may stand, else undefined. */
  private reserved(): string | undefined {
    const token = this.peekCommandWord();
    const text = token.type === 'word' ? plainText(token.word) : undefined;
    return text !== undefined && RESERVED_WORDS.has(text) ? text : undefined;
  }

  private isOperator(operator: string): boolean {
    const token = this.peek();
    return token.type === 'operator' && token.operator === operator;
  }

  private skipNewlines(): void {
    while (this.peek().type === 'newline') this.take();
  }

  private unexpected(token: Token, expected?: string): never {
    const wanted = expected === undefined ? '' : ` (expecting ${expected})`;
    throw new ShellSyntaxError(`${describe(token)} unexpected${wanted}`, this.lexer.source.line);
  }

  private expectReserved(word: string): void {
    if (this.reserved() !== word) this.unexpected(this.peek(), `"${word}"`);
    this.take();
  }

  private expectOperator(operator: string): void {
    if (!this.isOperator(operator)) this.unexpected(this.peek(), `"${operator}"`);
    this.take();
  }

  /** Commands separated by ; & and, in a compound list, newlines. Ends before what cannot begin a command. */
  private parseSequence(isCompound: boolean): Command | undefined {
    const commands: Command[] = [];
    for (;;) {
      if (isCompound) this.skipNewlines();
      if (this.isSequenceEnd()) break;
      let command = this.parseAndOr();
      const token = this.peek();
      const isBackground = this.isOperator('&');
      if (isBackground) command = { type: 'background', command };
      commands.push(command);
      if (isBackground || this.isOperator(';')) this.take();
      else if (!(isCompound && token.type === 'newline')) break;
    }
    return commands.length > 1 ? { type: 'sequence', commands } : commands[0];
  }

  private isSequenceEnd(): boolean {
    const token = this.peekCommandWord();
    if (token.type === 'end' || token.type === 'newline') return true;
    if (token.type === 'operator')
      return token.operator === ')' || token.operator === ';;' || token.operator === ';&';
    return CLOSERS.has(this.reserved() ?? '');
  }

  /** A compound list that must hold a command. */
  private parseList(expected?: string): Command {
    const list = this.parseSequence(true);
    if (!list) {
      const token = this.peek();
      this.unexpected(token, token.type === 'end' ? expected : undefined);
    }
    return list;
  }

  private parseAndOr(): Command {
    let left = this.parsePipeline();
    while (this.isOperator('&&') || this.isOperator('||')) {
      const token = this.take();
      const type = token.type === 'operator' && token.operator === '&&' ? 'and' : 'or';
      this.skipNewlines();
      left = { type, left, right: this.parsePipeline() };
    }
    return left;
  }

  private parsePipeline(): Command {
    let isNegated = false;
    let hasBang = false;
    while (this.reserved() === '!') {
      this.take();
      isNegated = !isNegated;
      hasBang = true;
    }
    const commands = [this.parseCommand()];
    while (this.isOperator('|')) {
      this.take();
      this.skipNewlines();
      commands.push(this.parseCommand());
    }
    return commands.length === 1 && !hasBang ? commands[0]! : { type: 'pipeline', isNegated, commands };
  }

  private parseCommand(): Command {
    const token = this.peekCommandWord();
    if (token.type === 'operator' && token.operator === '(') {
      this.take();
      const body = this.parseList('")"');
      this.expectOperator(')');
      return { type: 'subshell', line: token.line, body, redirects: this.parseRedirects() };
    }
    const word = this.reserved();
    if (word === undefined) return this.parseSimple();
    const { line } = token;
    this.take();
    const parts = this.parseCompound(word, token);
    return { ...parts, line, redirects: this.parseRedirects() };
  }

  private parseCompound(word: string, token: Token) {
    switch (word) {
      case '{': {
        const body = this.parseList('"}"');
        this.expectReserved('}');
        return { type: 'group', body } as const;
      }
      case 'if':
        return this.parseIf();
      case 'while':
      case 'until': {
        const condition = this.parseList('"do"');
        return { type: word, condition, body: this.parseDoGroup() } as const;
      }
      case 'for':
        return this.parseFor();
      case 'case':
        return this.parseCase();
      default:
        return this.unexpected(token);
    }
  }

  /** After 'if' or 'elif'. Takes the 'fi'. */
  private parseIf(): {
    type: 'if';
    condition: Command;
    body: Command | undefined;
    otherwise: Command | undefined;
  } {
    const condition = this.parseList('"then"');
    this.expectReserved('then');
    const body = this.parseList('"fi"');
    let otherwise: Command | undefined;
    const { line } = this.peek();
    switch (this.reserved()) {
      case 'elif':
        this.take();
        otherwise = { ...this.parseIf(), line, redirects: [] };
        break;
      case 'else':
        this.take();
        otherwise = this.parseList('"fi"');
        this.expectReserved('fi');
        break;
      default:
        this.expectReserved('fi');
    }
    return { type: 'if', condition, body, otherwise };
  }

  private parseDoGroup(): Command {
    this.expectReserved('do');
    const body = this.parseList('"done"');
    this.expectReserved('done');
    return body;
  }

  private parseFor() {
    const token = this.take();
    const name = token.type === 'word' ? plainText(token.word) : undefined;
    if (name === undefined || !NAME.test(name)) this.lexer.fail('Bad for loop variable');
    let words: Word[] | undefined;
    const hadSemicolon = this.isOperator(';');
    if (hadSemicolon) this.take();
    this.skipNewlines();
    if (!hadSemicolon && this.peekPlain() === 'in') {
      this.take();
      words = [];
      for (let next = this.peek(); next.type === 'word'; next = this.peek()) {
        words.push(next.word);
        this.take();
      }
      const end = this.peek();
      if (end.type !== 'newline' && !this.isOperator(';')) this.unexpected(end);
      this.take();
      this.skipNewlines();
    }
    return { type: 'for', name, words, body: this.parseDoGroup() } as const;
  }

  private parseCase() {
    const token = this.take();
    if (token.type !== 'word') this.unexpected(token, 'word');
    this.skipNewlines();
    if (this.peekPlain() !== 'in') this.unexpected(this.peek(), '"in"');
    this.take();
    const items: CaseItem[] = [];
    for (;;) {
      this.skipNewlines();
      if (this.peekPlain() === 'esac') break;
      const item = this.parseCaseItem();
      items.push(item);
      if (this.isOperator(';;') || this.isOperator(';&')) this.take();
      else break;
    }
    this.skipNewlines();
    if (this.peekPlain() !== 'esac') this.unexpected(this.peek(), '";;"');
    this.take();
    return { type: 'case', subject: token.word, items } as const;
  }

  private parseCaseItem(): CaseItem {
    if (this.isOperator('(')) this.take();
    const patterns: Word[] = [];
    for (;;) {
      const token = this.take();
      if (token.type !== 'word') this.unexpected(token, '")"');
      patterns.push(token.word);
      if (!this.isOperator('|')) break;
      this.take();
    }
    this.expectOperator(')');
    const body = this.parseSequence(true);
    return { patterns, body, ...(this.isOperator(';&') && { isFallThrough: true }) };
  }

  /** The text of the next token when it is a plain word; no alias is looked up. */
  private peekPlain(): string | undefined {
    const token = this.peek();
    return token.type === 'word' ? plainText(token.word) : undefined;
  }

  private parseSimple(): Command {
    const assignments: Assignment[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    const { line } = this.peek();
    for (;;) {
      const token = words.length === 0 ? this.peekAliasable() : this.peek();
      if (token.type === 'word') {
        if (words.length > 0 && token.isAfterBlankAlias && this.expandAlias(token)) continue;
        this.take();
        const assignment = words.length === 0 ? splitAssignment(token.word) : undefined;
        if (assignment) assignments.push(assignment);
        else words.push(token.word);
        if (words.length === 1 && assignments.length + redirects.length === 0 && this.isOperator('(')) {
          return this.parseFunction(token.word, line);
        }
        continue;
      }
      const redirect = this.parseRedirect();
      if (!redirect) break;
      redirects.push(redirect);
    }
    if (assignments.length + words.length + redirects.length === 0) this.unexpected(this.peek());
    return { type: 'simple', line, assignments, words, redirects };
  }

  private peekAliasable(): Token {
    for (;;) {
      const token = this.peek();
      if (!this.expandAlias(token)) return token;
    }
  }

  private parseFunction(word: Word, line: number): Command {
    this.take();
    if (!this.isOperator(')')) this.unexpected(this.peek(), '")"');
    this.take();
    const name = plainText(word);
    if (name === undefined || !/^[^\s=/]+$/.test(name)) this.lexer.fail('Bad function name');
    this.skipNewlines();
    return { type: 'function', line, name, body: this.parseCommand() };
  }

  private parseRedirects(): Redirect[] {
    const redirects: Redirect[] = [];
    for (let redirect = this.parseRedirect(); redirect; redirect = this.parseRedirect())
      redirects.push(redirect);
    return redirects;
  }

  private parseRedirect(): Redirect | undefined {
    let token = this.peek();
    let fd: number | undefined;
    if (token.type === 'number') {
      fd = token.fd;
      this.take();
      token = this.peek();
    }
    if (token.type !== 'operator' || !REDIRECT_OPERATORS.has(token.operator)) return undefined;
    this.lookahead = undefined;
    const { operator } = token;
    const implied = fd ?? (operator.startsWith('<') ? 0 : 1);
    if (operator === '<<' || operator === '<<-') {
      const redirect: { fd: number; operator: '<<'; target: Word } = {
        fd: implied,
        operator: '<<',
        target: [],
      };
      if (!this.lexer.readHereDelimiter(redirect, operator === '<<-')) this.unexpected(this.peek());
      return redirect;
    }
    const target = this.take();
    if (target.type !== 'word') this.unexpected(target);
    return { fd: implied, operator: operator as Redirect['operator'], target: target.word };
  }

  /** Parses the inside of $(…), whose '(' has been taken, up to and with its ')'. */
  private parseSubstitution(): Command | undefined {
    const { lexer } = this;
    const saved = { lookahead: this.lookahead, pending: lexer.pendingHereDocuments };
    this.lookahead = undefined;
    lexer.pendingHereDocuments = [];
    const body = this.parseSequence(true);
    if (!this.isOperator(')')) this.unexpected(this.peek(), '")"');
    this.lookahead = saved.lookahead;
    lexer.pendingHereDocuments = saved.pending;
    return body;
  }
}

/** Reserved words that end a compound list. */
const CLOSERS = new Set(['}', 'do', 'done', 'elif', 'else', 'esac', 'fi', 'then']);

function describe(token: Token): string {
  switch (token.type) {
    case 'end':
      return 'end of file';
    case 'newline':
      return 'newline';
    case 'number':
      return 'redirection';
    case 'operator':
      return /^[<>]/.test(token.operator) ? 'redirection' : `"${token.operator}"`;
    case 'word': {
      const text = plainText(token.word);
      return text !== undefined && RESERVED_WORDS.has(text) ? `"${text}"` : 'word';
    }
  }
}

/** A word of the form name=value as an assignment. */
export function splitAssignment(word: Word): Assignment | undefined {
  const first = word[0];
  if (first?.type !== 'text') return undefined;
  const found = /^([A-Za-z_][A-Za-z0-9_]*)=/.exec(first.text);
  if (!found) return undefined;
  const rest = first.text.slice(found[0].length);
  return {
    name: found[1]!,
    value: rest === '' ? word.slice(1) : [{ type: 'text', text: rest }, ...word.slice(1)],
  };
}

/** Parses a whole text; undefined when there is no command in it. */
export function parseText(text: string, aliases: Aliases = new Map(), line = 1): Command | undefined {
  const parser = parserOf(textSource(text), aliases, line);
  const commands: Command[] = [];
  for (let command = parser.next(); command !== 'end'; command = parser.next()) {
    if (command) commands.push(command);
  }
  return commands.length > 1 ? { type: 'sequence', commands } : commands[0];
}

export function parserOf(lines: LineSource, aliases: Aliases, line = 1): Parser {
  return new Parser(new CharacterSource(lines, line), aliases);
}
