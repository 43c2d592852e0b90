/**
 * Turns the syntax tree into closures, three for an expression that is wanted as a number, a string or a value: most
 * programs then run without ever asking what kind of value they have. No text of the program becomes JavaScript.
 */
import { AwkSyntaxError, type Expr, type FunctionDefinition, type Lvalue, type Program } from './ast.ts';
import { builtins, lengthOf, matchIn, replace } from './builtins.ts';
import { splitByRegex, splitterFor } from './fields.ts';
import type { Regex } from '../../libc/regex.ts';
import { fail } from '../../libc/stdlib.ts';
import { type Runtime, SPECIAL, type SpecialName } from './runtime.ts';
import type { Names } from './scope.ts';
import { type AwkArray, compareValues, isTrue, numberOf, StrNum, toNumber, type Value } from './value.ts';

export type Num = () => number;
export type Str = () => string;
export type Val = () => Value;

/** How to read and write an lvalue. `prepare` evaluates subscripts once for both. */
interface Place {
  readonly get: Val;
  readonly set: (value: Value) => void;
}

export interface Callable {
  body: () => unknown;
  result: Value;
}

function isSpecial(name: string): name is SpecialName {
  return (SPECIAL as readonly string[]).includes(name);
}

export class ExpressionCompiler {
  protected readonly runtime: Runtime;
  protected readonly names: Names;
  protected readonly program: Program;
  protected readonly callables = new Map<string, Callable>();
  /** The function that is being compiled. */
  protected current: FunctionDefinition | undefined;

  constructor(runtime: Runtime, names: Names, program: Program) {
    this.runtime = runtime;
    this.names = names;
    this.program = program;
  }

  array(name: string): () => AwkArray {
    const { runtime } = this;
    const index = this.current?.parameters.indexOf(name) ?? -1;
    if (index >= 0) return () => runtime.frame[index] as AwkArray;
    const slot = this.names.arraySlot(name);
    runtime.arrays[slot] ??= new Map();
    return () => runtime.arrays[slot]!;
  }

  private subscript(subscripts: readonly Expr[]): Str {
    if (subscripts.length === 1) return this.key(subscripts[0]!);
    const parts = subscripts.map(part => this.key(part));
    return () => parts.map(part => part()).join(this.runtime.subsep);
  }

  /** Whole numbers are subscripts as integers, whatever CONVFMT says. */
  private key(expr: Expr): Str {
    return this.str(expr);
  }

  protected place(target: Lvalue): Place {
    const { runtime } = this;
    if (target.kind === 'field') {
      const index = this.num(target.index);
      let at = 0;
      return {
        get: () => {
          at = this.fieldIndex(index());
          return runtime.fields.has(at) ? new StrNum(runtime.fields.get(at)) : undefined;
        },
        set: value => runtime.fields.set(at, runtime.text(value)),
      };
    }
    if (target.kind === 'element') {
      const array = this.array(target.name);
      const subscript = this.subscript(target.subscripts);
      let key = '';
      let map: AwkArray;
      return {
        get: () => {
          map = array();
          key = subscript();
          return map.get(key);
        },
        set: value => map.set(key, value),
      };
    }
    return { get: this.val(target), set: this.setter(target) };
  }

  private fieldIndex(value: number): number {
    const index = Math.trunc(value);
    if (index < 0) fail(2, `negative field index $${index}`);
    return index;
  }

  /** Assigns without reading first. */
  protected setter(target: Lvalue): (value: Value) => void {
    const { runtime } = this;
    if (target.kind === 'field') {
      const index = this.num(target.index);
      return value => runtime.fields.set(this.fieldIndex(index()), runtime.text(value));
    }
    if (target.kind === 'element') {
      const array = this.array(target.name);
      const subscript = this.subscript(target.subscripts);
      return value => array().set(subscript(), value);
    }
    const { name } = target;
    const index = this.current?.parameters.indexOf(name) ?? -1;
    if (index >= 0) return value => (runtime.frame[index] = value);
    if (isSpecial(name)) return value => runtime.setSpecial(name, value);
    const slot = this.names.scalarSlot(name);
    return value => (runtime.globals[slot] = value);
  }

