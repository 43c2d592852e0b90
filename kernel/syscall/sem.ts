/**
 * System V semaphores: semget(2), semop(2), semtimedop(2), semctl(2). Linux counterpart: ipc/sem.c.
 */
import { E2BIG, EAGAIN, EIDRM, EINTR, EINVAL, ENOSPC, ERANGE } from '../abi/errno.ts';
import * as abi from '../abi/ipc.ts';
import { viewOf } from '../abi/layout.ts';
import { SLEEP, fail } from '../errors.ts';
import { requireAccess, requireOwner, setOwner } from '../ipc/ipc-table.ts';
import { UndoList } from '../ipc/semaphore-undo.ts';
import { SemaphoreSet, type Operation, type Waiting } from '../ipc/semaphores.ts';
import { sleepOn } from '../task/sleep.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { full, type Row } from './table.ts';
import { readTimeout } from './time-arguments.ts';

const READ = 0o444;
const WRITE = 0o222;

/** semget(2) */
function sysSemget(task: Task, args: Args): number {
  const { ipc } = task.kernel;
  const key = args.i32(0);
  const count = args.i32(1);
  const flags = args.i32(2);
  const [perSet, inAll, , sets] = ipc.sem;
  if (count < 0 || count > perSet) fail(EINVAL, 'semget: number of semaphores');
  const make = (): SemaphoreSet => {
    if (count === 0) fail(EINVAL, 'semget: no semaphores');
    if (ipc.semaphoreCount + count > inAll || ipc.semaphores.count >= sets)
      fail(ENOSPC, 'semget: kernel.sem');
    return ipc.semaphores.add(new SemaphoreSet(ipc, task, key, count, flags), sets);
  };
  const requireSize = (found: SemaphoreSet): void => {
    if (count > found.semaphores.length) fail(EINVAL, 'semget: the set is smaller');
  };
  return ipc.semaphores.obtain(task, key, flags, make, requireSize).id;
}

/** semop(2) */
function sysSemop(task: Task, args: Args): number {
  return operate(task, args, 0);
}

/** semtimedop(2) */
function sysSemtimedop(task: Task, args: Args): number {
  return operate(task, args, args.ptr(3));
}

function operate(task: Task, args: Args, timeoutAt: number): number {
  const { call, kernel } = task;
  const { ipc } = kernel;
  const id = args.i32(0);
  const waiting = call.data?.['waiting'] as Waiting | undefined;
  if (waiting !== undefined) return goOn(task, waiting);

  const count = args.u32(2);
  if (count < 1 || id < 0) fail(EINVAL, 'semop: no operations');
  if (count > ipc.sem[2]) fail(E2BIG, 'semop: too many operations');
  const operations = readOperations(task, args.ptr(1), count);
  call.deadlineNs = readTimeout(task, timeoutAt);
  if (operations.some(({ flg }) => (flg & abi.SEM_UNDO) !== 0)) task.semaphoreUndo ??= new UndoList();
  const set = ipc.semaphores.get(id);
  set.requireNumbers(operations);
  const isChanging = operations.some(({ op }) => op !== 0);
  requireAccess(task, set, isChanging ? WRITE : READ);
  const blockedAt = set.attempt(task, operations);
  if (blockedAt < 0) {
    if (isChanging) set.serve();
    return 0;
  }
  const wants: Waiting = { set: id, operations, blockedAt, isDone: false };
  call.data = { waiting: wants };
  return park(task, set);
}

/** It was woken: served by somebody, or the set is gone, or its time is over, or a signal came. */
function goOn(task: Task, waiting: Waiting): number {
  if (waiting.isDone) return 0;
  const set = task.kernel.ipc.semaphores.peek(waiting.set);
  if (set === undefined) return fail(EIDRM, 'semop: the set was removed');
  const blockedAt = set.attempt(task, waiting.operations);
  if (blockedAt < 0) {
    set.serve();
    return 0;
  }
  waiting.blockedAt = blockedAt;
  return park(task, set);
}

function park(task: Task, set: SemaphoreSet): number {
  const { deadlineNs } = task.call;
  if (task.kernel.time.monotonicNs() >= deadlineNs) fail(EAGAIN, 'semtimedop: time is over');
  // Never restarted: signal(7).
  return sleepOn(task, set.queue, { deadlineNs, restart: EINTR }) === SLEEP ? SLEEP : -EINTR;
}

function readOperations(task: Task, at: number, count: number): Operation[] {
  const bytes = task.memory.copyIn(at, count * abi.Sembuf.size);
  return Array.from({ length: count }, (_, i) => abi.Sembuf.decode(bytes, i * abi.Sembuf.size));
}

