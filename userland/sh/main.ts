/**
 * sh: the shell. Arguments, start-up files, and the loop that reads and runs commands (sh(1p)).
 *
 *   sh [options] [file [args]]     sh [options] -c command [name [args]]     sh [options] -s [args]
 */

import { O_CLOEXEC, O_RDONLY } from '../libc/fcntl.ts';
import { SysError } from '../libc/native.ts';
import { env } from '../libc/stdlib.ts';
import { close, geteuid, getppid, getuid, isatty, open } from '../libc/unistd.ts';
import { BuiltinError } from './builtins/builtin.ts';
import { runFile } from './builtins/control.ts';
import { initialDirectory } from './builtins/directory.ts';
import { applyOptions } from './builtins/variables.ts';
import { Interrupted, ShellExit } from './errors.ts';
import { engine } from './execute.ts';
import { loadHistory } from './history.ts';
import { interactiveInput, scriptSource, standardInput, verbose } from './input.ts';
import { setOption, stopJobControl } from './job-control.ts';
import { Parser } from './parser.ts';
import { finishSubshell } from './pipeline.ts';
import { isUnwinding, statusOfError } from './process.ts';
import { readOutput } from './read-output.ts';
import { openErrorText } from './redirect.ts';
import { EXIT, Shell, TESTED } from './shell.ts';
import { runExitTrap, takeSignals } from './signals.ts';
import { CharacterSource, type LineSource } from './source.ts';
import { readTask, SUBSHELL_OPTION } from './subshell.ts';
import { checkName } from './variables.ts';

export function main(argv: string[]): number {
  const shell = new Shell(engine);
  shell.traps.activate();
  if (argv[1] === SUBSHELL_OPTION) return runTask(shell, Number(argv[2]));
  shell.name = argv[0] ?? 'sh';
  shell.takePid();
  importEnvironment(shell);
  try {
    return start(shell, argv);
  } catch (error) {
    if (isUnwinding(error)) throw error;
    return leave(shell, statusOfError(shell, error));
  }
}

/** This process is a subshell of another one. */
function runTask(shell: Shell, fd: number): number {
  const { state, command, isTested } = readTask(fd);
  shell.restore(state);
  return finishSubshell(shell, command, isTested ? EXIT | TESTED : EXIT);
}

function importEnvironment(shell: Shell): void {
  const { variables } = shell;
  for (const [name, value] of env) {
    if (checkName(name)) variables.set(name, value, true);
  }
  variables.set('IFS', ' \t\n');
  variables.set('OPTIND', '1');
  variables.set('PPID', String(getppid()));
  variables.set('PS4', variables.get('PS4') ?? '+ ');
  variables.set('LINENO', '1');
  if (variables.get('PATH') === undefined) {
    variables.set('PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin');
  }
  initialDirectory(shell);
}

function start(shell: Shell, argv: readonly string[]): number {
  let hasCommand = false;
  let isLogin = argv[0]?.startsWith('-') ?? false;
  let operands: readonly string[] | undefined;
  shell.line = 0;
  try {
    const rest = argv.slice(1).filter(arg => {
      if (arg !== '--login') return true;
      isLogin = true;
      return false;
    });
    operands = applyOptions(shell, rest, letter => {
      if (letter === 'c') hasCommand = true;
      else if (letter === 'l') isLogin = true;
      else return false;
      return true;
    });
  } catch (error) {
    if (!(error instanceof BuiltinError)) throw error;
    shell.complain(error.message);
    return 2;
  }
  const [first, ...others] = operands ?? [];
  let script: string | undefined;
  let command: string | undefined;
  if (hasCommand) {
    if (first === undefined) {
      shell.complain('-c requires an argument');
      return 2;
    }
    command = first;
    if (others.length > 0) shell.name = others[0]!;
    shell.positional = others.slice(1);
  } else if (first !== undefined && !shell.options.has('stdin')) {
    script = first;
    shell.name = first;
    shell.positional = others;
  } else {
    shell.options.add('stdin');
    shell.positional = operands ?? [];
    if (isatty(0) && isatty(2)) shell.options.add('interactive');
  }
  const isInteractive = shell.options.has('interactive');
  // The options were noted before it was known whether this is an interactive shell.
  const wantsMonitor = shell.options.delete('monitor') || isInteractive;
  if (isInteractive) {
    shell.traps.setInteractive(true);
    preparePrompt(shell);
  }
  if (wantsMonitor) setOption(shell, 'monitor', true);
  shell.line = 1;
  if (isLogin) {
    runStartFile(shell, '/etc/profile');
    runStartFile(shell, `${shell.variables.get('HOME') ?? ''}/.profile`);
  }
  if (isInteractive && getuid() === geteuid()) {
    const file = shell.variables.get('ENV');
    if (file) runStartFile(shell, shell.expandPrompt(file));
  }
  if (command !== undefined) return leave(shell, runCommand(shell, command));
  if (script !== undefined) {
    const text = readScript(shell, script);
    return text === undefined ? 2 : leave(shell, runLines(shell, verbose(shell, scriptSource(text))));
  }
  if (isInteractive) loadHistory(shell);
  const lines = isInteractive ? interactiveInput(shell) : verbose(shell, standardInput(shell));
  return leave(shell, runLines(shell, lines));
}

