/**
 * The children of this shell, by job (a pipeline or an asynchronous list), and waiting for them. Texts are dash's.
 *
 *   Running ──► Stopped ──► Running (fg, bg)          update() moves a process, a job's state follows from its
 *      └──────────┴──────► Done, Terminated …         processes'
 */
import {
  WNOHANG,
  WUNTRACED,
  shellStatus,
  wExitStatus,
  wIfExited,
  wIfStopped,
  wStopSignal,
  wTermSignal,
} from '../libc/wait.ts';
import { STATUS_CONTINUED, WCOREFLAG } from '../libc/wait.ts';
import { SIGINT, SIGPIPE, strsignal } from '../libc/signal.ts';
import type { Termios } from '../libc/termios.ts';
import { waitpid } from '../libc/process.ts';
import { SysError } from '../libc/native.ts';
import { ECHILD, EINTR } from '../../kernel/abi/errno.ts';

export interface JobProcess {
  readonly pid: number;
  readonly text: string;
  /** As wait4 gave it; undefined while it runs. */
  status: number | undefined;
}

export interface Job {
  /** The n of %n; 0 for children that are no jobs (command substitutions). */
  readonly number: number;
  readonly processes: readonly JobProcess[];
  /** The job has a process group of its own, whose id is the first pid. */
  readonly hasGroup: boolean;
  readonly isBackground: boolean;
  /** A change that the user has not been told of. */
  isChanged: boolean;
  /** Terminal settings when it was stopped. */
  termios: Termios | undefined;
}

export type JobState = 'running' | 'stopped' | 'done';

/** Finished background jobs that nobody waits for are kept up to this number. */
const MAX_FINISHED = 1024;

export class JobTable {
  /** In the order of their numbers. */
  private list: Job[] = [];
  /** The current job (%+) first. */
  private recent: Job[] = [];
  private readonly byPid = new Map<number, Job>();

  get jobs(): readonly Job[] {
    return this.list;
  }

  add(
    processes: readonly { pid: number; text: string }[],
    kind: { hasGroup?: boolean; isBackground?: boolean; isHidden?: boolean },
  ): Job {
    const job: Job = {
      number: kind.isHidden ? 0 : this.freeNumber(),
      processes: processes.map(({ pid, text }) => ({ pid, text, status: undefined })),
      hasGroup: kind.hasGroup ?? false,
      isBackground: kind.isBackground ?? false,
      isChanged: false,
      termios: undefined,
    };
    for (const { pid } of processes) this.byPid.set(pid, job);
    if (job.number > 0) {
      this.list.push(job);
      this.list.sort((a, b) => a.number - b.number);
      if (job.isBackground) this.makeCurrent(job);
      else this.recent.push(job);
    }
    this.forgetOld();
    return job;
  }

  remove(job: Job): void {
    this.list = this.list.filter(other => other !== job);
    this.recent = this.recent.filter(other => other !== job);
    for (const { pid } of job.processes) if (this.byPid.get(pid) === job) this.byPid.delete(pid);
  }

  makeCurrent(job: Job): void {
    this.recent = [job, ...this.recent.filter(other => other !== job)];
  }

  /** Stopped jobs come before running ones when %+ is looked for. */
  get current(): Job | undefined {
    return this.ordered()[0];
  }
  get previous(): Job | undefined {
    return this.ordered()[1];
  }

  byProcess(pid: number): Job | undefined {
    return this.byPid.get(pid);
  }

  /** The job of %n, %%, %+, %-, %name, %?text; 'ambiguous' when several fit. */
  find(spec: string): Job | undefined | 'ambiguous' {
    const name = spec.replace(/^%/, '');
    if (name === '' || name === '%' || name === '+') return this.current;
    if (name === '-') return this.previous;
    if (/^[0-9]+$/.test(name)) return this.list.find(job => job.number === Number(name));
    const isFit = name.startsWith('?')
      ? (job: Job) => jobText(job).includes(name.slice(1))
      : (job: Job) => jobText(job).startsWith(name);
    const fitting = this.list.filter(isFit);
    return fitting.length > 1 ? 'ambiguous' : fitting[0];
  }

