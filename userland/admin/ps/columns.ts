/**
 * The columns that ps knows: name, heading, width, alignment, value. `ps L` lists the same names on procps-ng 4; those
 * that are about containers, systemd and security labels are not here.
 */
import { tryReadFile, tryReadlink } from '../lib/files.ts';
import type { Process } from '../lib/process.ts';
import * as v from './values.ts';
import type { Moment } from './values.ts';

export interface Column {
  readonly heading: string;
  readonly width: number;
  readonly align: 'left' | 'right';
  /** `width` is what the column has: names are cut to it. */
  readonly value: (p: Process, moment: Moment, width: number) => string;
  /** The last column may be as long as the line: commands. */
  readonly kind: 'plain' | 'command';
  /** What --sort compares; absent: the value. */
  readonly key: ((p: Process, moment: Moment) => number | string) | undefined;
}

type Value = Column['value'];
type Key = NonNullable<Column['key']>;

const right = (heading: string, width: number, value: Value, key?: Key): Column => ({
  heading, width, value, align: 'right', kind: 'plain', key,
}); // prettier-ignore
const left = (heading: string, width: number, value: Value, key?: Key): Column => ({
  heading, width, value, align: 'left', kind: 'plain', key,
}); // prettier-ignore
const number = (heading: string, width: number, of: (p: Process, moment: Moment) => number): Column =>
  right(heading, width, (p, moment) => String(of(p, moment)), of);
const command = (heading: string, width: number, value: Value): Column => ({
  heading, width, value, align: 'left', kind: 'command', key: undefined,
}); // prettier-ignore

const pid = (heading: string, of: (p: Process) => number): Column => number(heading, 5, of);
const user = (heading: string, of: (p: Process) => number): Column =>
  left(heading, 8, (p, _, width) => v.userName(of(p), width));
const group = (heading: string, of: (p: Process) => number): Column =>
  left(heading, 8, (p, _, width) => v.groupName(of(p), width));
const id = (heading: string, name: 'Uid' | 'Gid', n: number): Column =>
  number(heading, 5, p => p.ids(name)[n] ?? 0);
const mask = (heading: string, name: string): Column =>
  right(heading, 16, p => p.status.get(name) ?? '0000000000000000');
const time = right('TIME', 8, (p, moment) => v.cpuTime(v.secondsOf(p, moment)), v.ticksOf);
const seconds = right('TIME', 8, (p, moment) => String(v.secondsOf(p, moment)), v.ticksOf);
const nice = right('NI', 3, p => v.niceness(p), p => p.nice); // prettier-ignore
const cpu = right('%CPU', 4, (p, moment) => v.tenths(v.cpuTenths(p, moment)), v.cpuTenths);
const memoryTenths = (p: Process, { totalKib }: Moment): number =>
  Math.min(999, Math.floor((p.residentKib * 1000) / totalKib));
const memory = right('%MEM', 4, (p, moment) => v.tenths(memoryTenths(p, moment)), memoryTenths);
const classes = (heading: string): Column => left(heading, 3, p => v.schedulingClass(p));
const flags = right('F', 1, p => ((p.flags >> 6) & 7).toString(8));
const state = left('S', 1, p => p.state);
const resident = number('RSS', 5, p => p.residentKib);
const virtual = number('VSZ', 6, p => p.virtualKib);
const started = right('START', 5, v.startShort, p => p.startTicks);
const tty = (heading: string): Column => left(heading, 8, p => v.terminal(p));
const kernelWait = left('WCHAN', 6, (p, _, width) => {
  const name = tryReadFile(`${p.directory}/wchan`) ?? '0';
  return name === '0' || name === '' ? '-' : name.slice(0, width);
});
const percent = right(
  'C',
  2,
  (p, moment) => String(Math.min(99, Math.floor(v.cpuTenths(p, moment) / 10))),
  v.cpuTenths,
);
const args = (heading: string): Column => command(heading, 27, v.fullCommand);
const comm = (heading: string): Column => command(heading, 15, p => v.shortCommand(p));
const groupList = (p: Process): string[] =>
  (p.status.get('Groups') ?? '').split(' ').filter(word => word !== '');

