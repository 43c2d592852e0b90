/**
 * Job control of a terminal: controlling terminals, background access, hang-up. Linux counterpart:
 * drivers/tty/tty_jobctrl.c; credentials(7), setsid(2), ioctl_tty(2), vhangup(2).
 *
 *   none ──acquire()──▶ session's terminal ──leaderLeaves()──▶ none
 *                                          ──hangUp()───────▶ none; files of before are dead; the leader gets SIGHUP
 *
 * Invariant: tty.session === s exactly when s.terminal === tty.
 */
import { EIO, EPERM } from '../abi/errno.ts';
import { SIGCONT, SIGHUP, SIGTTIN, SIG_IGN, signalBit } from '../abi/signal.ts';
import { ERESTARTSYS, fail } from '../errors.ts';
import { CAP_SYS_ADMIN } from '../task/credentials.ts';
import type { ControllingTerminal, ProcessGroup, Session } from '../task/session.ts';
import { sendSignal, signalProcessGroup } from '../task/signal-send.ts';
import type { Task } from '../task/task.ts';
import { standardTermios } from './termios.ts';
import type { Tty } from './tty.ts';

/**
 * A task is about to use its terminal: a background process is stopped by SIGTTIN or SIGTTOU and its call restarted
 * when it goes on; where it cannot be stopped, reading is EIO and writing is allowed.
 */
export function checkBackground(task: Task, tty: Tty, signo: number): void {
  const { processGroup, session } = task.group;
  if (session.terminal !== tty || tty.foreground === undefined || tty.foreground === processGroup) return;
  const isIgnored = (task.blocked & signalBit(signo)) !== 0n || task.handlers.get(signo).handler === SIG_IGN;
  if (isIgnored) {
    if (signo === SIGTTIN) fail(EIO, 'background read with SIGTTIN ignored');
    return;
  }
  if (processGroup.isOrphaned()) fail(EIO, 'background access from an orphaned process group');
  signalProcessGroup(processGroup, signo);
  fail(ERESTARTSYS, 'background access to the terminal');
}

/** Makes `tty` the controlling terminal of the task's session. The checks were made. */
export function setControllingTerminal(task: Task, tty: Tty): void {
  const { session, processGroup } = task.group;
  if (tty.session !== session) forget(tty);
  tty.session = session;
  tty.foreground = processGroup;
  session.terminal = tty;
}

/** open(2) without O_NOCTTY: a session leader without a terminal takes one that has no session. */
export function acquireOnOpen(task: Task, tty: Tty): void {
  const { group } = task;
  if (!group.isSessionLeader || terminalOf(group.session) !== undefined || tty.session !== undefined) return;
  setControllingTerminal(task, tty);
}

/** TIOCSCTTY. `isStealing`: argument 1, take it from another session. */
export function acquireByIoctl(task: Task, tty: Tty, argument: number, isReadable: boolean): number {
  const { group } = task;
  const { session } = group;
  if (group.isSessionLeader && tty.session === session) return 0;
  if (!group.isSessionLeader || terminalOf(session) !== undefined) {
    fail(EPERM, 'TIOCSCTTY: no session leader, or it has a terminal');
  }
  if (tty.session !== undefined) {
    if (argument !== 1 || !task.capable(CAP_SYS_ADMIN)) fail(EPERM, 'TIOCSCTTY: terminal of another session');
    forget(tty);
  }
  if (!isReadable && !task.capable(CAP_SYS_ADMIN)) fail(EPERM, 'TIOCSCTTY: not open for reading');
  setControllingTerminal(task, tty);
  return 0;
}

/** The leader exits, or gives the terminal up by TIOCNOTTY. */
export function leaderLeaves(tty: Tty, session: Session, why: 'exit' | 'ioctl'): void {
  if (why === 'exit' && tty.driver.kind !== 'pty') {
    const { foreground } = tty;
    hangUp(tty);
    session.terminal = undefined;
    if (foreground !== undefined) signalProcessGroup(foreground, SIGHUP);
    return;
  }
  if (tty.foreground !== undefined) {
    signalProcessGroup(tty.foreground, SIGHUP);
    signalProcessGroup(tty.foreground, SIGCONT);
  }
  forget(tty);
}

/**
 * Hang-up: the master was closed, vhangup(2), the line went away. Files that are open now are dead from here on; who
 * opens the terminal again gets a new start.
 */
export function hangUp(tty: Tty): void {
  for (const file of [...tty.files]) file.hangUp();
  const { session, foreground } = tty;
  tty.discipline.flush();
  tty.echoes = [];
  tty.isStopped = tty.isStoppedByIoctl = tty.isExclusive = false;
  if (tty.driver.kind !== 'pty') tty.termios = standardTermios();
  forget(tty);
  tty.wakeEverybody();
  if (session?.leader === undefined) return;
  session.terminal = new LostTerminal(foreground);
  sendSignal(session.leader, SIGHUP);
  sendSignal(session.leader, SIGCONT);
}

/** The terminal that a session has, if it was not hung up. */
export function terminalOf(session: Session): Tty | undefined {
  const { terminal } = session;
  return terminal === undefined || terminal instanceof LostTerminal ? undefined : (terminal as Tty);
}

/**
 * What a session has instead of a terminal that was hung up: it remembers the foreground group, which gets its SIGHUP
 * when the leader exits. Linux counterpart: signal->tty_old_pgrp.
 */
export class LostTerminal implements ControllingTerminal {
  readonly rdev = 0;
  foreground: ProcessGroup | undefined;

  constructor(foreground: ProcessGroup | undefined) {
    this.foreground = foreground;
  }

  disassociate(session: Session): void {
    session.terminal = undefined;
    if (this.foreground === undefined) return;
    signalProcessGroup(this.foreground, SIGHUP);
    signalProcessGroup(this.foreground, SIGCONT);
  }
}

function forget(tty: Tty): void {
  if (tty.session !== undefined) tty.session.terminal = undefined;
  tty.session = undefined;
  tty.foreground = undefined;
}
