/** File modes as users write them: octal (`755`) and symbolic (`u=rwX,go-w`), chmod(1). */
import { S_IFDIR, S_IFMT, S_ISGID, S_ISUID } from '../../../kernel/abi/stat.ts';

interface Clause {
  readonly who: number; // mask of u, g, o; 0: none given, the umask counts
  readonly operator: '+' | '-' | '=';
  readonly permissions: number;
  readonly copy: '' | 'u' | 'g' | 'o';
  readonly isX: boolean;
}

export type ModeChange =
  | { readonly kind: 'octal'; readonly bits: number; readonly digits: number }
  | { readonly kind: 'symbolic'; readonly clauses: readonly Clause[] };

const USER = 0o4700;
const GROUP = 0o2070;
const OTHER = 0o1007;
const WHO: Readonly<Record<string, number>> = { u: USER, g: GROUP, o: OTHER, a: 0o7777 };
const PERMISSION: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 };

/** Reads a mode; undefined if it is none. */
export function parseMode(text: string): ModeChange | undefined {
  if (/^[0-7]+$/.test(text)) {
    const bits = parseInt(text, 8);
    return bits > 0o7777 ? undefined : { kind: 'octal', bits, digits: text.length };
  }
  const clauses: Clause[] = [];
  for (const part of text.split(',')) {
    const found = /^([ugoa]*)((?:[+\-=](?:[ugo]|[rwxXst]*|[0-7]+))+)$/.exec(part);
    if (!found) return undefined;
    let who = 0;
    for (const letter of found[1]!) who |= WHO[letter]!;
    for (const action of found[2]!.matchAll(/([+\-=])([0-7]+|[ugo]|[rwxXst]*)/g)) {
      const what = action[2]!;
      let permissions = 0;
      let actionWho = who;
      const isNumber = /^[0-7]+$/.test(what);
      if (isNumber) {
        permissions = parseInt(what, 8);
        actionWho = 0o7777;
        if (permissions > 0o7777) return undefined;
      }
      const copy = /^[ugo]$/.test(what) ? (what as 'u' | 'g' | 'o') : '';
      if (!isNumber && copy === '') for (const letter of what) permissions |= PERMISSION[letter] ?? 0;
      clauses.push({
        who: actionWho,
        operator: action[1] as '+' | '-' | '=',
        permissions,
        copy,
        isX: what.includes('X'),
      });
    }
  }
  return { kind: 'symbolic', clauses };
}

/** Applies a change to a mode (with its type bits); answers the permission bits. */
export function applyMode(change: ModeChange, mode: number, umask: number): number {
  const isDirectory = (mode & S_IFMT) === S_IFDIR;
  // Linux tools keep a directory's set-id bits unless they are named.
  const kept = isDirectory ? S_ISUID | S_ISGID : 0;
  let bits = mode & 0o7777;
  if (change.kind === 'octal') {
    return change.digits > 4 ? change.bits : change.bits | (bits & kept);
  }
  for (const clause of change.clauses) {
    const affected = clause.who === 0 ? 0o7777 : clause.who;
    let value = clause.permissions;
    if (clause.copy !== '') {
      const shift = { u: 6, g: 3, o: 0 }[clause.copy];
      value = ((bits >> shift) & 7) * 0o111;
    }
    if (clause.isX && (isDirectory || (bits & 0o111) !== 0)) value |= 0o111;
    value &= clause.who === 0 ? ~umask & 0o7777 : clause.who;
    if (clause.operator === '+') bits |= value;
    else if (clause.operator === '-') bits &= ~value;
    else {
      const keep = kept & ~(clause.permissions & (S_ISUID | S_ISGID));
      bits = (bits & (~affected | keep)) | value;
    }
  }
  return bits & 0o7777;
}
