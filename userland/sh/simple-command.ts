/**
 * Simple commands (XCU 2.9.1): expansion, redirection, assignment, and the search for what the name means: special
 * built-in, function, built-in, program.
 */
import * as errno from '../../kernel/abi/errno.ts';
import { SysError } from '../libc/native.ts';
import { O_CLOEXEC } from '../libc/fcntl.ts';
import { close, pipe2 } from '../libc/unistd.ts';
import { plainText, type Assignment, type Command, type SimpleCommand, type Word } from './ast.ts';
import { BuiltinError, type Builtin } from './builtins/builtin.ts';
import { builtins, commandRunner } from './builtins/table.ts';
import { ReadOnlyError, ShellError } from './errors.ts';
import { expandText, expandWord } from './expand.ts';
import { waitForeground } from './foreground.ts';
import { splitAssignment } from './parser.ts';
import { complainAboutExec, execProgram, guarded, isUnwinding, startChild } from './process.ts';
import {
  type ExpandedRedirect,
  type SavedDescriptors,
  applyRedirects,
  expandRedirects,
  forgetSaved,
  restoreDescriptors,
} from './redirect.ts';
import { readOutput } from './read-output.ts';
import { locate } from './search.ts';
import { unparse } from './unparse.ts';
import { EXIT, TESTED, type Shell } from './shell.ts';

/** What a command name means now. */
export type Meaning =
  | { readonly kind: 'builtin'; readonly builtin: Builtin }
  | { readonly kind: 'function'; readonly body: Command }
  | { readonly kind: 'program' };

export function meaningOf(shell: Shell, name: string): Meaning {
  const builtin = builtins.get(name);
  if (builtin?.isSpecial) return { kind: 'builtin', builtin };
  const body = shell.functions.get(name);
  if (body) return { kind: 'function', body };
  return builtin ? { kind: 'builtin', builtin } : { kind: 'program' };
}

export function runSimple(shell: Shell, command: SimpleCommand, flags: number): number {
  shell.line = command.line;
  shell.command = command;
  shell.substitutionStatus = undefined;
  const args = expandArguments(shell, command.words);
  if (args.length === 0) return runAssignments(shell, command);
  const meaning = meaningOf(shell, args[0]!);
  const redirects = expandRedirects(shell, command.redirects);
  if (meaning.kind === 'builtin' && meaning.builtin.isSpecial) {
    const assigned = command.assignments.map(assignment => assign(shell, assignment));
    shell.trace(assigned, args);
    return runBuiltin(shell, meaning.builtin, args, redirects, flags);
  }
  if (command.assignments.length === 0) {
    shell.trace([], args);
    return runMeaning(shell, meaning, args, redirects, flags);
  }
  // The assignments hold while the command runs.
  const { variables } = shell;
  variables.enter();
  return guarded(
    () => {
      const assigned = command.assignments.map(assignment => {
        variables.makeLocal(assignment.name);
        return assign(shell, assignment, true);
      });
      shell.trace(assigned, args);
      return runMeaning(shell, meaning, args, redirects, flags);
    },
    () => variables.leave(),
  );
}

function runMeaning(
  shell: Shell,
  meaning: Meaning,
  args: readonly string[],
  redirects: readonly ExpandedRedirect[],
  flags: number,
): number {
  switch (meaning.kind) {
    case 'builtin':
      return runBuiltin(shell, meaning.builtin, args, redirects, flags);
    case 'function':
      return withRedirects(shell, redirects, () => callFunction(shell, meaning.body, args, flags));
    case 'program':
      return runProgram(shell, args, redirects, flags);
  }
}

/** The words of a command; those of `export` and its like that are assignments are not split. */
export function expandArguments(shell: Shell, words: readonly Word[]): string[] {
  const args: string[] = [];
  const first = words[0] && plainText(words[0]);
  const takesAssignments = first !== undefined && takesAssignmentWords(words, first);
  for (const word of words) {
    const assignment = takesAssignments ? splitAssignment(word) : undefined;
    if (assignment) args.push(`${assignment.name}=${expandText(shell, assignment.value, 'assignment')}`);
    else expandWord(shell, word, args);
  }
  return args;
}

function takesAssignmentWords(words: readonly Word[], first: string): boolean {
  if (first !== 'command') return builtins.get(first)?.takesAssignments ?? false;
  const second = words[1] && plainText(words[1]);
  return second !== undefined && (builtins.get(second)?.takesAssignments ?? false);
}

function assign(shell: Shell, { name, value }: Assignment, isExported = false): string {
  const text = expandText(shell, value, 'assignment');
  shell.assign(name, text);
  if (isExported) shell.variables.mark(name, { isExported });
  return `${name}=${text}`;
}

/** A command without a name: assignments that stay, redirections that do not. */
function runAssignments(shell: Shell, command: SimpleCommand): number {
  return withRedirects(shell, expandRedirects(shell, command.redirects), () => {
    const assigned = command.assignments.map(assignment => assign(shell, assignment));
    shell.trace(assigned, []);
    return shell.substitutionStatus ?? 0;
  });
}