  /**
   * Takes one child's change, waiting for it if asked to. The result tells whether there was one, no child is left, or
   * a signal came first.
   */
  reap(mode: 'wait' | 'poll', watchesStops: boolean): 'changed' | 'nothing' | 'no children' | 'interrupted' {
    const options = (mode === 'poll' ? WNOHANG : 0) | (watchesStops ? WUNTRACED : 0);
    try {
      const { pid, status } = waitpid(-1, options);
      if (pid === 0) return 'nothing';
      this.update(pid, status);
      return 'changed';
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.errno === ECHILD) return 'no children';
      if (error.errno === EINTR) return 'interrupted';
      throw error;
    }
  }

  private update(pid: number, status: number): void {
    const job = this.byPid.get(pid);
    const process = job?.processes.find(entry => entry.pid === pid);
    if (!job || !process) return;
    const before = jobState(job);
    process.status = status === STATUS_CONTINUED ? undefined : status;
    const after = jobState(job);
    if (after !== before) {
      job.isChanged = true;
      if (after === 'stopped') this.makeCurrent(job);
    }
  }

  /** A job is told to go on. */
  markContinued(job: Job): void {
    for (const process of job.processes) {
      if (process.status !== undefined && wIfStopped(process.status)) process.status = undefined;
    }
    job.isChanged = false;
  }

  /** '+' for the current job, '-' for the previous one. */
  mark(job: Job): string {
    const [first, second] = this.ordered();
    return job === first ? '+' : job === second ? '-' : ' ';
  }

  private ordered(): Job[] {
    return this.recent.filter(job => job.number > 0);
  }

  private freeNumber(): number {
    let number = 1;
    for (const job of this.list) if (job.number === number) number++;
    return number;
  }

  private forgetOld(): void {
    const finished = this.list.filter(job => jobState(job) === 'done');
    for (const job of finished.slice(0, Math.max(0, finished.length - MAX_FINISHED))) this.remove(job);
  }
}

export function jobState(job: Job): JobState {
  let isStopped = false;
  for (const { status } of job.processes) {
    if (status === undefined) return 'running';
    if (wIfStopped(status)) isStopped = true;
  }
  return isStopped ? 'stopped' : 'done';
}

/** The process group of a job that has one. */
export function groupOf(job: Job): number {
  return job.processes.find(({ pid }) => pid > 0)!.pid;
}

export function jobText(job: Job): string {
  return job.processes.map(({ text }) => text).join(' | ');
}

/** $? for a wait status. */
export function exitStatusOf(status: number): number {
  return wIfStopped(status) ? 128 + wStopSignal(status) : shellStatus(status);
}

/** $? for a job that is done or stopped: the last process's, or with pipefail the last that failed. */
export function jobExitStatus(job: Job, pipefail: boolean): number {
  const statuses = job.processes.map(({ status }) => exitStatusOf(status ?? 0));
  const stopped = job.processes.find(({ status }) => status !== undefined && wIfStopped(status));
  if (stopped) return exitStatusOf(stopped.status!);
  if (pipefail) return statuses.findLast(status => status !== 0) ?? 0;
  return statuses.at(-1) ?? 0;
}

/** How `jobs` describes a wait status: Done, Done(1), Stopped, Terminated … */
export function describeStatus(status: number | undefined): string {
  if (status === undefined) return 'Running';
  if (wIfStopped(status)) return strsignal(wStopSignal(status));
  if (wIfExited(status)) return wExitStatus(status) === 0 ? 'Done' : `Done(${wExitStatus(status)})`;
  return signalText(status);
}

/** What is said when a foreground command was ended by a signal; undefined for signals that speak for themselves. */
export function deathNotice(status: number): string | undefined {
  if (wIfExited(status) || wIfStopped(status)) return undefined;
  const signo = wTermSignal(status);
  return signo === SIGINT || signo === SIGPIPE ? undefined : signalText(status);
}

function signalText(status: number): string {
  return strsignal(wTermSignal(status)) + (status & WCOREFLAG ? ' (core dumped)' : '');
}

/** The lines of `jobs` for a job. */
export function describeJob(table: JobTable, job: Job, format: 'plain' | 'long' | 'pids'): string {
  if (format === 'pids') return `${job.processes[0]!.pid}\n`;
  const label = `[${job.number}] ${table.mark(job)} `;
  if (format === 'plain') {
    const last = job.processes.find(({ status }) => status === undefined) ?? job.processes.at(-1)!;
    const stopped = job.processes.find(({ status }) => status !== undefined && wIfStopped(status));
    const state = describeStatus(jobState(job) === 'stopped' ? stopped!.status : last.status);
    return `${`${label}${state}`.padEnd(33)}${jobText(job)}\n`;
  }
  return job.processes
    .map(({ pid, status, text }, i) => {
      const start = `${i === 0 ? label : ' '.repeat(label.length)}${pid} ${describeStatus(status)}`;
      return `${start.padEnd(33)}${i === 0 ? '' : '| '}${text}\n`;
    })
    .join('');
}
