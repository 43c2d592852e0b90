/**
 * The loop of a tracer: waits for a stop of any tracee, tells what it was, and lets it go on.
 *
 *   started ─► entry ─► exit ─► entry ─► … ─► gone          (stops of calls)
 *                 └ signal, exec, clone stops in between ┘
 */
import { SIGSTOP, SIGTRAP, SIGTSTP, SIGTTIN, SIGTTOU } from '../../../kernel/abi/signal.ts';
import { entryText, exitText, resultText } from '../../../kernel/trace/call.ts';
import { signalText } from '../../../kernel/trace/flags.ts';
import { SysError } from '../../libc/native.ts';
import { stderr } from '../../libc/stdio.ts';
import { programName } from '../../libc/stdlib.ts';
import { monotonicSeconds } from '../../libc/time.ts';
import {
  WCOREFLAG,
  wExitStatus,
  wIfExited,
  wIfSignaled,
  wStopSignal,
  wTermSignal,
} from '../../../kernel/abi/wait.ts';
import { callName } from './calls.ts';
import type { StraceOptions } from './options.ts';
import type { Output } from './output.ts';
import * as pt from './ptrace.ts';
import { TraceeReader } from './reader.ts';
import { infoText } from './signal-text.ts';
import type { Summary } from './summary.ts';

interface Call {
  readonly name: string;
  readonly args: readonly bigint[];
  /** Arguments that the first part of the line has. */
  readonly shown: number;
  readonly startedSec: number;
  readonly isShown: boolean;
}

interface Tracee {
  readonly pid: number;
  call: Call | undefined;
  /** The first stop of a new tracee is behind it. */
  hasStarted: boolean;
  /** A child of a tracee begins with a SIGSTOP that nobody sent. */
  awaitsStop: boolean;
}

const CALL_STOP = SIGTRAP | 0x80;
const EVENT_SHIFT = 16;
const STOPPING = [SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU];

export const TRACE_OPTIONS = pt.PTRACE_O_TRACESYSGOOD | pt.PTRACE_O_TRACEEXEC;
export const FOLLOW_OPTIONS = pt.PTRACE_O_TRACEFORK | pt.PTRACE_O_TRACEVFORK | pt.PTRACE_O_TRACECLONE;

export class Tracer {
  readonly #options: StraceOptions;
  readonly #output: Output;
  readonly #summary: Summary;
  readonly #tracees = new Map<number, Tracee>();
  /** Wait status of the command, when it is over. */
  commandStatus = 0;
  commandPid = 0;
  isInterrupted = false;

  constructor(options: StraceOptions, output: Output, summary: Summary) {
    this.#options = options;
    this.#output = output;
    this.#summary = summary;
  }

