/** cd, pwd, umask: what a process keeps besides its memory. */
import { SysError } from '../../libc/native.ts';
import { chdir, getcwd } from '../../libc/unistd.ts';
import { tryStat, umask as setUmask } from '../../libc/stat.ts';
import type { Shell } from '../shell.ts';
import { BuiltinError, parseLetters, type Builtin } from './builtin.ts';

/** The current directory as the shell knows it: PWD if that is where we are, else what the kernel says. */
export function initialDirectory(shell: Shell): void {
  const claimed = shell.variables.get('PWD');
  if (claimed !== undefined && claimed.startsWith('/') && !/(^|\/)\.\.?(\/|$)/.test(claimed)) {
    const there = tryStat(claimed);
    const here = tryStat('.');
    if (there && here && there.ino === here.ino && there.dev === here.dev) return;
  }
  shell.variables.set('PWD', physicalDirectory());
}

function physicalDirectory(): string {
  try {
    return getcwd();
  } catch (error) {
    if (error instanceof SysError) return '';
    throw error;
  }
}

/** XCU cd, step 8: resolves . and .. by name; undefined when a directory before a .. does not exist. */
export function logicalPath(base: string, path: string): string | undefined {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${base}/${path}`).split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0) {
      if (!tryStat(`/${parts.join('/')}`)) return undefined;
      parts.pop();
    }
  }
  return `/${parts.join('/')}`;
}

export const cd: Builtin = {
  run: (shell, args) => {
    const { isPhysical, operands } = logicalOptions(args);
    let target = operands[0] ?? shell.variables.get('HOME') ?? '';
    let isShown = false;
    if (target === '-' && operands.length > 0) {
      target = shell.variables.get('OLDPWD') ?? '';
      isShown = true;
    }
    if (target === '') return 0;
    const searches = !/^(\/|\.\.?(\/|$))/.test(target);
    for (const directory of searches ? (shell.variables.get('CDPATH') ?? '').split(':') : ['']) {
      const path = directory === '' ? target : `${directory.replace(/\/$/, '')}/${target}`;
      if (!changeTo(shell, path, isPhysical)) continue;
      if (isShown || directory !== '') shell.print(`${shell.variables.get('PWD') ?? ''}\n`);
      return 0;
    }
    // CDPATH without an empty entry: the current directory comes last all the same.
    if (searches && shell.variables.get('CDPATH') && changeTo(shell, target, isPhysical)) return 0;
    throw new BuiltinError(`can't cd to ${target}`);
  },
};

function changeTo(shell: Shell, path: string, isPhysical: boolean): boolean {
  const { variables } = shell;
  const before = variables.get('PWD') ?? '';
  const logical = isPhysical || before === '' ? undefined : logicalPath(before, path);
  try {
    chdir(logical ?? path);
  } catch (error) {
    if (error instanceof SysError) return false;
    throw error;
  }
  variables.set('OLDPWD', before, shell.options.has('allexport'));
  variables.set('PWD', logical ?? physicalDirectory(), shell.options.has('allexport'));
  return true;
}

function logicalOptions(args: readonly string[]): { isPhysical: boolean; operands: string[] } {
  let isPhysical = false;
  let i = 1;
  for (; i < args.length && /^-[LPe]+$/.test(args[i]!); i++) {
    for (const letter of args[i]!.slice(1)) if (letter !== 'e') isPhysical = letter === 'P';
  }
  if (args[i] === '--') i++;
  else if (/^-./.test(args[i] ?? '')) throw new BuiltinError(`Illegal option -${args[i]![1]}`);
  return { isPhysical, operands: args.slice(i) };
}

export const pwd: Builtin = {
  run: (shell, args) => {
    const { isPhysical } = logicalOptions(args);
    shell.print(`${isPhysical ? getcwd() : shell.variables.get('PWD') || getcwd()}\n`);
    return 0;
  },
};

export const umask: Builtin = {
  run: (shell, args) => {
    const { letters, operands } = parseLetters(args, 'S');
    const mask = setUmask(0);
    setUmask(mask);
    const mode = operands[0];
    if (mode === undefined) {
      shell.print(`${letters.has('S') ? symbolicMode(~mask & 0o777) : mask.toString(8).padStart(4, '0')}\n`);
      return 0;
    }
    if (/^[0-9]+$/.test(mode)) {
      if (!/^[0-7]{1,4}$/.test(mode)) throw new BuiltinError(`Illegal number: ${mode}`);
      setUmask(parseInt(mode, 8) & 0o777);
    } else {
      const allowed = applySymbolicMode(mode, ~mask & 0o777);
      if (allowed === undefined) throw new BuiltinError(`Illegal mode: ${mode}`);
      setUmask(~allowed & 0o777);
    }
    return 0;
  },
};

function symbolicMode(mode: number): string {
  const bits = (shift: number): string =>
    ['r', 'w', 'x'].filter((_, i) => (mode >> shift) & (4 >> i)).join('');
  return `u=${bits(6)},g=${bits(3)},o=${bits(0)}`;
}

/** A symbolic mode as chmod takes it, for rwx and u g o a. */
export function applySymbolicMode(text: string, mode: number): number | undefined {
  let result = mode;
  for (const clause of text.split(',')) {
    const found = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/.exec(clause);
    if (!found) return undefined;
    const who = found[1] === '' || found[1]!.includes('a') ? 'ugo' : found[1]!;
    for (const [, operator, permissions] of found[2]!.matchAll(/([-+=])([rwxXstugo]*)/g)) {
      let bits = 0;
      for (const letter of permissions!) {
        if (letter === 'r') bits |= 4;
        else if (letter === 'w') bits |= 2;
        else if (letter === 'x' || letter === 'X') bits |= 1;
        else if (letter === 'u') bits |= (result >> 6) & 7;
        else if (letter === 'g') bits |= (result >> 3) & 7;
        else if (letter === 'o') bits |= result & 7;
      }
      for (const [letter, shift] of [
        ['u', 6],
        ['g', 3],
        ['o', 0],
      ] as const) {
        if (!who.includes(letter)) continue;
        if (operator === '+') result |= bits << shift;
        else if (operator === '-') result &= ~(bits << shift);
        else result = (result & ~(7 << shift)) | (bits << shift);
      }
    }
  }
  return result;
}
