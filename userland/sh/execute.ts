/** Runs commands: lists, compound commands, functions, and -e (XCU 2.9). */
import { fnmatch } from '../libc/fnmatch.ts';
import type { Command, CompoundCommand } from './ast.ts';
import { ShellExit } from './errors.ts';
import { expandPattern, expandText, expandWords } from './expand.ts';
import { runBackground, runPipeline, runSubshell } from './pipeline.ts';
import { parserOf } from './parser.ts';
import { expandRedirects } from './redirect.ts';
import { EXIT, TESTED, type Engine, type Shell } from './shell.ts';
import { takeSignals } from './signals.ts';
import { runSimple, withRedirects } from './simple-command.ts';
import { textSource } from './source.ts';
import { substitute } from './substitution.ts';

export const engine: Engine = { execute, runText, substitute };

/** Runs a command; its exit status. */
export function execute(shell: Shell, command: Command, flags: number): number {
  if (shell.options.has('noexec') && !shell.isInteractive) return 0;
  let isChecked = true;
  let status: number;
  switch (command.type) {
    case 'simple':
      status = runSimple(shell, command, flags);
      break;
    case 'pipeline':
      status = runNegatable(shell, command, flags);
      isChecked = !command.isNegated && command.commands.length > 1;
      break;
    case 'subshell':
      shell.line = command.line;
      status = runSubshell(shell, command, flags);
      break;
    case 'and':
    case 'or': {
      isChecked = false;
      status = execute(shell, command.left, TESTED);
      if (!shell.skip && (status === 0) === (command.type === 'and'))
        status = execute(shell, command.right, flags);
      break;
    }
    case 'sequence': {
      isChecked = false;
      const { commands } = command;
      const last = commands.length - 1;
      status = 0;
      for (let i = 0; i <= last && !shell.skip; i++) {
        status = execute(shell, commands[i]!, i === last ? flags : flags & ~EXIT);
      }
      break;
    }
    case 'background':
      isChecked = false;
      status = runBackground(shell, command.command);
      break;
    case 'function':
      isChecked = false;
      shell.functions.set(command.name, command.body);
      status = 0;
      break;
    default:
      isChecked = false;
      status = runCompound(shell, command, flags);
  }
  shell.status = status;
  const isLeaving = shell.skip !== undefined;
  takeSignals(shell);
  // A trap's `return` leaves with a status of its own.
  if (shell.skip && !isLeaving) ({ status } = shell);
  if (isChecked && status !== 0 && !(flags & TESTED) && shell.options.has('errexit'))
    throw new ShellExit(status);
  return status;
}

function executeList(shell: Shell, command: Command | undefined, flags: number): number {
  if (command) return execute(shell, command, flags);
  shell.status = 0;
  return 0;
}

function runNegatable(shell: Shell, command: Command & { type: 'pipeline' }, flags: number): number {
  const { commands, isNegated } = command;
  const inner = isNegated ? TESTED : flags;
  const status =
    commands.length === 1 ? execute(shell, commands[0]!, inner) : runPipeline(shell, commands, inner);
  if (!isNegated || shell.skip) return status;
  return status === 0 ? 1 : 0;
}

function runCompound(shell: Shell, command: CompoundCommand, flags: number): number {
  if (command.redirects.length === 0) return runCompoundBody(shell, command, flags);
  shell.line = command.line;
  const redirects = expandRedirects(shell, command.redirects);
  return withRedirects(shell, redirects, () => runCompoundBody(shell, command, flags));
}

function runCompoundBody(shell: Shell, command: CompoundCommand, flags: number): number {
  switch (command.type) {
    case 'subshell':
    case 'group':
      return executeList(shell, command.body, flags);
    case 'if': {
      const condition = execute(shell, command.condition, TESTED);
      if (shell.skip) return condition;
      if (condition === 0) return executeList(shell, command.body, flags);
      return command.otherwise ? execute(shell, command.otherwise, flags) : 0;
    }
    case 'while':
    case 'until': {
      const isWhile = command.type === 'while';
      let status = 0;
      runLoop(shell, () => {
        const condition = execute(shell, command.condition, TESTED);
        if (shell.skip) return true;
        if ((condition === 0) !== isWhile) return false;
        status = executeList(shell, command.body, flags & ~EXIT);
        return true;
      });
      return status;
    }
    case 'for': {
      shell.line = command.line;
      const values = command.words ? expandWords(shell, command.words) : shell.positional;
      let status = 0;
      let i = 0;
      runLoop(shell, () => {
        if (i >= values.length) return false;
        shell.assign(command.name, values[i++]!);
        status = executeList(shell, command.body, flags & ~EXIT);
        return true;
      });
      return status;
    }
    case 'case':
      return runCase(shell, command, flags);
  }
}

/** Calls `turn` until it gives false, or break or return ends the loop. */
function runLoop(shell: Shell, turn: () => boolean): void {
  shell.loopDepth++;
  try {
    while (turn()) {
      const { skip } = shell;
      if (skip) {
        if (skip.kind === 'return') return;
        if (skip.levels > 1) {
          shell.skip = { kind: skip.kind, levels: skip.levels - 1 };
          return;
        }
        shell.skip = undefined;
        if (skip.kind === 'break') return;
      }
      takeSignals(shell);
    }
  } finally {
    shell.loopDepth--;
  }
}

function runCase(shell: Shell, command: CompoundCommand & { type: 'case' }, flags: number): number {
  shell.line = command.line;
  shell.substitutionStatus = undefined;
  const subject = expandText(shell, command.subject, 'word');
  let isFallingThrough = false;
  let status = 0;
  for (const { patterns, body, isFallThrough } of command.items) {
    const isMatch =
      isFallingThrough ||
      patterns.some(pattern => fnmatch(expandPattern(shell, pattern), subject, 0, shell.isUtf8));
    if (!isMatch) continue;
    status = executeList(shell, body, isFallThrough ? flags & ~EXIT : flags);
    if (!isFallThrough || shell.skip) return status;
    isFallingThrough = true;
  }
  return status;
}

/** Parses and runs a text: `eval`, traps. Each line is run before the next is parsed, so that aliases take effect. */
export function runText(shell: Shell, text: string): number {
  const parser = parserOf(textSource(text), shell.aliases);
  let status = 0;
  for (;;) {
    const command = parser.next();
    if (command === 'end') return status;
    if (!command) continue;
    status = execute(shell, command, 0);
    if (shell.skip) return status;
  }
}
