/**
 * Pipelines, asynchronous lists and ( … ) (XCU 2.9.2, 2.9.3). Each element of a pipeline becomes one of
 *   program   one external command: vfork and exec
 *   text      a built-in that only writes (`echo x | …`): its output is worked out here and waits in the pipe
 *   shell     anything else: a subshell, in a process of its own; or one of them in this heap (vfork), when nothing
 *             that it could wait for depends on this process going on
 */
import { O_CLOEXEC } from '../libc/fcntl.ts';
import { close, pipe2 } from '../libc/unistd.ts';
import { exitedStatus } from '../libc/wait.ts';
import { commandHasSubstitution, commandName, isPureCall } from './analysis.ts';
import type { Command, CompoundCommand, SimpleCommand } from './ast.ts';
import { ShellError, ShellExit } from './errors.ts';
import { waitForeground } from './foreground.ts';
import type { Job } from './jobs.ts';
import {
  complainAboutExec,
  execProgram,
  isUnwinding,
  startChild,
  statusOfError,
  type Placement,
} from './process.ts';
import { applyRedirects, expandRedirects, textDescriptor, type ExpandedRedirect } from './redirect.ts';
import { locate, type Location } from './search.ts';
import { EXIT, TESTED, type Shell, writeFully } from './shell.ts';
import { runExitTrap } from './signals.ts';
import { expandArguments, meaningOf } from './simple-command.ts';
import { expandText } from './expand.ts';
import { startSubshell } from './subshell.ts';
import { unparse } from './unparse.ts';

type Element =
  | {
      readonly kind: 'program';
      readonly args: readonly string[];
      readonly redirects: readonly ExpandedRedirect[];
      readonly environment: readonly string[];
      readonly location: Location;
    }
  | { readonly kind: 'text'; readonly text: string; readonly status: number }
  | { readonly kind: 'shell'; readonly command: Command };

interface Launch {
  /** Descriptor for the last element's output; default the shell's. */
  readonly output?: number;
  readonly isForeground: boolean;
  readonly isAsync: boolean;
  readonly hasGroup: boolean;
  /** One subshell may run in this heap. */
  readonly allowsHeap: boolean;
  readonly isTested: boolean;
}

interface Started {
  pid: number;
  text: string;
  status?: number;
}

/** Runs a pipeline in the foreground. */
export function runPipeline(shell: Shell, commands: readonly Command[], flags: number): number {
  const hasGroup = shell.options.has('monitor');
  const job = launch(shell, commands, {
    isForeground: true,
    isAsync: false,
    hasGroup,
    allowsHeap: !hasGroup,
    isTested: (flags & TESTED) !== 0,
  });
  return waitForeground(shell, job);
}

/** The output of a pipeline all of whose elements can be started without a subshell; undefined if that is not so. */
export function startCapturedPipeline(
  shell: Shell,
  commands: readonly Command[],
  output: number,
): Job | undefined {
  const last = commands.length - 1;
  const isDirect = commands.every(
    (command, i) => (i < last && isPureCall(shell, command)) || isPlainProgram(shell, command, i),
  );
  if (!isDirect) return undefined;
  return launch(
    shell,
    commands,
    { output, isForeground: false, isAsync: false, hasGroup: false, allowsHeap: false, isTested: false },
    true,
  );
}

/** `command &` */
export function runBackground(shell: Shell, command: Command): number {
  const hasGroup = shell.options.has('monitor');
  const commands = command.type === 'pipeline' && !command.isNegated ? command.commands : [command];
  const job = launch(shell, commands, {
    isForeground: false,
    isAsync: !hasGroup,
    hasGroup,
    allowsHeap: false,
    isTested: false,
  });
  const { pid } = job.processes.at(-1)!;
  shell.background = pid;
  if (shell.isInteractive) shell.say(`[${job.number}] ${pid}\n`);
  return 0;
}

function launch(shell: Shell, commands: readonly Command[], how: Launch, isHidden = false): Job {
  const last = commands.length - 1;
  const elements = commands.map((command, i) => classify(shell, command, i, last, how));
  const heapIndex = how.allowsHeap ? elements.findLastIndex(({ kind }) => kind === 'shell') : -1;
  const started: Started[] = [];
  let pgid = 0;
  let input: number | undefined;
  let heapStart: (() => number) | undefined;
  for (const [i, element] of elements.entries()) {
    const [reader, writer] = i < last ? pipe2(O_CLOEXEC) : [undefined, how.output];
    const text = unparse(commands[i]);
    if (element.kind === 'text') {
      const next = offerText(element.text, reader!, writer!);
      if (input !== undefined) close(input);
      input = next;
      started.push({ pid: -1, text, status: exitedStatus(element.status) });
      continue;
    }
    const moves: [number, number][] = [];
    if (input !== undefined) moves.push([input, 0]);
    if (writer !== undefined) moves.push([writer, 1]);
    const placement: Placement = {
      ...(how.hasGroup && { pgid, isForeground: how.isForeground }),
      isAsync: how.isAsync,
      moves,
    };
    const ends = moves.map(([from]) => from).filter(fd => fd !== how.output);
    if (i === heapIndex) {
      const at = started.push({ pid: 0, text }) - 1;
      heapStart = () => {
        started[at]!.pid = startHeapSubshell(shell, placement, commands[i]!, how.isTested);
        for (const fd of ends) close(fd);
        return at;
      };
      // The reader goes to the next element, which is started before this one.
    } else {
      const pid = startElement(shell, element, placement, how.isTested);
      if (pgid === 0) pgid = pid;
      started.push({ pid, text });
      for (const fd of ends) close(fd);
    }
    input = reader;
  }
  heapStart?.();
  const job = shell.jobs.add(started, { hasGroup: how.hasGroup, isBackground: !how.isForeground, isHidden });
  for (const [i, { status }] of started.entries()) {
    if (status !== undefined) job.processes[i]!.status = status;
  }
  return job;
}

