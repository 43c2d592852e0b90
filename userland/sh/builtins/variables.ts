/** export, readonly, local, unset, set, shift, getopts. */
import { OPTIONS, optionByLetter, optionByName, type OptionName } from '../options.ts';
import { setOption } from '../job-control.ts';
import type { Shell } from '../shell.ts';
import { checkName, quoteValue } from '../variables.ts';
import { BuiltinError, parseLetters, parseNumber, type Builtin } from './builtin.ts';

/** Splits name or name=value. */
function split(operand: string): { name: string; value: string | undefined } {
  const equals = operand.indexOf('=');
  const name = equals < 0 ? operand : operand.slice(0, equals);
  if (!checkName(name)) throw new BuiltinError(`${name}: bad variable name`);
  return { name, value: equals < 0 ? undefined : operand.slice(equals + 1) };
}

function marker(word: 'export' | 'readonly', flag: 'isExported' | 'isReadonly'): Builtin {
  return {
    isSpecial: true,
    takesAssignments: true,
    run: (shell, args) => {
      const { letters, operands } = parseLetters(args, word === 'export' ? 'pn' : 'p');
      if (operands.length === 0 || letters.has('p')) {
        for (const [name, variable] of shell.variables.entries()) {
          if (!variable[flag]) continue;
          const value = variable.value === undefined ? '' : `=${quoteValue(variable.value)}`;
          shell.print(`${word} ${name}${value}\n`);
        }
        return 0;
      }
      for (const operand of operands) {
        const { name, value } = split(operand);
        if (value !== undefined) shell.assign(name, value);
        shell.variables.mark(name, { [flag]: !letters.has('n') });
      }
      return 0;
    },
  };
}
export const exportVariables = marker('export', 'isExported');
export const readonlyVariables = marker('readonly', 'isReadonly');

export const local: Builtin = {
  isSpecial: true,
  takesAssignments: true,
  run: (shell, args) => {
    if (shell.functionDepth === 0) throw new BuiltinError('not in a function');
    for (const operand of args.slice(1)) {
      if (operand === '-') continue;
      const { name, value } = split(operand);
      shell.variables.makeLocal(name);
      if (value !== undefined) shell.assign(name, value);
    }
    return 0;
  },
};

export const unset: Builtin = {
  isSpecial: true,
  run: (shell, args) => {
    const { letters, operands } = parseLetters(args, 'fv');
    for (const name of operands) {
      if (letters.has('f')) shell.functions.delete(name);
      else if (!checkName(name)) throw new BuiltinError(`${name}: bad variable name`);
      else if (shell.variables.find(name)?.isReadonly) throw new BuiltinError(`${name}: is read only`);
      else if (shell.variables.find(name) || letters.has('v')) shell.variables.unset(name);
      else shell.functions.delete(name);
    }
    return 0;
  },
};

export const shift: Builtin = {
  isSpecial: true,
  run: (shell, args) => {
    const count = args[1] === undefined ? 1 : parseNumber(args[1]);
    if (count > shell.positional.length) throw new BuiltinError("can't shift that many");
    shell.positional = shell.positional.slice(count);
    return 0;
  },
};

export const set: Builtin = {
  isSpecial: true,
  run: (shell, args) => {
    if (args.length === 1) {
      for (const [name, { value }] of shell.variables.entries()) {
        if (value !== undefined) shell.print(`${name}=${quoteValue(value)}\n`);
      }
      return 0;
    }
    const operands = applyOptions(shell, args.slice(1));
    if (operands) shell.positional = operands;
    return 0;
  },
};

