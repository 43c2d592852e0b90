/**
 * Opening a FIFO: fifo(7), fifo_open in fs/pipe.c. The name is an inode of any file system; the pipe behind it lives
 * from the first open to the last close, and its bytes go with it.
 *
 *   O_RDONLY              waits until a writer opens     O_RDONLY|O_NONBLOCK   succeeds at once
 *   O_WRONLY              waits until a reader opens     O_WRONLY|O_NONBLOCK   ENXIO without a reader
 *   O_RDWR                succeeds at once
 *
 * The waiting end counts as open already, so that two that wait find each other. open(2) keeps the file over its sleep
 * and asks `file.finishOpen()` again after a wake-up; an interrupted open puts the file, which closes that end.
 */
import { ENXIO } from '../abi/errno.ts';
import { O_ACCMODE, O_NONBLOCK, O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import { POLLIN, POLLOUT } from '../abi/poll.ts';
import { fail } from '../errors.ts';
import { PortStream } from '../device/port-file.ts';
import type { File, OpenContext } from './file.ts';
import type { Inode } from './inode.ts';
import { Pipe, PipeFile } from './pipe.ts';

/** Inode.open of an S_IFIFO inode. */
export function openFifo(inode: Inode, context: OpenContext): File {
  const { flags } = context;
  if (inode.pipe instanceof PortStream) return inode.pipe.reopen(context);
  const mode = flags & O_ACCMODE;
  const isNonblocking = (flags & O_NONBLOCK) !== 0;
  const pipe = inode.pipe instanceof Pipe ? inode.pipe : new Pipe(context.kernel.buffers);
  // A pipe(2) reopened through /proc/self/fd never waits for its other side (is_pipe in fifo_open).
  const isNamed = inode.superBlock.typeName !== 'pipefs';
  if (isNamed && mode === O_WRONLY && isNonblocking && pipe.readers === 0)
    fail(ENXIO, 'FIFO without a reader');
  inode.pipe = pipe;
  const file = new PipeFile(context.path, flags, pipe);
  if (isNamed && mode === O_RDONLY && pipe.writers === 0) {
    if (isNonblocking) file.writerOpensAtOpen = pipe.writerOpens;
    else waitFor(file, 'writer', pipe.writerOpens);
  } else if (isNamed && mode === O_WRONLY && pipe.readers === 0) {
    waitFor(file, 'reader', pipe.readerOpens);
  }
  // Whoever waits for this side may go on.
  if (file.isReadable) pipe.writeQueue.wake(POLLOUT);
  if (file.isWritable) pipe.readQueue.wake(POLLIN);
  return file;
}

function waitFor(file: PipeFile, side: 'reader' | 'writer', opens: number): void {
  file.waitsFor = side;
  file.waitsPast = opens;
}
