/** Recursive-descent parser for awk. The precedence climbs from `ternary` to `primary`. */
import {
  AwkSyntaxError, type Expr, type FunctionDefinition, type Lvalue, type Program, type Rule, type Statement,
} from './ast.ts'; // prettier-ignore
import { Lexer, type Token } from './lexer.ts';

const COMPARISONS = new Set(['<', '<=', '==', '!=', '>', '>=']);
const ASSIGNMENTS = new Set(['=', '+=', '-=', '*=', '/=', '%=', '^=']);

export function parseProgram(source: string): Program {
  return new Parser(source).program();
}

class Parser {
  private readonly lexer: Lexer;
  private token: Token;
  /** Inside print's list `>` redirects; inside for's parentheses `in` is the loop's. */
  private isGreaterFree = true;
  private isInFree = true;
  private readonly functions = new Map<string, FunctionDefinition>();

  constructor(source: string) {
    this.lexer = new Lexer(source);
    this.token = this.lexer.next();
  }

  private fail(token = this.token): never {
    const shown =
      token.kind === 'newline' ? 'end of line' : token.kind === 'string' ? `"${token.text}"` : token.text;
    throw new AwkSyntaxError(`line ${token.line}: syntax error at or near ${shown}`);
  }
  private advance(): Token {
    const { token } = this;
    this.token = this.lexer.next();
    return token;
  }
  private is(text: string): boolean {
    return this.token.text === text && (this.token.kind === 'operator' || this.token.kind === 'keyword');
  }
  private accept(text: string): boolean {
    if (!this.is(text)) return false;
    this.advance();
    return true;
  }
  private expect(text: string): void {
    if (!this.accept(text)) this.fail();
  }
  private skipNewlines(): void {
    while (this.token.kind === 'newline') this.advance();
  }
  private skipTerminators(): void {
    while (this.token.kind === 'newline' || this.is(';')) this.advance();
  }

  program(): Program {
    const rules: Rule[] = [];
    this.skipTerminators();
    while (this.token.kind !== 'end') {
      if (this.is('function')) this.functionDefinition();
      else rules.push(this.rule());
      this.skipTerminators();
    }
    return { rules, functions: this.functions };
  }

  private functionDefinition(): void {
    this.advance();
    const name = this.advance();
    if (name.kind !== 'name' && name.kind !== 'funcname') this.fail(name);
    this.expect('(');
    const parameters: string[] = [];
    while (!this.is(')')) {
      this.skipNewlines();
      const parameter = this.advance();
      if (parameter.kind !== 'name') this.fail(parameter);
      parameters.push(parameter.text);
      this.skipNewlines();
      if (!this.accept(',')) break;
      this.skipNewlines();
    }
    this.expect(')');
    this.skipNewlines();
    this.functions.set(name.text, { name: name.text, parameters, body: this.block() });
  }

  private rule(): Rule {
    if (this.is('BEGIN') || this.is('END')) {
      const kind = this.advance().text as 'BEGIN' | 'END';
      this.skipNewlines();
      if (!this.is('{')) this.fail();
      return { kind, first: undefined, last: undefined, action: this.block() };
    }
    let first: Expr | undefined;
    let last: Expr | undefined;
    if (!this.is('{')) {
      first = this.expression();
      if (this.accept(',')) {
        this.skipNewlines();
        last = this.expression();
      }
    }
    const action = this.is('{') ? this.block() : undefined;
    return { kind: last ? 'range' : 'pattern', first, last, action };
  }

  private block(): Statement {
    this.expect('{');
    const body: Statement[] = [];
    this.skipTerminators();
    while (!this.is('}')) {
      if (this.token.kind === 'end') this.fail();
      body.push(this.statement());
      this.skipTerminators();
    }
    this.advance();
    return { kind: 'block', body };
  }

  /** A statement that is the body of another; `;` alone is an empty one. */
  private body(): Statement {
    this.skipNewlines();
    if (this.accept(';')) return { kind: 'block', body: [] };
    return this.statement();
  }

  private statement(): Statement {
    if (this.is('{')) return this.block();
    if (this.token.kind === 'keyword') {
      switch (this.token.text) {
        case 'if':
          return this.ifStatement();
        case 'while': {
          this.advance();
          const test = this.condition();
          if (this.accept(';')) return { kind: 'while', test, body: { kind: 'block', body: [] } };
          return { kind: 'while', test, body: this.body() };
        }
        case 'do': {
          this.advance();
          const body = this.body();
          this.skipTerminators();
          this.expect('while');
          const statement: Statement = { kind: 'do', body, test: this.condition() };
          this.endOfSimple();
          return statement;
        }
        case 'for':
          return this.forStatement();
      }
    }
    const statement = this.simple();
    this.endOfSimple();
    return statement;
  }

