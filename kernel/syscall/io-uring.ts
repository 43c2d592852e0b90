/**
 * io_uring_setup(2), io_uring_enter(2), io_uring_register(2).
 */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import * as abi from '../abi/io-uring.ts';
import { EBADFD, EINTR, EINVAL, EOPNOTSUPP, EPERM, ETIME } from '../abi/errno.ts';
import { SLEEP, fail } from '../errors.ts';
import { OPERATIONS } from '../io-uring/operations.ts';
import { CONTROL_OPERATIONS } from '../io-uring/control-operations.ts';
import { SharedRings } from '../io-uring/rings.ts';
import { UringFile } from '../io-uring/uring-file.ts';
import { CAP_SYS_ADMIN } from '../task/credentials.ts';
import { sleepOn } from '../task/sleep.ts';
import { installNew } from './install-pair.ts';
import { isExpired, readTemporaryMask, readTimeout, setDeadline } from './poll-timeout.ts';
import { partial, type Row } from './table.ts';

const MAX_ENTRIES = 32768;
const KNOWN_SETUP =
  abi.IORING_SETUP_CQSIZE |
  abi.IORING_SETUP_CLAMP |
  abi.IORING_SETUP_R_DISABLED |
  abi.IORING_SETUP_SUBMIT_ALL |
  abi.IORING_SETUP_COOP_TASKRUN |
  abi.IORING_SETUP_TASKRUN_FLAG |
  abi.IORING_SETUP_SINGLE_ISSUER |
  abi.IORING_SETUP_DEFER_TASKRUN |
  abi.IORING_SETUP_NO_SQARRAY;
const FEATURES =
  abi.IORING_FEAT_SINGLE_MMAP |
  abi.IORING_FEAT_NODROP |
  abi.IORING_FEAT_SUBMIT_STABLE |
  abi.IORING_FEAT_RW_CUR_POS |
  abi.IORING_FEAT_CUR_PERSONALITY |
  abi.IORING_FEAT_FAST_POLL |
  abi.IORING_FEAT_POLL_32BITS |
  abi.IORING_FEAT_EXT_ARG |
  abi.IORING_FEAT_NATIVE_WORKERS |
  abi.IORING_FEAT_CQE_SKIP |
  abi.IORING_FEAT_LINKED_FILE;
const KNOWN_ENTER =
  abi.IORING_ENTER_GETEVENTS |
  abi.IORING_ENTER_SQ_WAKEUP |
  abi.IORING_ENTER_SQ_WAIT |
  abi.IORING_ENTER_EXT_ARG;

/** io_uring_setup(2) */
function sysIoUringSetup(task: Task, args: Args): number {
  const { kernel } = task;
  const disabled = kernel.sysctls.get('kernel/io_uring_disabled') ?? 0;
  if (disabled === 2 || (disabled === 1 && !task.capable(CAP_SYS_ADMIN))) fail(EPERM, 'io_uring: disabled');
  const at = args.ptr(1);
  const params = abi.IoUringParams.decode(task.memory.copyIn(at, abi.IoUringParams.size));
  const { flags } = params;
  if (params.reserved.some(byte => byte !== 0)) fail(EINVAL, 'io_uring_setup: reserved fields');
  if ((flags & ~KNOWN_SETUP) !== 0) fail(EINVAL, 'io_uring_setup: flags');
  const needsSingle = (flags & abi.IORING_SETUP_DEFER_TASKRUN) !== 0;
  if (needsSingle && (flags & abi.IORING_SETUP_SINGLE_ISSUER) === 0)
    fail(EINVAL, 'io_uring_setup: DEFER_TASKRUN');
  const isClamping = (flags & abi.IORING_SETUP_CLAMP) !== 0;
  const sqEntries = roundUp(args.u32(0), MAX_ENTRIES, isClamping);
  let cqEntries = sqEntries * 2;
  if ((flags & abi.IORING_SETUP_CQSIZE) !== 0) {
    cqEntries = roundUp(params.cqEntries, MAX_ENTRIES * 2, isClamping);
    if (cqEntries < sqEntries) fail(EINVAL, 'io_uring_setup: fewer completions than submissions');
  }
  task.files.lowestFree(); // EMFILE before anything is made
  const hasArray = (flags & abi.IORING_SETUP_NO_SQARRAY) === 0;
  const rings = new SharedRings(kernel.memory, sqEntries, cqEntries, hasArray);
  const file = new UringFile(kernel, rings, flags);
  try {
    const { sq, cq } = rings.offsets;
    const answer = { ...params, sqEntries, cqEntries, features: FEATURES, sqOffsets: sq, cqOffsets: cq };
    task.memory.copyOut(at, abi.IoUringParams.encode(answer));
  } catch (error) {
    kernel.vfs.put(file);
    throw error;
  }
  return installNew(task, file, true);
}