function preparePrompt(shell: Shell): void {
  const { variables } = shell;
  if (variables.get('PS1') === undefined) variables.set('PS1', geteuid() === 0 ? '# ' : '$ ');
  if (variables.get('PS2') === undefined) variables.set('PS2', '> ');
}

function readScript(shell: Shell, path: string): string | undefined {
  try {
    const fd = open(path, O_RDONLY | O_CLOEXEC);
    const text = readOutput(fd);
    close(fd);
    return text;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    shell.line = 0;
    shell.name = 'sh';
    shell.complain(`cannot open ${path}: ${openErrorText(error, false)}`);
    return undefined;
  }
}

/** /etc/profile, ~/.profile, $ENV: errors in them do not end the shell. */
function runStartFile(shell: Shell, path: string): void {
  try {
    runFile(shell, path, []);
  } catch (error) {
    if (isUnwinding(error) || error instanceof ShellExit) throw error;
    if (error instanceof BuiltinError) return;
    shell.status = statusOfError(shell, error);
  }
}

/** sh -c: the last command takes this process's place. */
function runCommand(shell: Shell, text: string): number {
  const source = new CharacterSource(verbose(shell, { next: onceOf(text) }));
  return runSource(shell, source, () => source.isSpent());
}

function onceOf(text: string): () => string | undefined {
  let rest: string | undefined = text;
  return () => {
    const piece = rest;
    rest = undefined;
    return piece === '' ? undefined : piece;
  };
}

function runLines(shell: Shell, lines: LineSource): number {
  return runSource(shell, new CharacterSource(lines), () => false);
}

/** Reads and runs commands to the end of the input. */
function runSource(shell: Shell, source: CharacterSource, isLast: () => boolean): number {
  const parser = new Parser(source, shell.aliases);
  for (let ends = 0; ;) {
    try {
      const command = parser.next();
      if (command === 'end') {
        if (!shell.isInteractive || !hasStoppedJobs(shell) || ends++ > 0) return shell.status;
        source.discard();
        continue;
      }
      if (!command) continue;
      ends = 0;
      shell.skip = undefined;
      shell.engine.execute(shell, command, isLast() ? EXIT : 0);
      // `return` outside of a function ends a script.
      if ((shell.skip as { kind: string } | undefined)?.kind === 'return' && !shell.isInteractive)
        return shell.status;
    } catch (error) {
      if (!shell.isInteractive || isUnwinding(error) || error instanceof ShellExit) throw error;
      recover(shell, source, error);
    }
  }
}

function hasStoppedJobs(shell: Shell): boolean {
  const hasStopped = shell.jobs.jobs.some(job => job.processes.some(({ status }) => status !== undefined));
  if (hasStopped) shell.say('You have stopped jobs.\n');
  return hasStopped;
}

/** An interactive shell goes on with the next line after an error. */
function recover(shell: Shell, source: CharacterSource, error: unknown): void {
  source.discard();
  shell.skip = undefined;
  shell.loopDepth = 0;
  shell.functionDepth = 0;
  shell.capture = undefined;
  if (error instanceof Interrupted) {
    shell.status = 130;
    shell.say('\n');
    return;
  }
  shell.status = statusOfError(shell, error);
}

/** The end of the main shell. */
function leave(shell: Shell, status: number): number {
  let result = status;
  try {
    takeSignals(shell);
    result = runExitTrap(shell, status);
  } catch (error) {
    if (isUnwinding(error)) throw error;
    result = statusOfError(shell, error);
  }
  stopJobControl(shell);
  return result;
}