  val(expr: Expr): Val {
    const { runtime } = this;
    switch (expr.kind) {
      case 'number':
      case 'string': {
        const { value } = expr;
        return () => value;
      }
      case 'name': {
        const { name } = expr;
        const index = this.current?.parameters.indexOf(name) ?? -1;
        if (index >= 0) return () => runtime.frame[index] as Value;
        if (isSpecial(name)) return () => runtime.getSpecial(name);
        const slot = this.names.scalarSlot(name);
        return () => runtime.globals[slot];
      }
      case 'element': {
        const array = this.array(expr.name);
        const subscript = this.subscript(expr.subscripts);
        return () => {
          const map = array();
          const key = subscript();
          const value = map.get(key);
          // Only looking makes an element.
          if (value === undefined && !map.has(key)) map.set(key, undefined);
          return value;
        };
      }
      case 'field': {
        const { get } = this.place(expr);
        return get;
      }
      case 'assign':
        return this.assignment(expr);
      case 'group':
        return this.val(expr.item);
      case 'conditional': {
        const test = this.test(expr.test);
        const yes = this.val(expr.yes);
        const no = this.val(expr.no);
        return () => (test() ? yes() : no());
      }
      case 'call':
        return this.call(expr);
      case 'builtin':
        return this.builtin(expr);
      case 'list':
        throw new AwkSyntaxError('syntax error at or near ,');
      case 'binary':
        return expr.operator === ' ' ? this.str(expr) : this.num(expr);
      default:
        return this.num(expr);
    }
  }

  private assignment(expr: Expr & { kind: 'assign' }): Val {
    const { operator, target } = expr;
    if (operator === '=') {
      const value = this.val(expr.value);
      const set = this.setter(target);
      return () => {
        const v = value();
        set(v);
        return v;
      };
    }
    const place = this.place(target);
    const operand = this.num(expr.value);
    const combine = ARITHMETIC[operator[0]!]!;
    return () => {
      const right = operand();
      const result = combine(numberOf(place.get()), right);
      place.set(result);
      return result;
    };
  }

  num(expr: Expr): Num {
    const { runtime } = this;
    switch (expr.kind) {
      case 'number': {
        const { value } = expr;
        return () => value;
      }
      case 'string': {
        const value = toNumber(expr.value);
        return () => value;
      }
      case 'field': {
        const index = this.num(expr.index);
        return () => toNumber(runtime.fields.get(this.fieldIndex(index())));
      }
      case 'step': {
        const place = this.place(expr.target);
        const { by, isPrefix } = expr;
        return () => {
          const old = numberOf(place.get());
          place.set(old + by);
          return isPrefix ? old + by : old;
        };
      }
      case 'unary': {
        if (expr.operator === '!') {
          const test = this.test(expr.operand);
          return () => (test() ? 0 : 1);
        }
        const operand = this.num(expr.operand);
        return expr.operator === '-' ? () => -operand() : operand;
      }
      case 'binary':
        return this.binary(expr);
      case 'regex':
      case 'match':
      case 'in': {
        const test = this.test(expr);
        return () => (test() ? 1 : 0);
      }
      case 'getline':
        return this.getline(expr);
      default: {
        const value = this.val(expr);
        return () => numberOf(value());
      }
    }
  }

  private binary(expr: Expr & { kind: 'binary' }): Num {
    const { operator } = expr;
    if (operator in ARITHMETIC) {
      const left = this.num(expr.left);
      const right = this.num(expr.right);
      switch (operator) {
        case '+':
          return () => left() + right();
        case '-':
          return () => left() - right();
        case '*':
          return () => left() * right();
        default: {
          const combine = ARITHMETIC[operator]!;
          return () => combine(left(), right());
        }
      }
    }
    if (operator === ' ') {
      const text = this.str(expr);
      return () => toNumber(text());
    }
    const test = this.test(expr);
    return () => (test() ? 1 : 0);
  }

  str(expr: Expr): Str {
    const { runtime } = this;
    switch (expr.kind) {
      case 'string': {
        const { value } = expr;
        return () => value;
      }
      case 'field': {
        const index = this.num(expr.index);
        return () => runtime.fields.get(this.fieldIndex(index()));
      }
      case 'binary':
        if (expr.operator === ' ') {
          const left = this.str(expr.left);
          const right = this.str(expr.right);
          return () => left() + right();
        }
        break;
      case 'group':
        return this.str(expr.item);
    }
    const value = this.val(expr);
    const { text } = runtime;
    return () => text(value());
  }