/** Reads options of `set` and of the shell; the operands after them, undefined when there are none and no «--». */
export function applyOptions(
  shell: Shell,
  args: readonly string[],
  extra: (letter: string) => boolean = () => false,
): readonly string[] | undefined {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') return args.slice(i + 1);
    // A single dash turns -x and -v off and ends the options.
    if (arg === '-') {
      setOption(shell, 'xtrace', false);
      setOption(shell, 'verbose', false);
      const rest = args.slice(i + 1);
      return rest.length > 0 ? rest : undefined;
    }
    const isOn = arg.startsWith('-');
    if (!isOn && !arg.startsWith('+')) return args.slice(i);
    for (const letter of arg.slice(1)) {
      if (letter === 'o') {
        const name = args[i + 1];
        if (name === undefined) {
          listOptions(shell, isOn);
          return undefined;
        }
        i++;
        const option = optionByName(name);
        if (!option) throw new BuiltinError(`Illegal option ${isOn ? '-' : '+'}o ${name}`);
        setOption(shell, option, isOn);
      } else if (!(isOn && extra(letter))) {
        const option = optionByLetter(letter);
        if (!option) throw new BuiltinError(`Illegal option ${isOn ? '-' : '+'}${letter}`);
        setOption(shell, option, isOn);
      }
    }
  }
  return undefined;
}

function listOptions(shell: Shell, isReadable: boolean): void {
  const state = (name: OptionName): boolean => shell.options.has(name);
  if (isReadable) {
    const lines = OPTIONS.map(({ name }) => `${name.padEnd(16)}${state(name) ? 'on' : 'off'}\n`);
    shell.print(`Current option settings\n${lines.join('')}`);
  } else shell.print(OPTIONS.map(({ name }) => `set ${state(name) ? '-' : '+'}o ${name}\n`).join(''));
}

/** getopts(1p). The position inside a cluster like -abc is kept in the shell; setting OPTIND forgets it. */
export const getopts: Builtin = {
  run: (shell, args) => {
    if (args.length < 3) throw new BuiltinError('Usage: getopts optstring var [arg...]');
    const [, specification, variable] = args as [string, string, string];
    const list = args.length > 3 ? args.slice(3) : shell.positional;
    const isSilent = specification.startsWith(':');
    let index = Number(shell.variables.get('OPTIND') ?? '1');
    if (!Number.isInteger(index) || index < 1) index = 1;
    let offset = shell.optionOffset;
    const finish = (letter: string, argument: string | undefined, status: number): number => {
      shell.variables.set('OPTIND', String(index));
      shell.optionOffset = offset;
      if (argument === undefined) shell.variables.unset('OPTARG');
      else shell.variables.set('OPTARG', argument);
      if (!checkName(variable)) throw new BuiltinError(`${variable}: bad variable name`);
      shell.assign(variable, letter);
      return status;
    };
    let word = list[index - 1];
    if (offset === 0 || word === undefined || offset >= word.length) {
      offset = 0;
      if (word === undefined || !/^-./.test(word)) return finish('?', undefined, 1);
      if (word === '--') {
        index++;
        return finish('?', undefined, 1);
      }
      offset = 1;
    }
    word = list[index - 1]!;
    const letter = word[offset++]!;
    const isAtEnd = offset >= word.length;
    const next = (): void => {
      index++;
      offset = 0;
    };
    const at = specification.indexOf(letter, isSilent ? 1 : 0);
    if (letter === ':' || at < 0) {
      if (isAtEnd) next();
      if (!isSilent) shell.say(`Illegal option -${letter}\n`);
      return finish('?', isSilent ? letter : undefined, 0);
    }
    if (specification[at + 1] !== ':') {
      if (isAtEnd) next();
      return finish(letter, undefined, 0);
    }
    if (!isAtEnd) {
      const argument = word.slice(offset);
      next();
      return finish(letter, argument, 0);
    }
    next();
    const argument = list[index - 1];
    if (argument === undefined) {
      if (!isSilent) shell.say(`No arg for -${letter} option\n`);
      return finish(isSilent ? ':' : '?', isSilent ? letter : undefined, 0);
    }
    index++;
    return finish(letter, argument, 0);
  },
};
