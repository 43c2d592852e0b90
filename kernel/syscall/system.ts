/** Calls about the system as a whole: uname, sysinfo, host names, the kernel log, randomness, reboot. */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { EINVAL, EPERM } from '../abi/errno.ts';
import { toBytes } from '../abi/byte-string.ts';
import { PER_LINUX32, PER_MASK } from '../abi/personality.ts';
import { layout } from '../abi/layout.ts';
import { GONE, fail } from '../errors.ts';
import { currentLoads } from '../fs/proc/load.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { CAP_SYSLOG, CAP_SYS_ADMIN, CAP_SYS_BOOT } from '../task/credentials.ts';
import { sleepOn } from '../task/sleep.ts';
import { formatRecord } from '../log.ts';
import { RELEASE, VERSION } from '../version.ts';
import { type Row, full, partial } from './table.ts';

const NAME_LENGTH = 65;
const HOST_NAME_MAX = 64;

/** uname(2) */
function sysUname(task: Task, args: Args): number {
  const bytes = new Uint8Array(NAME_LENGTH * 6);
  const { kernel } = task;
  // linux32(1), setarch(8)
  const architecture = (task.personality & PER_MASK) === PER_LINUX32 ? 'i686' : 'x86_64';
  const fields = ['Linux', kernel.hostname, RELEASE, VERSION, architecture, kernel.domainname];
  fields.forEach((text, i) => bytes.set(toBytes(text), i * NAME_LENGTH));
  task.memory.copyOut(args.ptr(0), bytes);
  return 0;
}

function readName(task: Task, args: Args): string {
  const length = args.i32(1);
  if (!task.capable(CAP_SYS_ADMIN)) fail(EPERM, 'CAP_SYS_ADMIN');
  if (length < 0 || length > HOST_NAME_MAX) fail(EINVAL, 'name too long');
  return String.fromCharCode(...task.memory.copyIn(args.ptr(0), length));
}
/** sethostname(2) */
function sysSethostname(task: Task, args: Args): number {
  task.kernel.hostname = readName(task, args);
  return 0;
}
/** setdomainname(2) */
function sysSetdomainname(task: Task, args: Args): number {
  task.kernel.domainname = readName(task, args);
  return 0;
}

/** struct sysinfo */
const Sysinfo = layout('sysinfo', 112, {
  uptime: [0, 'i64'],
  load1: [8, 'u64'],
  load5: [16, 'u64'],
  load15: [24, 'u64'],
  totalram: [32, 'u64'],
  freeram: [40, 'u64'],
  sharedram: [48, 'u64'],
  bufferram: [56, 'u64'],
  totalswap: [64, 'u64'],
  freeswap: [72, 'u64'],
  procs: [80, 'u16'],
  totalhigh: [88, 'u64'],
  freehigh: [96, 'u64'],
  memUnit: [104, 'u32'],
});

/** A load average of 1.0: SI_LOAD_SHIFT. */
const LOAD_ONE = 65536;

/** sysinfo(2) */
function sysSysinfo(task: Task, args: Args): number {
  const { memory, tasks, time } = task.kernel;
  const [load1 = 0, load5 = 0, load15 = 0] = currentLoads(task.kernel).map(load =>
    Math.round(load * LOAD_ONE),
  );
  const info = Sysinfo.encode({
    uptime: Math.floor(time.monotonicNs() / 1e9),
    load1,
    load5,
    load15,
    totalram: memory.totalPages * PAGE_SIZE,
    freeram: memory.freePages * PAGE_SIZE,
    sharedram: memory.shmemPages * PAGE_SIZE,
    procs: tasks.tasks.size,
    memUnit: 1,
  });
  task.memory.copyOut(args.ptr(0), info);
  return 0;
}

const GRND_NONBLOCK = 1;
const GRND_RANDOM = 2;
const GRND_INSECURE = 4;
const RANDOM_CHUNK = 65536;

/** getrandom(2). The machine's source is always ready: nothing blocks. */
function sysGetrandom(task: Task, args: Args): number {
  const flags = args.u32(2);
  if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) !== 0) fail(EINVAL, 'unknown flag');
  if ((flags & (GRND_RANDOM | GRND_INSECURE)) === (GRND_RANDOM | GRND_INSECURE)) fail(EINVAL, 'both pools');
  const length = Math.min(args.len(1), 0x1ff_ffff);
  if (length === 0) return 0;
  const buffer = task.memory.buffer(args.ptr(0), length, 'write');
  const chunk = new Uint8Array(Math.min(length, RANDOM_CHUNK));
  while (buffer.remaining > 0) {
    const part = chunk.subarray(0, Math.min(chunk.length, buffer.remaining));
    task.kernel.machine.random(part);
    buffer.put(part);
  }
  return buffer.transferred;
}

const SYSLOG_READ = 2;
const SYSLOG_READ_ALL = 3;
const SYSLOG_READ_CLEAR = 4;
const SYSLOG_CLEAR = 5;
const SYSLOG_SIZE_UNREAD = 9;
const SYSLOG_SIZE_BUFFER = 10;
const LOG_BUFFER_BYTES = 1 << 18;

