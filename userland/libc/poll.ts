/** poll(2). */
import { Pollfd } from '../../kernel/abi/poll.ts';
import { SYS_poll } from '../../kernel/abi/syscall-numbers.ts';
import { withBuffer } from './memory.ts';
import { syscall } from './native.ts';

export * from '../../kernel/abi/poll.ts';

/** Waits for events; gives the events that hold for each descriptor. timeoutMs -1: for ever. */
export function poll(fds: readonly { fd: number; events: number }[], timeoutMs: number): number[] {
  return withBuffer(Math.max(1, fds.length) * Pollfd.size, buffer => {
    fds.forEach((entry, i) => Pollfd.encodeInto(buffer.bytes, i * Pollfd.size, entry));
    syscall(SYS_poll, buffer.address, fds.length, timeoutMs);
    return fds.map((_, i) => Pollfd.decode(buffer.bytes, i * Pollfd.size).revents);
  });
}
