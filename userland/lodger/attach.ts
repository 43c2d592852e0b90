/** `lodger attach PID`: connects standard input and output with a guest's control socket; for programs. */
import { EAGAIN, EINTR, EPIPE } from '../../kernel/abi/errno.ts';
import { setNonblocking } from '../libc/fcntl.ts';
import { UsageError } from '../libc/getopt.ts';
import { alloc } from '../libc/memory.ts';
import { SysError } from '../libc/native.ts';
import { POLLIN, POLLOUT, poll } from '../libc/poll.ts';
import { SIGPIPE, signal } from '../libc/signal.ts';
import { SHUT_WR, shutdown } from '../libc/socket.ts';
import { STDIN, STDOUT, read, write, writeAll } from '../libc/unistd.ts';
import { connectTo } from './client.ts';
import { pidOf, subcommand } from './subcommand.ts';

const USAGE = `Usage: lodger attach PID

Connects standard input and output with the guest that is process PID: requests and replies as JSON, one a line. At
the end of the input the connection ends; the guest goes on.
`;
const CHUNK_BYTES = 64 * 1024;

export function attach(argv: string[]): number {
  return subcommand(argv, USAGE, {}, options => {
    if (options.operands.length > 1) throw new UsageError('one guest at a time');
    const fd = connectTo(pidOf(options.operands[0]));
    signal(SIGPIPE, 'ignore');
    return connectStreams(fd);
  });
}

/**
 * Until the guest ends the connection, or nobody takes what it says. A guest takes no requests while its replies are
 * not read, so that sending must not keep from reading.
 */
function connectStreams(fd: number): number {
  const { bytes } = alloc(CHUNK_BYTES);
  let unsent: Uint8Array = new Uint8Array(0);
  let isInputOpen = true;
  setNonblocking(fd, 'set');
  for (;;) {
    const isSending = unsent.length > 0;
    const fds = [
      { fd, events: isSending ? POLLIN | POLLOUT : POLLIN },
      { fd: isInputOpen && !isSending ? STDIN : -1, events: POLLIN },
    ];
    try {
      const [socket, input] = poll(fds, -1) as [number, number];
      if (isSending && (socket & POLLOUT) !== 0) unsent = unsent.subarray(write(fd, unsent));
      if ((socket & ~POLLOUT) !== 0) {
        const count = read(fd, bytes);
        if (count === 0) return 0;
        writeAll(STDOUT, bytes.subarray(0, count));
      }
      if (input === 0) continue;
      const count = read(STDIN, bytes);
      if (count > 0) unsent = bytes.slice(0, count);
      else {
        isInputOpen = false;
        shutdown(fd, SHUT_WR);
      }
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.errno === EINTR || error.errno === EAGAIN) continue;
      // One end is gone, and so is the connection.
      return error.errno === EPIPE ? 0 : 1;
    }
  }
}
