/** The credentials that go with a message: those that SCM_CREDENTIALS gave, or the sender's real ids. */
import type { PeerCredentials, SendRequest, Socket } from './socket.ts';

export function senderCredentials(socket: Socket, request: SendRequest): PeerCredentials {
  if (request.credentials !== undefined) return request.credentials;
  const task = socket.kernel.scheduler.current;
  if (task === undefined) return { pid: 0, uid: 0, gid: 0 };
  return { pid: task.group.tgid, uid: task.credentials.uid, gid: task.credentials.gid };
}
