/**
 * /proc/PID/stat, statm and status, byte for byte as fs/proc/array.c writes them; proc_pid_stat(5), proc_pid_statm(5),
 * proc_pid_status(5). Addresses and the exit code show to those who may look into the process only.
 */
import type { Task } from '../../task/task.ts';
import type { Reader } from './tree.ts';
import { SIG_DFL, SIG_IGN } from '../../abi/signal.ts';
import { RLIMIT_RSS, RLIMIT_SIGPENDING } from '../../abi/resource.ts';
import { groupUsage, usageOf } from '../../task/group-usage.ts';
import { toTicks } from '../../task/usage.ts';
import { mayLook } from './access.ts';
import { CPU_COUNT, stateOf } from './facts.ts';
import { hex, kib, limitWord, PAGE_KIB, rangeList, rangeMask } from './text.ts';

const PF_EXITING = 0x4;
const PF_FORKNOEXEC = 0x40;
const PF_RANDOMIZE = 0x400000;

/** `extent`: /proc/PID/stat counts all threads, /proc/PID/task/TID/stat one. */
export function pidStat(task: Task, reader: Reader, extent: 'group' | 'thread'): string {
  const { group, mm } = task;
  const isPermitted = mayLook(reader, task);
  const own = extent === 'group' ? groupUsage(group) : usageOf(task);
  const { childrenUsage } = group;
  const { terminal } = group.session;
  const isRealTime = task.sched.priority > 0;
  const signals = signalMasks(task);
  const address = (value: number | undefined): number => (isPermitted ? (value ?? 0) : 0);
  const code = (value: number | undefined): number => (mm === undefined ? 0 : isPermitted ? value! : 1);
  const fields: (number | string | bigint)[] = [
    task.tid,
    `(${task.comm})`,
    stateOf(task)[0],
    parentPid(task),
    group.processGroup.id,
    group.session.id,
    terminal?.rdev ?? 0,
    terminal?.foreground?.id ?? -1,
    (mm?.isRandomized === true ? PF_RANDOMIZE : 0) |
      (group.hasExecuted ? 0 : PF_FORKNOEXEC) |
      (task.isDead ? PF_EXITING : 0),
    own.minorFaults,
    childrenUsage.minorFaults,
    own.majorFaults,
    childrenUsage.majorFaults,
    toTicks(own.userNs),
    toTicks(own.systemNs),
    toTicks(childrenUsage.userNs),
    toTicks(childrenUsage.systemNs),
    isRealTime ? -1 - task.sched.priority : 20 + task.sched.nice,
    task.sched.nice,
    threadCount(task),
    0,
    toTicks(extent === 'group' ? group.startTimeNs : task.startTimeNs),
    (mm?.totalPages ?? 0) * 4096,
    mm?.rssPages ?? 0,
    limitWord(task.limit(RLIMIT_RSS)),
    code(mm?.startCode),
    code(mm?.endCode),
    address(mm?.startStack),
    0,
    0,
    signals.pending & 0x7fffffffn,
    signals.blocked & 0x7fffffffn,
    signals.ignored & 0x7fffffffn,
    signals.caught & 0x7fffffffn,
    isPermitted && task.state === 'sleeping' ? 1 : 0,
    0,
    0,
    group.exitSignal,
    0,
    task.sched.priority,
    task.sched.policy,
    0,
    0,
    0,
    address(mm?.startData),
    address(mm?.endData),
    address(mm?.startBrk),
    address(mm?.argStart),
    address(mm?.argEnd),
    address(mm?.envStart),
    address(mm?.envEnd),
    isPermitted ? (task.isDead ? Math.max(task.exitStatus, group.groupExitStatus) : 0) : 0,
  ];
  return `${fields.join(' ')}\n`;
}

export function pidStatm(task: Task): string {
  const { mm } = task;
  if (mm === undefined) return '0 0 0 0 0 0 0\n';
  const text = Math.ceil((mm.endCode - mm.startCode) / 4096);
  const shared = mm.rssFile + mm.rssShmem;
  return `${mm.totalPages} ${mm.rssPages} ${shared} ${text} 0 ${mm.dataPages + mm.stackPages} 0\n`;
}

function countFilters(task: Task): number {
  let count = 0;
  for (let filter = task.seccomp?.filter; filter !== undefined; filter = filter.previous) count++;
  return count;
}