  /** As print shows it: numbers by OFMT. */
  output(expr: Expr): Str {
    if (expr.kind === 'string' || expr.kind === 'field' || (expr.kind === 'binary' && expr.operator === ' '))
      return this.str(expr);
    const value = this.val(expr);
    return () => this.runtime.outputText(value());
  }

  test(expr: Expr): () => boolean {
    const { runtime } = this;
    switch (expr.kind) {
      case 'regex': {
        const regex = runtime.regex(expr.source);
        return () => regex.test(runtime.fields.get(0));
      }
      case 'match': {
        const text = this.str(expr.text);
        const regex = this.regexOf(expr.regex);
        return expr.isNegated ? () => !regex().test(text()) : () => regex().test(text());
      }
      case 'in': {
        const array = this.array(expr.array);
        const subscript = this.subscript(expr.subscripts);
        return () => array().has(subscript());
      }
      case 'group':
        return this.test(expr.item);
      case 'unary':
        if (expr.operator === '!') {
          const test = this.test(expr.operand);
          return () => !test();
        }
        break;
      case 'binary': {
        const { operator } = expr;
        if (operator === '&&' || operator === '||') {
          const left = this.test(expr.left);
          const right = this.test(expr.right);
          return operator === '&&' ? () => left() && right() : () => left() || right();
        }
        if (operator in COMPARE) {
          const left = this.val(expr.left);
          const right = this.val(expr.right);
          const holds = COMPARE[operator]!;
          const { text } = runtime;
          return () => holds(compareValues(left(), right(), text));
        }
        break;
      }
    }
    const value = this.val(expr);
    return () => isTrue(value());
  }

  /** A regular expression constant is compiled now, anything else when its text is known. */
  protected regexOf(expr: Expr): () => Regex {
    const { runtime } = this;
    if (expr.kind === 'regex') {
      const regex = runtime.regex(expr.source);
      return () => regex;
    }
    const source = this.str(expr);
    let last: string | undefined;
    let regex: Regex;
    return () => {
      const text = source();
      if (text !== last) {
        regex = runtime.regex(text);
        last = text;
      }
      return regex;
    };
  }

  private getline(expr: Expr & { kind: 'getline' }): Num {
    const { runtime } = this;
    const set = expr.target ? this.setter(expr.target) : undefined;
    const store = (record: string): void => {
      if (set) set(new StrNum(record));
      else runtime.fields.setRecord(record);
    };
    if (expr.from === 'main') {
      return () => {
        const record = runtime.readMain();
        if (record === undefined) return 0;
        store(record);
        return 1;
      };
    }
    const source = this.str(expr.source!);
    const isCommand = expr.from === 'command';
    return () => {
      const reader = isCommand ? runtime.streams.command(source()) : runtime.streams.file(source());
      if (!reader) return -1;
      const record = runtime.readFrom(reader);
      if (record === undefined) return 0;
      if (isCommand) runtime.recordNumber++;
      store(record);
      return 1;
    };
  }

  private call(expr: Expr & { kind: 'call' }): Val {
    const { runtime } = this;
    const definition = this.program.functions.get(expr.name);
    if (!definition) throw new AwkSyntaxError(`line ${expr.line}: function ${expr.name} never defined`);
    const { parameters } = definition;
    if (expr.args.length > parameters.length) {
      throw new AwkSyntaxError(`line ${expr.line}: too many arguments in call to ${expr.name}`);
    }
    const isArray = this.names.arrayParameters.get(expr.name)!;
    const args = parameters.map((_, i): (() => Value | AwkArray) => {
      const argument = expr.args[i];
      if (isArray[i]) return argument?.kind === 'name' ? this.array(argument.name) : () => new Map();
      return argument ? this.val(argument) : () => undefined;
    });
    let callable = this.callables.get(expr.name);
    if (!callable) this.callables.set(expr.name, (callable = { body: () => undefined, result: undefined }));
    const target = callable;
    return () => {
      const frame: (Value | AwkArray)[] = [];
      for (const argument of args) frame.push(argument());
      const saved = runtime.frame;
      runtime.frame = frame;
      target.result = undefined;
      try {
        target.body();
      } finally {
        runtime.frame = saved;
      }
      const { result } = target;
      target.result = undefined;
      return result;
    };
  }

