import { expect, test } from 'vitest';
import { fromBytes } from '../abi/byte-string.ts';
import { E2BIG, EAGAIN, EIDRM, EINVAL, ENOMSG } from '../abi/errno.ts';
import * as abi from '../abi/ipc.ts';
import { Caller, type Result } from '../syscall/testing.ts';

function send(caller: Caller, id: number, type: number, text: string, flags = 0): Result {
  caller.task.memory.writeU64(caller.buffer, type);
  caller.bytes(text, caller.buffer + 8);
  return caller.call('msgsnd', id, caller.buffer, text.length, flags);
}
function receive(
  caller: Caller,
  id: number,
  type: number,
  flags = 0,
  size = 100,
): string | number | undefined {
  return textOf(caller, caller.call('msgrcv', id, caller.buffer, size, type, flags));
}
function textOf(caller: Caller, result: Result): string | number | undefined {
  if (typeof result !== 'number' || result < 0) return result;
  const { memory } = caller.task;
  return `${memory.readU64(caller.buffer)}:${fromBytes(memory.copyIn(caller.buffer + 8, result))}`;
}
const newQueue = (caller: Caller): number => caller.call('msgget', abi.IPC_PRIVATE, 0o600) as number;

test('messages are chosen by type', () => {
  const caller = new Caller();
  const id = newQueue(caller);
  for (const [type, text] of [[5, 'e'], [3, 'c'], [5, 'f'], [1, 'a']] as const) send(caller, id, type, text); // prettier-ignore
  expect(receive(caller, id, 5)).toBe('5:e');
  expect(receive(caller, id, -4)).toBe('1:a');
  expect(receive(caller, id, 3, abi.MSG_EXCEPT)).toBe('5:f');
  expect(receive(caller, id, 9, abi.IPC_NOWAIT)).toBe(-ENOMSG);
  expect(receive(caller, id, 0)).toBe('3:c');
  expect(send(caller, id, 0, 'x')).toBe(-EINVAL);
});

test('a long message is E2BIG and stays, or is cut with MSG_NOERROR', () => {
  const caller = new Caller();
  const id = newQueue(caller);
  send(caller, id, 1, 'long message');
  expect(receive(caller, id, 0, 0, 4)).toBe(-E2BIG);
  expect(receive(caller, id, 0, abi.MSG_NOERROR, 4)).toBe('1:long');
  expect(receive(caller, id, 0, abi.IPC_NOWAIT)).toBe(-ENOMSG);
});

test('receivers wait for messages, senders for room, and both hear of the end', () => {
  const parent = new Caller();
  const child = parent.fork();
  const id = newQueue(parent);
  expect(receive(child, id, 7)).toBeUndefined();
  send(parent, id, 6, 'no');
  expect(child.later).toBeUndefined();
  send(parent, id, 7, 'yes');
  expect(textOf(child, child.later)).toBe('7:yes');
  const big = 'x'.repeat(8192);
  expect(send(parent, id, 1, big)).toBe(0);
  expect(send(parent, id, 1, big, abi.IPC_NOWAIT)).toBe(-EAGAIN);
  expect(send(child, id, 1, big)).toBeUndefined();
  expect(receive(parent, id, 6)).toBe('6:no');
  expect(child.later).toBe(0);
  expect(receive(child, id, 99)).toBeUndefined();
  expect(parent.call('msgctl', id, abi.IPC_RMID, 0)).toBe(0);
  expect(child.later).toBe(-EIDRM);
});