/** semctl(2): the fourth argument is a number or an address. */
function sysSemctl(task: Task, args: Args): number {
  const { ipc } = task.kernel;
  const id = args.i32(0);
  const num = args.i32(1);
  const command = args.i32(2);
  const at = args.ptr(3);
  if (id < 0) fail(EINVAL, 'semctl: identifier');
  switch (command) {
    case abi.IPC_INFO:
    case abi.SEM_INFO:
      task.memory.copyOut(at, limits(task, command === abi.SEM_INFO));
      return ipc.semaphores.highestIndex;
    case abi.IPC_STAT:
    case abi.SEM_STAT:
    case abi.SEM_STAT_ANY: {
      const set = command === abi.IPC_STAT ? ipc.semaphores.get(id) : ipc.semaphores.at(id);
      if (command !== abi.SEM_STAT_ANY) requireAccess(task, set, READ);
      const { perm, otime, ctime, semaphores } = set;
      task.memory.copyOut(at, abi.SemidDs.encode({ ...perm, otime, ctime, nsems: semaphores.length }));
      return command === abi.IPC_STAT ? 0 : set.id;
    }
    case abi.GETALL:
    case abi.SETALL:
      return command === abi.GETALL ? getAll(task, id, at) : setAll(task, id, at);
    case abi.GETVAL:
    case abi.GETPID:
    case abi.GETNCNT:
    case abi.GETZCNT:
      return query(task, id, num, command);
    case abi.SETVAL:
      return setValue(task, id, num, args.i32(3));
    case abi.IPC_SET: {
      const wanted = abi.IpcPerm.decode(task.memory.copyIn(at, abi.SemidDs.size));
      const set = ipc.semaphores.get(id);
      requireOwner(task, set);
      setOwner(task, set, wanted);
      return 0;
    }
    case abi.IPC_RMID: {
      const set = ipc.semaphores.get(id);
      requireOwner(task, set);
      set.remove();
      return 0;
    }
    default:
      return fail(EINVAL, 'semctl: command');
  }
}

function limits(task: Task, isUsage: boolean): Uint8Array {
  const { ipc } = task.kernel;
  const [semmsl, semmns, semopm, semmni] = ipc.sem;
  return abi.Seminfo.encode({
    semmap: abi.SEMMNS,
    semmni,
    semmns,
    semmnu: abi.SEMMNS,
    semmsl,
    semopm,
    semume: abi.SEMOPM,
    semusz: isUsage ? ipc.semaphores.count : 20,
    semvmx: abi.SEMVMX,
    semaem: isUsage ? ipc.semaphoreCount : abi.SEMAEM,
  });
}

function query(task: Task, id: number, num: number, command: number): number {
  const set = task.kernel.ipc.semaphores.get(id);
  requireAccess(task, set, READ);
  const semaphore = num < 0 ? undefined : set.semaphores[num];
  if (semaphore === undefined) return fail(EINVAL, 'semctl: no such semaphore');
  if (command === abi.GETVAL) return semaphore.value;
  if (command === abi.GETPID) return semaphore.pid;
  return set.countWaiting(num, command === abi.GETNCNT ? 'rise' : 'zero');
}

function setValue(task: Task, id: number, num: number, value: number): number {
  if (value < 0 || value > abi.SEMVMX) fail(ERANGE, 'semctl: value');
  const set = task.kernel.ipc.semaphores.get(id);
  const semaphore = num < 0 ? undefined : set.semaphores[num];
  if (semaphore === undefined) return fail(EINVAL, 'semctl: no such semaphore');
  requireAccess(task, set, WRITE);
  set.clearUndo(num);
  semaphore.value = value;
  semaphore.pid = task.group.tgid;
  set.ctime = task.kernel.time.now().sec;
  set.serve();
  return 0;
}

function getAll(task: Task, id: number, at: number): number {
  const set = task.kernel.ipc.semaphores.get(id);
  requireAccess(task, set, READ);
  const bytes = new Uint8Array(set.semaphores.length * 2);
  const view = viewOf(bytes);
  set.semaphores.forEach(({ value }, i) => view.setUint16(i * 2, value, true));
  task.memory.copyOut(at, bytes);
  return 0;
}

function setAll(task: Task, id: number, at: number): number {
  const set = task.kernel.ipc.semaphores.get(id);
  requireAccess(task, set, WRITE);
  const view = viewOf(task.memory.copyIn(at, set.semaphores.length * 2));
  for (let i = 0; i < set.semaphores.length; i++) {
    if (view.getUint16(i * 2, true) > abi.SEMVMX) fail(ERANGE, 'semctl: value');
  }
  set.semaphores.forEach((semaphore, i) => {
    semaphore.value = view.getUint16(i * 2, true);
    semaphore.pid = task.group.tgid;
    set.clearUndo(i);
  });
  set.ctime = task.kernel.time.now().sec;
  set.serve();
  return 0;
}

export const semTable: Row[] = [
  [64, full('semget', 'int int octal', sysSemget)],
  [65, full('semop', 'int ptr uint', sysSemop)],
  [66, full('semctl', 'int int int hex', sysSemctl)],
  [220, full('semtimedop', 'int ptr uint timespec_ptr', sysSemtimedop)],
];
