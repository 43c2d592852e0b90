/**
 * pipe(2), pipe2(2).
 */
import { EINVAL } from '../abi/errno.ts';
import { O_CLOEXEC, O_DIRECT, O_NONBLOCK, O_WRONLY } from '../abi/fcntl.ts';
import { fail } from '../errors.ts';
import { Pipe, PipeFile } from '../fs/pipe.ts';
import type { File } from '../fs/file.ts';
import type { Kernel } from '../kernel.ts';
import type { Task } from '../task/task.ts';
import type { Args } from './args.ts';
import { full, type Row } from './table.ts';
import { installPair } from './install-pair.ts';

const PIPE_FLAGS = O_CLOEXEC | O_NONBLOCK | O_DIRECT;

/** pipe(2) */
function sysPipe(task: Task, args: Args): number {
  return pipe(task, args.ptr(0), 0);
}

/** pipe2(2) */
function sysPipe2(task: Task, args: Args): number {
  const flags = args.u32(1);
  if ((flags & ~PIPE_FLAGS) !== 0) fail(EINVAL, 'pipe2: unknown flag bits');
  return pipe(task, args.ptr(0), flags);
}

function pipe(task: Task, at: number, flags: number): number {
  const [reader, writer] = makePipe(task.kernel, flags & ~O_CLOEXEC);
  installPair(task, at, reader, writer, (flags & O_CLOEXEC) !== 0);
  return 0;
}

/** The two ends of a new pipe, as files with one reference each. */
function makePipe(kernel: Kernel, flags: number): [File, File] {
  const path = kernel.vfs.newAnonymousPath('pipe');
  const pipe = new Pipe(kernel.buffers);
  path.dentry.inode!.pipe = pipe;
  const reader = new PipeFile(path, flags & O_NONBLOCK, pipe);
  const writer = new PipeFile(path, O_WRONLY | flags, pipe);
  return [reader, writer];
}

export const pipeTable: Row[] = [
  [22, full('pipe', 'ptr', sysPipe)],
  [293, full('pipe2', 'ptr openflags', sysPipe2)],
];
