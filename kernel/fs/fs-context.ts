/**
 * FsContext: root directory, working directory and umask of a process; clone(2), CLONE_FS. Linux counterpart: struct
 * fs_struct.
 * WalkContext: all that resolving a name needs; a task has one, and so have kernel code and the embedder's API.
 */
import type { Kernel } from '../kernel.ts';
import type { Credentials } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import { holdPath, type Path } from './path.ts';

export interface WalkContext {
  readonly kernel: Kernel;
  /** Who asks; undefined for kernel code and the embedder. */
  readonly task: Task | undefined;
  readonly root: Path;
  readonly cwd: Path;
  readonly credentials: Credentials;
  readonly umask: number;
}

/** Use contract: `clone` or `get` for a further process, `put` when it ends; the last put lets the paths go. */
export class FsContext {
  readonly kernel: Kernel;
  root: Path;
  cwd: Path;
  umask: number;
  references = 1;

  constructor(kernel: Kernel, root: Path, cwd: Path, umask = 0o022) {
    this.kernel = kernel;
    this.root = holdPath(root);
    this.cwd = holdPath(cwd);
    this.umask = umask;
  }

  clone(): FsContext {
    return new FsContext(this.kernel, this.root, this.cwd, this.umask);
  }

  get(): FsContext {
    this.references++;
    return this;
  }

  put(): void {
    if (--this.references > 0) return;
    this.kernel.vfs.releasePath(this.cwd);
    this.kernel.vfs.releasePath(this.root);
  }

  setCwd(path: Path): void {
    const old = this.cwd;
    this.cwd = holdPath(path);
    this.kernel.vfs.releasePath(old);
  }

  setRoot(path: Path): void {
    const old = this.root;
    this.root = holdPath(path);
    this.kernel.vfs.releasePath(old);
  }
}

/** The walk context of a task, as task.walkContext() gives it. Valid for the current call. */
export function walkContextOf(task: Task): WalkContext {
  const { root, cwd, umask } = task.fs;
  return { kernel: task.kernel, task, root, cwd, credentials: task.credentials, umask };
}