  private endOfSimple(): void {
    if (this.token.kind === 'newline' || this.is(';')) this.advance();
    else if (!this.is('}') && this.token.kind !== 'end') this.fail();
  }

  private condition(): Expr {
    this.expect('(');
    this.skipNewlines();
    const test = this.freely(() => this.expression());
    this.skipNewlines();
    this.expect(')');
    return test;
  }

  private ifStatement(): Statement {
    this.advance();
    const test = this.condition();
    const yes = this.body();
    // An else may stand behind newlines and one semicolon.
    this.skipTerminators();
    if (!this.accept('else')) return { kind: 'if', test, yes, no: undefined };
    return { kind: 'if', test, yes, no: this.body() };
  }

  private forStatement(): Statement {
    this.advance();
    this.expect('(');
    this.skipNewlines();
    let first: Statement | undefined;
    if (!this.is(';')) {
      this.isInFree = false;
      if (this.is('(')) this.isInFree = true;
      first = this.simple();
      this.isInFree = true;
      if (
        first.kind === 'expression' &&
        first.value.kind === 'in' &&
        first.value.subscripts.length === 1 &&
        this.is(')')
      ) {
        const [variable] = first.value.subscripts;
        if (isLvalue(variable!)) {
          this.advance();
          return { kind: 'forIn', variable, array: first.value.array, body: this.body() };
        }
      }
      if (first.kind === 'expression' && isLvalue(first.value) && this.is('in')) {
        this.advance();
        const array = this.advance();
        if (array.kind !== 'name') this.fail(array);
        this.expect(')');
        return { kind: 'forIn', variable: first.value, array: array.text, body: this.body() };
      }
    }
    this.expect(';');
    this.skipNewlines();
    const test = this.is(';') ? undefined : this.expression();
    this.expect(';');
    this.skipNewlines();
    const step = this.is(')') ? undefined : this.simple();
    this.expect(')');
    if (this.accept(';')) return { kind: 'for', first, test, step, body: { kind: 'block', body: [] } };
    return { kind: 'for', first, test, step, body: this.body() };
  }

  private hasValue(): boolean {
    return !(this.token.kind === 'newline' || this.token.kind === 'end' || this.is(';') || this.is('}'));
  }

  private simple(): Statement {
    const { token } = this;
    if (token.kind === 'keyword') {
      switch (token.text) {
        case 'print':
        case 'printf':
          return this.print();
        case 'break':
        case 'continue':
        case 'next':
        case 'nextfile':
          this.advance();
          return { kind: token.text };
        case 'exit':
        case 'return':
          this.advance();
          return { kind: token.text, value: this.hasValue() ? this.expression() : undefined };
        case 'delete': {
          this.advance();
          const name = this.advance();
          if (name.kind !== 'name') this.fail(name);
          if (!this.accept('[')) return { kind: 'delete', name: name.text, subscripts: undefined };
          const subscripts = this.list(']');
          return { kind: 'delete', name: name.text, subscripts };
        }
      }
    }
    return { kind: 'expression', value: this.expression() };
  }

  private print(): Statement {
    const isFormatted = this.advance().text === 'printf';
    let args: Expr[] = [];
    const wasFree = this.isGreaterFree;
    this.isGreaterFree = false;
    if (this.hasValue() && !this.is('>') && !this.is('>>') && !this.is('|')) {
      args = this.expressionList();
      // print (a, b) > "file": the list was in parentheses.
      const [only] = args;
      if (args.length === 1 && only!.kind === 'list') args = [...only.items];
    }
    this.isGreaterFree = wasFree;
    let redirect: '' | '>' | '>>' | '|' = '';
    let target: Expr | undefined;
    if (this.is('>') || this.is('>>') || this.is('|')) {
      redirect = this.advance().text as '>';
      this.isGreaterFree = false;
      target = this.concatenation();
      this.isGreaterFree = wasFree;
    }
    return { kind: 'print', isFormatted, args, redirect, target };
  }

  private expressionList(): Expr[] {
    const list = [this.expression()];
    while (this.accept(',')) {
      this.skipNewlines();
      list.push(this.expression());
    }
    return list;
  }