function roundUp(wanted: number, most: number, isClamping: boolean): number {
  if (wanted === 0 || (wanted > most && !isClamping)) fail(EINVAL, 'io_uring_setup: number of entries');
  let entries = 1;
  while (entries < Math.min(wanted, most)) entries *= 2;
  return entries;
}

function ringOf(task: Task, fd: number): UringFile {
  const file = task.file(fd);
  return file instanceof UringFile ? file : fail(EOPNOTSUPP, 'no io_uring');
}

/** io_uring_enter(2) */
function sysIoUringEnter(task: Task, args: Args): number {
  const flags = args.u32(3);
  if ((flags & ~KNOWN_ENTER) !== 0) fail(EINVAL, 'io_uring_enter: flags');
  const ring = ringOf(task, args.fd(0));
  if (!ring.isEnabled) fail(EBADFD, 'io_uring: rings are disabled');
  const { call } = task;
  const data = (call.data ??= {});
  if (call.attempt === 0) {
    data['submitted'] = ring.submit(task, args.u32(1));
    if ((flags & abi.IORING_ENTER_GETEVENTS) !== 0) readWait(task, args, flags);
  }
  ring.runReady();
  ring.flushOverflow();
  const submitted = data['submitted'] as number;
  if ((flags & abi.IORING_ENTER_GETEVENTS) === 0) return submitted;
  const wanted = Math.min(args.u32(2), ring.rings.cqEntries);
  if (ring.rings.completions >= wanted) return submitted;
  if (isExpired(task)) return submitted > 0 ? submitted : fail(ETIME, 'io_uring_enter: time is over');
  const slept = sleepOn(task, ring.queue, { deadlineNs: call.deadlineNs, restart: EINTR });
  return slept === SLEEP || submitted === 0 ? slept : submitted;
}

/** Signal mask and timeout: plain arguments, or with IORING_ENTER_EXT_ARG in a struct. */
function readWait(task: Task, args: Args, flags: number): void {
  const at = args.ptr(4);
  if ((flags & abi.IORING_ENTER_EXT_ARG) === 0) {
    setDeadline(task, Infinity);
    readTemporaryMask(task, at, args.len(5));
    return;
  }
  if (args.len(5) !== abi.GeteventsArg.size) fail(EINVAL, 'io_uring_enter: size of the argument');
  const { sigmask, sigmaskSize, timeout } = abi.GeteventsArg.decode(
    task.memory.copyIn(at, abi.GeteventsArg.size),
  );
  setDeadline(task, readTimeout(task, timeout));
  readTemporaryMask(task, sigmask, sigmaskSize);
}

