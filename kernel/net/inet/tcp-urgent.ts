/**
 * Urgent data of TCP: one byte of the stream that can be read out of turn. Linux counterpart: tcp_recv_urg, and the
 * urgent parts of tcp_recvmsg; tcp(7). The byte stays in the stream; a plain read stops before it, and the next one
 * skips it, unless SO_OOBINLINE is set.
 */
import { EINVAL, ENOTCONN } from '../../abi/errno.ts';
import { MSG_PEEK } from '../../abi/socket.ts';
import { fail } from '../../errors.ts';
import { IoBuffer } from '../../mm/io-buffer.ts';
import type { TcpSocket } from './tcp-socket.ts';

export interface UrgentMark {
  /** Position of the byte in the stream. */
  readonly at: number;
  /** MSG_OOB has taken it. */
  isRead: boolean;
}

/** How many bytes a plain read may take now. Passes the mark if the stream stands there. */
export function urgentLimit(socket: TcpSocket): number {
  const { queue, urgent } = socket;
  if (urgent === undefined) return queue.length;
  if (urgent.at > queue.taken) return Math.min(queue.length, urgent.at - queue.taken);
  if (urgent.at === queue.taken && !socket.isOobInline) queue.drop(1);
  socket.urgent = undefined;
  return queue.length;
}

/** recv(2) with MSG_OOB. */
export function receiveUrgent(socket: TcpSocket, into: IoBuffer, flags: number): number {
  const { urgent, queue } = socket;
  if (socket.isOobInline || urgent === undefined || urgent.isRead || urgent.at < queue.taken)
    return fail(EINVAL, 'tcp: no urgent data');
  if (socket.state === 'closed' && !socket.isReceiveEnded) return fail(ENOTCONN, 'tcp: not connected');
  if (into.remaining === 0) return 0;
  const before = new Uint8Array(urgent.at - queue.taken + 1);
  queue.peek(IoBuffer.of(before), before.length);
  if ((flags & MSG_PEEK) === 0) urgent.isRead = true;
  return into.put(before.subarray(-1));
}