  private list(close: string): Expr[] {
    const list: Expr[] = [];
    this.freely(() => {
      this.skipNewlines();
      while (!this.is(close)) {
        list.push(this.expression());
        this.skipNewlines();
        if (!this.accept(',')) break;
        this.skipNewlines();
      }
    });
    this.expect(close);
    return list;
  }

  /** Parses inside brackets, where `>` and `in` are operators again. */
  private freely<T>(parse: () => T): T {
    const { isGreaterFree, isInFree } = this;
    this.isGreaterFree = true;
    this.isInFree = true;
    const result = parse();
    this.isGreaterFree = isGreaterFree;
    this.isInFree = isInFree;
    return result;
  }

  private expression(): Expr {
    return this.ternary();
  }

  private ternary(): Expr {
    const test = this.or();
    if (this.token.kind === 'operator' && ASSIGNMENTS.has(this.token.text) && isLvalue(test)) {
      const operator = this.advance().text;
      this.skipNewlines();
      return { kind: 'assign', operator, target: test, value: this.ternary() };
    }
    if (!this.is('?')) return test;
    this.advance();
    this.skipNewlines();
    const yes = this.ternary();
    this.skipNewlines();
    this.expect(':');
    this.skipNewlines();
    return { kind: 'conditional', test, yes, no: this.ternary() };
  }

  private or(): Expr {
    let left = this.and();
    while (this.is('||')) {
      this.advance();
      this.skipNewlines();
      left = { kind: 'binary', operator: '||', left, right: this.assignable(this.and()) };
    }
    return left;
  }

  private and(): Expr {
    let left = this.membership();
    while (this.is('&&')) {
      this.advance();
      this.skipNewlines();
      left = { kind: 'binary', operator: '&&', left, right: this.assignable(this.membership()) };
    }
    return left;
  }

  /** `a && b = c`: an lvalue on the right of an operator may be assigned to. */
  private assignable(expr: Expr): Expr {
    if (this.token.kind !== 'operator' || !ASSIGNMENTS.has(this.token.text)) return expr;
    if (isLvalue(expr)) {
      const operator = this.advance().text;
      this.skipNewlines();
      return { kind: 'assign', operator, target: expr, value: this.ternary() };
    }
    if (expr.kind === 'unary' && expr.operator === '!' && isLvalue(expr.operand)) {
      return { ...expr, operand: this.assignable(expr.operand) };
    }
    if (expr.kind === 'match' && isLvalue(expr.regex)) return { ...expr, regex: this.assignable(expr.regex) };
    if (expr.kind === 'binary' && isLvalue(expr.right))
      return { ...expr, right: this.assignable(expr.right) };
    return expr;
  }

  private membership(): Expr {
    let left = this.matching();
    while (this.isInFree && this.is('in')) {
      this.advance();
      const array = this.advance();
      if (array.kind !== 'name') this.fail(array);
      left = { kind: 'in', subscripts: [left], array: array.text };
    }
    return left;
  }

  private matching(): Expr {
    let left = this.comparison();
    while (this.is('~') || this.is('!~')) {
      const isNegated = this.advance().text === '!~';
      this.skipNewlines();
      left = { kind: 'match', isNegated, text: left, regex: this.assignable(this.comparison()) };
    }
    return left;
  }

  private comparison(): Expr {
    let left = this.concatenation();
    for (;;) {
      if (this.token.kind === 'operator' && COMPARISONS.has(this.token.text)) {
        if (this.token.text === '>' && !this.isGreaterFree) return left;
        const operator = this.advance().text;
        left = { kind: 'binary', operator, left, right: this.assignable(this.concatenation()) };
      } else if (this.is('|') && this.isGetlineNext()) {
        this.advance();
        this.advance();
        left = { kind: 'getline', from: 'command', source: left, target: this.optionalLvalue() };
      } else return left;
    }
  }

  /** In print's list `|` may be a redirection: only `| getline` is an operator. */
  private isGetlineNext(): boolean {
    const next = this.lexer.peek();
    return next.kind === 'keyword' && next.text === 'getline';
  }

  private optionalLvalue(): Lvalue | undefined {
    if (this.is('$') || this.token.kind === 'name') {
      const target = this.primary();
      if (isLvalue(target)) return target;
      this.fail();
    }
    return undefined;
  }

  private beginsOperand(): boolean {
    const { kind, text } = this.token;
    if (
      kind === 'number' ||
      kind === 'string' ||
      kind === 'name' ||
      kind === 'funcname' ||
      kind === 'builtin'
    )
      return true;
    return (
      kind === 'operator' &&
      (text === '$' ||
        text === '!' ||
        text === '(' ||
        text === '-' ||
        text === '+' ||
        text === '++' ||
        text === '--')
    );
  }

