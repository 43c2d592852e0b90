/** Registers: what was deleted and yanked, under names. vim's rules for "0, "1 to "9, "- and "_. */

export interface Register {
  /** Whole lines, or text within lines. */
  readonly kind: 'lines' | 'characters';
  /** Lines, or pieces of lines. */
  readonly pieces: readonly string[];
}

export class Registers {
  private readonly byName = new Map<string, Register>();
  private unnamed: Register | undefined;

  get(name: string | undefined): Register | undefined {
    if (name === undefined || name === '"') return this.unnamed;
    return this.byName.get(name.toLowerCase());
  }

  /** All that hold something, in order of their names. */
  entries(): [string, Register][] {
    const all: [string, Register][] = [...this.byName].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return this.unnamed ? [['"', this.unnamed], ...all] : all;
  }

  yank(name: string | undefined, register: Register): void {
    if (name === '_') return;
    if (name === undefined || name === '"') this.byName.set('0', register);
    this.store(name, register);
  }

  /** `isBig`: a deletion of more than a part of a line, or by a motion that goes far. */
  delete(name: string | undefined, register: Register, size: 'small' | 'big'): void {
    if (name === '_') return;
    this.store(name, register);
    if (size === 'small') {
      if (name === undefined) this.byName.set('-', register);
      return;
    }
    for (let n = 9; n > 1; n--) {
      const older = this.byName.get(String(n - 1));
      if (older) this.byName.set(String(n), older);
    }
    this.byName.set('1', register);
  }

  /** Sets a register without touching the others. */
  set(name: string, register: Register): void {
    this.byName.set(name, register);
  }

  private store(name: string | undefined, register: Register): void {
    this.unnamed = register;
    if (name === undefined || name === '"') return;
    const key = name.toLowerCase();
    const old = this.byName.get(key);
    this.byName.set(key, name === key || !old ? register : joined(old, register));
    this.unnamed = this.byName.get(key);
  }
}

/** "A to "Z append. */
function joined(old: Register, added: Register): Register {
  if (old.kind === 'lines' || added.kind === 'lines')
    return { kind: 'lines', pieces: [...old.pieces, ...added.pieces] };
  const pieces = [...old.pieces];
  pieces[pieces.length - 1] += added.pieces[0] ?? '';
  return { kind: 'characters', pieces: [...pieces, ...added.pieces.slice(1)] };
}

export function isRegisterName(name: string): boolean {
  return /^[a-zA-Z0-9"_\-.%:/]$/.test(name);
}
