/**
 * IpcTable: the System V objects of one kind by identifier and by key, and the rights to them. Linux counterpart:
 * ipc/util.c; sysvipc(7).
 *
 * An identifier is an index, the lowest free one, and above it a sequence number that moves on whenever an index is
 * used again, so that an old identifier does not name a new object.
 */
import { EACCES, EEXIST, EINVAL, ENOENT, ENOSPC, EPERM } from '../abi/errno.ts';
import { IPCMNI, IPCMNI_SHIFT, IPC_CREAT, IPC_EXCL, IPC_PRIVATE } from '../abi/ipc.ts';
import { fail } from '../errors.ts';
import { CAP_IPC_OWNER, CAP_SYS_ADMIN, isCapable, type Credentials } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';

/** Sequence numbers end before the identifier would be negative. */
const SEQUENCES = 1 << (31 - IPCMNI_SHIFT);

export abstract class IpcObject {
  id = -1;
  key: number;
  uid: number;
  gid: number;
  readonly cuid: number;
  readonly cgid: number;
  /** Permission bits, and bits of the kind. */
  mode: number;
  /** Seconds of the last change by IPC_SET, or of the creation. */
  ctime: number;

  constructor(task: Task, key: number, flags: number) {
    const { euid, egid } = task.credentials;
    this.key = key;
    this.uid = this.cuid = euid;
    this.gid = this.cgid = egid;
    this.mode = flags & 0o777;
    this.ctime = task.kernel.time.now().sec;
  }

  get sequence(): number {
    return this.id >>> IPCMNI_SHIFT;
  }
  get index(): number {
    return this.id & (IPCMNI - 1);
  }
  /** The fields of struct ipc64_perm. */
  get perm(): Pick<IpcObject, 'key' | 'uid' | 'gid' | 'cuid' | 'cgid' | 'mode'> & { seq: number } {
    const { key, uid, gid, cuid, cgid, mode } = this;
    return { key, uid, gid, cuid, cgid, mode, seq: this.sequence };
  }
}

export class IpcTable<T extends IpcObject> {
  readonly #objects: (T | undefined)[] = [];
  count = 0;
  #sequence = 0;
  #lastIndex = -1;

  /** In order of index. */
  *[Symbol.iterator](): Generator<T> {
    for (const object of this.#objects) if (object !== undefined) yield object;
  }

  /** What *_INFO returns: the highest index in use, 0 without any. */
  get highestIndex(): number {
    for (let i = this.#objects.length - 1; i > 0; i--) if (this.#objects[i] !== undefined) return i;
    return 0;
  }

  /** The object of an identifier; undefined if there is none, or no more. */
  peek(id: number): T | undefined {
    const object = id < 0 ? undefined : this.#objects[id & (IPCMNI - 1)];
    return object?.id === id ? object : undefined;
  }
  get(id: number): T {
    return this.peek(id) ?? fail(EINVAL, 'ipc: no such identifier');
  }
  /** *_STAT takes an index. */
  at(index: number): T {
    return (
      (index < 0 ? undefined : this.#objects[index & (IPCMNI - 1)]) ?? fail(EINVAL, 'ipc: no such index')
    );
  }

  add(object: T, limit: number): T {
    if (this.count >= Math.min(limit, IPCMNI)) fail(ENOSPC, 'ipc: too many objects');
    let index = this.#objects.indexOf(undefined);
    if (index < 0) index = this.#objects.length;
    if (index <= this.#lastIndex) this.#sequence = (this.#sequence + 1) % SEQUENCES;
    this.#lastIndex = index;
    object.id = (this.#sequence << IPCMNI_SHIFT) | index;
    this.#objects[index] = object;
    this.count++;
    return object;
  }

  remove(object: T): void {
    if (this.peek(object.id) !== object) return;
    this.#objects[object.index] = undefined;
    this.count--;
  }

  /** The part that shmget, semget and msgget have in common. ENOENT, EEXIST, EACCES; `check` looks at a found one. */
  obtain(task: Task, key: number, flags: number, make: () => T, check?: (found: T) => void): T {
    if (key === IPC_PRIVATE) return make();
    for (const found of this) {
      if (found.key !== key) continue;
      if ((flags & (IPC_CREAT | IPC_EXCL)) === (IPC_CREAT | IPC_EXCL)) fail(EEXIST, 'ipc: key is in use');
      check?.(found);
      requireAccess(task, found, flags);
      return found;
    }
    if ((flags & IPC_CREAT) === 0) fail(ENOENT, 'ipc: no object has that key');
    return make();
  }
}

/** EACCES unless the object's mode grants all that the permission bits of `flags` ask for. */
export function requireAccess(task: Task, object: IpcObject, flags: number): void {
  const { credentials } = task;
  const wanted = (flags >> 6) | (flags >> 3) | flags;
  let granted = object.mode;
  if (credentials.euid === object.cuid || credentials.euid === object.uid) granted >>= 6;
  else if (isMember(credentials, object.cgid) || isMember(credentials, object.gid)) granted >>= 3;
  if ((wanted & ~granted & 0o7) !== 0 && !isCapable(credentials, CAP_IPC_OWNER)) fail(EACCES, 'ipc: mode');
}

function isMember(credentials: Credentials, gid: number): boolean {
  return credentials.egid === gid || credentials.groups.includes(gid);
}

/** IPC_SET and IPC_RMID are for owner and creator. EPERM. */
export function requireOwner(task: Task, object: IpcObject, capability = CAP_SYS_ADMIN): void {
  const { euid } = task.credentials;
  if (euid !== object.cuid && euid !== object.uid && !task.capable(capability))
    fail(EPERM, 'ipc: not the owner');
}

/** IPC_SET: owner and permission bits. */
export function setOwner(
  task: Task,
  object: IpcObject,
  { uid, gid, mode }: { uid: number; gid: number; mode: number },
): void {
  if (uid === 0xffff_ffff || gid === 0xffff_ffff) fail(EINVAL, 'ipc: owner');
  object.uid = uid;
  object.gid = gid;
  object.mode = (object.mode & ~0o777) | (mode & 0o777);
  object.ctime = task.kernel.time.now().sec;
}
