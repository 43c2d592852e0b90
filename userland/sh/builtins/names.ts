/** command, type, hash, history, help: what names mean and where they are. */
import { RESERVED_WORDS } from '../parser.ts';
import { DEFAULT_PATH, isExecutable, locate } from '../search.ts';
import type { Shell } from '../shell.ts';
import { quoteValue } from '../variables.ts';
import { BuiltinError, parseLetters, type Builtin } from './builtin.ts';

/** Looks a built-in up; handed in by table.ts, of which these built-ins are part. */
export type BuiltinFinder = (name: string) => Builtin | undefined;

/** The line of `command -v` ('brief') or `type`; undefined when the name means nothing. */
function describe(
  shell: Shell,
  find: BuiltinFinder,
  name: string,
  style: 'brief' | 'verbose',
  path?: string,
): string | undefined {
  const isBrief = style === 'brief';
  if (RESERVED_WORDS.has(name)) return isBrief ? name : `${name} is a shell keyword`;
  const alias = shell.aliases.get(name);
  if (alias !== undefined)
    return isBrief ? `alias ${name}=${quoteValue(alias)}` : `${name} is an alias for ${alias}`;
  const builtin = find(name);
  if (builtin?.isSpecial) return isBrief ? name : `${name} is a special shell builtin`;
  if (shell.functions.has(name)) return isBrief ? name : `${name} is a shell function`;
  if (builtin) return isBrief ? name : `${name} is a shell builtin`;
  const wasKnown = shell.locations.has(name);
  const location = locate(shell, name, path);
  if ('error' in location) return undefined;
  if (name.includes('/') && isExecutable(name) !== true) return undefined;
  if (isBrief) return location.path;
  return `${name} is ${wasKnown ? 'a tracked alias for ' : ''}${location.path}`;
}

export function makeType(find: BuiltinFinder): Builtin {
  return {
    run: (shell, args) => {
      let status = 0;
      for (const name of args.slice(1)) {
        const line = describe(shell, find, name, 'verbose');
        if (line === undefined) status = 127;
        shell.print(`${line ?? `${name}: not found`}\n`);
      }
      return status;
    },
  };
}

/** `command name …` is handed to `run`, which knows neither functions nor special built-ins. */
export function makeCommand(
  find: BuiltinFinder,
  run: (shell: Shell, args: readonly string[]) => number,
): Builtin {
  return {
    run: (shell, args) => {
      const { letters, operands } = parseLetters(args, 'pvV');
      const path = letters.has('p') ? DEFAULT_PATH : undefined;
      if (letters.has('v') || letters.has('V')) {
        let status = 0;
        for (const name of operands) {
          const line = describe(shell, find, name, letters.has('V') ? 'verbose' : 'brief', path);
          if (line !== undefined) shell.print(`${line}\n`);
          else {
            status = 127;
            if (letters.has('V')) shell.print(`${name}: not found\n`);
          }
        }
        return status;
      }
      if (operands.length === 0) return 0;
      if (path === undefined) return run(shell, operands);
      shell.variables.enter();
      try {
        shell.variables.makeLocal('PATH');
        shell.variables.set('PATH', path);
        return run(shell, operands);
      } finally {
        shell.variables.leave();
      }
    },
  };
}

export const hash: Builtin = {
  run: (shell, args) => {
    const { letters, operands } = parseLetters(args, 'rv');
    if (letters.has('r')) shell.locations.clear();
    else if (operands.length === 0) for (const path of shell.locations.values()) shell.print(`${path}\n`);
    let status = 0;
    for (const name of operands) {
      if ('path' in locate(shell, name)) continue;
      shell.complainAs('hash', `${name}: not found`);
      status = 1;
    }
    return status;
  },
};

export const history: Builtin = {
  run: (shell, args) => {
    if (args[1] === '-c') {
      shell.history.length = 0;
      return 0;
    }
    if (args[1] !== undefined && !/^[0-9]+$/.test(args[1]))
      throw new BuiltinError(`Illegal number: ${args[1]}`);
    const from = args[1] === undefined ? 0 : Math.max(0, shell.history.length - Number(args[1]));
    shell.history
      .slice(from)
      .forEach((line, i) => shell.print(`${String(from + i + 1).padStart(5)}  ${line}\n`));
    return 0;
  },
};

export function makeHelp(names: () => readonly string[]): Builtin {
  return {
    run: shell => {
      shell.print('Built-in commands:\n');
      let line = '';
      for (const name of [...names()].sort()) {
        if (line.length + name.length + 1 > 70) {
          shell.print(`${line}\n`);
          line = '';
        }
        line += line === '' ? `\t${name}` : ` ${name}`;
      }
      shell.print(`${line}\n`);
      return 0;
    },
  };
}