/** io_uring_register(2) */
function sysIoUringRegister(task: Task, args: Args): number {
  const ring = ringOf(task, args.fd(0));
  const { registered } = ring;
  const { memory } = task;
  const at = args.ptr(2);
  const count = args.u32(3);
  const requireNothing = (): void => {
    if (at !== 0 || count !== 0) fail(EINVAL, 'io_uring_register: arguments');
  };
  switch (args.u32(1)) {
    case abi.IORING_REGISTER_BUFFERS: {
      if (count > 16384) fail(EINVAL, 'io_uring_register: too many buffers');
      const bytes = new BigUint64Array(memory.copyIn(at, count * 16).buffer);
      const ranges = Array.from({ length: count }, (_, i): [number, number] => [
        Number(bytes[i * 2]),
        Number(bytes[i * 2 + 1]),
      ]);
      registered.registerBuffers(ranges, task);
      return 0;
    }
    case abi.IORING_UNREGISTER_BUFFERS:
      requireNothing();
      registered.unregisterBuffers();
      return 0;
    case abi.IORING_REGISTER_FILES:
      if (count > MAX_ENTRIES) fail(EINVAL, 'io_uring_register: too many files');
      registered.registerFiles([...new Int32Array(memory.copyIn(at, count * 4).buffer)], task);
      return 0;
    case abi.IORING_UNREGISTER_FILES:
      requireNothing();
      registered.unregisterFiles();
      return 0;
    case abi.IORING_REGISTER_FILES_UPDATE: {
      const { offset, fds } = abi.FilesUpdate.decode(memory.copyIn(at, abi.FilesUpdate.size));
      return registered.updateFiles(task, offset, fds, count);
    }
    case abi.IORING_REGISTER_EVENTFD:
    case abi.IORING_REGISTER_EVENTFD_ASYNC:
      if (count !== 1) fail(EINVAL, 'io_uring_register: one eventfd');
      registered.registerEventfd(task, memory.readI32(at));
      return 0;
    case abi.IORING_UNREGISTER_EVENTFD:
      requireNothing();
      registered.unregisterEventfd();
      return 0;
    case abi.IORING_REGISTER_PROBE:
      return probe(task, at, count);
    case abi.IORING_REGISTER_PERSONALITY:
      requireNothing();
      return registered.addPersonality(task.credentials);
    case abi.IORING_UNREGISTER_PERSONALITY:
      registered.removePersonality(count);
      return 0;
    case abi.IORING_REGISTER_ENABLE_RINGS:
      requireNothing();
      if (ring.isEnabled) fail(EBADFD, 'io_uring: rings are enabled');
      ring.isEnabled = true;
      return 0;
    case abi.IORING_REGISTER_PBUF_RING:
    case abi.IORING_UNREGISTER_PBUF_RING:
      return bufferRing(task, ring, args.u32(1) === abi.IORING_REGISTER_PBUF_RING, at, count);
    default:
      return fail(EINVAL, 'io_uring_register: operation');
  }
}

/** Which operations there are: struct io_uring_probe. */
function probe(task: Task, at: number, count: number): number {
  if (count > 256) fail(EINVAL, 'io_uring_register: probe');
  const shown = Math.min(count, abi.IORING_OP_LAST);
  const bytes = new Uint8Array(16 + count * 8);
  bytes[0] = abi.IORING_OP_LAST - 1;
  bytes[1] = shown;
  for (let op = 0; op < shown; op++) {
    bytes[16 + op * 8] = op;
    const isThere = OPERATIONS.has(op) || CONTROL_OPERATIONS.includes(op);
    bytes[18 + op * 8] = isThere ? abi.IO_URING_OP_SUPPORTED : 0;
  }
  task.memory.copyOut(at, bytes);
  return 0;
}

function bufferRing(task: Task, ring: UringFile, isNew: boolean, at: number, count: number): number {
  const wanted = abi.BufReg.decode(task.memory.copyIn(at, abi.BufReg.size));
  const { ringAddr, ringEntries, bgid, flags } = wanted;
  if (count !== 1 || flags !== 0) fail(EINVAL, 'io_uring_register: buffer ring');
  if (!isNew) {
    if (ring.bufferGroups.get(bgid)?.ring === undefined)
      fail(EINVAL, 'io_uring_register: no such buffer ring');
    ring.bufferGroups.delete(bgid);
    return 0;
  }
  const isPowerOfTwo = ringEntries > 0 && (ringEntries & (ringEntries - 1)) === 0;
  if (!isPowerOfTwo || ringEntries >= 65536 || ringAddr % 4096 !== 0)
    fail(EINVAL, 'io_uring_register: buffer ring');
  if (ring.bufferGroups.has(bgid)) fail(EINVAL, 'io_uring_register: the group exists');
  task.memory.resolve(ringAddr, 'read');
  ring.bufferGroups.set(bgid, { buffers: [], ring: { at: ringAddr, entries: ringEntries, head: 0 } });
  return 0;
}

const NOTE = 'no SQPOLL, IOPOLL, multishot but of polls, zero copy, passthrough, resource tags';

export const ioUringTable: Row[] = [
  [425, partial('io_uring_setup', 'uint ptr', sysIoUringSetup, NOTE)],
  [426, partial('io_uring_enter', 'fd uint uint hex ptr len', sysIoUringEnter, NOTE)],
  [427, partial('io_uring_register', 'fd uint ptr uint', sysIoUringRegister, NOTE)],
];
