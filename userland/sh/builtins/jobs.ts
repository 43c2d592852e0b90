/** jobs, fg, bg, wait, kill. */
import { SysError } from '../../libc/native.ts';
import { SIGCONT, kill as sendSignal, signalByName, signalName, SIGTERM } from '../../libc/signal.ts';
import { tcgetattr } from '../../libc/termios.ts';
import { giveTerminal, waitForeground } from '../foreground.ts';
import {
  deathNotice,
  describeJob,
  exitStatusOf,
  groupOf,
  type Job,
  jobExitStatus,
  jobState,
  jobText,
} from '../jobs.ts';
import type { Shell } from '../shell.ts';
import { BuiltinError, parseLetters, type Builtin } from './builtin.ts';

function findJob(shell: Shell, spec: string | undefined): Job {
  const job =
    spec === undefined
      ? shell.jobs.current
      : spec.startsWith('%')
        ? shell.jobs.find(spec)
        : byPid(shell, spec);
  if (job === 'ambiguous') throw new BuiltinError(`${spec}: ambiguous`);
  if (job) return job;
  throw new BuiltinError(spec === undefined ? 'No current job' : `No such job: ${spec}`);
}

function byPid(shell: Shell, text: string): Job | undefined {
  return /^[0-9]+$/.test(text) ? shell.jobs.byProcess(Number(text)) : undefined;
}

/** Takes the changes that have happened without waiting. */
export function pollJobs(shell: Shell): void {
  while (shell.jobs.reap('poll', shell.options.has('monitor')) === 'changed');
}

export const jobs: Builtin = {
  run: (shell, args) => {
    const { letters, operands } = parseLetters(args, 'lp');
    pollJobs(shell);
    const format = letters.has('p') ? 'pids' : letters.has('l') ? 'long' : 'plain';
    const list = operands.length > 0 ? operands.map(spec => findJob(shell, spec)) : [...shell.jobs.jobs];
    for (const job of list) {
      shell.print(describeJob(shell.jobs, job, format));
      job.isChanged = false;
      if (jobState(job) === 'done') shell.jobs.remove(job);
    }
    return 0;
  },
};

export const fg: Builtin = {
  run: (shell, args) => {
    const job = findJob(shell, args[1]);
    if (!job.hasGroup) throw new BuiltinError(`job ${job.number} not created under job control`);
    shell.print(`${jobText(job)}\n`);
    const { terminal } = shell;
    if (terminal) terminal.settings = tcgetattr(terminal.fd);
    giveTerminal(shell, job);
    shell.jobs.markContinued(job);
    continueGroup(job);
    return waitForeground(shell, job);
  },
};

export const bg: Builtin = {
  run: (shell, args) => {
    for (const spec of args.length > 1 ? args.slice(1) : [undefined]) {
      const job = findJob(shell, spec);
      if (!job.hasGroup) throw new BuiltinError(`job ${job.number} not created under job control`);
      shell.jobs.markContinued(job);
      shell.print(`[${job.number}] ${jobText(job)}\n`);
      continueGroup(job);
    }
    return 0;
  },
};

