/**
 * Command substitution (XCU 2.6.3). From cheap to dear:
 *   $(echo x)        a built-in that only writes: run here, its output caught
 *   $(f; cd / && pwd) built-ins and functions of such: in a child of vfork, its output caught in this heap
 *   $(ls | wc)       programs: started here, their output read from a pipe
 *   anything else    a subshell in a process of its own, its output read from a pipe
 */
import { O_CLOEXEC, O_RDONLY } from '../libc/fcntl.ts';
import { SysError } from '../libc/native.ts';
import { close, open, pipe2 } from '../libc/unistd.ts';
import { commandName, isCapturable, isPureCall } from './analysis.ts';
import type { Command, SimpleCommand } from './ast.ts';
import { ShellError } from './errors.ts';
import { expandText } from './expand.ts';
import { waitForeground } from './foreground.ts';
import { becomeSubshell, startCapturedPipeline } from './pipeline.ts';
import { startChild, guarded } from './process.ts';
import { readOutput } from './read-output.ts';
import { openErrorText } from './redirect.ts';
import { EXIT, TESTED, type Shell } from './shell.ts';
import { meaningOf } from './simple-command.ts';
import { startSubshell } from './subshell.ts';

/** The output of a command, with its trailing newlines; sets the status of the substitution. */
export function substitute(shell: Shell, body: Command | undefined): string {
  const { line } = shell;
  const output = run(shell, body);
  shell.line = line;
  return output;
}

function run(shell: Shell, body: Command | undefined): string {
  if (!body) {
    ended(shell, 0);
    return '';
  }
  if (isPureCall(shell, body)) return runHere(shell, body);
  if (body.type === 'simple' && isFileRead(body)) return readFile(shell, body);
  if (isCapturable(shell, body)) {
    const output: string[] = [];
    const pid = startChild(shell, {}, () => becomeSubshell(shell, body, EXIT, output));
    finish(shell, pid, '');
    return output.join('');
  }
  return runPiped(shell, body);
}

function ended(shell: Shell, status: number): void {
  shell.substitutionStatus = status;
  shell.status = status;
}

/** The body's only effects are output and status. */
function runHere(shell: Shell, body: Command): string {
  const { capture, status: before } = shell;
  const output: string[] = [];
  shell.capture = output;
  let status = before;
  guarded(
    () => {
      try {
        status = shell.engine.execute(shell, body, TESTED);
      } catch (error) {
        if (!(error instanceof ShellError)) throw error;
        status = shell.report(error);
      }
    },
    () => {
      shell.capture = capture;
    },
  );
  ended(shell, status);
  return output.join('');
}

/** $(<file) */
function isFileRead({ words, assignments, redirects }: SimpleCommand): boolean {
  return (
    words.length + assignments.length === 0 &&
    redirects.length === 1 &&
    redirects[0]!.operator === '<' &&
    redirects[0]!.fd === 0
  );
}

function readFile(shell: Shell, body: SimpleCommand): string {
  const path = expandText(shell, body.redirects[0]!.target, 'word');
  try {
    const fd = open(path, O_RDONLY | O_CLOEXEC);
    const text = readOutput(fd);
    close(fd);
    ended(shell, 0);
    return text;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    shell.complain(`cannot open ${path}: ${openErrorText(error, false)}`);
    ended(shell, 2);
    return '';
  }
}

function runPiped(shell: Shell, body: Command): string {
  const [reader, writer] = pipe2(O_CLOEXEC);
  const isPipeline = body.type === 'pipeline' && !body.isNegated && body.commands.length > 1;
  const job = isPipeline ? startCapturedPipeline(shell, body.commands, writer) : undefined;
  if (job) {
    close(writer);
    const output = readOutput(reader);
    close(reader);
    ended(shell, waitForeground(shell, job));
    return output;
  }
  const placement = { moves: [[writer, 1]] as const };
  const name = body.type === 'simple' ? commandName(body) : undefined;
  const pid =
    name !== undefined && meaningOf(shell, name).kind === 'program'
      ? startChild(shell, { ...placement, closes: [reader] }, () => becomeSubshell(shell, body, EXIT))
      : startSubshell(shell, placement, body, false);
  close(writer);
  const output = readOutput(reader);
  close(reader);
  return finish(shell, pid, output);
}

function finish(shell: Shell, pid: number, output: string): string {
  ended(shell, waitForeground(shell, shell.jobs.add([{ pid, text: '' }], { isHidden: true })));
  return output;
}
