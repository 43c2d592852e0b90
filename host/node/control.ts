/** Control: what the API can ask of a running kernel; the kernel thread's side of ControlInterface. */
import type { Kernel } from '../../kernel/kernel.ts';
import {
  ENOENT,
  ENOTDIR,
  EACCES,
  EEXIST,
  errnoName,
  strerror,
  ESRCH,
  EINVAL,
  ENXIO,
} from '../../kernel/abi/errno.ts';
import { O_APPEND, O_CREAT, O_DIRECTORY, O_RDONLY, O_TRUNC, O_WRONLY } from '../../kernel/abi/fcntl.ts';
import { MS_NODEV, MS_NOSUID, MS_RDONLY, MS_RELATIME } from '../../kernel/abi/mount.ts';
import { S_IFDIR, S_IFMT } from '../../kernel/abi/stat.ts';
import { fromText, toText } from '../../kernel/abi/byte-string.ts';
import { mountAt } from '../../kernel/boot.ts';
import { PortFile } from '../../kernel/device/port-file.ts';
import { Errno, fail } from '../../kernel/errors.ts';
import { changeMode, changeOwner, truncatePath } from '../../kernel/fs/attributes.ts';
import { makeDirectory, makeLink, makeSymlink } from '../../kernel/fs/create.ts';
import type { File } from '../../kernel/fs/file.ts';
import type { WalkContext } from '../../kernel/fs/fs-context.ts';
import type { Inode } from '../../kernel/fs/inode.ts';
import { LOOKUP_DIRECTORY, LOOKUP_FOLLOW, lookupPath } from '../../kernel/fs/path-walk.ts';
import { removeDirectory, rename, unlink } from '../../kernel/fs/remove.ts';
import { IoBuffer } from '../../kernel/mm/io-buffer.ts';
import { ROOT, type Credentials } from '../../kernel/task/credentials.ts';
import { sendSignal } from '../../kernel/task/signals.ts';
import { spawnTask } from '../../kernel/task/spawn.ts';
import { TtyFile } from '../../kernel/tty/tty-file.ts';
import type { GuestFailure } from '../api/errors.ts';
import type {
  ControlInterface,
  FsRequest,
  FsValue,
  GuestEntry,
  GuestStats,
  MemoryInfo,
  PortSpec,
  ProcessInfo,
  Reply,
  SpawnSpec,
} from './control-protocol.ts';
import type { NodeMachine } from './node-machine.ts';

const READ_BYTES = 1 << 20;

export class Control implements ControlInterface {
  readonly #kernel: Kernel;
  readonly #machine: NodeMachine;
  /** Processes whose end the API wants to know. */
  readonly #watched = new Set<number>();