function continueGroup(job: Job): void {
  try {
    sendSignal(-groupOf(job), SIGCONT);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}

export const wait: Builtin = {
  run: (shell, args) => {
    const operands = args[1] === '--' ? args.slice(2) : args.slice(1);
    if (operands[0] === '-n') return waitForAny(shell);
    if (operands.length === 0) {
      while (shell.jobs.jobs.some(job => jobState(job) === 'running')) {
        const signo = waitOnce(shell);
        if (signo === 'no children') break;
        if (signo !== undefined) return 128 + signo;
      }
      for (const job of [...shell.jobs.jobs]) if (jobState(job) === 'done') shell.jobs.remove(job);
      return 0;
    }
    let status = 0;
    for (const operand of operands) {
      if (!/^%|^[0-9]+$/.test(operand)) throw new BuiltinError(`Illegal number: ${operand}`);
      const job = operand.startsWith('%') ? shell.jobs.find(operand) : byPid(shell, operand);
      if (!job || job === 'ambiguous') {
        status = 127;
        continue;
      }
      const wasRunning = jobState(job) === 'running';
      while (jobState(job) === 'running') {
        const signo = waitOnce(shell);
        if (signo === 'no children') break;
        if (signo !== undefined) return 128 + signo;
      }
      const process = operand.startsWith('%')
        ? undefined
        : job.processes.find(({ pid }) => pid === Number(operand));
      status =
        process?.status !== undefined
          ? exitStatusOf(process.status)
          : jobExitStatus(job, shell.options.has('pipefail'));
      if (jobState(job) !== 'done') continue;
      // Only the end that this wait saw is news.
      const notice = wasRunning ? deathNotice(job.processes.at(-1)!.status ?? 0) : undefined;
      if (notice !== undefined && !shell.isInteractive) shell.say(`${notice}\n`);
      shell.jobs.remove(job);
    }
    return status;
  },
};

/** Waits for one change; the signal whose trap is to be run now, if one came. */
function waitOnce(shell: Shell): number | 'no children' | undefined {
  const { traps } = shell;
  if (traps.pending.length > 0) return traps.pending[0];
  const result = shell.jobs.reap('wait', shell.options.has('monitor'));
  if (result === 'no children') return result;
  if (traps.isInterrupted) return 2;
  return traps.pending[0];
}

/** wait -n, as in bash: the next job that ends. */
function waitForAny(shell: Shell): number {
  for (;;) {
    const job = shell.jobs.jobs.find(candidate => jobState(candidate) === 'done');
    if (job) {
      shell.jobs.remove(job);
      return jobExitStatus(job, shell.options.has('pipefail'));
    }
    if (shell.jobs.jobs.length === 0) return 127;
    const signo = waitOnce(shell);
    if (signo === 'no children') return 127;
    if (signo !== undefined) return 128 + signo;
  }
}

const USAGE = 'Usage: kill [-s sigspec | -signum | -sigspec] [pid | job]... or\nkill -l [exitstatus]';

export const kill: Builtin = {
  run: (shell, args) => {
    let i = 1;
    let signo = SIGTERM;
    const option = args[1];
    if (option === undefined) throw new BuiltinError(USAGE);
    if (option === '-l' || option === '-L') return listSignals(shell, args.slice(2));
    if (option === '-s' || option === '-n') {
      signo = signalOrFail(args[2] ?? '');
      i = 3;
    } else if (/^-./.test(option) && option !== '--') {
      const found = signalByName(option.slice(1));
      if (found === undefined) throw new BuiltinError(`Illegal option -${option[1]}`);
      signo = found;
      i = 2;
    }
    if (args[i] === '--') i++;
    if (i >= args.length) throw new BuiltinError(USAGE);
    let status = 0;
    for (const target of args.slice(i)) {
      try {
        sendTo(shell, target, signo);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        shell.complainAs('kill', error.message);
        status = 1;
      }
    }
    return status;
  },
};

function sendTo(shell: Shell, target: string, signo: number): void {
  if (!target.startsWith('%')) {
    if (!/^-?[0-9]+$/.test(target)) throw new BuiltinError(`Illegal number: ${target}`);
    sendSignal(Number(target), signo);
    return;
  }
  const job = findJob(shell, target);
  if (job.hasGroup) {
    sendSignal(-groupOf(job), signo);
    // A stopped job has to run to die.
    if (jobState(job) === 'stopped' && signo !== SIGCONT) sendSignal(-groupOf(job), SIGCONT);
  } else for (const { pid, status } of job.processes) if (status === undefined) sendSignal(pid, signo);
}

function signalOrFail(name: string): number {
  const signo = signalByName(name);
  if (signo === undefined) throw new BuiltinError(`invalid signal number or name: ${name}`);
  return signo;
}

function listSignals(shell: Shell, operands: readonly string[]): number {
  if (operands.length === 0) {
    const names = Array.from({ length: 31 }, (_, i) => signalName(i + 1).replace(/^SIG/, ''));
    shell.print(`${names.join('\n')}\n`);
    return 0;
  }
  for (const operand of operands) {
    if (/^[0-9]+$/.test(operand)) {
      const number = Number(operand) > 128 ? Number(operand) - 128 : Number(operand);
      shell.print(`${number === 0 ? 'EXIT' : signalName(number).replace(/^SIG/, '')}\n`);
    } else shell.print(`${signalOrFail(operand)}\n`);
  }
  return 0;
}
