/**
 * kcmp(2): whether two processes share an object, and an order among objects that tells nothing else. Linux
 * counterpart: kernel/kcmp.c.
 */
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { EBADF, EINVAL, ENOENT, EPERM, ESRCH } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import { EpollFile } from '../fs/epoll.ts';
import { mayAccess } from '../task/access.ts';
import { full, type Row } from './table.ts';

const KCMP_FILE = 0;
const KCMP_VM = 1;
const KCMP_FILES = 2;
const KCMP_FS = 3;
const KCMP_SIGHAND = 4;
const KCMP_IO = 5;
const KCMP_SYSVSEM = 6;
const KCMP_EPOLL_TFD = 7;

/** kcmp(2) */
function sysKcmp(task: Task, args: Args): number {
  const { tasks } = task.kernel;
  const a = tasks.task(args.i32(0)) ?? fail(ESRCH, 'kcmp: no such process');
  const b = tasks.task(args.i32(1)) ?? fail(ESRCH, 'kcmp: no such process');
  if (!mayAccess(task, a, 'uid') || !mayAccess(task, b, 'uid')) fail(EPERM, 'kcmp: not permitted');
  switch (args.i32(2)) {
    case KCMP_FILE:
      return compare(task, fileOf(a, args.u32(3)), fileOf(b, args.u32(4)));
    case KCMP_VM:
      return compare(task, a.mm, b.mm);
    case KCMP_FILES:
      return compare(task, a.files, b.files);
    case KCMP_FS:
      return compare(task, a.fs, b.fs);
    case KCMP_SIGHAND:
      return compare(task, a.handlers, b.handlers);
    case KCMP_IO: // nobody has an I/O context
      return 0;
    case KCMP_SYSVSEM:
      return compare(task, a.semaphoreUndo, b.semaphoreUndo);
    case KCMP_EPOLL_TFD:
      return compare(task, fileOf(a, args.u32(3)), epollTarget(task, b, args.ptr(4)));
    default:
      return fail(EINVAL, 'kcmp: type');
  }
}

function fileOf(task: Task, fd: number): object {
  return (task.isDead ? undefined : task.files.get(fd | 0)) ?? fail(EBADF, 'kcmp: no such descriptor');
}

/** The file that an epoll set of `owner` watches under a descriptor number: struct kcmp_epoll_slot. */
function epollTarget({ memory }: Task, owner: Task, at: number): object {
  const [efd, tfd, offset] = [memory.readU32(at), memory.readU32(at + 4), memory.readU32(at + 8)];
  const set = fileOf(owner, efd);
  if (!(set instanceof EpollFile)) return fail(EINVAL, 'kcmp: no epoll descriptor');
  // A number that was used again may stand for several files.
  const found = [...set.items()].filter(({ fd }) => fd === tfd)[offset];
  return found?.file ?? fail(ENOENT, 'kcmp: not in the set');
}

/** 0: the same; 1: the first is less; 2: greater. */
function compare({ kernel }: Task, a: object | undefined, b: object | undefined): number {
  if (a === b) return 0;
  return kernel.identities.of(a) < kernel.identities.of(b) ? 1 : 2;
}

/** Gives objects numbers in the order in which they are first asked for. */
export class Identities {
  readonly #numbers = new WeakMap<object, number>();
  #next = 1;

  of(object: object | undefined): number {
    if (object === undefined) return 0;
    const known = this.#numbers.get(object) ?? this.#next++;
    this.#numbers.set(object, known);
    return known;
  }
}

export const kcmpTable: Row[] = [[312, full('kcmp', 'pid pid int ulong ulong', sysKcmp)]];
