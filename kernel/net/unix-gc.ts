/**
 * Garbage of Unix-domain sockets: a socket that was sent with SCM_RIGHTS is held by the message; when the message lies
 * in the queue of a socket that is itself held by a message only, and so on in a circle, nobody can ever receive it.
 * Linux counterpart: net/unix/garbage.c.
 *
 * 1. Candidates are the sockets whose references are all from messages in flight.
 * 2. A candidate of which some reference lies in the queue of a socket that is no candidate can be received: it is
 *    reachable, and so is every candidate in the queues of a reachable one.
 * 3. The queues of the candidates that remain are emptied; the references that go free them.
 */
import { dropMessage, type Message } from './message.ts';
import type { UnixSockets } from './unix.ts';
import { UnixSocket } from './unix-socket.ts';

export function collectGarbage(unix: UnixSockets): void {
  const candidates = new Set<UnixSocket>();
  for (const [socket, count] of unix.inFlight) {
    if (socket instanceof UnixSocket && socket.references === count) candidates.add(socket);
  }
  if (candidates.size === 0) return;
  const reachable: UnixSocket[] = [];
  for (const socket of unix.sockets) {
    if (!candidates.has(socket) && !isPendingOf(socket, candidates)) reachable.push(socket);
  }
  for (let socket = reachable.pop(); socket !== undefined; socket = reachable.pop()) {
    for (const message of messagesBehind(socket)) {
      for (const file of message.files) {
        if (file instanceof UnixSocket && candidates.delete(file)) reachable.push(file);
      }
    }
  }
  const doomed: Message[] = [];
  for (const socket of candidates) {
    for (const holder of [socket, ...socket.backlog]) doomed.push(...holder.queue.splice(0));
  }
  for (const message of doomed) dropMessage(message);
}

/** Connections that wait to be accepted belong to their listener. */
function isPendingOf(socket: UnixSocket, candidates: ReadonlySet<UnixSocket>): boolean {
  return socket.listener !== undefined && candidates.has(socket.listener);
}

function* messagesBehind(socket: UnixSocket): Generator<Message> {
  yield* socket.queue;
  for (const pending of socket.backlog) yield* pending.queue;
}