  get pids(): number[] {
    return [...this.#tracees.keys()];
  }

  add(pid: number, hasStarted: boolean): Tracee {
    const tracee: Tracee = { pid, call: undefined, hasStarted, awaitsStop: false };
    this.#tracees.set(pid, tracee);
    this.#output.isMany = this.#tracees.size > 1;
    return tracee;
  }

  /** A call whose stop nobody saw: the command's own execve. */
  tellCall(pid: number, text: string, result: number): void {
    const { summary, calls, results } = this.#options;
    if (!calls.has('execve')) return;
    if (summary !== 'none') this.#summary.add('execve', 0, result < 0 ? 'error' : 'good');
    if (summary === 'only' || results === 'failed') return;
    this.#output.begin(pid, text);
    this.#output.end(String(result));
  }

  /** Runs until no tracee is left, or an interrupt came. */
  run(): void {
    while (this.#tracees.size > 0 && !this.isInterrupted) {
      let stop;
      try {
        stop = pt.waitAny();
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        if (error.code === 'EINTR') continue;
        if (error.code === 'ECHILD') return;
        throw error;
      }
      this.#stopped(stop.pid, stop.status);
    }
  }

  #stopped(pid: number, status: number): void {
    if (wIfExited(status) || wIfSignaled(status)) return this.#ended(pid, status);
    const tracee = this.#tracees.get(pid) ?? this.#adopt(pid);
    const signo = wStopSignal(status);
    const event = status >>> EVENT_SHIFT;
    let deliver = 0;
    if (signo === CALL_STOP) this.#callStop(tracee);
    else if (event === pt.PTRACE_EVENT_EXEC) this.#executed(tracee);
    else if (event === pt.PTRACE_EVENT_STOP) {
      if (STOPPING.includes(signo) && tracee.hasStarted) {
        this.#note(pid, signo, `--- stopped by ${signalText(signo)} ---`);
        if (this.#attempt(() => pt.ptrace(pt.PTRACE_LISTEN, pid))) return;
      }
      tracee.hasStarted = true;
    } else if (event !== 0) {
      // A new child stops by itself.
    } else if (signo === SIGSTOP && tracee.awaitsStop) tracee.awaitsStop = false;
    else {
      const info = pt.signalInfo(pid);
      if (info) {
        deliver = signo;
        this.#note(pid, signo, `--- ${signalText(signo)} ${infoText(info)} ---`);
      } else this.#note(pid, signo, `--- stopped by ${signalText(signo)} ---`);
    }
    this.#attempt(() => pt.ptrace(pt.PTRACE_SYSCALL, pid, 0, deliver));
  }

  /** A tracee may be killed at any time. */
  #attempt(action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      if (error instanceof SysError) return false;
      throw error;
    }
  }

  #adopt(pid: number): Tracee {
    if (this.#options.quiet === 0) this.#say(`Process ${pid} attached`);
    const tracee = this.add(pid, false);
    tracee.awaitsStop = true;
    return tracee;
  }
  #say(text: string): void {
    this.#output.flush();
    stderr.write(`${programName}: ${text}\n`);
  }
  #note(pid: number, signo: number, text: string): void {
    if (this.#options.summary !== 'only' && this.#options.signals(signo)) this.#output.line(pid, text);
  }

  #callStop(tracee: Tracee): void {
    let info: pt.CallInfo;
    try {
      info = pt.callInfo(tracee.pid);
    } catch (error) {
      if (error instanceof SysError) return;
      throw error;
    }
    tracee.hasStarted = true;
    if (info.op === 'entry') this.#entered(tracee, info);
    else if (info.op === 'exit' && tracee.call) this.#left(tracee, tracee.call, info.result);
  }

  #entered(tracee: Tracee, { number, args }: pt.CallInfo): void {
    const { summary, calls, results } = this.#options;
    const name = callName(number);
    const isShown = calls.has(name) && summary !== 'only';
    const { text, shown } = isShown
      ? entryText(name, new TraceeReader(tracee.pid, args), this.#options)
      : { text: '', shown: 0 };
    tracee.call = { name, args, shown, startedSec: monotonicSeconds(), isShown };
    // With -z and -Z the line can be told only when the result is known.
    if (isShown && results === 'all') {
      this.#output.begin(tracee.pid, text);
      this.#output.flush();
    }
  }

  #left(tracee: Tracee, call: Call, result: number): void {
    tracee.call = undefined;
    const { name, isShown } = call;
    const seconds = monotonicSeconds() - call.startedSec;
    const isError = result < 0 && result >= -4095;
    const { summary, calls, results } = this.#options;
    if (summary !== 'none' && calls.has(name)) this.#summary.add(name, seconds, isError ? 'error' : 'good');
    if (!isShown || (results === 'successful' && isError) || (results === 'failed' && !isError)) return;
    const reader = new TraceeReader(tracee.pid, call.args);
    if (results !== 'all') this.#output.begin(tracee.pid, entryText(name, reader, this.#options).text);
    else this.#output.resume(tracee.pid, `<... ${name} resumed>`);
    this.#output.append(exitText(name, call.shown, reader, this.#options, result));
    this.#output.end(resultText(name, result, reader) + this.#duration(seconds));
  }

  #duration(seconds: number): string {
    return this.#options.showsDuration ? ` <${seconds.toFixed(6)}>` : '';
  }

  /** A program was executed: the call that did it has no exit stop that could be told from others. */
  #executed(tracee: Tracee): void {
    const { call } = tracee;
    tracee.hasStarted = true;
    if (!call) return;
    tracee.call = undefined;
    const seconds = monotonicSeconds() - call.startedSec;
    if (this.#options.summary !== 'none' && this.#options.calls.has(call.name))
      this.#summary.add(call.name, seconds, 'good');
    if (!call.isShown || this.#options.results === 'failed') return;
    this.#output.resume(tracee.pid, `<... ${call.name} resumed>`);
    this.#output.append(')');
    this.#output.end(`0${this.#duration(seconds)}`);
  }

  #ended(pid: number, status: number): void {
    const tracee = this.#tracees.get(pid);
    if (!tracee) return;
    const { call } = tracee;
    if (call?.isShown && this.#options.results === 'all') {
      this.#output.resume(pid, `<... ${call.name} resumed>`);
      this.#output.append(')');
      this.#output.end('?');
    }
    if (pid === this.commandPid) this.commandStatus = status;
    if (this.#options.summary !== 'only') {
      if (wIfExited(status)) {
        if (this.#options.quiet < 2) this.#output.line(pid, `+++ exited with ${wExitStatus(status)} +++`);
      } else {
        const core = (status & WCOREFLAG) !== 0 ? ' (core dumped)' : '';
        this.#output.line(pid, `+++ killed by ${signalText(wTermSignal(status))}${core} +++`);
      }
    }
    this.#tracees.delete(pid);
    this.#output.isMany = this.#tracees.size > 1;
  }

  /** Lets go of all tracees that are still there. */
  detach(): void {
    for (const pid of this.pids) {
      this.#attempt(() => pt.ptrace(pt.PTRACE_INTERRUPT, pid));
      for (;;) {
        let stop;
        try {
          stop = pt.waitAny();
        } catch (error) {
          if (error instanceof SysError && error.code === 'EINTR') continue;
          if (error instanceof SysError) return;
          throw error;
        }
        if (wIfExited(stop.status) || wIfSignaled(stop.status)) this.#ended(stop.pid, stop.status);
        else {
          const signo = wStopSignal(stop.status);
          const isSignal = signo !== CALL_STOP && stop.status >>> EVENT_SHIFT === 0;
          this.#attempt(() => pt.ptrace(pt.PTRACE_DETACH, stop.pid, 0, isSignal ? signo : 0));
          this.#tracees.delete(stop.pid);
          if (this.#output.isOpen(stop.pid)) {
            this.#output.append(' <detached ...>\n');
            this.#output.flush();
          }
          if (this.#options.quiet === 0) this.#say(`Process ${stop.pid} detached`);
        }
        if (!this.#tracees.has(pid)) break;
      }
    }
  }
}
