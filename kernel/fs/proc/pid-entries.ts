/**
 * The table of /proc/PID and /proc/PID/task/TID. The subject is a task; for /proc/PID it is the leader (or the thread
 * that was named), and what belongs to the process is the group's. proc_pid(5); tgid_base_stuff in fs/proc/base.c.
 */
import type { Task } from '../../task/task.ts';
import { instructionPointer, stackPointer } from '../../task/registers.ts';
import type { AnyNode, DirectoryNode, Listing, Reader, TreeNode } from './tree.ts';
import { EACCES, EINVAL, ENOENT, EPERM } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import { CAP_SYS_RESOURCE, isCapable } from '../../task/credentials.ts';
import { pathname } from '../pathname.ts';
import { requireAccess } from './access.ts';
import { stateOf } from './facts.ts';
import { showMountInfo, showMounts, showMountStats } from './mounts.ts';
import { netEntries } from './net-files.ts';
import { pidAuxv, pidCmdline, pidEnviron, openPidMemory } from './pid-memory.ts';
import { descriptorInfo, descriptors, permitsOwnGroup } from './pid-fd.ts';
import { pidMaps, pidSmaps, pidSmapsRollup } from './pid-maps.ts';
import { openPagemap } from './pid-pagemap.ts';
import { pidStat, pidStatm, pidStatus } from './pid-status.ts';
import { adjustmentFromOld, oldAdjustment, oomScore } from './oom-score.ts';
import { parseInteger } from './sysctl-values.ts';
import { directory, file, fixed, link } from './tree.ts';
import { hex, LIMIT_NAMES } from './text.ts';

type Entries = Readonly<Record<string, TreeNode<Task>>>;

/** Readable for those who may look into the process: checked at open, not at each read. */
const guarded = { check: requireAccess };
const ownerOnly = { mode: 0o400, check: requireAccess };

/** Entries that a process and each of its threads have. */
const common: Entries = {
  attr: directory<Task>({
    current: attribute(0o666),
    prev: attribute(0o444),
    exec: attribute(0o666),
    fscreate: attribute(0o666),
    keycreate: attribute(0o666),
    sockcreate: attribute(0o666),
  }),
  auxv: file<Task>(pidAuxv, ownerOnly),
  cgroup: fixed<Task>('0::/'),
  cmdline: file<Task>(pidCmdline),
  comm: file<Task>(task => `${task.comm}\n`, { mode: 0o644, write: setComm }),
  cwd: placeLink(task => task.fs.cwd),
  environ: file<Task>(pidEnviron, ownerOnly),
  exe: placeLink(task => task.exePath),
  fd: directory<Task>({}, { mode: 0o500, more: descriptors, permits: permitsOwnGroup }),
  fdinfo: directory<Task>({}, { mode: 0o555, more: descriptorInfo }),
  gid_map: fixed<Task>(`${'0'.padStart(10)} ${'0'.padStart(10)} 4294967295`, {
    mode: 0o644,
    write: refuseMap,
  }),
  io: file<Task>(showIo, ownerOnly),
  limits: file<Task>(showLimits),
  loginuid: file<Task>(() => '4294967295', { mode: 0o644, write: () => {} }),
  maps: file<Task>(pidMaps, guarded),
  mem: file<Task>(undefined, { mode: 0o600, open: openPidMemory }),
  mountinfo: file<Task>(task => showMountInfo(task.kernel, task.fs.root)),
  mounts: file<Task>(task => showMounts(task.kernel, task.fs.root)),
  ns: directory<Task>(namespaces(), { mode: 0o511 }),
  oom_adj: file<Task>(task => `${oldAdjustment(task.group.oomScoreAdj)}\n`, {
    mode: 0o644,
    write: (task, text, by) => setOomScore(task, adjustmentFromOld(parseInteger(text, -17, 15)), by),
  }),
  oom_score: file<Task>(task => `${oomScore(task)}\n`),
  oom_score_adj: file<Task>(task => `${task.group.oomScoreAdj}\n`, {
    mode: 0o644,
    write: (task, text, by) => setOomScore(task, parseInteger(text, -1000, 1000), by),
  }),
  pagemap: file<Task>(undefined, { mode: 0o400, open: openPagemap }),
  personality: file<Task>(task => `${hex(task.personality, 8)}\n`, ownerOnly),
  projid_map: fixed<Task>(`${'0'.padStart(10)} ${'0'.padStart(10)} 4294967295`, {
    mode: 0o644,
    write: refuseMap,
  }),
  root: placeLink(task => task.fs.root),
  sched: file<Task>(showSched, { mode: 0o644, write: () => {} }),
  schedstat: file<Task>(
    ({ usage }) =>
      `${usage.userNs + usage.systemNs} 0 ${usage.voluntarySwitches + usage.involuntarySwitches}\n`,
  ),
  sessionid: file<Task>(() => '4294967295'),
  setgroups: fixed<Task>('allow', { mode: 0o644, write: refuseMap }),
  smaps: file<Task>(pidSmaps, guarded),
  smaps_rollup: file<Task>(pidSmapsRollup, guarded),
  stack: file<Task>(showStack, ownerOnly),
  statm: file<Task>(pidStatm),
  status: file<Task>(pidStatus),
  syscall: file<Task>(showSyscall, ownerOnly),
  uid_map: fixed<Task>(`${'0'.padStart(10)} ${'0'.padStart(10)} 4294967295`, {
    mode: 0o644,
    write: refuseMap,
  }),
  wchan: file<Task>(() => '0'),
  net: directory(netEntries),
};

