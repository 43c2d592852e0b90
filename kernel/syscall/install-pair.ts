/**
 * Gives a task descriptors for files that were just made. `installPair` gives two at once and writes them to guest
 * memory: pipe2(2), socketpair(2). Either both are there afterwards, or none.
 */
import type { File } from '../fs/file.ts';
import type { Task } from '../task/task.ts';

/** Consumes the references of both files, also when it fails (EMFILE, EFAULT). */
export function installPair(task: Task, at: number, first: File, second: File, isCloexec: boolean): void {
  const { vfs } = task.kernel;
  let a = -1;
  let b = -1;
  try {
    a = task.files.install(first, isCloexec);
    b = task.files.install(second, isCloexec);
    const fds = new Int32Array([a, b]);
    task.mm!.copyOut(at, new Uint8Array(fds.buffer));
  } catch (error) {
    if (a >= 0) task.files.close(task, a);
    else vfs.put(first);
    if (b >= 0) task.files.close(task, b);
    else vfs.put(second);
    throw error;
  }
}

/** Consumes the file's reference, also when it fails (EMFILE). */
export function installNew(task: Task, file: File, isCloexec: boolean): number {
  try {
    return task.files.install(file, isCloexec);
  } catch (error) {
    task.kernel.vfs.put(file);
    throw error;
  }
}
