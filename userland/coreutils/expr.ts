/** expr(1). */
import { parse } from '../libc/getopt.ts';
import { fail } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { Regex, RegexError } from '../libc/regex.ts';
import { fromText, toText } from '../../kernel/abi/byte-string.ts';
import { isUtf8Locale, quote } from './lib/quote.ts';

const usage = `Usage: expr EXPRESSION
Print the value of EXPRESSION to standard output.

  ARG1 | ARG2, ARG1 & ARG2, ARG1 < <= = != >= > ARG2, ARG1 + - * / % ARG2
  STRING : REGEXP, match STRING REGEXP, substr STRING POS LENGTH, index STRING CHARS, length STRING
  + TOKEN, ( EXPRESSION )
`;

class Parser {
  readonly #words: readonly string[];
  #at = 0;
  /** False while a branch is parsed whose value does not matter: no division by zero, no wrong numbers there. */
  #isLive = true;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  #take(...operators: string[]): string | undefined {
    const word = this.#words[this.#at];
    if (word === undefined || !operators.includes(word)) return undefined;
    this.#at++;
    return word;
  }
  #needWord(): string {
    const word = this.#words[this.#at];
    if (word === undefined)
      return fail(2, `syntax error: missing argument after ${quote(this.#words[this.#at - 1]!)}`);
    this.#at++;
    return word;
  }

  all(): string {
    const value = this.#or();
    const extra = this.#words[this.#at];
    if (extra !== undefined) fail(2, `syntax error: unexpected argument ${quote(extra)}`);
    return value;
  }

  #dead<T>(isDead: boolean, parsePart: () => T): T {
    const before = this.#isLive;
    if (isDead) this.#isLive = false;
    const value = parsePart();
    this.#isLive = before;
    return value;
  }

  #or(): string {
    let left = this.#and();
    while (this.#take('|')) {
      const right = this.#dead(!isNull(left), () => this.#and());
      if (isNull(left)) left = isNull(right) ? '0' : right;
    }
    return left;
  }
  #and(): string {
    let left = this.#comparison();
    while (this.#take('&')) {
      const right = this.#dead(isNull(left), () => this.#comparison());
      if (isNull(left) || isNull(right)) left = '0';
    }
    return left;
  }
  #comparison(): string {
    let left = this.#sum();
    for (;;) {
      const operator = this.#take('<', '<=', '=', '==', '!=', '>=', '>');
      if (operator === undefined) return left;
      const right = this.#sum();
      const [a, b] = [asInteger(left), asInteger(right)];
      const order =
        a !== undefined && b !== undefined
          ? a < b
            ? -1
            : a > b
              ? 1
              : 0
          : left < right
            ? -1
            : left > right
              ? 1
              : 0;
      const isTrue = {
        '<': order < 0,
        '<=': order <= 0,
        '=': order === 0,
        '==': order === 0,
        '!=': order !== 0,
        '>=': order >= 0,
        '>': order > 0,
      }[operator];
      left = isTrue ? '1' : '0';
    }
  }
  #arithmetic(left: string, right: string, compute: (a: bigint, b: bigint) => bigint): string {
    if (!this.#isLive) return '0';
    const [a, b] = [asInteger(left), asInteger(right)];
    if (a === undefined || b === undefined) return fail(2, 'non-integer argument');
    return compute(a, b).toString();
  }
  #sum(): string {
    let left = this.#product();
    for (;;) {
      const operator = this.#take('+', '-');
      if (operator === undefined) return left;
      left = this.#arithmetic(left, this.#product(), (a, b) => (operator === '+' ? a + b : a - b));
    }
  }
  #product(): string {
    let left = this.#match();
    for (;;) {
      const operator = this.#take('*', '/', '%');
      if (operator === undefined) return left;
      left = this.#arithmetic(left, this.#match(), (a, b) => {
        if (operator === '*') return a * b;
        if (b === 0n) return fail(2, 'division by zero');
        return operator === '/' ? a / b : a % b;
      });
    }
  }
  #match(): string {
    let left = this.#word();
    while (this.#take(':')) left = matchRegex(left, this.#word());
    return left;
  }
  #word(): string {
    if (this.#words[this.#at] === undefined && this.#at > 0) return this.#needWord();
    if (this.#take('+')) return this.#needWord();
    if (this.#take('(')) {
      const value = this.#or();
      const close = this.#words[this.#at];
      if (close === undefined)
        return fail(2, `syntax error: expecting ')' after ${quote(this.#words[this.#at - 1]!)}`);
      if (close !== ')') return fail(2, `syntax error: expecting ')' instead of ${quote(close)}`);
      this.#at++;
      return value;
    }
    if (this.#words[this.#at] === ')') return fail(2, `syntax error: unexpected ')'`);
    if (this.#take('match')) return matchRegex(this.#word(), this.#word());
    if (this.#take('length')) return String(characters(this.#word()).length);
    if (this.#take('index')) {
      const text = characters(this.#word());
      const set = new Set(characters(this.#word()));
      return String(text.findIndex(c => set.has(c)) + 1);
    }
    if (this.#take('substr')) {
      const text = characters(this.#word());
      const [position, length] = [asInteger(this.#word()), asInteger(this.#word())];
      if (position === undefined || length === undefined || position <= 0n || length <= 0n) return '';
      const from = Number(position) - 1;
      return text
        .slice(from, from + Number(length))
        .map(bytes)
        .join('');
    }
    return this.#needWord();
  }
}

function characters(text: string): string[] {
  return isUtf8Locale() ? [...toText(text)] : [...text];
}
function bytes(character: string): string {
  return isUtf8Locale() ? fromText(character) : character;
}
function asInteger(text: string): bigint | undefined {
  return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
}
function isNull(text: string): boolean {
  return text === '' || /^-?0+$/.test(text);
}

/** The match at the beginning: its first group, or its length. */
function matchRegex(text: string, pattern: string): string {
  try {
    const regex = new Regex(pattern, { isExtended: false, isUtf8: isUtf8Locale(), hasGnuEscapes: true });
    const found = regex.exec(text);
    const match = found?.start === 0 ? found : undefined;
    if (regex.groupCount > 0) return match?.groups[1] ?? '';
    return String(match ? characters(match.groups[0] ?? '').length : 0);
  } catch (error) {
    if (error instanceof RegexError) return fail(2, error.message);
    throw error;
  }
}

export function main(argv: string[]): number {
  const isHelp = argv.length === 2 && (argv[1] === '--help' || argv[1] === '--version');
  const words = isHelp
    ? parse(argv, { short: '+', usage, failure: 2 }).operands
    : argv.slice(argv[1] === '--' ? 2 : 1);
  if (words.length === 0) return usageMissing(argv[0]!);
  const value = new Parser(words).all();
  stdout.write(value + '\n');
  return isNull(value) ? 1 : 0;
}

function usageMissing(name: string): number {
  return fail(2, `missing operand\nTry '${name} --help' for more information.`);
}
