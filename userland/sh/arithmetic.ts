/**
 * $((…)): C's integer expressions on 64-bit signed numbers that wrap around (XCU 2.6.4). The expression is read and
 * evaluated in one pass; what && || ?: skip is read with `isLive` false. Error texts are dash's.
 */
import { NAME } from './ast.ts';
import { ShellError } from './errors.ts';

/** The variables that an expression reads and sets. */
export interface ArithmeticVariables {
  lookup(name: string): string | undefined;
  assign(name: string, value: string): void;
}

/** The value of an expression (after its expansions) as decimal digits. */
export function evaluateArithmetic(expression: string, variables: ArithmeticVariables): string {
  if (/^\s*$/.test(expression)) return '0';
  const number = /^\s*([+-]?(?:0|[1-9][0-9]{0,14}))\s*$/.exec(expression);
  if (number) return String(Number(number[1]));
  return new Evaluator(expression, variables).run().toString();
}

/** An operand: a value, and the variable it came from if it may be assigned. */
interface Operand {
  readonly value: bigint;
  readonly name?: string;
}

const TOKEN =
  /\s*(?:(0[xX][0-9a-fA-F]+|[0-9][0-9A-Za-z_]*)|([A-Za-z_][A-Za-z0-9_]*)|(<<=|>>=|\+\+|--|&&|\|\||<<|>>|<=|>=|==|!=|[-+*/%&|^]=|[-+*/%<>=!~&|^?:,()]))/y;

/** Binary operators by how tightly they bind (C's order). */
const PRECEDENCE: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '>': 7,
  '<=': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};

const ASSIGNMENT = /^(?:[-+*/%&|^]|<<|>>)?=$/;
const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);

class Evaluator {
  private readonly text: string;
  private readonly variables: ArithmeticVariables;
  private at = 0;
  /** The token at hand: '' at the end. */
  private token = '';
  private kind: 'number' | 'name' | 'operator' | 'end' = 'end';
  /** 0: evaluated; above: read only, skipped by && || ?: . */
  private skipped = 0;

  constructor(text: string, variables: ArithmeticVariables) {
    this.text = text;
    this.variables = variables;
  }

  run(): bigint {
    this.advance();
    const { value } = this.comma();
    if (this.kind !== 'end') this.fail('expecting EOF');
    return value;
  }

  private fail(message: string): never {
    throw new ShellError(`arithmetic expression: ${message}: "${this.text}"`);
  }

  private advance(): void {
    TOKEN.lastIndex = this.at;
    const found = TOKEN.exec(this.text);
    if (!found) {
      this.token = this.text.slice(this.at).trim();
      this.kind = this.token === '' ? 'end' : 'operator';
      this.at = this.text.length;
      return;
    }
    this.at = TOKEN.lastIndex;
    this.kind = found[1] !== undefined ? 'number' : found[2] !== undefined ? 'name' : 'operator';
    this.token = found[1] ?? found[2] ?? found[3]!;
  }

  private take(operator: string): boolean {
    if (this.kind !== 'operator' || this.token !== operator) return false;
    this.advance();
    return true;
  }

  private comma(): Operand {
    let left = this.assignment();
    while (this.take(',')) left = { value: this.assignment().value };
    return left;
  }

  private assignment(): Operand {
    const left = this.conditional();
    if (this.kind !== 'operator' || !ASSIGNMENT.test(this.token)) return left;
    const operator = this.token;
    if (left.name === undefined) this.fail('expecting primary');
    this.advance();
    const right = this.assignment().value;
    const value = operator === '=' ? right : this.apply(operator.slice(0, -1), left.value, right);
    return this.store(left.name, value);
  }

  private store(name: string, value: bigint): Operand {
    if (this.skipped === 0) this.variables.assign(name, value.toString());
    return { value };
  }

  private conditional(): Operand {
    const condition = this.binary(1);
    if (!this.take('?')) return condition;
    const isTrue = condition.value !== 0n;
    const yes = this.skipping(!isTrue, () => this.comma().value);
    if (!this.take(':')) this.fail("expecting ':'");
    const no = this.skipping(isTrue, () => this.conditionalOrAssignment().value);
    return { value: isTrue ? yes : no };
  }

  private conditionalOrAssignment(): Operand {
    return this.assignment();
  }

  private skipping<T>(isSkipped: boolean, read: () => T): T {
    if (!isSkipped) return read();
    this.skipped++;
    const result = read();
    this.skipped--;
    return result;
  }