  constructor(kernel: Kernel, machine: NodeMachine) {
    this.#kernel = kernel;
    this.#machine = machine;
    kernel.onExit = (pid, status) => {
      if (this.#watched.delete(pid)) machine.exited(pid, status);
    };
  }

  ready(): undefined {
    return undefined;
  }

  spawn(spec: SpawnSpec): Reply<number> {
    return reply('spawn', spec.file, () => {
      const { vfs } = this.#kernel;
      const credentials = credentialsOf(spec.uid, spec.gid);
      const context = vfs.kernelContext(credentials);
      const env = spec.env.map(fromText);
      const cwd = lookupPath(context, context.root, fromText(spec.cwd), LOOKUP_FOLLOW | LOOKUP_DIRECTORY);
      const path = this.#findProgram(fromText(spec.file), env, { ...context, cwd });
      const files = this.#openStdio(spec.stdio);
      try {
        const task = spawnTask(this.#kernel, {
          path,
          argv: spec.args.map(fromText),
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
    return reply(request.op, request.path, () => this.#fs(request, path));
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

  powerOff(): undefined {
    this.#kernel.onPower?.();
    return undefined;
  }

  closePort(number: number): undefined {
    this.#machine.removePort(number);
    return undefined;
  }

  #openStdio(stdio: SpawnSpec['stdio']): File[] {
    const { vfs, ttys } = this.#kernel;
    if ('terminal' in stdio) {
      this.#machine.addPort(stdio.terminal.number, stdio.terminal.memory);
      const file = ttys.openPort(stdio.terminal.number, vfs.newAnonymousPath('tty'));
      return [file, file, file];
    }
    return stdio.map((spec, fd) => this.#openPort(spec, fd === 0 ? 'reads' : 'writes'));
  }

  #openPort(spec: PortSpec, direction: 'reads' | 'writes'): File {
    this.#machine.addPort(spec.number, spec.memory);
    const port = this.#machine.port(spec.number) ?? fail(ENXIO, 'no such port');
    return new PortFile(this.#kernel, spec.number, port, direction);
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

  #fs(request: FsRequest, path: string): FsValue {
    const { vfs } = this.#kernel;
    const context = vfs.kernelContext(ROOT, 0o022);
    const { root } = context;
    switch (request.op) {
      case 'readFile':
        return this.#readFile(context, path);
      case 'writeFile': {
        const how = request.isAppending ? O_APPEND : O_TRUNC;
        return this.#writeFile(context, path, request.data, how, request.mode);
      }
      case 'mkdir':
        if (request.isRecursive) this.#makeDirectories(context, path, request.mode);
        else makeDirectory(context, root, path, request.mode);
        return undefined;
      case 'readdir':
        return this.#readDirectory(context, path);
      case 'stat':
        return statsOf(lookupPath(context, root, path, LOOKUP_FOLLOW).dentry.inode!);
      case 'lstat':
        return statsOf(lookupPath(context, root, path, 0).dentry.inode!);
      case 'readlink':
        return toText(lookupPath(context, root, path, 0).dentry.inode!.readlink());
      case 'unlink':
        unlink(context, root, path);
        return undefined;
      case 'rmdir':
        removeDirectory(context, root, path);
        return undefined;
      case 'rm':
        this.#remove(context, path, request.isRecursive, request.isForced);
        return undefined;
      case 'rename':
        rename(context, { from: root, name: fromText(request.from), to: root, newName: path, flags: 0 });
        return undefined;
      case 'link':
        makeLink(context, lookupPath(context, root, fromText(request.from), 0), root, path);
        return undefined;
      case 'symlink':
        makeSymlink(context, root, path, fromText(request.from));
        return undefined;
      case 'chmod':
        changeMode(context, lookupPath(context, root, path, LOOKUP_FOLLOW), request.mode);
        return undefined;
      case 'chown':
        changeOwner(context, lookupPath(context, root, path, LOOKUP_FOLLOW), request.uid, request.gid);
        return undefined;
      case 'truncate':
        truncatePath(context, lookupPath(context, root, path, LOOKUP_FOLLOW), request.size);
        return undefined;
    }
  }

  #readFile(context: WalkContext, path: string): Uint8Array {
    const { vfs } = this.#kernel;
    const file = vfs.open(context, context.root, path, O_RDONLY);
    try {
      const chunks: Uint8Array[] = [];
      let total = 0;
      for (;;) {
        const chunk = new Uint8Array(READ_BYTES);
        const count = file.read(IoBuffer.of(chunk), total);
        if (count <= 0) break;
        chunks.push(chunk.subarray(0, count));
        total += count;
      }
      const bytes = new Uint8Array(total);
      let at = 0;
      for (const chunk of chunks) {
        bytes.set(chunk, at);
        at += chunk.length;
      }
      return bytes;
    } finally {
      vfs.put(file);
    }
  }

  #writeFile(context: WalkContext, path: string, data: Uint8Array, how: number, mode: number): undefined {
    const { vfs } = this.#kernel;
    const file = vfs.open(context, context.root, path, O_WRONLY | O_CREAT | how, mode);
    try {
      const start = how === O_APPEND ? file.inode.size : 0;
      for (let done = 0; done < data.length;) {
        const count = file.write(IoBuffer.of(data.subarray(done)), start + done);
        if (count <= 0) fail(EINVAL, 'file takes no bytes now');
        done += count;
      }
      return undefined;
    } finally {
      vfs.put(file);
    }
  }

  #readDirectory(context: WalkContext, path: string): GuestEntry[] {
    const { vfs } = this.#kernel;
    const file = vfs.open(context, context.root, path, O_RDONLY | O_DIRECTORY);
    try {
      return [...file.inode.iterate(0)].map(({ name, type }) => ({ name: toText(name), type }));
    } finally {
      vfs.put(file);
    }
  }

  #makeDirectories(context: WalkContext, path: string, mode: number): void {
    let made = '';
    for (const part of path.split('/').filter(Boolean)) {
      made += `/${part}`;
      try {
        makeDirectory(context, context.root, made, mode);
      } catch (error) {
        if (!(error instanceof Errno) || error.errno !== EEXIST) throw error;
        const { inode } = lookupPath(context, context.root, made, LOOKUP_FOLLOW).dentry;
        if ((inode!.mode & S_IFMT) !== S_IFDIR) throw error;
      }
    }
  }

  #remove(context: WalkContext, path: string, isRecursive: boolean, isForced: boolean): void {
    try {
      const { inode } = lookupPath(context, context.root, path, 0).dentry;
      if (!isRecursive || (inode!.mode & S_IFMT) !== S_IFDIR) return unlink(context, context.root, path);
      for (const { name } of [...inode!.iterate(0)]) {
        this.#remove(context, `${path}/${name}`, true, isForced);
      }
      removeDirectory(context, context.root, path);
    } catch (error) {
      if (!isForced || !(error instanceof Errno) || error.errno !== ENOENT) throw error;
    }
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

function credentialsOf(uid: number, gid: number): Credentials {
  if (uid === 0 && gid === 0) return ROOT;
  const ids = { uid, euid: uid, suid: uid, fsuid: uid, gid, egid: gid, sgid: gid, fsgid: gid };
  if (uid === 0) return { ...ROOT, ...ids };
  return { ...ROOT, ...ids, effective: 0n, permitted: 0n };
}

function statsOf(inode: Inode): GuestStats {
  inode.refresh();
  const ms = ({ sec, nsec }: { sec: number; nsec: number }): number => sec * 1000 + nsec / 1e6;
  return {
    dev: inode.superBlock.device,
    ino: inode.ino,
    mode: inode.mode,
    nlink: inode.nlink,
    uid: inode.uid,
    gid: inode.gid,
    rdev: inode.rdev,
    size: inode.size,
    blocks: inode.blocks,
    atimeMs: ms(inode.atime),
    mtimeMs: ms(inode.mtime),
    ctimeMs: ms(inode.ctime),
  };
}