/** /proc/PID/task/TID */
const threadDirectory: DirectoryNode<Task> = directory<Task>({
  ...common,
  children: file<Task>(({ group }) => [...group.children].map(child => `${child.tgid} `).join('')),
  stat: file<Task>((task, reader) => pidStat(task, reader, 'thread')),
});

const threads: Listing<Task> = {
  *list(task) {
    const tids = [...task.group.threads].map(thread => thread.tid).sort((a, b) => a - b);
    for (const tid of tids) yield { name: String(tid), cookie: tid };
  },
  find(task, name) {
    const thread = findTask(task.kernel, name);
    if (thread === undefined || thread.group !== task.group) return undefined;
    return { node: threadDirectory, subject: thread, key: 'thread' };
  },
  links: task => task.group.threads.size,
};

/** /proc/PID */
export const processDirectory: DirectoryNode<Task> = directory<Task>({
  ...common,
  autogroup: fixed<Task>('/autogroup-1 nice 0', { mode: 0o644, write: () => {} }),
  clear_refs: file<Task>(undefined, { mode: 0o200, write: () => {} }),
  coredump_filter: fixed<Task>('00000033', { mode: 0o644, write: () => {} }),
  mountstats: file<Task>(task => showMountStats(task.kernel, task.fs.root), { mode: 0o400 }),
  stat: file<Task>((task, reader) => pidStat(task, reader, 'group')),
  task: directory<Task>({}, { more: threads }),
  timers: file<Task>(showTimers),
  timerslack_ns: file<Task>(task => `${task.timerSlackNs}\n`, {
    mode: 0o666,
    write: (task, text) => void (task.timerSlackNs = parseInteger(text, 0, 2 ** 53)),
  }),
});

/** A task by the decimal name of its directory; a name such as «007» is none. */
export function findTask(kernel: Task['kernel'], name: string): Task | undefined {
  return /^[1-9]\d{0,9}$/.test(name) ? kernel.tasks.task(Number(name)) : undefined;
}

/** A process's owner owns its directory, unless it must not be looked into: then root does. */
export function ownerOf(task: Task, node: AnyNode): { uid: number; gid: number } {
  const isPublic = node.kind === 'directory' && node.mode === 0o555;
  if (task.group.dumpable !== 1 && !isPublic) return { uid: 0, gid: 0 };
  return { uid: task.credentials.euid, gid: task.credentials.egid };
}

function placeLink(place: (task: Task) => Parameters<typeof pathname>[0] | undefined): TreeNode<Task> {
  const find = (task: Task, reader: Reader): Parameters<typeof pathname>[0] | undefined => {
    requireAccess(task, reader);
    // Linux: leads nowhere once the first thread has ended; but here exec of /proc/self/exe looks again after that.
    const living = task.isDead ? task.group.livingThread : task;
    return living === undefined ? undefined : place(living);
  };
  return link<Task>((task, reader) => {
    const path = find(task, reader);
    if (path === undefined) return fail(ENOENT, 'process has ended');
    return pathname(path, (reader ?? task).fs.root);
  }, find);
}

/** No security module: reading and writing is EINVAL, as on Linux without one. */
function attribute(mode: number): TreeNode<Task> {
  const refuse = (): never => fail(EINVAL, 'no security module');
  return file<Task>(refuse, { mode, write: refuse });
}

/** There is one namespace of each kind; the numbers are those of Linux's initial ones. */
function namespaces(): Record<string, TreeNode<Task>> {
  const numbers = {
    cgroup: 'cgroup:[4026531835]',
    ipc: 'ipc:[4026531839]',
    mnt: 'mnt:[4026531841]',
    net: 'net:[4026531840]',
    pid: 'pid:[4026531836]',
    pid_for_children: 'pid:[4026531836]',
    time: 'time:[4026531834]',
    time_for_children: 'time:[4026531834]',
    user: 'user:[4026531837]',
    uts: 'uts:[4026531838]',
  };
  const entries: Record<string, TreeNode<Task>> = {};
  for (const [name, text] of Object.entries(numbers)) {
    entries[name] = link<Task>((task, reader) => {
      requireAccess(task, reader);
      return text;
    });
  }
  return entries;
}

