/** Compiles awk's statements, rules and functions. A statement's closure says how it ended. */
import { pollMemory } from '../../libc/native.ts';
import { stdout } from '../../libc/stdio.ts';
import type { Program, Rule, Statement } from './ast.ts';
import { ExpressionCompiler } from './compile.ts';
import { ExitProgram, NextFile, NextRecord, type Runtime } from './runtime.ts';
import type { Names } from './scope.ts';
import type { Value } from './value.ts';

const NORMAL = 0;
const BREAK = 1;
const CONTINUE = 2;
const RETURN = 3;
type Flow = number;
type Exec = () => Flow;

const EXIT = new ExitProgram();
const NEXT = new NextRecord();
const NEXT_FILE = new NextFile();

export interface CompiledProgram {
  readonly begin: readonly (() => void)[];
  readonly main: readonly (() => void)[];
  readonly end: readonly (() => void)[];
}

export class ProgramCompiler extends ExpressionCompiler {
  private returned: { result: Value } = { result: undefined };

  static compile(program: Program, runtime: Runtime, names: Names): CompiledProgram {
    return new ProgramCompiler(runtime, names, program).compile();
  }

  private compile(): CompiledProgram {
    for (const definition of this.program.functions.values()) {
      this.current = definition;
      let callable = this.callables.get(definition.name);
      if (!callable)
        this.callables.set(definition.name, (callable = { body: () => undefined, result: undefined }));
      this.returned = callable;
      callable.body = this.statement(definition.body);
    }
    this.current = undefined;
    const of = (...kinds: Rule['kind'][]): (() => void)[] =>
      this.program.rules.filter(rule => kinds.includes(rule.kind)).map(rule => this.rule(rule));
    return { begin: of('BEGIN'), main: of('pattern', 'range'), end: of('END') };
  }

  private rule(rule: Rule): () => void {
    const action = rule.action ? this.statement(rule.action) : this.printRecord();
    if (!rule.first) return action;
    const first = this.test(rule.first);
    if (rule.kind === 'pattern') {
      return () => {
        if (first()) action();
      };
    }
    const last = this.test(rule.last!);
    let isInside = false;
    return () => {
      if (!isInside && !first()) return;
      isInside = !last();
      action();
    };
  }

  private printRecord(): Exec {
    const { runtime } = this;
    return () => {
      stdout.write(runtime.fields.get(0) + runtime.ors);
      return NORMAL;
    };
  }

  private block(body: readonly Statement[]): Exec {
    const list = body.map(statement => this.statement(statement));
    if (list.length === 1) return list[0]!;
    return () => {
      for (let i = 0; i < list.length; i++) {
        const flow = list[i]!();
        if (flow !== NORMAL) return flow;
      }
      return NORMAL;
    };
  }

  private statement(statement: Statement): Exec {
    const { runtime } = this;
    switch (statement.kind) {
      case 'block':
        return this.block(statement.body);
      case 'expression': {
        const { value } = statement;
        // A step or an assignment needs no result of a certain kind.
        const run = value.kind === 'step' ? this.num(value) : this.val(value);
        return () => {
          run();
          return NORMAL;
        };
      }
      case 'print':
        return this.print(statement);
      case 'if': {
        const test = this.test(statement.test);
        const yes = this.statement(statement.yes);
        const no = statement.no ? this.statement(statement.no) : undefined;
        return () => (test() ? yes() : no ? no() : NORMAL);
      }
      case 'while':
        return this.loop(undefined, this.test(statement.test), undefined, this.statement(statement.body));
      case 'do': {
        const test = this.test(statement.test);
        const body = this.statement(statement.body);
        return () => {
          do {
            pollMemory();
            const flow = body();
            if (flow === BREAK) break;
            if (flow === RETURN) return flow;
          } while (test());
          return NORMAL;
        };
      }
      case 'for':
        return this.loop(
          statement.first && this.statement(statement.first),
          statement.test ? this.test(statement.test) : () => true,
          statement.step && this.statement(statement.step),
          this.statement(statement.body),
        );
      case 'forIn': {
        const array = this.array(statement.array);
        const set = this.setter(statement.variable);
        const body = this.statement(statement.body);
        return () => {
          const map = array();
          for (const key of [...map.keys()]) {
            if (!map.has(key)) continue;
            set(key);
            const flow = body();
            if (flow === BREAK) break;
            if (flow === RETURN) return flow;
          }
          return NORMAL;
        };
      }
      case 'delete': {
        const array = this.array(statement.name);
        if (!statement.subscripts) {
          return () => {
            array().clear();
            return NORMAL;
          };
        }
        const parts = statement.subscripts.map(part => this.str(part));
        return () => {
          array().delete(parts.map(part => part()).join(runtime.subsep));
          return NORMAL;
        };
      }
      case 'break':
        return () => BREAK;
      case 'continue':
        return () => CONTINUE;
      case 'next':
        return () => {
          throw NEXT;
        };
      case 'nextfile':
        return () => {
          throw NEXT_FILE;
        };
      case 'exit': {
        const value = statement.value ? this.num(statement.value) : undefined;
        return () => {
          if (value) runtime.exitStatus = Math.trunc(value()) & 255;
          throw EXIT;
        };
      }
      case 'return': {
        const value = statement.value ? this.val(statement.value) : undefined;
        const { returned } = this;
        return () => {
          const result = value?.();
          returned.result = result;
          return RETURN;
        };
      }
    }
  }

  private loop(first: Exec | undefined, test: () => boolean, step: Exec | undefined, body: Exec): Exec {
    return () => {
      first?.();
      while (test()) {
        const flow = body();
        if (flow === BREAK) break;
        if (flow === RETURN) return flow;
        step?.();
        pollMemory();
      }
      return NORMAL;
    };
  }

  private print(statement: Statement & { kind: 'print' }): Exec {
    const { runtime } = this;
    const text = statement.isFormatted ? this.formatted(statement) : this.plain(statement);
    if (statement.redirect === '') {
      return () => {
        stdout.write(text());
        return NORMAL;
      };
    }
    const { redirect } = statement;
    const target = this.str(statement.target!);
    return () => {
      const output = text();
      const writer = runtime.streams.writer(redirect, target());
      writer.write(output);
      return NORMAL;
    };
  }

  private plain(statement: Statement & { kind: 'print' }): () => string {
    const { runtime } = this;
    if (statement.args.length === 0) return () => runtime.fields.get(0) + runtime.ors;
    const parts = statement.args.map(argument => this.output(argument));
    if (parts.length === 1) {
      const only = parts[0]!;
      return () => only() + runtime.ors;
    }
    return () => {
      let out = parts[0]!();
      for (let i = 1; i < parts.length; i++) out += runtime.fields.outputSeparator + parts[i]!();
      return out + runtime.ors;
    };
  }

  private formatted(statement: Statement & { kind: 'print' }): () => string {
    const { runtime } = this;
    const [format, ...rest] = statement.args;
    const text = format ? this.str(format) : () => '';
    const values = rest.map(argument => this.val(argument));
    return () => {
      const source = text();
      return runtime.sprintf(
        source,
        values.map(value => value()),
      );
    };
  }
}
