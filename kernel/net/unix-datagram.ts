/**
 * Messages of Unix-domain datagram and sequenced-packet sockets: unix_dgram_sendmsg and unix_dgram_recvmsg in
 * af_unix.c. A message is received whole or cut off; it is never joined with another.
 */
import { ECONNREFUSED, EMSGSIZE, ENOTCONN, EOPNOTSUPP, EPERM, EPIPE } from '../abi/errno.ts';
import { MSG_OOB, MSG_PEEK, MSG_TRUNC, SOCK_SEQPACKET } from '../abi/socket.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { makeMessage, takeFiles, uncharge } from './message.ts';
import type { Received, SendRequest } from './socket.ts';
import { parseUnixAddress } from './unix-address.ts';
import { senderCredentials } from './unix-credentials.ts';
import type { UnixSocket } from './unix-socket.ts';

/** What a message must leave free of the send buffer. */
const RESERVE = 32;

export function sendDatagram(socket: UnixSocket, request: SendRequest): number {
  const { data, flags } = request;
  if ((flags & MSG_OOB) !== 0) fail(EOPNOTSUPP, 'unix: MSG_OOB');
  if (socket.type === SOCK_SEQPACKET) {
    socket.raisePendingError();
    if (socket.state !== 'connected') fail(ENOTCONN, 'unix: packet socket without a peer');
  }
  const other = destination(socket, request);
  const length = data.remaining;
  if (length > socket.sendBuffer - RESERVE) fail(EMSGSIZE, 'unix: message too long');
  if (other.isReleased) return refuse(socket, other);
  if (!other.acceptsFrom(socket)) fail(EPERM, 'unix: the receiver is connected to another socket');
  if (other.isReceiveShutdown) fail(EPIPE, 'unix: the receiver is shut down');
  if (other.isFullFor(socket)) {
    other.waitingSenders.add(socket);
    return WOULD_BLOCK;
  }
  if (socket.charged >= socket.sendBuffer) return WOULD_BLOCK;
  const bytes = new Uint8Array(length);
  data.take(bytes);
  other.enqueue(makeMessage(socket, bytes, request.files, senderCredentials(socket, request)));
  return length;
}

function destination(socket: UnixSocket, request: SendRequest): UnixSocket {
  if (request.address !== undefined && request.address.length > 0 && socket.type !== SOCK_SEQPACKET) {
    const address = parseUnixAddress(request.address);
    return socket.find(socket.kernel.scheduler.current, address);
  }
  return socket.peer ?? fail(ENOTCONN, 'unix: datagram without a destination');
}

/** The receiver is gone. A datagram socket that was connected to it is connected no more. */
function refuse(socket: UnixSocket, other: UnixSocket): never {
  if (socket.type === SOCK_SEQPACKET) fail(EPIPE, 'unix: the peer is gone');
  if (socket.peer === other) socket.peer = undefined;
  return fail(ECONNREFUSED, 'unix: the receiver is gone');
}

export function receiveDatagram(
  socket: UnixSocket,
  into: IoBuffer,
  flags: number,
  received: Received,
): number {
  if ((flags & MSG_OOB) !== 0) fail(EOPNOTSUPP, 'unix: MSG_OOB');
  if (socket.type === SOCK_SEQPACKET && socket.state !== 'connected') fail(ENOTCONN, 'unix: no peer');
  const message = socket.queue[0];
  if (message === undefined) {
    socket.raisePendingError();
    return socket.isReceiveShutdown ? 0 : WOULD_BLOCK;
  }
  const count = into.put(message.bytes);
  if (count < message.bytes.length) received.flags |= MSG_TRUNC;
  received.address = message.address;
  if (socket.isPassingCredentials) received.credentials = message.credentials;
  if ((flags & MSG_PEEK) !== 0) {
    received.files = message.files.map(file => socket.kernel.vfs.get(file));
  } else {
    socket.queue.shift();
    received.files = takeFiles(message);
    uncharge(message);
    socket.wakeSenders();
  }
  return (flags & MSG_TRUNC) !== 0 ? message.bytes.length : count;
}
