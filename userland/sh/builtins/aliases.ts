/** alias and unalias. */
import { quoteValue } from '../variables.ts';
import { parseLetters, type Builtin } from './builtin.ts';

export const alias: Builtin = {
  run: (shell, args) => {
    const operands = args[1] === '--' || args[1] === '-p' ? args.slice(2) : args.slice(1);
    if (operands.length === 0) {
      for (const [name, value] of [...shell.aliases].sort(([a], [b]) => (a < b ? -1 : 1)))
        shell.print(`${name}=${quoteValue(value)}\n`);
      return 0;
    }
    let status = 0;
    for (const operand of operands) {
      const equals = operand.indexOf('=', 1);
      if (equals > 0) {
        shell.aliases.set(operand.slice(0, equals), operand.slice(equals + 1));
        continue;
      }
      const value = shell.aliases.get(operand);
      if (value === undefined) {
        shell.say(`alias: ${operand} not found\n`);
        status = 1;
      } else shell.print(`${operand}=${quoteValue(value)}\n`);
    }
    return status;
  },
};

export const unalias: Builtin = {
  run: (shell, args) => {
    const { letters, operands } = parseLetters(args, 'a');
    if (letters.has('a')) shell.aliases.clear();
    let status = 0;
    for (const name of operands) {
      if (shell.aliases.delete(name)) continue;
      shell.say(`unalias: ${name} not found\n`);
      status = 1;
    }
    return status;
  },
};