  private concatenation(): Expr {
    let left = this.additive();
    while (this.beginsOperand() && !this.is('+') && !this.is('-')) {
      if (this.is('in')) return left;
      left = { kind: 'binary', operator: ' ', left, right: this.additive() };
    }
    return left;
  }

  private additive(): Expr {
    let left = this.multiplicative();
    while (this.is('+') || this.is('-')) {
      const operator = this.advance().text;
      left = { kind: 'binary', operator, left, right: this.assignable(this.multiplicative()) };
    }
    return left;
  }

  private multiplicative(): Expr {
    let left = this.unary();
    while (this.is('*') || this.is('/') || this.is('%')) {
      const operator = this.advance().text;
      left = { kind: 'binary', operator, left, right: this.unary() };
    }
    return left;
  }

  private unary(): Expr {
    if (this.is('!') || this.is('-') || this.is('+')) {
      const operator = this.advance().text;
      return { kind: 'unary', operator, operand: this.unary() };
    }
    return this.power();
  }

  private power(): Expr {
    const base = this.postfix();
    if (!this.is('^')) return base;
    this.advance();
    // Right-associative, and the exponent may have a sign.
    const exponent = this.is('-') || this.is('+') || this.is('!') ? this.unary() : this.power();
    return { kind: 'binary', operator: '^', left: base, right: exponent };
  }

  private postfix(): Expr {
    const target = this.primary();
    if (isLvalue(target) && (this.is('++') || this.is('--'))) {
      return { kind: 'step', by: this.advance().text === '++' ? 1 : -1, isPrefix: false, target };
    }
    return target;
  }

  private primary(): Expr {
    const { token } = this;
    switch (token.kind) {
      case 'number':
        this.advance();
        return { kind: 'number', value: token.value };
      case 'string':
        this.advance();
        return { kind: 'string', value: token.text };
      case 'builtin':
        return this.builtin();
      case 'funcname': {
        this.advance();
        this.expect('(');
        return { kind: 'call', name: token.text, args: this.list(')'), line: token.line };
      }
      case 'name': {
        this.advance();
        if (!this.accept('[')) return { kind: 'name', name: token.text };
        return { kind: 'element', name: token.text, subscripts: this.list(']') };
      }
      case 'keyword': {
        if (token.text !== 'getline') return this.fail();
        this.advance();
        const target = this.optionalLvalue();
        if (!this.is('<')) return { kind: 'getline', from: 'main', source: undefined, target };
        this.advance();
        return { kind: 'getline', from: 'file', source: this.postfix(), target };
      }
    }
    if (this.is('/') || this.is('/=')) {
      const source = this.lexer.regex(token);
      this.token = this.lexer.next();
      return { kind: 'regex', source };
    }
    if (this.is('$')) {
      this.advance();
      if (this.is('++') || this.is('--') || this.is('-') || this.is('+') || this.is('!')) {
        if (this.is('++') || this.is('--')) return { kind: 'field', index: this.primary() };
        return { kind: 'field', index: this.unaryPrimary() };
      }
      return { kind: 'field', index: this.primary() };
    }
    if (this.is('++') || this.is('--')) {
      const by = this.advance().text === '++' ? 1 : -1;
      const target = this.primary();
      if (!isLvalue(target)) return this.fail();
      return { kind: 'step', by, isPrefix: true, target };
    }
    if (this.is('-') || this.is('+') || this.is('!')) return this.unary();
    if (!this.accept('(')) return this.fail();
    const items = this.list(')');
    if (items.length === 0) this.fail();
    if (items.length === 1) return { kind: 'group', item: items[0]! };
    // (i, j) in array; or print's list.
    if (this.is('in')) {
      this.advance();
      const array = this.advance();
      if (array.kind !== 'name') this.fail(array);
      return { kind: 'in', subscripts: items, array: array.text };
    }
    if (this.isGreaterFree) this.fail();
    return { kind: 'list', items };
  }

  private unaryPrimary(): Expr {
    const operator = this.advance().text;
    return { kind: 'unary', operator, operand: this.primary() };
  }

  private builtin(): Expr {
    const name = this.advance().text;
    if (this.accept('(')) return { kind: 'builtin', name, args: this.list(')') };
    if (name !== 'length') this.fail();
    return { kind: 'builtin', name, args: [] };
  }
}

export function isLvalue(expr: Expr): expr is Lvalue {
  return expr.kind === 'name' || expr.kind === 'element' || expr.kind === 'field';
}
