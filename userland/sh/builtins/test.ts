/** test and [ (XCU test): by the number of arguments where POSIX says so, by precedence beyond. */
import { SysError } from '../../libc/native.ts';
import * as st from '../../libc/stat.ts';
import { access, getegid, geteuid, isatty, R_OK, W_OK, X_OK } from '../../libc/unistd.ts';
import { BuiltinError, type Builtin } from './builtin.ts';

export const test: Builtin = {
  run: (_, args) => (evaluate(args.slice(1)) ? 0 : 1),
};

export const bracket: Builtin = {
  run: (_, args) => {
    if (args.at(-1) !== ']') throw new BuiltinError('missing ]');
    return evaluate(args.slice(1, -1)) ? 0 : 1;
  },
};

const BINARY = new Set('= == != < > -eq -ne -gt -ge -lt -le -nt -ot -ef'.split(' '));
const UNARY = new Set('-b -c -d -e -f -g -h -k -L -n -O -G -p -r -S -s -t -u -w -x -z'.split(' '));

/** The value of an expression; throws BuiltinError for what is none. */
export function evaluate(args: readonly string[]): boolean {
  switch (args.length) {
    case 0:
      return false;
    case 1:
      return args[0] !== '';
    case 2:
      if (args[0] === '!') return args[1] === '';
      break;
    case 3: {
      const [left, operator, right] = args as [string, string, string];
      if (BINARY.has(operator)) return binary(left, operator, right);
      if (operator === '-a') return left !== '' && right !== '';
      if (operator === '-o') return left !== '' || right !== '';
      if (left === '!') return !evaluate(args.slice(1));
      if (left === '(' && right === ')') return operator !== '';
      break;
    }
    case 4:
      if (args[0] === '!') return !evaluate(args.slice(1));
      if (args[0] === '(' && args[3] === ')') return evaluate(args.slice(1, 3));
      break;
    default:
  }
  const expression = new Expression(args);
  const value = expression.or();
  expression.end();
  return value;
}

class Expression {
  private readonly args: readonly string[];
  private at = 0;
  constructor(args: readonly string[]) {
    this.args = args;
  }

  or(): boolean {
    let value = this.and();
    while (this.take('-o')) value = this.and() || value;
    return value;
  }
  end(): void {
    if (this.at < this.args.length) throw new BuiltinError(`${this.args[this.at - 1]}: unexpected operator`);
  }

  private and(): boolean {
    let value = this.not();
    while (this.take('-a')) value = this.not() && value;
    return value;
  }
  private not(): boolean {
    // `! = x` compares.
    if (this.args[this.at] === '!' && !this.isBinaryAt(this.at + 1)) {
      this.at++;
      return !this.not();
    }
    return this.primary();
  }
  private primary(): boolean {
    const first = this.args[this.at];
    if (first === undefined) throw new BuiltinError('argument expected');
    if (this.isBinaryAt(this.at + 1)) {
      const operator = this.args[this.at + 1]!;
      const right = this.args[this.at + 2]!;
      this.at += 3;
      return binary(first, operator, right);
    }
    if (first === '(') {
      this.at++;
      const value = this.or();
      if (!this.take(')')) throw new BuiltinError('closing paren expected');
      return value;
    }
    this.at++;
    if (UNARY.has(first)) {
      const operand = this.args[this.at];
      if (operand === undefined) throw new BuiltinError(`${first}: argument expected`);
      this.at++;
      return unary(first, operand);
    }
    return first !== '';
  }
  private isBinaryAt(index: number): boolean {
    return index < this.args.length - 1 && BINARY.has(this.args[index]!);
  }
  private take(word: string): boolean {
    if (this.args[this.at] !== word) return false;
    this.at++;
    return true;
  }
}

function unary(operator: string, operand: string): boolean {
  switch (operator) {
    case '-n':
      return operand !== '';
    case '-z':
      return operand === '';
    case '-t':
      return isatty(Number(integer(operand)));
    case '-r':
      return isAccessible(operand, R_OK);
    case '-w':
      return isAccessible(operand, W_OK);
    case '-x':
      return isAccessible(operand, X_OK);
    case '-h':
    case '-L': {
      const status = st.tryStat(operand, st.AT_SYMLINK_NOFOLLOW);
      return status !== undefined && st.S_ISLNK(status.mode);
    }
    default: {
      const status = st.tryStat(operand);
      return status !== undefined && fileTest(operator, status);
    }
  }
}

function fileTest(operator: string, status: st.FileStatus): boolean {
  const { mode } = status;
  switch (operator) {
    case '-b':
      return st.S_ISBLK(mode);
    case '-c':
      return st.S_ISCHR(mode);
    case '-d':
      return st.S_ISDIR(mode);
    case '-f':
      return st.S_ISREG(mode);
    case '-g':
      return (mode & st.S_ISGID) !== 0;
    case '-k':
      return (mode & st.S_ISVTX) !== 0;
    case '-O':
      return status.uid === geteuid();
    case '-G':
      return status.gid === getegid();
    case '-p':
      return st.S_ISFIFO(mode);
    case '-S':
      return st.S_ISSOCK(mode);
    case '-s':
      return status.size > 0;
    case '-u':
      return (mode & st.S_ISUID) !== 0;
    default:
      return true;
  }
}

function isAccessible(path: string, mode: number): boolean {
  try {
    access(path, mode);
    return true;
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
}

function integer(text: string): bigint {
  if (!/^\s*[-+]?[0-9]+\s*$/.test(text)) throw new BuiltinError(`Illegal number: ${text}`);
  return BigInt(text.trim().replace(/^\+/, ''));
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
    default:
  }
  const a = integer(left);
  const b = integer(right);
  switch (operator) {
    case '-eq':
      return a === b;
    case '-ne':
      return a !== b;
    case '-gt':
      return a > b;
    case '-ge':
      return a >= b;
    case '-lt':
      return a < b;
    default:
      return a <= b;
  }
}

function compareFiles(left: string, operator: string, right: string): boolean {
  const a = st.tryStat(left);
  const b = st.tryStat(right);
  if (operator === '-ef') return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
  if (operator === '-ot') return isNewer(b, a);
  return isNewer(a, b);
}

/** A file that does not exist is older than any. */
function isNewer(a: st.FileStatus | undefined, b: st.FileStatus | undefined): boolean {
  if (!a) return false;
  if (!b) return true;
  return a.mtime.sec === b.mtime.sec ? a.mtime.nsec > b.mtime.nsec : a.mtime.sec > b.mtime.sec;
}