/** Runs `action` with redirections in effect. A redirection that fails is reported and gives status 2. */
export function withRedirects(
  shell: Shell,
  redirects: readonly ExpandedRedirect[],
  action: () => number,
  isFatal = false,
): number {
  if (redirects.length === 0) return action();
  const saved: SavedDescriptors = [];
  try {
    applyRedirects(shell, redirects, saved);
  } catch (error) {
    if (isUnwinding(error)) throw error;
    const status = error instanceof ShellError ? shell.report(error) : undefined;
    restoreDescriptors(saved);
    if (status !== undefined && !isFatal) return status;
    throw error;
  }
  const { capture } = shell;
  if (redirects.some(({ fd }) => fd === 1)) shell.capture = undefined;
  return guarded(
    () => {
      try {
        return action();
      } catch (error) {
        // The message belongs where standard error leads now.
        if (error instanceof ShellError) shell.report(error);
        throw error;
      }
    },
    () => {
      shell.capture = capture;
      if (shell.keepsRedirects) forgetSaved(saved);
      else restoreDescriptors(saved);
      shell.keepsRedirects = false;
    },
  );
}

function runBuiltin(
  shell: Shell,
  builtin: Builtin,
  args: readonly string[],
  redirects: readonly ExpandedRedirect[],
  flags: number,
): number {
  const isSpecial = builtin.isSpecial === true;
  return withRedirects(
    shell,
    redirects,
    () => callBuiltin(shell, builtin, args, isSpecial, flags),
    isSpecial,
  );
}

/** Runs a built-in; its own errors are reported, and end the shell if it is special. */
export function callBuiltin(
  shell: Shell,
  builtin: Builtin,
  args: readonly string[],
  isSpecial: boolean,
  flags = 0,
): number {
  try {
    const outer = shell.commandFlags;
    shell.commandFlags = flags;
    const status = builtin.run(shell, args);
    shell.commandFlags = outer;
    return status;
  } catch (error) {
    if (error instanceof BuiltinError || (error instanceof ReadOnlyError && !error.isReported)) {
      if (error.message !== '') shell.complainAs(args[0], error.message);
      if (isSpecial) throw new ShellError('', error.status);
      return error.status;
    }
    if (error instanceof SysError) {
      // dash's words for output that could not be written.
      const isOutput = [errno.EPIPE, errno.EIO, errno.ENOSPC, errno.EBADF].includes(error.errno);
      shell.complainAs(args[0], isOutput ? `${args[0]}: I/O error` : error.message);
      return 1;
    }
    throw error;
  }
}

export function callFunction(shell: Shell, body: Command, args: readonly string[], flags: number): number {
  const { positional, loopDepth } = shell;
  if (shell.functionDepth >= MAX_DEPTH)
    throw new ShellError(`${args[0]!}: maximum function recursion depth exceeded`);
  shell.positional = args.slice(1);
  shell.loopDepth = 0;
  shell.functionDepth++;
  shell.variables.enter();
  return guarded(
    () => {
      const status = shell.engine.execute(shell, body, flags & TESTED);
      if (shell.skip?.kind !== 'return') return status;
      shell.skip = undefined;
      return shell.status;
    },
    () => {
      shell.variables.leave();
      shell.functionDepth--;
      shell.loopDepth = loopDepth;
      shell.positional = positional;
    },
  );
}

const MAX_DEPTH = 1000;

/** Runs a program and waits for it, or becomes it. */
export function runProgram(
  shell: Shell,
  args: readonly string[],
  redirects: readonly ExpandedRedirect[],
  flags: number,
): number {
  const name = args[0]!;
  const location = locate(shell, name);
  if ('error' in location) {
    return withRedirects(shell, redirects, () => complainAboutExec(shell, name, location.error));
  }
  const environment = shell.variables.environment();
  const become = (): number => {
    applyRedirects(shell, redirects, undefined);
    return execProgram(shell, location.path, args, environment);
  };
  if (shell.capture) return runCaptured(shell, become);
  if (flags & EXIT && !shell.traps.hasActions && !shell.terminal) {
    shell.traps.prepareExec('same-group');
    return become();
  }
  const hasGroup = shell.options.has('monitor');
  const pid = startChild(shell, hasGroup ? { pgid: 0, isForeground: true } : {}, become);
  const job = shell.jobs.add([{ pid, text: shell.command ? unparse(shell.command) : args.join(' ') }], {
    hasGroup,
  });
  return waitForeground(shell, job);
}

/** A program met where output is caught in this heap. */
function runCaptured(shell: Shell, become: () => number): number {
  const [reader, writer] = pipe2(O_CLOEXEC);
  const pid = startChild(shell, { moves: [[writer, 1]] }, become);
  close(writer);
  shell.capture!.push(readOutput(reader));
  close(reader);
  return waitForeground(shell, shell.jobs.add([{ pid, text: '' }], { isHidden: true }));
}

/** `command name …`: neither functions nor the special ways of special built-ins. */
commandRunner.run = (shell, args) => {
  const builtin = builtins.get(args[0]!);
  if (builtin) return callBuiltin(shell, builtin, args, false, shell.commandFlags);
  return runProgram(shell, args, [], shell.commandFlags);
};