/** Threads name themselves and each other; nobody else does. A newline stays, as on Linux. */
function setComm(task: Task, text: string, by: Reader): void {
  if (by !== undefined && by.group !== task.group) fail(EINVAL, 'comm of another process');
  const end = text.indexOf('\0');
  task.comm = text.slice(0, Math.min(15, end < 0 ? 15 : end));
}

function setOomScore(task: Task, value: number, by: Reader): void {
  const isLower = value < task.group.oomScoreAdj;
  if (isLower && by !== undefined && !isCapable(by.credentials, CAP_SYS_RESOURCE))
    fail(EACCES, 'lower oom_score_adj');
  task.group.oomScoreAdj = value;
}

/** There are no user namespaces: the initial one's maps are written once, by the kernel. */
function refuseMap(): never {
  return fail(EPERM, 'maps of the initial user namespace');
}

/** Linux: counts the bytes of read(2) and write(2) too. */
function showIo(task: Task): string {
  const { inBlocks, outBlocks } = task.usage;
  return (
    'rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\n' +
    `read_bytes: ${inBlocks * 512}\nwrite_bytes: ${outBlocks * 512}\ncancelled_write_bytes: 0\n`
  );
}

function showLimits(task: Task): string {
  const column = (value: number): string => (Number.isFinite(value) ? String(value) : 'unlimited').padEnd(20);
  let text = `${'Limit'.padEnd(25)} ${'Soft Limit'.padEnd(20)} ${'Hard Limit'.padEnd(20)} ${'Units'.padEnd(10)}\n`;
  for (const [resource, [name, unit]] of LIMIT_NAMES.entries()) {
    const { soft, hard } = task.group.limits[resource]!;
    text += `${name.padEnd(25)} ${column(soft)} ${column(hard)} ${unit === '' ? '' : unit.padEnd(10)}\n`;
  }
  return text;
}

function showSched(task: Task): string {
  const { usage, sched } = task;
  const head = `${task.comm} (${task.tid}, #threads: ${task.group.threads.size})`;
  const row = (name: string, value: string): string => `${name.padEnd(45)}:${value.padStart(21)}\n`;
  const ms = (ns: number): string => (ns / 1e6).toFixed(6);
  return (
    `${head}\n${'-'.repeat(67)}\n` +
    row('se.exec_start', ms(task.kernel.time.monotonicNs())) +
    row('se.vruntime', ms(sched.vruntimeNs)) +
    row('se.sum_exec_runtime', ms(usage.userNs + usage.systemNs)) +
    row('nr_switches', String(usage.voluntarySwitches + usage.involuntarySwitches)) +
    row('nr_voluntary_switches', String(usage.voluntarySwitches)) +
    row('nr_involuntary_switches', String(usage.involuntarySwitches)) +
    row('policy', String(sched.policy)) +
    row('prio', String(sched.priority > 0 ? 99 - sched.priority : 120 + sched.nice))
  );
}

const CLOCK_IDS = { realtime: 0, monotonic: 1, process: 2, thread: 3 } as const;

/** proc_pid_timers(5) */
function showTimers(task: Task): string {
  let text = '';
  for (const { id, event, clock } of task.group.posixTimers?.timers.values() ?? []) {
    const notify = ['signal', 'none', 'thread'][event.notify & 3] ?? 'signal';
    const whom = event.thread === undefined ? `pid.${task.group.tgid}` : `tid.${event.thread.tid}`;
    text += `ID: ${id}\nsignal: ${event.signo}/${hex(event.value, 16)}\nnotify: ${notify}/${whom}\nClockID: ${CLOCK_IDS[clock.kind]}\n`;
  }
  return text;
}

/** The system call that the task sleeps in; there are no frames of a kernel stack to show. */
function showStack(task: Task): string {
  if (stateOf(task)[0] !== 'S') return '';
  const name = task.kernel.table.get(task.call.number)?.name ?? 'unknown';
  return `[<0>] sys_${name}+0x0/0x0\n`;
}

function showSyscall(task: Task): string {
  if (stateOf(task)[0] === 'R') return 'running\n';
  const ip = task.registers === 0 ? 0 : instructionPointer(task);
  const place = `0x${stackPointer(task).toString(16)} 0x${ip.toString(16)}`;
  if (task.call.number < 0) return `-1 ${place}\n`;
  const args = [0, 1, 2, 3, 4, 5].map(n => `0x${task.args.b64(n).toString(16)}`);
  return `${task.call.number} ${args.join(' ')} ${place}\n`;
}
