/**
 * Sessions and process groups: what job control works on. Linux counterpart: struct pid with PIDTYPE_PGID and
 * PIDTYPE_SID; setsid(2), setpgid(2), credentials(7). Both live in TaskTable while they have a member.
 */
import type { ThreadGroup } from './thread-group.ts';

/** What a session knows of its controlling terminal; kernel/tty implements it and sets Session.terminal. */
export interface ControllingTerminal {
  /** Device number, as /proc/PID/stat shows it. */
  readonly rdev: number;
  /** The foreground process group, the terminal's `pgrp`. Owned by the terminal. */
  foreground: ProcessGroup | undefined;
  /**
   * The session's leader exits or gives the terminal up: the terminal sends SIGHUP and SIGCONT to its foreground
   * group, forgets session and foreground group, and clears `session.terminal`.
   */
  disassociate(session: Session): void;
}

export class Session {
  /** The leader's pid. */
  readonly id: number;
  /** undefined after the leader's end. */
  leader: ThreadGroup | undefined;
  terminal: ControllingTerminal | undefined;
  readonly groups = new Set<ProcessGroup>();

  constructor(id: number, leader: ThreadGroup | undefined) {
    this.id = id;
    this.leader = leader;
  }
}

export class ProcessGroup {
  readonly id: number;
  readonly session: Session;
  /** Processes, zombies included. Changed by TaskTable only. */
  readonly members = new Set<ThreadGroup>();

  constructor(id: number, session: Session) {
    this.id = id;
    this.session = session;
  }

  /**
   * True if no member has a parent in another group of the same session: nobody could continue its stopped members.
   * `leaving`: a member that does not count (it is about to exit).
   */
  isOrphaned(leaving?: ThreadGroup): boolean {
    for (const member of this.members) {
      if (member === leaving || member.isReapable) continue;
      const { parent } = member;
      if (parent === undefined || parent.isInit) continue;
      if (parent.processGroup !== this && parent.session === this.session) return false;
    }
    return true;
  }

  /** A member is stopped by a job-control signal. */
  get hasStoppedMember(): boolean {
    for (const member of this.members) if (member.isStopped) return true;
    return false;
  }
}