  private builtin(expr: Expr & { kind: 'builtin' }): Val {
    const { runtime } = this;
    const { name, args } = expr;
    switch (name) {
      case 'length': {
        const [only] = args;
        if (!only) return () => lengthOf(runtime.fields.get(0), runtime);
        const inner = only.kind === 'group' ? only.item : only;
        if (inner.kind === 'name' && this.isArrayName(inner.name)) {
          const array = this.array(inner.name);
          return () => array().size;
        }
        const text = this.str(only);
        return () => lengthOf(text(), runtime);
      }
      case 'split':
        return this.split(args);
      case 'match': {
        const text = this.str(args[0]!);
        const regex = this.regexOf(args[1]!);
        const groups = args[2]?.kind === 'name' ? this.array(args[2].name) : undefined;
        return () => {
          const match = matchIn(text(), regex(), runtime);
          if (groups) {
            const map = groups();
            map.clear();
            match?.groups.forEach((group, i) => {
              if (group !== undefined) map.set(String(i), new StrNum(group));
            });
          }
          return runtime.rstart;
        };
      }
      case 'sub':
      case 'gsub': {
        const regex = this.regexOf(args[0]!);
        const replacement = this.str(args[1]!);
        const target: Expr = args[2] ?? { kind: 'field', index: { kind: 'number', value: 0 } };
        const lvalue = target.kind === 'group' ? target.item : target;
        const isAssignable = lvalue.kind === 'name' || lvalue.kind === 'element' || lvalue.kind === 'field';
        const place = isAssignable ? this.place(lvalue) : { get: this.val(target), set: () => {} };
        const which = name === 'sub' ? 1 : 0;
        return () => {
          const pattern = regex();
          const right = replacement();
          const { text, count } = replace(runtime.text(place.get()), pattern, right, which, false);
          if (count > 0) place.set(text);
          return count;
        };
      }
      case 'gensub': {
        const regex = this.regexOf(args[0]!);
        const replacement = this.str(args[1]!);
        const how = this.val(args[2]!);
        const text = args[3] ? this.str(args[3]) : () => runtime.fields.get(0);
        return () => {
          const mode = how();
          const which = /^[gG]/.test(runtime.text(mode)) ? 0 : Math.max(1, Math.trunc(numberOf(mode)));
          return replace(text(), regex(), replacement(), which, true).text;
        };
      }
      default: {
        const run = builtins[name]!;
        const values = args.map(argument => this.val(argument));
        return () =>
          run(
            values.map(value => value()),
            runtime,
          );
      }
    }
  }

  private isArrayName(name: string): boolean {
    const index = this.current?.parameters.indexOf(name) ?? -1;
    if (index >= 0) return this.names.arrayParameters.get(this.current!.name)![index]!;
    return this.names.arrays.has(name);
  }

  private split(args: readonly Expr[]): Val {
    const { runtime } = this;
    const text = this.str(args[0]!);
    const target = args[1];
    if (target?.kind !== 'name') throw new AwkSyntaxError('split: second argument must be an array');
    const array = this.array(target.name);
    const by = args[2];
    const regex = by?.kind === 'regex' ? this.regexOf(by) : undefined;
    const separator = by && !regex ? this.str(by) : undefined;
    return () => {
      const source = text();
      let parts: string[];
      if (regex) parts = splitByRegex(source, regex());
      else if (separator)
        parts = source === '' ? [] : splitterFor(separator(), s => runtime.regex(s), runtime.isUtf8)(source);
      else parts = source === '' ? [] : runtime.fields.nextSplitter(source);
      const map = array();
      map.clear();
      parts.forEach((part, i) => map.set(String(i + 1), new StrNum(part)));
      return parts.length;
    };
  }
}

const ARITHMETIC: Record<string, (a: number, b: number) => number> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => {
    if (b === 0) fail(2, 'division by zero');
    return a / b;
  },
  '%': (a, b) => {
    if (b === 0) fail(2, 'division by zero in %');
    return a % b;
  },
  '^': (a, b) => a ** b,
};
const COMPARE: Record<string, (order: number) => boolean> = {
  '<': order => order < 0,
  '<=': order => order <= 0,
  '==': order => order === 0,
  '!=': order => order !== 0,
  '>': order => order > 0,
  '>=': order => order >= 0,
};
