/**
 * Control: what one can ask of a running kernel from outside it (ControlInterface), by calls in the kernel's own thread.
 * It knows no machine: the API reaches it by comlink (host/node), programs of the outer guest by a socket
 * (userland/lodger/control-server.ts).
 */
import type { Kernel } from '../../kernel/kernel.ts';
import {
  ENOENT,
  ENOTDIR,
  EACCES,
  errnoName,
  strerror,
  ESRCH,
  EINVAL,
  ENXIO,
} from '../../kernel/abi/errno.ts';
import { AT_FDCWD } from '../../kernel/abi/fcntl.ts';
import { MS_NODEV, MS_NOSUID, MS_RDONLY, MS_RELATIME } from '../../kernel/abi/mount.ts';
import { S_IFDIR, S_IFMT } from '../../kernel/abi/stat.ts';
import { fromBytes, fromText, toText } from '../../kernel/abi/byte-string.ts';
import { mountAt } from '../../kernel/boot.ts';
import { PortFile } from '../../kernel/device/port-file.ts';
import { Errno, fail } from '../../kernel/errors.ts';
import type { File } from '../../kernel/fs/file.ts';
import type { WalkContext } from '../../kernel/fs/fs-context.ts';
import * as files from '../../kernel/fs/kernel-files.ts';
import { LOOKUP_DIRECTORY, LOOKUP_FOLLOW, lookupPath } from '../../kernel/fs/path-walk.ts';
import type { Path } from '../../kernel/fs/path.ts';
import { removeDirectory, unlink } from '../../kernel/fs/remove.ts';
import { ROOT, userCredentials } from '../../kernel/task/credentials.ts';
import { sendSignal } from '../../kernel/task/signals.ts';
import { spawnTask } from '../../kernel/task/spawn.ts';
import type { Timespec } from '../../kernel/time/timespec.ts';
import { TtyFile } from '../../kernel/tty/tty-file.ts';
import type { GuestFailure } from '../api/errors.ts';
import type {
  ControlInterface,
  FsRequest,
  FsValue,
  GuestStats,
  MemoryInfo,
  Name,
  ProcessInfo,
  Reply,
  SpawnSpec,
} from './protocol.ts';

/** What control tells of its own accord. */
export interface ControlHost {
  /** A process that `spawn` started has ended; `status` is wait(2)'s. */
  exited(pid: number, status: number): void;
}

export class Control implements ControlInterface {
  readonly #kernel: Kernel;
  /** Processes whose end the API wants to know. */
  readonly #watched = new Set<number>();

  constructor(kernel: Kernel, host: ControlHost) {
    this.#kernel = kernel;
    kernel.onExit = (pid, status) => {
      if (this.#watched.delete(pid)) host.exited(pid, status);
    };
  }

  ready(): undefined {
    return undefined;
  }

  spawn(spec: SpawnSpec): Reply<number> {
    return reply('spawn', toText(bytesOf(spec.file)), () => {
      const { vfs } = this.#kernel;
      const credentials = userCredentials(spec.uid, spec.gid);
      const context = vfs.kernelContext(credentials);
      const env = spec.env.map(bytesOf);
      const cwd = findDirectory(context, spec.cwd === undefined ? undefined : bytesOf(spec.cwd));
      const path = this.#findProgram(bytesOf(spec.file), env, { ...context, cwd });
      const files = this.#openStdio(spec.stdio);
      try {
        const task = spawnTask(this.#kernel, {
          path,
          argv: spec.args.map(bytesOf),
          env,
          cwd,
          credentials,
          files,
          ...(files[0] instanceof TtyFile ? { terminal: files[0].tty } : {}),
        });
        this.#watched.add(task.tid);
        return task.tid;
      } finally {
        for (const file of new Set(files)) vfs.put(file);
      }
    });
  }

  kill(pid: number, signo: number): Reply<undefined> {
    return reply('kill', undefined, () => {
      const group = this.#kernel.tasks.group(pid);
      if (group === undefined) return fail(ESRCH, 'no such process');
      if (signo < 0 || signo > 64) fail(EINVAL, 'no such signal');
      sendSignal(group, signo);
      return undefined;
    });
  }

