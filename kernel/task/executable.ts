/** Which file a task executes: /proc/PID/exe, ETXTBSY. Linux counterpart: mm->exe_file, deny_write_access. */
import type { File } from '../fs/file.ts';
import type { Task } from './task.ts';

/** The task executes `file` from now on; takes a reference of its own. */
export function setExecutable(task: Task, file: File | undefined): void {
  if (file !== undefined) {
    task.kernel.vfs.get(file);
    file.inode.executing++;
  }
  releaseExecutable(task);
  task.exeFile = file;
}

export function releaseExecutable(task: Task): void {
  const file = task.exeFile;
  if (file === undefined) return;
  task.exeFile = undefined;
  file.inode.executing--;
  task.kernel.vfs.put(file);
}
