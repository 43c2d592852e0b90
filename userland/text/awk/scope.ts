/**
 * Finds out which names of an awk program are arrays. A parameter is an array if its function uses it as one, or hands
 * it to a function whose parameter is one; found by going over the program until nothing new turns up.
 */
import type { Expr, Program } from './ast.ts';

export class Names {
  /** Slots of global scalars and of global arrays. */
  readonly scalars = new Map<string, number>();
  readonly arrays = new Map<string, number>();
  /** For each function, which parameters are arrays. */
  readonly arrayParameters = new Map<string, boolean[]>();
  private hasChanged = false;

  constructor(program: Program, presetArrays: readonly string[]) {
    for (const name of presetArrays) this.arraySlot(name);
    for (const { name, parameters } of program.functions.values()) {
      this.arrayParameters.set(
        name,
        parameters.map(() => false),
      );
    }
    do {
      this.hasChanged = false;
      for (const rule of program.rules) this.visit(rule, undefined, []);
      for (const { name, parameters, body } of program.functions.values()) this.visit(body, name, parameters);
    } while (this.hasChanged);
  }

  scalarSlot(name: string): number {
    let slot = this.scalars.get(name);
    if (slot === undefined) this.scalars.set(name, (slot = this.scalars.size));
    return slot;
  }
  arraySlot(name: string): number {
    let slot = this.arrays.get(name);
    if (slot === undefined) {
      this.arrays.set(name, (slot = this.arrays.size));
      this.hasChanged = true;
    }
    return slot;
  }

  private mark(name: string, inFunction: string | undefined, parameters: readonly string[]): void {
    const index = parameters.indexOf(name);
    if (index < 0) {
      this.arraySlot(name);
      return;
    }
    const flags = this.arrayParameters.get(inFunction!)!;
    if (!flags[index]) this.hasChanged = true;
    flags[index] = true;
  }

  /** The tree is plain data: every object in it is a node or a list of nodes. */
  private visit(node: unknown, inFunction: string | undefined, parameters: readonly string[]): void {
    if (Array.isArray(node)) {
      for (const item of node) this.visit(item, inFunction, parameters);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    const expr = node as Expr | { kind: 'forIn' | 'delete'; array: string; name: string };
    switch (expr.kind) {
      case 'element':
      case 'delete':
        this.mark(expr.name, inFunction, parameters);
        break;
      case 'in':
      case 'forIn':
        this.mark(expr.array, inFunction, parameters);
        break;
      case 'builtin': {
        const array = expr.name === 'split' ? expr.args[1] : expr.name === 'match' ? expr.args[2] : undefined;
        if (array?.kind === 'name') this.mark(array.name, inFunction, parameters);
        break;
      }
      case 'call':
        this.arrayParameters.get(expr.name)?.forEach((isArray, i) => {
          const argument = expr.args[i];
          if (isArray && argument?.kind === 'name') this.mark(argument.name, inFunction, parameters);
        });
        break;
    }
    for (const child of Object.values(node)) this.visit(child, inFunction, parameters);
  }
}
