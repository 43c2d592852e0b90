/**
 * test(1): the conditional expression, as POSIX defines it for up to four arguments and GNU for more. The shell has its
 * own, with the messages of dash.
 */
import { faccessat, getegid, geteuid, isatty } from '../../libc/unistd.ts';
import * as fs from '../../libc/stat.ts';
import { AT_EACCESS, AT_FDCWD, R_OK, W_OK, X_OK } from '../../../kernel/abi/fcntl.ts';
import { compareTimespec } from '../../../kernel/time/timespec.ts';
import { quietly } from './errors.ts';
import { quote } from './quote.ts';

/** The expression is wrong: exit status 2. */
export class TestError extends Error {}

type Stat = ReturnType<typeof fs.stat>;
type FileTest = (stat: Stat) => boolean;

const FILE_TESTS: Readonly<Record<string, FileTest>> = {
  '-b': stat => fs.S_ISBLK(stat.mode),
  '-c': stat => fs.S_ISCHR(stat.mode),
  '-d': stat => fs.S_ISDIR(stat.mode),
  '-e': () => true,
  '-a': () => true,
  '-f': stat => fs.S_ISREG(stat.mode),
  '-g': stat => (stat.mode & 0o2000) !== 0,
  '-G': stat => stat.gid === getegid(),
  '-k': stat => (stat.mode & 0o1000) !== 0,
  '-N': stat => compareTimespec(stat.mtime, stat.atime) > 0,
  '-O': stat => stat.uid === geteuid(),
  '-p': stat => fs.S_ISFIFO(stat.mode),
  '-s': stat => stat.size > 0,
  '-S': stat => fs.S_ISSOCK(stat.mode),
  '-u': stat => (stat.mode & 0o4000) !== 0,
};
const ACCESS_TESTS: Readonly<Record<string, number>> = { '-r': R_OK, '-w': W_OK, '-x': X_OK };
const BINARY = /^(?:=|==|!=|<|>|-eq|-ne|-lt|-le|-gt|-ge|-nt|-ot|-ef)$/;

function isUnary(word: string): boolean {
  return word in FILE_TESTS || word in ACCESS_TESTS || ['-h', '-L', '-n', '-t', '-z'].includes(word);
}

function integer(text: string): bigint {
  const found = /^[ \t]*([+-]?)(\d+)[ \t]*$/.exec(text);
  if (!found) throw new TestError(`invalid integer ${quote(text)}`);
  return BigInt(found[2]!) * (found[1] === '-' ? -1n : 1n);
}

function unary(operator: string, word: string): boolean {
  if (operator === '-n') return word !== '';
  if (operator === '-z') return word === '';
  if (operator === '-t') return isatty(Number(integer(word)));
  if (operator === '-h' || operator === '-L') {
    const stat = quietly(() => fs.lstat(word));
    return stat !== undefined && fs.S_ISLNK(stat.mode);
  }
  const mode = ACCESS_TESTS[operator];
  if (mode !== undefined) {
    return quietly(() => (faccessat(AT_FDCWD, word, mode, AT_EACCESS), true)) ?? false;
  }
  const stat = quietly(() => fs.stat(word));
  return stat !== undefined && FILE_TESTS[operator]!(stat);
}

function binary(left: string, operator: string, right: string): boolean {
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '-nt':
    case '-ot':
    case '-ef':
      return compareFiles(left, operator, right);
  }
  const [a, b] = [integer(left), integer(right)];
  switch (operator) {
    case '-eq':
      return a === b;
    case '-ne':
      return a !== b;
    case '-lt':
      return a < b;
    case '-le':
      return a <= b;
    case '-gt':
      return a > b;
    default:
      return a >= b;
  }
}

function compareFiles(left: string, operator: string, right: string): boolean {
  const [a, b] = [quietly(() => fs.stat(left)), quietly(() => fs.stat(right))];
  if (operator === '-ef') return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
  const [newer, older] = operator === '-nt' ? [a, b] : [b, a];
  if (!newer) return false;
  return !older || compareTimespec(newer.mtime, older.mtime) > 0;
}

/** Recursive descent for more than four arguments: `-o` under `-a` under `!` and `( )`. */
class Parser {
  readonly words: readonly string[];
  at = 0;
  constructor(words: readonly string[]) {
    this.words = words;
  }
  or(): boolean {
    let value = this.and();
    while (this.words[this.at] === '-o') {
      this.at++;
      value = this.and() || value;
    }
    return value;
  }
  and(): boolean {
    let value = this.term();
    while (this.words[this.at] === '-a') {
      this.at++;
      value = this.term() && value;
    }
    return value;
  }
  term(): boolean {
    const word = this.next();
    if (word === '!') return !this.term();
    const operator = this.words[this.at];
    if (operator !== undefined && BINARY.test(operator) && this.at + 1 < this.words.length) {
      this.at++;
      return binary(word, operator, this.next());
    }
    if (word === '(') {
      const value = this.or();
      const close = this.words[this.at++];
      if (close === undefined) throw new TestError(`${quote(')')} expected`);
      if (close !== ')') throw new TestError(`${quote(')')} expected, found ${close}`);
      return value;
    }
    if (isUnary(word) && this.at < this.words.length) return unary(word, this.next());
    return word !== '';
  }
  next(): string {
    const word = this.words[this.at++];
    if (word === undefined) throw new TestError(`missing argument after ${quote(this.words.at(-1) ?? '')}`);
    return word;
  }
}

function two(operator: string, word: string): boolean {
  if (operator === '!') return word === '';
  if (isUnary(operator)) return unary(operator, word);
  if (/^-.$/.test(operator)) throw new TestError(`${quote(operator)}: unary operator expected`);
  throw new TestError(`missing argument after ${quote(word)}`);
}

function three(a: string, b: string, c: string): boolean {
  if (BINARY.test(b)) return binary(a, b, c);
  if (a === '!') return !two(b, c);
  if (a === '(' && c === ')') return b !== '';
  if (b === '-a') return a !== '' && c !== '';
  if (b === '-o') return a !== '' || c !== '';
  throw new TestError(`${quote(b)}: binary operator expected`);
}

/** The value of an expression; TestError if it is none. */
export function evaluateTest(words: readonly string[]): boolean {
  const [a = '', b = '', c = '', d = ''] = words;
  switch (words.length) {
    case 0:
      return false;
    case 1:
      return a !== '';
    case 2:
      return two(a, b);
    case 3:
      return three(a, b, c);
    case 4:
      if (a === '!') return !three(b, c, d);
      if (a === '(' && d === ')') return two(b, c);
  }
  const parser = new Parser(words);
  const value = parser.or();
  if (parser.at < words.length) throw new TestError(`extra argument ${quote(words[parser.at]!)}`);
  return value;
}