  mount(tag: string, path: string, isReadOnly: boolean): Reply<undefined> {
    return reply('mount', path, () => {
      const flags = MS_NOSUID | MS_NODEV | MS_RELATIME | (isReadOnly ? MS_RDONLY : 0);
      mountAt(this.#kernel, tag, fromText(path), 'hostfs', flags, '');
      return undefined;
    });
  }

  fs(request: FsRequest): Reply<FsValue> {
    const path = fromText(request.path);
    const context = this.#kernel.vfs.kernelContext(ROOT, 0o022);
    return reply(request.op, request.path, () => answer(context, request, path));
  }

  processes(): ProcessInfo[] {
    const list: ProcessInfo[] = [];
    for (const group of this.#kernel.tasks.groups.values()) {
      const { leader } = group;
      list.push({
        pid: group.tgid,
        ppid: group.parent?.tgid ?? 0,
        command: toText(leader.comm),
        state: leader.state,
      });
    }
    return list;
  }

  memory(): MemoryInfo {
    const { memory } = this.#kernel;
    return { totalBytes: memory.totalPages * 4096, freeBytes: memory.freePages * 4096 };
  }

  #openStdio(stdio: SpawnSpec['stdio']): File[] {
    const { vfs, ttys } = this.#kernel;
    if ('terminal' in stdio) {
      const file = ttys.openPort(stdio.terminal, vfs.newAnonymousPath('tty'));
      return [file, file, file];
    }
    return stdio.map((number, fd) => this.#openPort(number, fd === 0 ? 'reads' : 'writes'));
  }

  #openPort(number: number, direction: 'reads' | 'writes'): File {
    const port = this.#kernel.machine.port(number) ?? fail(ENXIO, 'no such port');
    return PortFile.open(this.#kernel, number, port, direction);
  }

  /** execvp's search: a name without a slash is looked up in PATH. */
  #findProgram(file: string, env: readonly string[], context: WalkContext): string {
    if (file.includes('/')) return file;
    const path = env.find(entry => entry.startsWith('PATH='))?.slice(5) ?? '/bin:/usr/bin';
    let isDenied = false;
    for (const directory of path.split(':')) {
      const candidate = `${directory || '.'}/${file}`;
      try {
        const { inode } = lookupPath(context, context.cwd, candidate, LOOKUP_FOLLOW).dentry;
        if ((inode!.mode & S_IFMT) !== S_IFDIR && (inode!.mode & 0o111) !== 0) return candidate;
        isDenied = true;
      } catch (error) {
        if (!(error instanceof Errno)) throw error;
        if (error.errno === EACCES) isDenied = true;
        else if (error.errno !== ENOENT && error.errno !== ENOTDIR) throw error;
      }
    }
    return fail(isDenied ? EACCES : ENOENT, 'not in PATH');
  }
}

/** A byte string. */
function bytesOf(name: Name): string {
  return typeof name === 'string' ? fromText(name) : fromBytes(name);
}

/** A working directory: the one that was asked for, or root's home if it is there. */
function findDirectory(context: WalkContext, name: string | undefined): Path {
  try {
    return lookupPath(context, context.root, name ?? '/root', LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
  } catch (error) {
    if (name === undefined && error instanceof Errno) return context.root;
    throw error;
  }
}

/** What a request of guest.fs answers. */
function answer(context: WalkContext, request: FsRequest, path: string): FsValue {
  switch (request.op) {
    case 'readFile':
      return files.readFile(context, path);
    case 'readdir':
      return files.readDirectory(context, path).map(({ name, type }) => ({ name: toText(name), type }));
    case 'stat':
      return statsOf(files.status(context, path));
    case 'lstat':
      return statsOf(files.status(context, path, 'stay'));
    case 'readlink':
      return toText(files.readLink(context, path));
    default:
      change(context, request, path);
      return undefined;
  }
}

/** The requests that change something and answer nothing. */
function change(context: WalkContext, request: FsRequest, path: string): void {
  switch (request.op) {
    case 'writeFile':
      return files.writeFile(context, path, request.data, request);
    case 'mkdir':
      return files.mkdir(context, path, request);
    case 'unlink':
      return unlink(context, AT_FDCWD, path);
    case 'rmdir':
      return removeDirectory(context, AT_FDCWD, path);
    case 'rm':
      return files.remove(context, path, request);
    case 'rename':
      return files.move(context, fromText(request.from), path);
    case 'link':
      return files.link(context, fromText(request.from), path);
    case 'symlink':
      return files.symlink(context, fromText(request.from), path);
    case 'chmod':
      return files.chmod(context, path, request.mode);
    case 'chown':
      return files.chown(context, path, request.uid, request.gid);
    case 'truncate':
      return files.truncate(context, path, request.size);
  }
}

/** Runs an operation; a guest error becomes a value, anything else is a bug and goes on as an exception. */
function reply<T>(syscall: string, path: string | undefined, operation: () => T): Reply<T> {
  try {
    return { value: operation() };
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    const failure: GuestFailure = {
      code: errnoName(error.errno),
      errno: error.errno,
      text: strerror(error.errno).toLowerCase(),
      syscall,
      path,
    };
    return { failure };
  }
}

function statsOf(status: files.FileStatus): GuestStats {
  const { device, ino, mode, nlink, uid, gid, rdev, size, blocks } = status;
  const ms = ({ sec, nsec }: Timespec): number => sec * 1000 + nsec / 1e6;
  return {
    dev: device,
    ino,
    mode,
    nlink,
    uid,
    gid,
    rdev,
    size,
    blocks,
    atimeMs: ms(status.atime),
    mtimeMs: ms(status.mtime),
    ctimeMs: ms(status.ctime),
  };
}