function lines(task: Task, from: number): string {
  return task.kernel.log.records
    .filter(record => record.sequence >= from)
    .map(record => `<${record.level}>${formatRecord(record)}\n`)
    .join('');
}

/** syslog(2) */
function sysSyslog(task: Task, args: Args): number {
  const type = args.i32(0);
  const length = args.i32(2);
  const { log } = task.kernel;
  const isReading = type === SYSLOG_READ || type === SYSLOG_READ_ALL || type === SYSLOG_READ_CLEAR;
  const isOpenToAll = type === SYSLOG_READ_ALL || type === SYSLOG_SIZE_BUFFER;
  if (!isOpenToAll && !task.capable(CAP_SYSLOG) && !task.capable(CAP_SYS_ADMIN)) fail(EPERM, 'CAP_SYSLOG');
  if (isReading) {
    if (args.ptr(1) === 0 || length < 0) fail(EINVAL, 'no buffer');
    if (length === 0) return 0;
  }
  switch (type) {
    case 0:
    case 1:
    case 6:
    case 7:
      return 0;
    case SYSLOG_READ: {
      const text = lines(task, log.readUpTo);
      if (text === '') return sleepOn(task, log.readers);
      const first =
        text.slice(0, Math.max(text.lastIndexOf('\n', length - 1) + 1, 0)) || text.slice(0, length);
      task.memory.copyOut(args.ptr(1), toBytes(first));
      log.readUpTo += first.split('\n').length - 1;
      return first.length;
    }
    case SYSLOG_READ_ALL:
    case SYSLOG_READ_CLEAR: {
      let text = lines(task, log.clearedUpTo);
      while (text.length > length) text = text.slice(text.indexOf('\n') + 1);
      task.memory.copyOut(args.ptr(1), toBytes(text));
      if (type === SYSLOG_READ_CLEAR) log.clearedUpTo = log.nextSequence;
      return text.length;
    }
    case SYSLOG_CLEAR:
      log.clearedUpTo = log.nextSequence;
      return 0;
    case 8:
      if (length < 1 || length > 8) fail(EINVAL, 'console level');
      return 0;
    case SYSLOG_SIZE_UNREAD:
      return lines(task, log.readUpTo).length;
    case SYSLOG_SIZE_BUFFER:
      return LOG_BUFFER_BYTES;
    default:
      return fail(EINVAL, 'unknown syslog command');
  }
}

const MAGIC1 = 0xfee1dead;
const MAGIC2 = new Set([672274793, 85072278, 369367448, 537993216]);
const RB_AUTOBOOT = 0x01234567;
const RB_HALT_SYSTEM = 0xcdef0123;
const RB_POWER_OFF = 0x4321fedc;
const RB_RESTART2 = 0xa1b2c3d4;
const RB_ENABLE_CAD = 0x89abcdef;
const RB_DISABLE_CAD = 0;

/** reboot(2) */
function sysReboot(task: Task, args: Args): number {
  if (!task.capable(CAP_SYS_BOOT)) fail(EPERM, 'CAP_SYS_BOOT');
  if (args.u32(0) !== MAGIC1 || !MAGIC2.has(args.u32(1))) fail(EINVAL, 'wrong magic');
  const { kernel } = task;
  switch (args.u32(2)) {
    case RB_ENABLE_CAD:
    case RB_DISABLE_CAD:
      return 0;
    case RB_RESTART2:
      task.memory.readString(args.ptr(3), 256);
      kernel.log.info('reboot: Restarting system');
      return stop(task, 'restart');
    case RB_AUTOBOOT:
      kernel.log.info('reboot: Restarting system');
      return stop(task, 'restart');
    case RB_HALT_SYSTEM:
      kernel.log.info('reboot: System halted');
      return stop(task, 'halt');
    case RB_POWER_OFF:
      kernel.log.info('reboot: Power down');
      return stop(task, 'poweroff');
    default:
      return fail(EINVAL, 'unknown command');
  }
}

function stop(task: Task, how: 'restart' | 'halt' | 'poweroff'): number {
  task.kernel.vfs.sync();
  task.kernel.halt(how);
  return GONE;
}

/** getcpu(2) */
function sysGetcpu(task: Task, args: Args): number {
  if (args.ptr(0) !== 0) task.memory.writeU32(args.ptr(0), 0);
  if (args.ptr(1) !== 0) task.memory.writeU32(args.ptr(1), 0);
  return 0;
}

export const systemTable: Row[] = [
  [63, full('uname', 'ptr', sysUname)],
  [99, full('sysinfo', 'ptr', sysSysinfo)],
  [103, partial('syslog', 'int ptr int', sysSyslog, 'the console level has no effect')],
  [169, full('reboot', 'hex hex hex str', sysReboot)],
  [170, full('sethostname', 'str len', sysSethostname)],
  [171, full('setdomainname', 'str len', sysSetdomainname)],
  [309, full('getcpu', 'ptr ptr ptr', sysGetcpu)],
  [318, full('getrandom', 'ptr len hex', sysGetrandom)],
];