export const COLUMNS: Readonly<Record<string, Column>> = {
  '%cpu': cpu,
  '%mem': memory,
  addr: left('ADDR', 4, () => '-'),
  args: args('COMMAND'),
  atime: time,
  blocked: mask('BLOCKED', 'SigBlk'),
  bsdstart: right('START', 6, v.startBsd, p => p.startTicks),
  bsdtime: right('TIME', 6, (p, moment) => v.bsdTime(v.secondsOf(p, moment)), v.ticksOf),
  c: percent,
  caught: mask('CAUGHT', 'SigCgt'),
  class: classes('CLS'),
  cls: classes('CLS'),
  cmd: args('CMD'),
  comm: comm('COMMAND'),
  command: args('COMMAND'),
  cp: right('CP', 3, (p, moment) => String(v.cpuTenths(p, moment)), v.cpuTenths),
  cpuid: number('CPUID', 5, p => p.processor),
  cputime: time,
  cputimes: seconds,
  drs: number('DRS', 5, p => p.virtualKib - p.textKib),
  egid: id('EGID', 'Gid', 1),
  egroup: group('EGROUP', p => p.ids('Gid')[1]!),
  etime: right('ELAPSED', 11, (p, moment) => v.elapsedTime(v.elapsedSeconds(p, moment)), p => -p.startTicks), // prettier-ignore
  etimes: right('ELAPSED', 7, (p, moment) => String(v.elapsedSeconds(p, moment)), p => -p.startTicks), // prettier-ignore
  euid: id('EUID', 'Uid', 1),
  euser: user('EUSER', p => p.euid),
  exe: left('EXE', 27, p => tryReadlink(`${p.directory}/exe`) ?? '-'),
  f: flags,
  fgid: id('FGID', 'Gid', 3),
  fgroup: group('FGROUP', p => p.ids('Gid')[3]!),
  flag: flags,
  flags,
  fname: left('COMMAND', 8, p => v.printable(p.comm).slice(0, 8)),
  fuid: id('FUID', 'Uid', 3),
  fuser: user('FUSER', p => p.ids('Uid')[3]!),
  gid: id('GID', 'Gid', 1),
  group: group('GROUP', p => p.ids('Gid')[1]!),
  ignored: mask('IGNORED', 'SigIgn'),
  intpri: number('PRI', 3, p => p.priority),
  lstart: right('STARTED', 24, (p, moment) => v.startLong(p, moment), p => p.startTicks), // prettier-ignore
  lwp: pid('LWP', p => p.tid),
  m_drs: number('DRS', 5, p => p.virtualKib),
  m_size: number('SIZE', 5, p => p.virtualKib),
  m_trs: number('TRS', 5, p => p.textKib),
  maj_flt: number('MAJFL', 6, p => p.majorFaults),
  majflt: number('MAJFLT', 6, p => p.majorFaults),
  min_flt: number('MINFL', 6, p => p.minorFaults),
  minflt: number('MINFLT', 6, p => p.minorFaults),
  ni: nice,
  nice,
  nlwp: number('NLWP', 4, p => p.threads),
  oom: right('OOM', 4, p => (tryReadFile(`${p.directory}/oom_score`) ?? '0').trim()),
  opri: number('PRI', 3, p => 60 + p.priority),
  pagein: number('PAGEIN', 6, p => p.majorFaults),
  pcpu: cpu,
  pending: mask('PENDING', 'ShdPnd'),
  pgid: pid('PGID', p => p.pgrp),
  pgrp: pid('PGRP', p => p.pgrp),
  pid: pid('PID', p => p.tgid),
  pmem: memory,
  policy: classes('POL'),
  ppid: pid('PPID', p => p.ppid),
  pri: number('PRI', 3, p => 19 - p.priority + 20),
  pri_api: number('API', 3, p => -1 - p.priority),
  pri_bar: number('BAR', 3, p => p.priority + 1),
  pri_baz: number('BAZ', 3, p => p.priority + 100),
  pri_foo: number('FOO', 3, p => p.priority - 20),
  priority: number('PRI', 3, p => p.priority),
  psr: number('PSR', 3, p => p.processor),
  rgid: id('RGID', 'Gid', 0),
  rgroup: group('RGROUP', p => p.ids('Gid')[0]!),
  rss: resident,
  rssize: resident,
  rsz: { ...resident, heading: 'RSZ' },
  rtprio: right('RTPRIO', 6, p => (p.policy === 0 || p.policy === 3 ? '-' : String(p.realTimePriority))),
  ruid: id('RUID', 'Uid', 0),
  ruser: user('RUSER', p => p.uid),
  s: state,
  sched: number('SCH', 3, p => p.policy),
  sess: pid('SESS', p => p.session),
  session: pid('SESS', p => p.session),
  sgi_p: left('P', 1, p => (p.state === 'R' ? String(p.processor) : '*')),
  sgid: id('SGID', 'Gid', 2),
  sgroup: group('SGROUP', p => p.ids('Gid')[2]!),
  sid: pid('SID', p => p.session),
  sig: mask('PENDING', 'ShdPnd'),
  sigcatch: mask('CAUGHT', 'SigCgt'),
  sigignore: mask('IGNORED', 'SigIgn'),
  sigmask: mask('BLOCKED', 'SigBlk'),
  size: number('SIZE', 5, p => p.kib('VmData') + p.kib('VmStk')),
  spid: pid('SPID', p => p.tid),
  stackp: right('STACKP', 16, p => BigInt(p.stat[25] ?? 0).toString(16).padStart(16, '0')), // prettier-ignore
  start: right('STARTED', 8, v.startClock, p => p.startTicks),
  start_time: started,
  stat: left('STAT', 4, p => v.stateWord(p)),
  state,
  stime: { ...started, heading: 'STIME' },
  suid: id('SUID', 'Uid', 2),
  supgid: left('SUPGID', 20, p => groupList(p).join(',') || '-'),
  supgrp: left('SUPGRP', 40, p => groupList(p).map(gid => v.groupName(Number(gid), 32)).join(',') || '-'), // prettier-ignore
  suser: user('SUSER', p => p.ids('Uid')[2]!),
  svgid: id('SVGID', 'Gid', 2),
  svgroup: group('SVGROUP', p => p.ids('Gid')[2]!),
  svuid: id('SVUID', 'Uid', 2),
  svuser: user('SVUSER', p => p.ids('Uid')[2]!),
  sz: number('SZ', 5, p => Math.floor(p.virtualKib / 4)),
  tgid: pid('TGID', p => p.tgid),
  thcount: number('THCNT', 5, p => p.threads),
  tid: pid('TID', p => p.tid),
  time,
  times: seconds,
  tname: tty('TTY'),
  tpgid: number('TPGID', 5, p => p.tpgid),
  trs: number('TRS', 4, p => p.textKib),
  tt: tty('TT'),
  tty: tty('TT'),
  tty4: left('TTY', 4, p => v.terminal(p).replace('pts/', '')),
  tty8: tty('TTY'),
  ucmd: comm('CMD'),
  ucomm: comm('COMMAND'),
  uid: id('UID', 'Uid', 1),
  uid_hack: user('UID', p => p.euid),
  uname: user('USER', p => p.euid),
  user: user('USER', p => p.euid),
  util: percent,
  vsize: virtual,
  vsz: virtual,
  wchan: kernelWait,
  wname: kernelWait,
};
