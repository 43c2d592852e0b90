import { expect, test } from 'vitest';
import { EAGAIN, EFBIG, EIDRM, ERANGE } from '../abi/errno.ts';
import * as abi from '../abi/ipc.ts';
import { Caller } from '../syscall/testing.ts';

type Op = [num: number, op: number, flg?: number];

function semop(caller: Caller, id: number, ...operations: Op[]): ReturnType<Caller['call']> {
  const bytes = new Uint8Array(operations.length * abi.Sembuf.size);
  operations.forEach(([num, op, flg = 0], i) =>
    abi.Sembuf.encodeInto(bytes, i * abi.Sembuf.size, { num, op, flg }),
  );
  return caller.call('semop', id, caller.bytes(bytes), operations.length);
}
function newSet(caller: Caller, count = 2): number {
  return caller.call('semget', abi.IPC_PRIVATE, count, 0o600) as number;
}
const value = (caller: Caller, id: number, num = 0) => caller.call('semctl', id, num, abi.GETVAL);

test('operations are done all or none, and sleepers go on in order of arrival', () => {
  const parent = new Caller();
  const id = newSet(parent);
  const [first, second] = [parent.fork(), parent.fork()];
  expect(semop(first, id, [0, -1], [1, 1])).toBeUndefined();
  expect(semop(second, id, [0, -1])).toBeUndefined();
  expect(parent.call('semctl', id, 0, abi.GETNCNT)).toBe(2);
  expect(semop(parent, id, [0, 1])).toBe(0);
  expect([first.later, second.later]).toEqual([0, undefined]);
  expect([value(parent, id, 0), value(parent, id, 1)]).toEqual([0, 1]);
  expect(parent.call('semctl', id, 0, abi.GETPID)).toBe(first.task.tid);
  expect(semop(parent, id, [0, 1])).toBe(0);
  expect(second.later).toBe(0);
});

test('a wait for zero ends when the value is zero, however it came to that', () => {
  const parent = new Caller();
  const id = newSet(parent);
  parent.call('semctl', id, 0, abi.SETVAL, 2);
  const child = parent.fork();
  expect(semop(child, id, [0, 0])).toBeUndefined();
  expect(parent.call('semctl', id, 0, abi.GETZCNT)).toBe(1);
  expect(semop(parent, id, [0, -1])).toBe(0);
  expect(child.later).toBeUndefined();
  parent.call('semctl', id, 0, abi.SETVAL, 0);
  expect(child.later).toBe(0);
});

test('SEM_UNDO is carried out at the end of the process, and may let another go on', () => {
  const parent = new Caller();
  const id = newSet(parent);
  parent.call('semctl', id, 0, abi.SETVAL, 1);
  const [holder, waiter] = [parent.fork(), parent.fork()];
  expect(semop(holder, id, [0, -1, abi.SEM_UNDO])).toBe(0);
  expect(semop(waiter, id, [0, -1])).toBeUndefined();
  holder.call('exit_group', 0);
  expect(waiter.later).toBe(0);
  expect(value(parent, id)).toBe(0);
});

test('a sleeper hears of a removed set, of a signal, and of the end of its time', () => {
  const parent = new Caller();
  const id = newSet(parent);
  const [a, b] = [parent.fork(), parent.fork()];
  expect(semop(a, id, [0, -1])).toBeUndefined();
  const at = b.bytes(new Uint8Array(new BigInt64Array([1n, 0n]).buffer), b.out);
  b.bytes(abi.Sembuf.encode({ num: 0, op: -1 }));
  expect(b.call('semtimedop', id, b.buffer, 1, at)).toBeUndefined();
  parent.guest.advance(1.1e9);
  expect(b.later).toBe(-EAGAIN);
  expect(parent.call('semctl', id, 0, abi.IPC_RMID)).toBe(0);
  expect(a.later).toBe(-EIDRM);
});

test('limits and IPC_NOWAIT', () => {
  const caller = new Caller();
  const id = newSet(caller);
  expect(semop(caller, id, [0, -1, abi.IPC_NOWAIT])).toBe(-EAGAIN);
  expect(semop(caller, id, [2, 1])).toBe(-EFBIG);
  expect(caller.call('semctl', id, 0, abi.SETVAL, abi.SEMVMX)).toBe(0);
  expect(semop(caller, id, [0, 1])).toBe(-ERANGE);
  expect(caller.call('semctl', id, 0, abi.SETVAL, abi.SEMVMX + 1)).toBe(-ERANGE);
});
