/** strace(1): the system calls and signals of a command, or of processes that run. Formats are strace 6.1's. */
import { quote } from '../../../kernel/trace/quote.ts';
import { S_ISDIR, tryStat } from '../../libc/stat.ts';
import {
  SIG_SETMASK,
  SIGHUP,
  SIGINT,
  SIGKILL,
  SIGQUIT,
  SIGTERM,
  kill,
  signal,
  sigprocmask,
} from '../../libc/signal.ts';
import { SysError } from '../../libc/native.ts';
import { execve, vfork } from '../../libc/process.ts';
import { stderr, stdout } from '../../libc/stdio.ts';
import { environment, fail, getenv, programName, warn } from '../../libc/stdlib.ts';
import { X_OK, _exit, access, exit, getpid } from '../../libc/unistd.ts';
import { wExitStatus, wIfExited, wTermSignal } from '../../../kernel/abi/wait.ts';
import { unlessFailed } from '../lib/files.ts';
import { Output } from './output.ts';
import { type StraceOptions, parseStrace } from './options.ts';
import * as pt from './ptrace.ts';
import { Summary } from './summary.ts';
import { FOLLOW_OPTIONS, TRACE_OPTIONS, Tracer } from './tracer.ts';

const usage = `Usage: strace [-ACdffhikqqrtttTvVwxxyyzZ] [-I N] [-b execve] [-e EXPR]...
              [-a COLUMN] [-o FILE] [-s STRSIZE] [-p PID]... [-E VAR[=VAL]]...
              { -p PID | [-E VAR[=VAL]]... PROG [ARGS] }
   or: strace -c[dfwzZ] [-e EXPR]... { -p PID | PROG [ARGS] }

Options:
  -e trace={[!]SYSCALLS|%file|%process|%network|%signal|%desc|%memory|all|none}
  -e signal={[!]SIGNALS|all|none}
  -a COLUMN     alignment column for printing results (default 40)
  -c            count time, calls, and errors for each call
  -C            like -c, but also print the regular output
  -E VAR=VAL    put the variable into the environment of the command
  -f, -ff       follow forks, with -o into separate files
  -o FILE       send the trace to a file
  -p PID        trace a process that runs
  -q, -qq       suppress messages about attaching, about exits
  -r, -t, -tt, -ttt   print relative or absolute times
  -s STRSIZE    limit the length of strings (default 32)
  -T            print the time spent in each call
  -v            print structures in full
  -z, -Z        print only calls that succeeded, that failed
`;

export function strace(argv: string[]): number {
  const options = parseStrace(argv);
  if (options.shows === 'help') {
    stdout.write(usage);
    return 0;
  }
  if (options.shows === 'version') {
    stdout.write('strace -- version 6.1 (Lodger 0.1.0)\n');
    return 0;
  }
  let output: Output;
  try {
    output = new Output(options);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    return fail(1, `Can't fopen '${options.output}': ${error.message}`);
  }
  const summary = new Summary();
  const tracer = new Tracer(options, output, summary);
  if (options.command.length > 0) startCommand(options, tracer);
  for (const pid of options.pids) attach(pid, options, tracer);
  const interrupt = (): void => {
    tracer.isInterrupted = true;
  };
  // Signals of the terminal reach the command as well, and its end ends the tracer.
  const isAttached = options.pids.length > 0;
  for (const signo of [SIGHUP, SIGINT, SIGQUIT, SIGTERM]) signal(signo, isAttached ? interrupt : 'ignore');
  tracer.run();
  if (tracer.isInterrupted) tracer.detach();
  output.flush();
  if (options.summary !== 'none') output.raw(summary.text());
  return exitAs(tracer.commandStatus);
}

/** Ends as the command did. */
function exitAs(status: number): number {
  if (wIfExited(status)) return wExitStatus(status);
  const signo = wTermSignal(status);
  if (signo !== SIGKILL) signal(signo, 'default');
  sigprocmask(SIG_SETMASK, []);
  kill(getpid(), signo);
  return 128 + signo;
}

function findProgram(file: string): string {
  if (file.includes('/')) {
    if (!tryStat(file)) fail(1, `Can't stat '${file}': No such file or directory`);
    return file;
  }
  for (const directory of (getenv('PATH') ?? '/bin:/usr/bin').split(':')) {
    const path = `${directory === '' ? '.' : directory}/${file}`;
    const status = tryStat(path);
    if (status && !S_ISDIR(status.mode) && unlessFailed(() => (access(path, X_OK), true))) return path;
  }
  return fail(1, `Can't stat '${file}': No such file or directory`);
}

function startCommand(options: StraceOptions, tracer: Tracer): void {
  const [file] = options.command as [string];
  const path = findProgram(file);
  const variables = new Map(environment().map(word => [word.split('=', 1)[0]!, word]));
  for (const word of options.environment) {
    const name = word.split('=', 1)[0]!;
    if (word.includes('=')) variables.set(name, word);
    else variables.delete(name);
  }
  const env = [...variables.values()];
  let failure: SysError | undefined;
  const pid = vfork(() => {
    try {
      pt.ptrace(pt.PTRACE_TRACEME, 0);
      execve(path, options.command, env);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      failure = error;
    }
    _exit(1);
  });
  if (failure) {
    pt.waitAny();
    fail(1, `exec: ${failure.message}`);
  }
  tracer.commandPid = pid;
  // The exec stop of a traced process: from here on every call stops.
  pt.waitAny();
  pt.ptrace(pt.PTRACE_SETOPTIONS, pid, 0, optionBits(options) | pt.PTRACE_O_EXITKILL);
  tracer.add(pid, true);
  const words = options.command.slice(0, 32).map(word => quote(word, options.stringLimit));
  const list = `[${words.join(', ')}${options.command.length > 32 ? ', ...' : ''}]`;
  tracer.tellCall(
    pid,
    `execve(${quote(path, 4096)}, ${list}, ${environmentAddress(pid)} /* ${env.length} vars */)`,
    0,
  );
  pt.ptrace(pt.PTRACE_SYSCALL, pid);
}

/** Where the new program has its environment: the stack begins with argc, argv and envp. */
function environmentAddress(pid: number): string {
  const text = unlessFailed(() => pt.environmentAt(pid)) ?? 0;
  return `0x${text.toString(16)}`;
}

function optionBits(options: StraceOptions): number {
  return TRACE_OPTIONS | (options.follows ? FOLLOW_OPTIONS : 0);
}

function attach(pid: number, options: StraceOptions, tracer: Tracer): void {
  try {
    pt.ptrace(pt.PTRACE_SEIZE, pid, 0, optionBits(options));
    pt.ptrace(pt.PTRACE_INTERRUPT, pid);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    warn(`attach: ptrace(PTRACE_SEIZE, ${pid}): ${error.message}`);
    if (options.pids.length === 1 && options.command.length === 0) exit(1);
    return;
  }
  tracer.add(pid, false);
  if (options.quiet === 0) stderr.write(`${programName}: Process ${pid} attached\n`);
}
