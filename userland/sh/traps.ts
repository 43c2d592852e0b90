/**
 * Signals of the shell process: traps, what was ignored when the shell began, and the signals that arrived and wait
 * for their action to be run between two commands. One handler function serves all signals; it notes the signal for
 * the shell that runs now (a child of vfork runs in the same heap).
 */
import * as sig from '../libc/signal.ts';

/** Where arriving signals are noted: changes when a subshell begins or ends in this heap. */
const receiver: { traps: Traps | undefined } = { traps: undefined };

function note(signo: number): void {
  receiver.traps?.noted(signo);
}

/** Signals that an interactive shell does not die of. */
const INTERACTIVE_IGNORED = [sig.SIGQUIT, sig.SIGTERM];
const JOB_CONTROL_IGNORED = [sig.SIGTSTP, sig.SIGTTOU, sig.SIGTTIN];

export class Traps {
  /** Actions by signal number; '' ignores; 0 is EXIT. */
  readonly actions = new Map<number, string>();
  /** What the parent's traps were, for `trap` in a subshell, until the subshell sets one. */
  inherited: ReadonlyMap<number, string> | undefined;
  readonly pending: number[] = [];
  /** SIGINT arrived in an interactive shell without a trap for it. */
  isInterrupted = false;
  private readonly ignoredAtStart = new Map<number, boolean>();
  private isInteractive = false;
  private hasJobControl = false;

  /** This shell takes the signals from now on. */
  activate(): void {
    receiver.traps = this;
  }

  noted(signo: number): void {
    if (this.actions.get(signo)) this.pending.push(signo);
    else if (signo === sig.SIGINT && this.isInteractive) this.isInterrupted = true;
  }

  get hasActions(): boolean {
    for (const action of this.actions.values()) if (action !== '') return true;
    return false;
  }

  /** A signal ignored when a non-interactive shell began can be neither trapped nor reset (XCU 2.11). */
  isFixed(signo: number): boolean {
    if (signo === 0 || this.isInteractive) return false;
    let isIgnored = this.ignoredAtStart.get(signo);
    if (isIgnored === undefined) {
      isIgnored = sig.disposition(signo) === 'ignore';
      this.ignoredAtStart.set(signo, isIgnored);
    }
    return isIgnored;
  }

  /** Sets an action; undefined: the default. */
  set(signo: number, action: string | undefined): void {
    this.inherited = undefined;
    if (signo !== 0 && this.isFixed(signo)) return;
    if (action === undefined) this.actions.delete(signo);
    else this.actions.set(signo, action);
    if (signo !== 0) this.apply(signo);
  }

  setInteractive(isInteractive: boolean): void {
    this.isInteractive = isInteractive;
    for (const signo of [sig.SIGINT, ...INTERACTIVE_IGNORED]) this.apply(signo);
  }

  setJobControl(hasJobControl: boolean): void {
    this.hasJobControl = hasJobControl;
    for (const signo of JOB_CONTROL_IGNORED) this.apply(signo);
  }

  /** In a child before exec: what the shell alone ignored becomes the default again. Caught ones exec resets itself. */
  prepareExec(kind: 'job' | 'async' | 'same-group'): void {
    if (this.isInteractive) {
      for (const signo of INTERACTIVE_IGNORED) this.resetUnlessIgnored(signo);
    }
    if (this.hasJobControl && kind !== 'same-group') {
      for (const signo of JOB_CONTROL_IGNORED) this.resetUnlessIgnored(signo);
    }
    if (kind === 'async') {
      for (const signo of [sig.SIGINT, sig.SIGQUIT])
        if (!this.actions.get(signo)) sig.signal(signo, 'ignore');
    }
  }

  /** After an exec that failed: this shell's own dispositions again. */
  reapply(): void {
    for (const signo of [sig.SIGINT, ...INTERACTIVE_IGNORED, ...JOB_CONTROL_IGNORED]) this.apply(signo);
  }

  /** In a child that goes on as a subshell: traps are reset; ignored signals stay ignored. */
  forSubshell(): Traps {
    const traps = new Traps();
    traps.inherited = this.inherited ?? new Map(this.actions);
    for (const [signo, action] of this.actions) {
      if (action === '') traps.actions.set(signo, action);
      else if (signo !== 0) sig.signal(signo, 'default');
    }
    for (const [signo, isIgnored] of this.ignoredAtStart) traps.ignoredAtStart.set(signo, isIgnored);
    if (this.isInteractive && !this.actions.has(sig.SIGINT)) sig.signal(sig.SIGINT, 'default');
    return traps;
  }

  private resetUnlessIgnored(signo: number): void {
    if (this.actions.get(signo) !== '') sig.signal(signo, 'default');
  }

  private apply(signo: number): void {
    if (signo === sig.SIGKILL || signo === sig.SIGSTOP) return;
    const action = this.actions.get(signo);
    if (action === '') sig.signal(signo, 'ignore');
    else if (action !== undefined) sig.signal(signo, note);
    else if (this.isInteractive && signo === sig.SIGINT) sig.signal(signo, note);
    else if (this.isInteractive && INTERACTIVE_IGNORED.includes(signo)) sig.signal(signo, 'ignore');
    else if (this.hasJobControl && JOB_CONTROL_IGNORED.includes(signo)) sig.signal(signo, 'ignore');
    else sig.signal(signo, 'default');
  }
}
