/**
 * Control messages: cmsg(3). What sendmsg(2) carries besides data is read here, and what recvmsg(2) gives is written.
 */
import { EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { viewOf } from '../abi/layout.ts';
import { Cmsghdr, SCM_CREDENTIALS, SCM_MAX_FD, SCM_RIGHTS, SOL_SOCKET, Ucred } from '../abi/socket.ts';
import { Errno, fail } from '../errors.ts';
import type { File } from '../fs/file.ts';
import { CAP_SETGID, CAP_SETUID, CAP_SYS_ADMIN } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import type { ControlItem, PeerCredentials } from './socket.ts';

const FD_SIZE = 4;

export interface ControlData {
  files: File[];
  credentials: PeerCredentials | undefined;
  /** Messages of other levels. */
  others: ControlItem[];
}

/** Reads the control buffer of a send. The files are lent. EINVAL, EBADF, EPERM, ESRCH. */
export function parseControl(task: Task, bytes: Uint8Array): ControlData {
  const data: ControlData = { files: [], credentials: undefined, others: [] };
  for (let at = 0; at + Cmsghdr.size <= bytes.length;) {
    const { len, level, type } = Cmsghdr.decode(bytes, at);
    if (len < Cmsghdr.size || at + len > bytes.length) fail(EINVAL, 'cmsg: length');
    const body = bytes.subarray(at + Cmsghdr.size, at + len);
    at += align(len);
    if (level !== SOL_SOCKET) {
      data.others.push({ level, type, data: body });
      continue;
    }
    if (type === SCM_RIGHTS) addFiles(task, data, body);
    else if (type === SCM_CREDENTIALS) data.credentials = checkCredentials(task, body);
    else fail(EINVAL, 'cmsg: type');
  }
  return data;
}

function addFiles(task: Task, data: ControlData, body: Uint8Array): void {
  const view = viewOf(body);
  const count = Math.floor(body.length / FD_SIZE);
  if (data.files.length + count > SCM_MAX_FD) fail(EINVAL, 'SCM_RIGHTS: too many files');
  for (let i = 0; i < count; i++) data.files.push(task.file(view.getInt32(i * FD_SIZE, true)));
}

function checkCredentials(task: Task, body: Uint8Array): PeerCredentials {
  if (body.length !== Ucred.size) fail(EINVAL, 'SCM_CREDENTIALS: length');
  const { pid, uid, gid } = Ucred.decode(body);
  const own = task.credentials;
  const isPermitted =
    (pid === task.group.tgid || task.capable(CAP_SYS_ADMIN)) &&
    ([own.uid, own.euid, own.suid].includes(uid) || task.capable(CAP_SETUID)) &&
    ([own.gid, own.egid, own.sgid].includes(gid) || task.capable(CAP_SETGID));
  if (!isPermitted) fail(EPERM, 'SCM_CREDENTIALS: of somebody else');
  if (task.kernel.tasks.group(pid) === undefined) fail(ESRCH, 'SCM_CREDENTIALS: no such process');
  return { pid, uid, gid };
}

/** The control buffer of a receive: messages are added as long as they fit; what does not fit sets `isTruncated`. */
export class ControlWriter {
  readonly #room: number;
  readonly #parts: Uint8Array[] = [];
  length = 0;
  isTruncated = false;

  constructor(room: number) {
    this.#room = room;
  }

  /** Bytes of data that a message could still have. */
  get dataRoom(): number {
    return this.#room - this.length - Cmsghdr.size;
  }

  /** Adds a message, cut off where the buffer ends. */
  add(type: number, data: Uint8Array, level = SOL_SOCKET): void {
    if (this.dataRoom < 0) {
      this.isTruncated = true;
      return;
    }
    const size = Math.min(data.length, this.dataRoom);
    if (size < data.length) this.isTruncated = true;
    const total = Math.min(align(Cmsghdr.size + size), this.#room - this.length);
    const bytes = new Uint8Array(total);
    Cmsghdr.encodeInto(bytes, 0, { len: Cmsghdr.size + size, level, type });
    bytes.set(data.subarray(0, size), Cmsghdr.size);
    this.#parts.push(bytes);
    this.length += total;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Installs received files and writes their descriptors; those that find no room or no descriptor are closed. */
export function writeFiles(task: Task, writer: ControlWriter, files: File[], isCloexec: boolean): void {
  if (files.length === 0) return;
  const { vfs } = task.kernel;
  const fits = Math.max(0, Math.floor(writer.dataRoom / FD_SIZE));
  const fds: number[] = [];
  for (const file of files) {
    const fd = fds.length < fits && !writer.isTruncated ? tryInstall(task, file, isCloexec) : -1;
    if (fd >= 0) fds.push(fd);
    else {
      writer.isTruncated = true;
      vfs.put(file);
    }
  }
  if (fds.length > 0) writer.add(SCM_RIGHTS, new Uint8Array(Int32Array.from(fds).buffer));
}

/** The descriptor, or -1 when the table is full. */
function tryInstall(task: Task, file: File, isCloexec: boolean): number {
  try {
    return task.files.install(file, isCloexec);
  } catch (error) {
    if (error instanceof Errno) return -1;
    throw error;
  }
}

function align(length: number): number {
  return (length + 7) & ~7;
}
