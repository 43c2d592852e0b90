/**
 * Files of /proc about the system as a whole: proc(5) and its pages. The bigger ones are in meminfo.ts and sysctl.ts.
 */
import type { Kernel } from '../../kernel.ts';
import type { Inode } from '../inode.ts';
import type { TreeNode } from './tree.ts';
import { fromText } from '../../abi/byte-string.ts';
import { toTicks } from '../../task/usage.ts';
import { BUILDER, RELEASE, VERSION } from '../../version.ts';
import { cpuinfo } from './cpuinfo.ts';
import * as facts from './facts.ts';
import { openKernelLog } from './kernel-log-file.ts';
import { loadAverages } from './load.ts';
import { meminfo, vmstat } from './meminfo.ts';
import { showLock } from './pid-fd.ts';
import { sysctlTree } from './sysctl.ts';
import { sysvipcTree } from './sysvipc.ts';
import { sysrqTrigger } from './sysrq.ts';
import { directory, file, fixed, link } from './tree.ts';

export const rootEntries: Readonly<Record<string, TreeNode<Kernel>>> = {
  buddyinfo: file(({ memory }) => {
    const counts = memory.frames.freeBlocks();
    const largest = counts.slice(10).reduce((sum, count, i) => sum + (count << i), 0);
    const columns = [...counts.slice(0, 10), largest].map(count => `${String(count).padStart(6)} `);
    return `Node 0, zone   Normal ${columns.join('')}\n`;
  }),
  calls: file(({ callRings }) => callRings?.show() ?? '', { mode: 0o400 }),
  cgroups: fixed('#subsys_name\thierarchy\tnum_cgroups\tenabled'),
  cmdline: file(kernel => `${fromText(kernel.params.commandLine)}\n`),
  consoles: fixed('ttyS0                -W- (EC  p  )    4:64'),
  cpuinfo: file(cpuinfo),
  crypto: file(() => ''),
  devices: file(showDevices),
  diskstats: file(() => ''),
  execdomains: fixed('0-0\tLinux           \t[kernel]'),
  filesystems: file(showFileSystems),
  interrupts: file(showInterrupts),
  iomem: file(
    kernel => `00000000-${(kernel.physical.length - 1).toString(16).padStart(8, '0')} : System RAM\n`,
    {
      mode: 0o400,
    },
  ),
  ioports: file(() => '', { mode: 0o400 }),
  kallsyms: file(() => ''),
  'key-users': fixed('    0:     1 1/1 1/1000000 9/25000000'),
  keys: file(() => ''),
  kmsg: file(undefined, { mode: 0o400, open: openKernelLog }),
  loadavg: file(loadAverages),
  locks: file(showLocks),
  meminfo: file(meminfo),
  misc: file(showMisc),
  modules: file(() => ''),
  mounts: link(() => 'self/mounts'),
  net: link(() => 'self/net'),
  partitions: file(showPartitions),
  pressure: directory({ cpu: fixed(pressure()), io: fixed(pressure()), memory: fixed(pressure()) }),
  self: link((_, reader) => (reader === undefined ? '1' : String(reader.group.tgid))),
  softirqs: file(
    () =>
      `${' '.repeat(20)}${cpuHeads()}\n${SOFTIRQS.map(name => `${name.padStart(12)}:          0\n`).join('')}`,
  ),
  stat: file(showStat),
  swaps: fixed('Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority'),
  sys: sysctlTree,
  'sysrq-trigger': sysrqTrigger,
  sysvipc: sysvipcTree,
  'thread-self': link((_, reader) =>
    reader === undefined ? '1/task/1' : `${reader.group.tgid}/task/${reader.tid}`,
  ),
  tty: directory({ drivers: fixed(ttyDrivers()), ldiscs: fixed('n_tty       0') }),
  uptime: file(showUptime),
  version: fixed(`Linux version ${RELEASE} (${BUILDER}) (TypeScript) ${VERSION}`),
  vmstat: file(vmstat),
};

const SOFTIRQS = [
  'HI',
  'TIMER',
  'NET_TX',
  'NET_RX',
  'BLOCK',
  'IRQ_POLL',
  'TASKLET',
  'SCHED',
  'HRTIMER',
  'RCU',
];

/** procps looks here for the names of terminals by device number. */
function ttyDrivers(): string {
  return [
    '/dev/tty             /dev/tty        5       0 system:/dev/tty',
    '/dev/console         /dev/console    5       1 system:console',
    '/dev/ptmx            /dev/ptmx       5       2 system',
    'serial               /dev/ttyS       4 64-95 serial',
    'pty_slave            /dev/pts      136 0-1048575 pty:slave',
    'pty_master           /dev/ptm      128 0-1048575 pty:master',
  ].join('\n');
}