  private binary(lowest: number): Operand {
    let left = this.unary();
    for (;;) {
      const precedence = this.kind === 'operator' ? PRECEDENCE[this.token] : undefined;
      if (precedence === undefined || precedence < lowest) return left;
      const operator = this.token;
      this.advance();
      if (operator === '&&' || operator === '||') {
        const isDecided = (left.value !== 0n) === (operator === '||');
        const right = this.skipping(isDecided, () => this.binary(precedence + 1).value);
        left = { value: (isDecided ? operator === '||' : right !== 0n) ? 1n : 0n };
      } else left = { value: this.apply(operator, left.value, this.binary(precedence + 1).value) };
    }
  }

  private unary(): Operand {
    if (this.kind === 'operator') {
      switch (this.token) {
        case '+':
          this.advance();
          return { value: this.unary().value };
        case '-':
          this.advance();
          return { value: wrap(-this.unary().value) };
        case '!':
          this.advance();
          return { value: this.unary().value === 0n ? 1n : 0n };
        case '~':
          this.advance();
          return { value: ~this.unary().value };
        case '++':
        case '--': {
          const step = this.token === '++' ? 1n : -1n;
          this.advance();
          const { name, value } = this.unary();
          // `--1` and `++1` are two signs.
          return name === undefined ? { value } : this.store(name, wrap(value + step));
        }
        default:
      }
    }
    return this.postfix();
  }

  private postfix(): Operand {
    const operand = this.primary();
    if (operand.name === undefined || this.kind !== 'operator') return operand;
    if (this.token !== '++' && this.token !== '--') return operand;
    const step = this.token === '++' ? 1n : -1n;
    this.advance();
    this.store(operand.name, wrap(operand.value + step));
    return { value: operand.value };
  }

  private primary(): Operand {
    const { kind, token } = this;
    if (kind === 'number') {
      this.advance();
      return { value: this.parseNumber(token) };
    }
    if (kind === 'name') {
      this.advance();
      return { value: this.valueOf(token), name: token };
    }
    if (this.take('(')) {
      const { value } = this.comma();
      if (!this.take(')')) this.fail("expecting ')'");
      return { value };
    }
    return this.fail('expecting primary');
  }

  private valueOf(name: string, depth = 0): bigint {
    const text = this.variables.lookup(name);
    if (text === undefined) return 0n;
    const found = /^\s*([+-]?)\s*([0-9][0-9A-Za-z]*)\s*$/.exec(text);
    if (found) return wrap(found[1] === '-' ? -this.parseNumber(found[2]!) : this.parseNumber(found[2]!));
    if (/^\s*$/.test(text)) return 0n;
    // bash: a value that is a name stands for that variable.
    if (NAME.test(text) && depth < 16 && this.variables.lookup(text) !== undefined)
      return this.valueOf(text, depth + 1);
    throw new ShellError(`Illegal number: ${text}`);
  }

  private parseNumber(text: string): bigint {
    if (/^0[xX][0-9a-fA-F]+$/.test(text)) return wrap(BigInt(text));
    if (/^0[0-7]*$/.test(text)) return wrap(BigInt(`0o${text}`));
    if (!/^[1-9][0-9]*$/.test(text)) this.fail('expecting EOF');
    const value = BigInt(text);
    // strtoimax stops at the largest number.
    return value > MAX ? MAX : value;
  }

  private apply(operator: string, a: bigint, b: bigint): bigint {
    if (this.skipped > 0) return 0n;
    switch (operator) {
      case '*':
        return wrap(a * b);
      case '/':
      case '%':
        if (b === 0n) this.fail('division by zero');
        return wrap(operator === '/' ? a / b : a % b);
      case '+':
        return wrap(a + b);
      case '-':
        return wrap(a - b);
      // The processor takes the low six bits of the count.
      case '<<':
        return wrap(a << (b & 63n));
      case '>>':
        return a >> (b & 63n);
      case '<':
        return a < b ? 1n : 0n;
      case '>':
        return a > b ? 1n : 0n;
      case '<=':
        return a <= b ? 1n : 0n;
      case '>=':
        return a >= b ? 1n : 0n;
      case '==':
        return a === b ? 1n : 0n;
      case '!=':
        return a !== b ? 1n : 0n;
      case '&':
        return a & b;
      case '^':
        return a ^ b;
      case '|':
        return a | b;
      default:
        return this.fail('expecting EOF');
    }
  }
}

const MAX = 2n ** 63n - 1n;
