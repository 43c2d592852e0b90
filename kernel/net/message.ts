/**
 * Message: what one send puts into the queue of a Unix-domain socket. Linux counterpart: struct sk_buff with
 * unix_skb_parms.
 *
 * Use contract: `makeMessage` (ENOBUFS) takes a reference to each file and charges the sender; exactly one of
 * `takeFiles` (the receiver has them) and `dropMessage` ends that. The charge ends when the message leaves the queue.
 */
import type { File } from '../fs/file.ts';
import { ENOBUFS } from '../abi/errno.ts';
import { AF_UNIX } from '../abi/socket.ts';
import { fail } from '../errors.ts';
import { Socket, type PeerCredentials } from './socket.ts';
import type { UnixSocket } from './unix-socket.ts';

/** What a message costs besides its bytes, as sizeof(struct sk_buff) and its alignment do on Linux. */
const OVERHEAD = 768;
/** So many bytes fit into that. */
const INCLUDED = 128;

/** What a message of `length` bytes is charged. */
export function costOf(length: number): number {
  return OVERHEAD + Math.max(0, length - INCLUDED);
}

export interface Message {
  readonly bytes: Uint8Array;
  /** Bytes that a stream's reader has taken already. */
  offset: number;
  files: File[];
  readonly credentials: PeerCredentials;
  readonly sender: UnixSocket;
  /** The sender's address when it was sent; empty if it had none. */
  readonly address: Uint8Array;
}

export function makeMessage(
  sender: UnixSocket,
  bytes: Uint8Array,
  files: readonly File[],
  credentials: PeerCredentials,
): Message {
  const cost = costOf(bytes.length);
  if (!sender.kernel.buffers.take(cost)) fail(ENOBUFS, 'unix: no memory for more messages');
  for (const file of files) {
    sender.kernel.vfs.get(file);
    countInFlight(sender, file, 1);
  }
  sender.charged += cost;
  const address = sender.address.kind === 'unnamed' ? new Uint8Array(0) : sender.localAddress();
  return { bytes, offset: 0, files: [...files], credentials, sender, address };
}

/** The receiver takes the files over, with their references. */
export function takeFiles(message: Message): File[] {
  const { files } = message;
  message.files = [];
  for (const file of files) countInFlight(message.sender, file, -1);
  return files;
}

/** The message has left its queue: the sender has room again. */
export function uncharge(message: Message): void {
  const { sender, bytes } = message;
  const cost = costOf(bytes.length);
  sender.kernel.buffers.give(cost);
  sender.discharge(cost);
}

/** Nobody will receive it. */
export function dropMessage(message: Message): void {
  uncharge(message);
  const { vfs } = message.sender.kernel;
  for (const file of takeFiles(message)) vfs.put(file);
}

function countInFlight(sender: UnixSocket, file: File, change: number): void {
  if (!(file instanceof Socket) || file.family !== AF_UNIX) return;
  const { inFlight } = sender.unix;
  const count = (inFlight.get(file) ?? 0) + change;
  if (count === 0) inFlight.delete(file);
  else inFlight.set(file, count);
}