function pressure(): string {
  return 'some avg10=0.00 avg60=0.00 avg300=0.00 total=0\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0';
}

function cpuHeads(): string {
  return Array.from({ length: facts.CPU_COUNT }, (_, cpu) => `CPU${cpu}`.padEnd(11)).join('');
}

/** The names under which majors are known; a major that is not here shows its first device's name. */
const MAJOR_NAMES: Readonly<Record<number, string>> = {
  1: 'mem',
  5: '/dev/tty',
  10: 'misc',
  128: 'ptm',
  136: 'pts',
};

function showDevices(kernel: Kernel): string {
  const majors = { char: new Map<number, Set<string>>(), block: new Map<number, Set<string>>() };
  const add = (kind: 'char' | 'block', major: number, name: string): void => {
    const names = majors[kind].get(major) ?? new Set();
    majors[kind].set(major, names.add(name));
  };
  for (const { kind, major, minor, name } of kernel.devices.devices()) {
    if (major === 4) add('char', 4, minor >= 64 ? 'ttyS' : 'tty');
    else if (major === 5 && kind === 'char') add('char', 5, `/dev/${name}`);
    else add(kind, major, MAJOR_NAMES[major] ?? name.replace(/\d+$/, ''));
  }
  const show = (map: Map<number, Set<string>>): string =>
    [...map]
      .sort(([a], [b]) => a - b)
      .flatMap(([major, names]) => [...names].map(name => `${String(major).padStart(3)} ${name}\n`))
      .join('');
  return `Character devices:\n${show(majors.char)}\nBlock devices:\n${show(majors.block)}`;
}

function showFileSystems(kernel: Kernel): string {
  return [...kernel.vfs.types.values()]
    .map(type => `${type.needsDevice ? '' : 'nodev'}\t${type.name}\n`)
    .join('');
}

function showInterrupts(kernel: Kernel): string {
  const count = String(kernel.scheduler.contextSwitches).padStart(10);
  return `           ${cpuHeads()}\nLOC: ${count}   Local timer interrupts\nERR:          0\nMIS:          0\n`;
}

function showLocks(kernel: Kernel): string {
  const inodes = new Set<Inode>();
  for (const task of kernel.tasks.tasks.values()) {
    if (task.isDead) continue;
    for (const [, open] of task.files.entries()) if (open.inode.locks !== undefined) inodes.add(open.inode);
  }
  let text = '';
  let number = 1;
  for (const inode of inodes)
    for (const lock of inode.locks!.locks) text += `${number++}: ${showLock(lock, inode)}\n`;
  return text;
}

function showMisc(kernel: Kernel): string {
  let text = '';
  for (const { kind, major, minor, name } of kernel.devices.devices()) {
    if (kind === 'char' && major === 10) text += `${String(minor).padStart(3)} ${name}\n`;
  }
  return text;
}

function showPartitions(kernel: Kernel): string {
  let text = '';
  for (const { kind, major, minor, name } of kernel.devices.devices()) {
    if (kind === 'block')
      text += `${String(major).padStart(4)}  ${String(minor).padStart(7)} ${String(0).padStart(10)} ${name}\n`;
  }
  return text === '' ? '' : `major minor  #blocks  name\n\n${text}`;
}

function showStat(kernel: Kernel): string {
  const { userNs, systemNs, idleNs } = facts.cpuTimes(kernel);
  const times = `${toTicks(userNs)} 0 ${toTicks(systemNs)} ${toTicks(idleNs)} 0 0 0 0 0 0`;
  return (
    `cpu  ${times}\ncpu0 ${times}\n` +
    `intr ${kernel.scheduler.contextSwitches}\n` +
    `ctxt ${kernel.scheduler.contextSwitches}\n` +
    `btime ${kernel.time.bootRealtimeSec}\n` +
    `processes ${kernel.tasks.forks}\n` +
    `procs_running ${Math.max(1, facts.runnableCount(kernel))}\n` +
    `procs_blocked 0\n` +
    `softirq 0${' 0'.repeat(SOFTIRQS.length)}\n`
  );
}

function showUptime(kernel: Kernel): string {
  const seconds = (ns: number): string => {
    const hundredths = Math.floor(ns / 1e7);
    return `${Math.floor(hundredths / 100)}.${String(hundredths % 100).padStart(2, '0')}`;
  };
  return `${seconds(kernel.time.monotonicNs())} ${seconds(facts.cpuTimes(kernel).idleNs)}\n`;
}