export function pidStatus(task: Task): string {
  const { group, credentials: c } = task;
  const [letter, word] = stateOf(task);
  const signals = signalMasks(task);
  const { usage } = task;
  const lines = [
    `Name:\t${escapeName(task.comm)}`,
    ...(task.isDead ? [] : [`Umask:\t${task.fs.umask.toString(8).padStart(4, '0')}`]),
    `State:\t${letter} (${word})`,
    `Tgid:\t${group.tgid}`,
    `Ngid:\t0`,
    `Pid:\t${task.tid}`,
    `PPid:\t${parentPid(task)}`,
    `TracerPid:\t${task.trace?.tracer.tid ?? 0}`,
    `Uid:\t${c.uid}\t${c.euid}\t${c.suid}\t${c.fsuid}`,
    `Gid:\t${c.gid}\t${c.egid}\t${c.sgid}\t${c.fsgid}`,
    `FDSize:\t${task.isDead ? 0 : task.files.capacity}`,
    `Groups:\t${c.groups.join(' ')} `,
    `NStgid:\t${group.tgid}`,
    `NSpid:\t${task.tid}`,
    `NSpgid:\t${group.processGroup.id}`,
    `NSsid:\t${group.session.id}`,
    `Kthread:\t${task.kind === 'kernel' ? 1 : 0}`,
  ];
  const rest = [
    `Threads:\t${threadCount(task)}`,
    `SigQ:\t${queuedSignals(task)}/${task.limit(RLIMIT_SIGPENDING)}`,
    `SigPnd:\t${hex(task.pending.set, 16)}`,
    `ShdPnd:\t${hex(group.sharedPending.set, 16)}`,
    `SigBlk:\t${hex(signals.blocked, 16)}`,
    `SigIgn:\t${hex(signals.ignored, 16)}`,
    `SigCgt:\t${hex(signals.caught, 16)}`,
    `CapInh:\t${hex(c.inheritable, 16)}`,
    `CapPrm:\t${hex(c.permitted, 16)}`,
    `CapEff:\t${hex(c.effective, 16)}`,
    `CapBnd:\t${hex(c.bounding, 16)}`,
    `CapAmb:\t${hex(c.ambient, 16)}`,
    `NoNewPrivs:\t${task.noNewPrivileges ? 1 : 0}`,
    `Seccomp:\t${task.seccomp?.mode ?? 0}`,
    `Seccomp_filters:\t${countFilters(task)}`,
    `Speculation_Store_Bypass:\tnot vulnerable`,
    `SpeculationIndirectBranch:\tnot affected`,
    `Cpus_allowed:\t${rangeMask(CPU_COUNT)}`,
    `Cpus_allowed_list:\t${rangeList(CPU_COUNT)}`,
    `Mems_allowed:\t1`,
    `Mems_allowed_list:\t0`,
    `voluntary_ctxt_switches:\t${usage.voluntarySwitches}`,
    `nonvoluntary_ctxt_switches:\t${usage.involuntarySwitches}`,
  ];
  return `${lines.join('\n')}\n${memoryStatus(task)}${rest.join('\n')}\n`;
}

/** task_mem and what follows it; nothing for a task without memory. */
function memoryStatus(task: Task): string {
  const { mm } = task;
  if (mm === undefined) return '';
  const codeKib = Math.ceil((mm.endCode - mm.startCode) / 4096) * PAGE_KIB;
  const tableKib = Math.ceil(mm.totalPages / 1024) * PAGE_KIB;
  return (
    kib('VmPeak:\t', Math.max(mm.peakTotalPages, mm.totalPages) * PAGE_KIB) +
    kib('VmSize:\t', mm.totalPages * PAGE_KIB) +
    kib('VmLck:\t', mm.lockedPages * PAGE_KIB) +
    kib('VmPin:\t', 0) +
    kib('VmHWM:\t', Math.max(mm.peakRssPages, mm.rssPages) * PAGE_KIB) +
    kib('VmRSS:\t', mm.rssPages * PAGE_KIB) +
    kib('RssAnon:\t', mm.rssAnon * PAGE_KIB) +
    kib('RssFile:\t', mm.rssFile * PAGE_KIB) +
    kib('RssShmem:\t', mm.rssShmem * PAGE_KIB) +
    kib('VmData:\t', mm.dataPages * PAGE_KIB) +
    kib('VmStk:\t', mm.stackPages * PAGE_KIB) +
    kib('VmExe:\t', codeKib) +
    kib('VmLib:\t', Math.max(0, mm.execPages * PAGE_KIB - codeKib)) +
    kib('VmPTE:\t', tableKib) +
    kib('VmSwap:\t', 0) +
    kib('HugetlbPages:\t', 0) +
    'CoreDumping:\t0\nTHP_enabled:\t0\nuntag_mask:\t0xffffffffffffffff\n'
  );
}

/** ESCAPE_SPACE | ESCAPE_SPECIAL of newline and backslash. */
function escapeName(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function parentPid(task: Task): number {
  return task.group.parent?.tgid ?? 0;
}

/** Threads that are still counted: a zombie leader of one is 1 until it is reaped. */
function threadCount(task: Task): number {
  return task.group.threads.size;
}

function queuedSignals(task: Task): number {
  let count = 0;
  for (const thread of task.group.threads) count += thread.pending.queue.length;
  return count + task.group.sharedPending.queue.length;
}

function signalMasks(task: Task): { pending: bigint; blocked: bigint; ignored: bigint; caught: bigint } {
  let ignored = 0n;
  let caught = 0n;
  if (!task.isDead) {
    const { actions } = task.handlers;
    for (let signo = 1; signo < actions.length; signo++) {
      const { handler } = actions[signo]!;
      if (handler === SIG_IGN) ignored |= 1n << BigInt(signo - 1);
      else if (handler !== SIG_DFL) caught |= 1n << BigInt(signo - 1);
    }
  }
  return { pending: task.pending.set, blocked: task.blocked, ignored, caught };
}
