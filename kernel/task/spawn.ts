/**
 * Processes that no guest process has made: init, and the commands of the embedder's API. They have no parent; when
 * one ends, kernel.onExit is told, and nobody needs to wait for it.
 */
import type { File } from '../fs/file.ts';
import type { Path } from '../fs/path.ts';
import type { Kernel } from '../kernel.ts';
import type { Credentials } from './credentials.ts';
import type { Tty } from '../tty/tty.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import { FdTable } from '../fs/fd-table.ts';
import { FsContext } from '../fs/fs-context.ts';
import { setControllingTerminal } from '../tty/job-control.ts';
import { ROOT } from './credentials.ts';
import { execve } from './exec.ts';
import { initialLimits } from './limits.ts';
import { SignalHandlers } from './signal-queue.ts';
import { Task } from './task.ts';

export interface SpawnRequest {
  /** Byte strings. */
  readonly path: string;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  /** From where `path` is looked up, if not from the root: init may come from an initramfs that is covered. */
  readonly programRoot?: Path;
  /** The root directory by default. */
  readonly cwd?: Path;
  readonly umask?: number;
  /** Root by default. */
  readonly credentials?: Credentials;
  /** For descriptors 0, 1, 2, …; the process takes references of its own. */
  readonly files: readonly (File | undefined)[];
  /** Becomes the controlling terminal of the new session, with the process in the foreground. */
  readonly terminal?: Tty;
}

/** Starts a process in a session of its own. Throws an Errno if the program cannot be executed; nothing remains then. */
export function spawnTask(kernel: Kernel, request: SpawnRequest): Task {
  const task = makeTask(kernel, request);
  return start(task, request);
}

/** Starts pid 1. */
export function spawnInit(kernel: Kernel, request: SpawnRequest): Task {
  const task = makeTask(kernel, request);
  task.group.isInit = true;
  kernel.tasks.init = task.group;
  try {
    return start(task, request);
  } catch (error) {
    kernel.tasks.init = undefined;
    kernel.tasks.lastPid = 0; // the next candidate for init is pid 1 again
    throw error;
  }
}

function makeTask(kernel: Kernel, request: SpawnRequest): Task {
  const { root } = kernel.vfs;
  const tid = kernel.tasks.reserve();
  const task = new Task(kernel, tid, {
    kind: 'native',
    files: new FdTable(kernel),
    fs: new FsContext(kernel, root, request.cwd ?? root, request.umask ?? 0o022),
    credentials: request.credentials ?? ROOT,
  });
  const group = kernel.tasks.addLeader(task, undefined, {
    limits: initialLimits(kernel.tasks.threadsMax),
    handlers: new SignalHandlers(),
  });
  task.startTimeNs = kernel.time.monotonicNs();
  group.startTimeNs = task.startTimeNs;
  request.files.forEach((file, fd) => {
    if (file !== undefined) task.files.installAt(fd, kernel.vfs.get(file), false);
  });
  return task;
}

function start(task: Task, request: SpawnRequest): Task {
  const { kernel, group } = task;
  const { programRoot } = request;
  if (programRoot !== undefined) task.fs.setRoot(programRoot);
  try {
    execve(task, { dirfd: AT_FDCWD, path: request.path, flags: 0 }, () => ({
      argv: request.argv,
      envp: request.env,
    }));
  } catch (error) {
    kernel.tasks.remove(task);
    task.state = 'dead';
    group.isReleased = true;
    task.files.put(task);
    task.fs.put();
    throw error;
  }
  if (programRoot !== undefined) task.fs.setRoot(kernel.vfs.root);
  if (request.terminal !== undefined) setControllingTerminal(task, request.terminal);
  return task;
}
