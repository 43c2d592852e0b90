/** Waiting for a job in the foreground, and giving the terminal back and forth. */
import { SysError } from '../libc/native.ts';
import { SIGINT } from '../libc/signal.ts';
import { tcgetattr, tcsetattr, tcsetpgrp } from '../libc/termios.ts';
import { wIfExited, wIfStopped, wTermSignal } from '../libc/wait.ts';
import { Interrupted } from './errors.ts';
import { deathNotice, describeJob, groupOf, jobExitStatus, jobState, type Job } from './jobs.ts';
import type { Shell } from './shell.ts';

/** Waits until a job is done or stopped; its exit status. A job that is done is forgotten. */
export function waitForeground(shell: Shell, job: Job): number {
  const { terminal, jobs } = shell;
  while (jobState(job) === 'running') {
    if (jobs.reap('wait', terminal !== undefined) === 'no children') break;
  }
  const status = jobExitStatus(job, shell.options.has('pipefail'));
  const last = job.processes.at(-1)?.status;
  if (terminal && job.hasGroup) takeTerminalBack(shell, job);
  if (jobState(job) === 'stopped') {
    job.isChanged = false;
    shell.say(`\n${describeJob(jobs, job, 'plain')}`);
    return status;
  }
  jobs.remove(job);
  for (const process of job.processes) {
    const notice = process.status === undefined ? undefined : deathNotice(process.status);
    if (notice !== undefined) shell.say(`${notice}\n`);
  }
  if (last === undefined || wIfExited(last) || wIfStopped(last)) return status;
  // The user wanted all of the command line to end, not this program only.
  if (terminal && job.hasGroup && wTermSignal(last) === SIGINT) {
    shell.status = status;
    throw new Interrupted();
  }
  return status;
}

function takeTerminalBack(shell: Shell, job: Job): void {
  const { terminal } = shell;
  if (!terminal) return;
  try {
    tcsetpgrp(terminal.fd, terminal.pgid);
    const isOrderly = job.processes.every(({ status }) => status !== undefined && wIfExited(status));
    if (jobState(job) === 'stopped') job.termios = tcgetattr(terminal.fd);
    // A program that was stopped or killed may have left the terminal in a state of its own.
    if (isOrderly) terminal.settings = tcgetattr(terminal.fd);
    else tcsetattr(terminal.fd, 'drain', terminal.settings);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
}

/** Gives the terminal to a job that goes on in the foreground, with the settings it was stopped with. */
export function giveTerminal(shell: Shell, job: Job): void {
  const { terminal } = shell;
  if (!terminal || !job.hasGroup) return;
  tcsetpgrp(terminal.fd, groupOf(job));
  if (job.termios) tcsetattr(terminal.fd, 'drain', job.termios);
}
