/** Built-ins that steer the shell: : true false break continue return exit eval . exec. */
import { SysError } from '../../libc/native.ts';
import { O_CLOEXEC, O_RDONLY } from '../../libc/fcntl.ts';
import { close, open } from '../../libc/unistd.ts';
import { ShellError, ShellExit, ShellSyntaxError } from '../errors.ts';
import { jobState } from '../jobs.ts';
import { parserOf } from '../parser.ts';
import { complainAboutExec, execProgram, guarded } from '../process.ts';
import { readOutput } from '../read-output.ts';
import { openErrorText } from '../redirect.ts';
import { candidates, locate } from '../search.ts';
import type { Shell } from '../shell.ts';
import { textSource } from '../source.ts';
import { R_OK, access } from '../../libc/unistd.ts';
import { S_ISREG, tryStat } from '../../libc/stat.ts';
import { BuiltinError, parseNumber, type Builtin } from './builtin.ts';

export const nothing: Builtin = { run: () => 0 };
export const colon: Builtin = { run: () => 0, isSpecial: true };
export const failure: Builtin = { run: () => 1 };

function skipper(kind: 'break' | 'continue'): Builtin {
  return {
    isSpecial: true,
    run: (shell, args) => {
      const levels = args[1] === undefined ? 1 : parseNumber(args[1]);
      if (levels === 0) throw new BuiltinError(`Illegal number: ${args[1]}`);
      if (shell.loopDepth > 0) shell.skip = { kind, levels: Math.min(levels, shell.loopDepth) };
      return 0;
    },
  };
}
export const breakLoop = skipper('break');
export const continueLoop = skipper('continue');

export const returnFrom: Builtin = {
  isSpecial: true,
  run: (shell, args) => {
    const status = args[1] === undefined ? shell.status : parseNumber(args[1]) & 0xff;
    shell.skip = { kind: 'return', levels: 1 };
    return status;
  },
};

export const exit: Builtin = {
  isSpecial: true,
  run: (shell, args) => {
    const status = args[1] === undefined ? shell.status : parseNumber(args[1]) & 0xff;
    if (
      shell.isInteractive &&
      !shell.isWarnedOfJobs &&
      shell.jobs.jobs.some(job => jobState(job) === 'stopped')
    ) {
      shell.isWarnedOfJobs = true;
      shell.say('You have stopped jobs.\n');
      return 0;
    }
    throw new ShellExit(status);
  },
};

export const evaluate: Builtin = {
  isSpecial: true,
  run: (shell, args) => {
    const operands = args[1] === '--' ? args.slice(2) : args.slice(1);
    const { textName, line } = shell;
    shell.textName = 'eval';
    return guarded(
      () => reportHere(shell, () => shell.engine.runText(shell, operands.join(' '))),
      () => {
        shell.textName = textName;
        shell.line = line;
      },
    );
  },
};

/** Errors are told while the shell still knows where they were made. */
function reportHere(shell: Shell, action: () => number): number {
  try {
    return action();
  } catch (error) {
    if (error instanceof ShellError) shell.report(error);
    if (!(error instanceof ShellSyntaxError)) throw error;
    shell.line = error.line;
    shell.complain(`Syntax error: ${error.message}`);
    throw new ShellError('');
  }
}

/** `.`: runs a file in this shell. */
export const source: Builtin = {
  isSpecial: true,
  run: (shell, args) => {
    const operands = args[1] === '--' ? args.slice(2) : args.slice(1);
    const name = operands[0];
    if (name === undefined) throw new BuiltinError('filename argument required');
    return runFile(shell, findSource(shell, name), operands.slice(1));
  },
};

function findSource(shell: Shell, name: string): string {
  if (name.includes('/')) return name;
  for (const path of candidates(name, shell.variables.get('PATH') ?? '')) {
    const status = tryStat(path);
    if (!status || !S_ISREG(status.mode)) continue;
    try {
      access(path, R_OK);
      return path;
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
    }
  }
  throw new BuiltinError(`${name}: not found`);
}

/** Runs a file in this shell; with arguments they are its positional parameters, as in bash. */
export function runFile(shell: Shell, path: string, args: readonly string[]): number {
  let text: string;
  try {
    const fd = open(path, O_RDONLY | O_CLOEXEC);
    text = readOutput(fd);
    close(fd);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    throw new BuiltinError(`cannot open ${path}: ${openErrorText(error, false)}`);
  }
  const { positional, line, textName } = shell;
  shell.textName = path;
  if (args.length > 0) shell.positional = args;
  shell.sourceDepth++;
  const run = (): number => {
    const parser = parserOf(textSource(text), shell.aliases);
    let status = 0;
    for (let command = parser.next(); command !== 'end'; command = parser.next()) {
      if (!command) continue;
      status = shell.engine.execute(shell, command, 0);
      if (shell.skip?.kind === 'return') {
        shell.skip = undefined;
        return status;
      }
      if (shell.skip) return status;
    }
    return status;
  };
  return guarded(
    () => reportHere(shell, run),
    () => {
      shell.textName = textName;
      shell.sourceDepth--;
      shell.positional = positional;
      shell.line = line;
    },
  );
}

/** `exec`: becomes a program, or keeps its redirections. */
export const exec: Builtin = {
  isSpecial: true,
  run: (shell, args) => {
    const operands = args[1] === '--' ? args.slice(2) : args.slice(1);
    if (operands.length === 0) {
      shell.keepsRedirects = true;
      return 0;
    }
    const name = operands[0]!;
    const location = locate(shell, name);
    let status: number;
    if ('error' in location) status = complainAboutExec(shell, `exec: ${name}`, location.error);
    else {
      shell.traps.prepareExec('job');
      status = execProgram(shell, location.path, operands, shell.variables.environment());
      // Still here: the shell takes its signals again.
      shell.traps.reapply();
    }
    throw new BuiltinError('', status);
  },
};
