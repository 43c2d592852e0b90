/**
 * Arguments that the socket calls have in common: the socket of a descriptor, and addresses in guest memory.
 */
import { EINVAL, ENOTSOCK } from '../abi/errno.ts';
import { SOCKADDR_STORAGE } from '../abi/socket.ts';
import { fail } from '../errors.ts';
import { Socket } from '../net/socket.ts';
import type { Task } from '../task/task.ts';

/** The socket of a descriptor; EBADF, ENOTSOCK. */
export function socketOf(task: Task, fd: number): Socket {
  const file = task.file(fd);
  return file instanceof Socket ? file : fail(ENOTSOCK, 'no socket');
}

/** Copies a sockaddr in; EINVAL for a length that none has. */
export function readAddress(task: Task, at: number, length: number): Uint8Array {
  if (length < 0 || length > SOCKADDR_STORAGE) fail(EINVAL, 'sockaddr: length');
  return task.memory.copyIn(at, length);
}

/** Writes a sockaddr as accept(2) and recvfrom(2) do: cut off at *lengthAt, which gets the real length. */
export function writeAddress(task: Task, at: number, lengthAt: number, address: Uint8Array): void {
  const room = task.memory.readI32(lengthAt);
  if (room < 0) fail(EINVAL, 'sockaddr: negative length');
  task.memory.copyOut(at, address.subarray(0, room));
  task.memory.writeI32(lengthAt, address.length);
}
