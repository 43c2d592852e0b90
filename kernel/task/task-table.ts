/**
 * TaskTable: all tasks, processes, process groups and sessions, by number, and the numbers themselves. Linux
 * counterpart: kernel/pid.c, the pid_hash; pid_max, threads-max.
 *
 * Use contract: `reserve` (EAGAIN) gives a number, `add` enters a task under it, `remove` takes it out for good. A
 * number is free again when no task, process group or session has it.
 */
import type { Inode } from '../fs/inode.ts';
import type { Kernel } from '../kernel.ts';
import type { PageCache } from '../mm/page-cache.ts';
import type { Task } from './task.ts';
import type { GroupParts } from './thread-group.ts';
import { EAGAIN, EEXIST } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import { ProcessGroup, Session } from './session.ts';
import { ThreadGroup } from './thread-group.ts';

/** fork_init: the stacks of kernel threads, of 16 KiB each on Linux, would take an eighth of memory. */
const PAGES_A_TASK = (8 * 16) / 4;
const MIN_TASKS = 20;

/** After the numbers wrapped around, the first ones stay reserved for daemons of boot. */
const RESERVED_PIDS = 300;

export class TaskTable {
  /** Threads by tid, zombies included. */
  readonly tasks = new Map<number, Task>();
  /** Processes by pid. */
  readonly groups = new Map<number, ThreadGroup>();
  readonly processGroups = new Map<number, ProcessGroup>();
  readonly sessions = new Map<number, Session>();
  /** Tasks of each real user id: RLIMIT_NPROC. */
  readonly userTasks = new Map<number, number>();
  /** The number that was given last. */
  lastPid = 0;
  /** Tasks made since boot: `processes` of /proc/stat. */
  forks = 0;
  /** /proc/sys/kernel/pid_max: numbers are below it. */
  pidMax = 32768;
  /** /proc/sys/kernel/threads-max */
  threadsMax: number;
  /** What threadsMax was at boot: a guest can lower it, and not raise it further. */
  readonly threadsLimit: number;
  /** The process that inherits orphans. */
  init: ThreadGroup | undefined;
  /** Which trusted program a file is, as long as its inode has this version: a cache. */
  readonly programs = new WeakMap<Inode, { version: number; size: number; program: number | undefined }>();
  /** An ELF file was executed on a machine without a processor: said once. */
  isProcessorMissed = false;
  /** Files that exec could not load past the point of no return. */
  brokenExecs = 0;
  /** The page of the vDSO. Owned by vdso-mapping.ts. */
  vdso: PageCache | undefined;

  constructor(kernel: Kernel) {
    const { params, memory } = kernel;
    this.threadsLimit = params.maxTasks ?? Math.max(MIN_TASKS, Math.floor(memory.totalPages / PAGES_A_TASK));
    this.threadsMax = this.threadsLimit;
  }

  task(tid: number): Task | undefined {
    return this.tasks.get(tid);
  }
  /** A process by pid (the tid of another thread does not name it). */
  group(pid: number): ThreadGroup | undefined {
    return this.groups.get(pid);
  }

  /** The next free number; EAGAIN. `wanted`: exactly this one (clone3's set_tid), EEXIST. */
  reserve(wanted = 0): number {
    if (this.tasks.size >= this.threadsMax) fail(EAGAIN, 'threads-max');
    if (wanted > 0) {
      if (this.#isTaken(wanted)) fail(EEXIST, 'set_tid');
      return wanted;
    }
    let pid = this.lastPid;
    for (let tries = 0; tries < this.pidMax; tries++) {
      pid++;
      if (pid >= this.pidMax) pid = Math.min(RESERVED_PIDS, this.pidMax - 1);
      if (this.#isTaken(pid)) continue;
      this.lastPid = pid;
      return pid;
    }
    return fail(EAGAIN, 'pid_max');
  }

  #isTaken(pid: number): boolean {
    return (
      this.tasks.has(pid) || this.groups.has(pid) || this.processGroups.has(pid) || this.sessions.has(pid)
    );
  }

  /** Enters a task as a thread of an existing group. */
  addThread(task: Task, group: ThreadGroup): void {
    task.group = group;
    group.threads.add(task);
    this.#enter(task);
  }

  /** Enters a task as the leader of a new group; makes the process group and session too if they are not given. */
  addLeader(task: Task, processGroup: ProcessGroup | undefined, parts: GroupParts): ThreadGroup {
    const own = processGroup ?? this.makeProcessGroup(task.tid, this.makeSession(task.tid));
    const group = new ThreadGroup(task, task.tid, own, parts);
    if (processGroup === undefined) own.session.leader = group;
    task.group = group;
    group.threads.add(task);
    own.members.add(group);
    this.groups.set(group.tgid, group);
    this.#enter(task);
    return group;
  }

  #enter(task: Task): void {
    this.tasks.set(task.tid, task);
    this.forks++;
    this.countUser(task.credentials.uid, 1);
  }

  /** Takes a thread out; a leader's group goes with it. */
  remove(task: Task): void {
    if (this.tasks.get(task.tid) === task) this.tasks.delete(task.tid);
    this.countUser(task.credentials.uid, -1);
    task.group.threads.delete(task);
    if (task.group.leader !== task) return;
    this.groups.delete(task.group.tgid);
    this.#leave(task.group);
  }

  /** exec of a thread that is not the leader: it takes over the leader's number. */
  takeOverLeader(task: Task): void {
    const { group } = task;
    const old = group.leader;
    this.tasks.delete(task.tid);
    this.tasks.delete(old.tid);
    [task.tid, old.tid] = [old.tid, task.tid];
    group.leader = task;
    this.tasks.set(task.tid, task);
    this.tasks.set(old.tid, old);
  }

  /** setpgid: moves a process to the group `id` of its session, which is made if it is not there. */
  moveToGroup(group: ThreadGroup, id: number): void {
    const target = this.processGroups.get(id) ?? this.makeProcessGroup(id, group.session);
    if (target === group.processGroup) return;
    this.#leave(group);
    group.processGroup = target;
    target.members.add(group);
  }

  /** setsid: a session and process group of its own. */
  startSession(group: ThreadGroup): Session {
    const session = this.makeSession(group.tgid);
    const own = this.makeProcessGroup(group.tgid, session);
    session.leader = group;
    this.#leave(group);
    group.processGroup = own;
    own.members.add(group);
    return session;
  }

  makeSession(id: number): Session {
    const session = new Session(id, undefined);
    this.sessions.set(id, session);
    return session;
  }

  makeProcessGroup(id: number, session: Session): ProcessGroup {
    const group = new ProcessGroup(id, session);
    session.groups.add(group);
    this.processGroups.set(id, group);
    return group;
  }

  #leave(group: ThreadGroup): void {
    const { processGroup } = group;
    const { session } = processGroup;
    processGroup.members.delete(group);
    if (processGroup.members.size > 0) return;
    session.groups.delete(processGroup);
    this.processGroups.delete(processGroup.id);
    if (session.groups.size === 0) this.sessions.delete(session.id);
  }

  countUser(uid: number, change: number): void {
    const count = (this.userTasks.get(uid) ?? 0) + change;
    if (count === 0) this.userTasks.delete(uid);
    else this.userTasks.set(uid, count);
  }
}
