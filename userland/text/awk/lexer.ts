/** Tokens of an awk program. Whether `/` begins a regular expression only the parser knows, so it asks for it. */
import { AwkSyntaxError } from './ast.ts';

export type TokenKind =
  'number' | 'string' | 'name' | 'funcname' | 'builtin' | 'keyword' | 'operator' | 'newline' | 'end';

export interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly value: number;
  readonly line: number;
  /** Where the token begins in the source. */
  readonly at: number;
}

const KEYWORDS = new Set([
  'BEGIN', 'END', 'function', 'func', 'if', 'else', 'while', 'for', 'do', 'break', 'continue', 'next', 'nextfile',
  'exit', 'return', 'delete', 'in', 'getline', 'print', 'printf',
]); // prettier-ignore
export const BUILTINS = new Set([
  'length', 'substr', 'index', 'split', 'sub', 'gsub', 'gensub', 'match', 'sprintf', 'sin', 'cos', 'atan2', 'exp', 'log',
  'sqrt', 'int', 'rand', 'srand', 'tolower', 'toupper', 'system', 'close', 'fflush', 'systime', 'strftime', 'mktime',
  'and', 'or', 'xor', 'lshift', 'rshift', 'compl',
]); // prettier-ignore
const OPERATORS = [
  '**=', '>>', '&&', '||', '++', '--', '+=', '-=', '*=', '/=', '%=', '^=', '**', '==', '<=', '>=', '!=', '!~',
  '{', '}', '(', ')', '[', ']', ';', ',', '+', '-', '*', '/', '%', '^', '!', '>', '<', '|', '?', ':', '~', '$', '=',
]; // prettier-ignore

const ESCAPES: Record<string, string> = {
  '"': '"', '\\': '\\', '/': '/', a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v',
}; // prettier-ignore

/** Resolves the escapes of a string constant or of a -v value. */
export function unescape(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replaceAll(/\\([0-7]{1,3}|x[0-9a-fA-F]{1,2}|\n|[^])/g, (whole, escape: string) => {
    if (escape[0]! >= '0' && escape[0]! <= '7') return String.fromCharCode(parseInt(escape, 8) & 255);
    if (escape[0] === 'x' && escape.length > 1) return String.fromCharCode(parseInt(escape.slice(1), 16));
    if (escape === '\n') return '';
    return ESCAPES[escape] ?? whole;
  });
}

export class Lexer {
  private readonly source: string;
  private at = 0;
  private line = 1;

  constructor(source: string) {
    this.source = source;
  }

  next(): Token {
    this.skip();
    const { source, at, line } = this;
    const make = (kind: TokenKind, text: string, value = 0): Token => ({ kind, text, value, line, at });
    if (at >= source.length) return make('end', 'end of file');
    const char = source[at]!;
    if (char === '\n') {
      this.at++;
      this.line++;
      return make('newline', '\n');
    }
    const word = /^[A-Za-z_][A-Za-z0-9_]*/.exec(source.slice(at, at + 256))?.[0];
    if (word) {
      this.at += word.length;
      if (KEYWORDS.has(word)) return make('keyword', word === 'func' ? 'function' : word);
      if (BUILTINS.has(word)) return make('builtin', word);
      return make(source[this.at] === '(' ? 'funcname' : 'name', word);
    }
    const number = /^(?:0[xX][0-9a-fA-F]+|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)/.exec(
      source.slice(at, at + 400),
    )?.[0];
    if (number) {
      this.at += number.length;
      return make('number', number, Number(number));
    }
    if (char === '"') return make('string', this.string());
    for (const operator of OPERATORS) {
      if (source.startsWith(operator, at)) {
        this.at += operator.length;
        const plain = operator === '**' ? '^' : operator === '**=' ? '^=' : operator;
        return make('operator', plain);
      }
    }
    throw new AwkSyntaxError(`line ${line}: syntax error at or near ${char}`);
  }

  /** The next token, without going on. */
  peek(): Token {
    const { at, line } = this;
    const token = this.next();
    this.at = at;
    this.line = line;
    return token;
  }

  private skip(): void {
    const { source } = this;
    for (;;) {
      const char = source[this.at];
      if (char === ' ' || char === '\t' || char === '\r') this.at++;
      else if (char === '\\' && source[this.at + 1] === '\n') {
        this.at += 2;
        this.line++;
      } else if (char === '\\' && source.startsWith('\\\r\n', this.at)) {
        this.at += 3;
        this.line++;
      } else if (char === '#') {
        const end = source.indexOf('\n', this.at);
        this.at = end < 0 ? source.length : end;
      } else return;
    }
  }

  private string(): string {
    const { source } = this;
    const start = ++this.at;
    for (;;) {
      const char = source[this.at];
      if (char === undefined || char === '\n') {
        const shown = source.slice(start - 1, start + 10);
        throw new AwkSyntaxError(
          `line ${this.line}: runaway string constant ${shown}${source.length > start + 10 ? ' ...' : ''}`,
        );
      }
      if (char === '"') break;
      if (char === '\\') {
        if (source[this.at + 1] === '\n') this.line++;
        this.at++;
      }
      this.at++;
    }
    return unescape(source.slice(start, this.at++));
  }

  /** Reads a regular expression constant whose `/` (or `/=`) was `token`. */
  regex(token: Token): string {
    const { source } = this;
    this.at = token.at + 1;
    const start = this.at;
    let isInBrackets = false;
    for (;;) {
      const char = source[this.at];
      if (char === undefined || char === '\n') {
        throw new AwkSyntaxError(
          `line ${token.line}: runaway regular expression /${source.slice(start, start + 10)} ...`,
        );
      }
      if (char === '\\') this.at++;
      else if (isInBrackets) {
        if (char === ']') isInBrackets = false;
      } else if (char === '[') {
        isInBrackets = true;
        if (source[this.at + 1] === '^') this.at++;
        if (source[this.at + 1] === ']') this.at++;
      } else if (char === '/') break;
      this.at++;
    }
    const text = source.slice(start, this.at++);
    return text.replaceAll('\\/', '/');
  }
}