/** Puts a text where the next element reads it; gives the descriptor to read. */
function offerText(text: string, reader: number, writer: number): number {
  if (text.length <= PIPE_ROOM) {
    writeFully(writer, text);
    close(writer);
    return reader;
  }
  close(writer);
  close(reader);
  return textDescriptor(text);
}

const PIPE_ROOM = 32768;

function startElement(shell: Shell, element: Element, placement: Placement, isTested: boolean): number {
  switch (element.kind) {
    case 'program': {
      const { args, redirects, environment, location } = element;
      return startChild(shell, placement, () => {
        applyRedirects(shell, redirects, undefined);
        if ('error' in location) return complainAboutExec(shell, args[0]!, location.error);
        return execProgram(shell, location.path, args, environment);
      });
    }
    case 'shell':
      return startSubshell(shell, placement, element.command, isTested);
    case 'text':
      return startChild(shell, placement, () => {
        shell.print(element.text);
        return element.status;
      });
  }
}

function isPlainProgram(shell: Shell, command: Command, index: number): command is SimpleCommand {
  if (command.type !== 'simple') return false;
  const name = commandName(command);
  if (name === undefined || meaningOf(shell, name).kind !== 'program') return false;
  // A substitution in a later element would have to read from the pipe.
  return !commandHasSubstitution(command) || index === 0;
}

/** What becomes of an element. Expansions are made on a copy of the state: they are a subshell's. */
function classify(shell: Shell, command: Command, index: number, last: number, how: Launch): Element {
  const isText = index < last && !shell.capture && isPureCall(shell, command);
  const isProgram =
    isPlainProgram(shell, command, index) &&
    !(how.isAsync || how.hasGroup ? commandHasSubstitution(command) : false);
  if (!isText && !isProgram) return { kind: 'shell', command };
  const copy = shell.fork();
  try {
    if (isText) {
      const output: string[] = [];
      copy.capture = output;
      // This is still the process whose jobs they are.
      copy.jobs = shell.jobs;
      const status = shell.engine.execute(copy, command, TESTED);
      return { kind: 'text', text: output.join(''), status };
    }
    return prepareProgram(copy, command as SimpleCommand);
  } catch (error) {
    if (isUnwinding(error)) throw error;
    if (!(error instanceof ShellError || error instanceof ShellExit)) throw error;
    return { kind: 'text', text: '', status: statusOfError(shell, error) };
  }
}

function prepareProgram(copy: Shell, command: SimpleCommand): Element {
  copy.line = command.line;
  const args = expandArguments(copy, command.words);
  const redirects = expandRedirects(copy, command.redirects);
  for (const { name, value } of command.assignments) {
    copy.assign(name, expandText(copy, value, 'assignment'));
    copy.variables.mark(name, { isExported: true });
  }
  copy.trace(
    command.assignments.map(({ name }) => `${name}=${copy.variables.get(name) ?? ''}`),
    args,
  );
  return {
    kind: 'program',
    args,
    redirects,
    environment: copy.variables.environment(),
    location: locate(copy, args[0]!),
  };
}

/** ( … ) */
export function runSubshell(
  shell: Shell,
  command: CompoundCommand & { type: 'subshell' },
  flags: number,
): number {
  const isTested = flags & TESTED;
  if (flags & EXIT && !shell.traps.hasActions && !shell.terminal) {
    // Nobody comes after it: this process may be the subshell.
    shell.isSubshell = true;
    applyRedirects(shell, expandRedirects(shell, command.redirects), undefined);
    if (command.redirects.some(({ fd }) => fd === 1)) shell.capture = undefined;
    return command.body ? shell.engine.execute(shell, command.body, flags) : 0;
  }
  const hasGroup = shell.options.has('monitor');
  const placement: Placement = hasGroup ? { pgid: 0, isForeground: true } : {};
  const pid = hasGroup
    ? startSubshell(shell, placement, command, isTested !== 0)
    : startHeapSubshell(shell, placement, command, isTested !== 0);
  return waitForeground(shell, shell.jobs.add([{ pid, text: unparse(command) }], { hasGroup }));
}

/** A subshell that runs in this heap until it execs or ends. */
function startHeapSubshell(shell: Shell, placement: Placement, command: Command, isTested: boolean): number {
  return startChild(shell, placement, () => becomeSubshell(shell, command, isTested ? EXIT | TESTED : EXIT));
}

/** In a child of vfork: goes on as a subshell on a copy of the state; the status to end with. */
export function becomeSubshell(shell: Shell, command: Command, flags: number, capture?: string[]): number {
  const child = shell.fork();
  child.traps = shell.traps.forSubshell();
  child.traps.activate();
  if (capture) child.capture = capture;
  return finishSubshell(child, command, flags);
}

/** Runs what a subshell is there for, to its EXIT trap. */
export function finishSubshell(child: Shell, command: Command, flags: number): number {
  let status: number;
  try {
    status = child.engine.execute(child, command, flags);
    if (child.skip?.kind === 'return') ({ status } = child);
  } catch (error) {
    if (isUnwinding(error)) throw error;
    status = statusOfError(child, error);
  }
  return runExitTrap(child, status);
}
