/**
 * File locks: record locks of a process (fcntl F_SETLK), of an open file (F_OFD_SETLK), and flock(2). Linux
 * counterpart: fs/locks.c. All are advisory. Ranges are [start, end) in bytes; Infinity is the end of every file.
 *
 * An owner is compared by identity: the FdTable for a process's record locks (they go when any of its descriptors for
 * the file is closed), the File for the other two kinds (they go with the last reference).
 */
import { EDEADLK } from '../abi/errno.ts';
import { fail } from '../errors.ts';
import { WaitQueue } from '../sync/wait-queue.ts';

export type LockKind = 'posix' | 'ofd' | 'flock';
export type LockOwner = object;

export interface LockRange {
  readonly start: number;
  readonly end: number;
}

export interface FileLock extends LockRange {
  readonly kind: LockKind;
  readonly owner: LockOwner;
  readonly isExclusive: boolean;
  /** tgid for F_GETLK and /proc/locks; -1 for OFD locks. */
  readonly pid: number;
}

/** Record locks of processes and open files exclude each other; flock(2) is a world of its own. */
function areComparable(a: LockKind, b: LockKind): boolean {
  return (a === 'flock') === (b === 'flock');
}

export class FileLocks {
  locks: FileLock[] = [];
  /** Woken when a lock is released or shrinks. */
  readonly queue = new WaitQueue();

  /** The first lock that a new lock would conflict with. */
  conflict(wanted: FileLock): FileLock | undefined {
    return this.locks.find(
      lock =>
        areComparable(lock.kind, wanted.kind) &&
        lock.owner !== wanted.owner &&
        (lock.isExclusive || wanted.isExclusive) &&
        lock.start < wanted.end &&
        wanted.start < lock.end,
    );
  }

  /** The first lock of the same owner that overlaps. */
  own(wanted: FileLock): FileLock | undefined {
    return this.locks.find(
      lock =>
        lock.kind === wanted.kind &&
        lock.owner === wanted.owner &&
        lock.start < wanted.end &&
        wanted.start < lock.end,
    );
  }

  /** Sets a lock that has no conflict: it replaces, splits and joins the owner's own locks in the range. */
  set(lock: FileLock): void {
    const kept = this.#without(lock);
    let { start, end } = lock;
    const others: FileLock[] = [];
    for (const other of kept) {
      const isJoined =
        other.kind === lock.kind &&
        other.owner === lock.owner &&
        other.isExclusive === lock.isExclusive &&
        other.end >= start &&
        other.start <= end;
      if (!isJoined) {
        others.push(other);
        continue;
      }
      start = Math.min(start, other.start);
      end = Math.max(end, other.end);
    }
    const wasExclusive = this.locks.some(l => l.owner === lock.owner && l.isExclusive);
    this.locks = [...others, { ...lock, start, end }];
    if (wasExclusive && !lock.isExclusive) this.queue.wake();
  }

  /** Releases a range of one owner. */
  clear(range: { kind: LockKind; owner: LockOwner } & LockRange): void {
    const before = this.locks;
    this.locks = this.#without(range);
    if (before.length > 0) this.queue.wake();
  }

  /** The owner is gone: all its locks go. */
  releaseOwner(owner: LockOwner): void {
    if (!this.locks.some(lock => lock.owner === owner)) return;
    this.locks = this.locks.filter(lock => lock.owner !== owner);
    this.queue.wake();
  }

  #without(range: { kind: LockKind; owner: LockOwner } & LockRange): FileLock[] {
    const left: FileLock[] = [];
    for (const lock of this.locks) {
      const isHit =
        lock.kind === range.kind &&
        lock.owner === range.owner &&
        lock.start < range.end &&
        range.start < lock.end;
      if (!isHit) {
        left.push(lock);
        continue;
      }
      if (lock.start < range.start) left.push({ ...lock, end: range.start });
      if (lock.end > range.end) left.push({ ...lock, start: range.end });
    }
    return left;
  }
}

/** Who waits for whose record lock: a process that would wait for itself around a circle gets EDEADLK. */
export class LockWaits {
  readonly #waitsFor = new Map<LockOwner, LockOwner>();

  /** `owner` is about to sleep until `holder` releases. */
  begin(owner: LockOwner, holder: LockOwner): void {
    for (let at: LockOwner | undefined = holder; at !== undefined; at = this.#waitsFor.get(at)) {
      if (at === owner) {
        this.#waitsFor.delete(owner);
        fail(EDEADLK, 'F_SETLKW: deadlock');
      }
    }
    this.#waitsFor.set(owner, holder);
  }

  end(owner: LockOwner): void {
    this.#waitsFor.delete(owner);
  }
}
