/**
 * Bytes of Unix-domain stream sockets: unix_stream_sendmsg and unix_stream_read_generic in af_unix.c. The queue holds
 * messages, because files and credentials travel with the bytes that they were sent with: a receive never takes bytes
 * from beyond a message with files, nor (with SO_PASSCRED) from two senders.
 */
import { EINVAL, EISCONN, ENOTCONN, EOPNOTSUPP, EPIPE } from '../abi/errno.ts';
import { MSG_OOB, MSG_PEEK } from '../abi/socket.ts';
import { WOULD_BLOCK, fail } from '../errors.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { costOf, makeMessage, takeFiles, uncharge, type Message } from './message.ts';
import type { PeerCredentials, Received, SendRequest } from './socket.ts';
import { senderCredentials } from './unix-credentials.ts';
import type { UnixSocket } from './unix-socket.ts';

/** Most bytes in one message: what Linux puts into one sk_buff. */
const CHUNK = 36544;

export function sendStream(socket: UnixSocket, request: SendRequest): number {
  const { data, flags } = request;
  // Linux: has had urgent bytes in Unix streams, and SIOCATMARK, since 5.15; hardly anybody uses them.
  if ((flags & MSG_OOB) !== 0) fail(EOPNOTSUPP, 'unix: MSG_OOB');
  if (request.address !== undefined && request.address.length > 0) {
    fail(socket.state === 'connected' ? EISCONN : EOPNOTSUPP, 'unix: stream send with an address');
  }
  const { peer } = socket;
  if (peer === undefined || socket.state !== 'connected')
    return fail(ENOTCONN, 'unix: stream without a peer');
  const before = data.transferred;
  let { files } = request;
  if (files.length > 0 && !peer.takesFiles) fail(EINVAL, 'unix: files for somebody outside of the guest');
  do {
    if (socket.isSendShutdown || peer.isReleased || peer.isReceiveShutdown) {
      if (data.transferred > before) break;
      socket.signalBrokenPipe(flags);
      fail(EPIPE, 'unix: the peer does not receive');
    }
    if (data.remaining === 0) break;
    if (socket.charged >= socket.sendBuffer) return data.transferred - before || WOULD_BLOCK;
    const bytes = new Uint8Array(Math.min(data.remaining, CHUNK));
    // What went out before counts more than the lack of memory for the rest.
    if (data.transferred > before && !socket.kernel.buffers.has(costOf(bytes.length))) break;
    data.take(bytes);
    peer.enqueue(makeMessage(socket, bytes, files, senderCredentials(socket, request)));
    files = [];
  } while (data.remaining > 0);
  return data.transferred - before;
}

export function receiveStream(socket: UnixSocket, into: IoBuffer, flags: number, received: Received): number {
  if ((flags & MSG_OOB) !== 0) fail(EOPNOTSUPP, 'unix: MSG_OOB');
  if (socket.state !== 'connected') return fail(EINVAL, 'unix: stream without a peer');
  if (socket.queue.length === 0) {
    socket.raisePendingError();
    return socket.isReceiveShutdown ? 0 : WOULD_BLOCK;
  }
  return (flags & MSG_PEEK) !== 0 ? peek(socket, into, received) : take(socket, into, received);
}

function take(socket: UnixSocket, into: IoBuffer, received: Received): number {
  let done = 0;
  for (let message = socket.queue[0]; message !== undefined; message = socket.queue[0]) {
    if (into.remaining === 0 || !isSameSender(socket, message, received.credentials)) break;
    const count = into.put(message.bytes.subarray(message.offset));
    done += count;
    message.offset += count;
    note(socket, message, received);
    received.files = takeFiles(message);
    if (message.offset < message.bytes.length) break;
    socket.queue.shift();
    uncharge(message);
    if (received.files.length > 0) break;
  }
  return done;
}

function peek(socket: UnixSocket, into: IoBuffer, received: Received): number {
  let done = 0;
  for (const message of socket.queue) {
    if (into.remaining === 0 || !isSameSender(socket, message, received.credentials)) break;
    done += into.put(message.bytes.subarray(message.offset));
    note(socket, message, received);
    if (message.files.length === 0) continue;
    received.files = message.files.map(file => socket.kernel.vfs.get(file));
    break;
  }
  return done;
}

function note(socket: UnixSocket, message: Message, received: Received): void {
  if (socket.isPassingCredentials) received.credentials = message.credentials;
}

function isSameSender(
  socket: UnixSocket,
  message: Message,
  credentials: PeerCredentials | undefined,
): boolean {
  if (!socket.isPassingCredentials || credentials === undefined) return true;
  const { pid, uid, gid } = message.credentials;
  return pid === credentials.pid && uid === credentials.uid && gid === credentials.gid;
}
