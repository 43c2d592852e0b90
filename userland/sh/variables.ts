/**
 * Variables: values with export and read-only flags, and scopes that remember what `local`, function calls and
 * `x=1 command` have covered. Variable objects are never changed, only replaced, so that a copy of the map is a copy
 * of the state.
 */
import { NAME } from './ast.ts';
import { ReadOnlyError } from './errors.ts';

export interface Variable {
  /** undefined: it has flags but no value. */
  readonly value: string | undefined;
  readonly isExported: boolean;
  readonly isReadonly: boolean;
}

type Scope = Map<string, Variable | undefined>;

/** A variable in the state that goes to a subshell: name, value, flags (1 exported, 2 read-only). */
export type StoredVariable = readonly [string, string | null, number];

export class Variables {
  private readonly map: Map<string, Variable>;
  private readonly scopes: Scope[] = [];
  /** Called after each change of PATH, OPTIND and the like. */
  onChange: (name: string) => void = () => {};

  constructor(map = new Map<string, Variable>()) {
    this.map = map;
  }

  copy(): Variables {
    return new Variables(new Map(this.map));
  }

  get(name: string): string | undefined {
    return this.map.get(name)?.value;
  }

  find(name: string): Variable | undefined {
    return this.map.get(name);
  }

  /** Sets a value; keeps the flags. */
  set(name: string, value: string, isExported = false): void {
    const old = this.map.get(name);
    if (old?.isReadonly) throw new ReadOnlyError(name);
    this.map.set(name, { value, isExported: isExported || (old?.isExported ?? false), isReadonly: false });
    this.onChange(name);
  }

  /** Adds flags to a variable, which need not have a value. */
  mark(name: string, flags: { isExported?: boolean; isReadonly?: boolean }): void {
    const old = this.map.get(name) ?? { value: undefined, isExported: false, isReadonly: false };
    this.map.set(name, { ...old, ...flags });
  }

  unset(name: string): void {
    if (this.map.get(name)?.isReadonly) throw new ReadOnlyError(name);
    this.map.delete(name);
    this.onChange(name);
  }

  /** Opens a scope for local variables. */
  enter(): void {
    this.scopes.push(new Map());
  }

  /** Closes the innermost scope: what it covered is back. */
  leave(): void {
    const scope = this.scopes.pop();
    if (!scope) return;
    for (const [name, old] of scope) {
      if (old) this.map.set(name, old);
      else this.map.delete(name);
      this.onChange(name);
    }
  }

  /** Makes a variable local to the innermost scope; it keeps its value and flags until it is set (as in dash). */
  makeLocal(name: string): void {
    const scope = this.scopes.at(-1);
    if (scope && !scope.has(name)) scope.set(name, this.map.get(name));
  }

  get names(): string[] {
    return [...this.map.keys()];
  }

  entries(): [string, Variable][] {
    return [...this.map].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** The environment for execve. */
  environment(): string[] {
    const list: string[] = [];
    for (const [name, { value, isExported }] of this.map) {
      if (isExported && value !== undefined) list.push(`${name}=${value}`);
    }
    return list;
  }

  store(): StoredVariable[] {
    return [...this.map].map(([name, { value, isExported, isReadonly }]) => [
      name,
      value ?? null,
      (isExported ? 1 : 0) | (isReadonly ? 2 : 0),
    ]);
  }

  restore(stored: readonly StoredVariable[]): void {
    for (const [name, value, flags] of stored) {
      this.map.set(name, {
        value: value ?? undefined,
        isExported: (flags & 1) !== 0,
        isReadonly: (flags & 2) !== 0,
      });
    }
  }
}

export function checkName(name: string): boolean {
  return NAME.test(name);
}

/** A value quoted so that the shell reads it back: 'it'"'"'s', as dash prints it. */
export function quoteValue(text: string): string {
  if (text === '') return "''";
  return text
    .split(/('+)/)
    .map(piece => (piece === '' ? '' : piece.startsWith("'") ? `"${piece}"` : `'${piece}'`))
    .join('');
}
