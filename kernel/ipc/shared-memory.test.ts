import { expect, test } from 'vitest';
import { EACCES, EEXIST, EINVAL, ENOENT } from '../abi/errno.ts';
import { IPC_CREAT, IPC_EXCL, IPC_RMID, IPC_STAT, SHM_RDONLY, SHM_STAT, ShmidDs } from '../abi/ipc.ts';
import { Caller } from '../syscall/testing.ts';

const SIZE = 10000;

function stat(caller: Caller, id: number): ReturnType<typeof ShmidDs.decode> {
  expect(caller.call('shmctl', id, IPC_STAT, caller.out)).toBe(0);
  return ShmidDs.decode(caller.task.memory.copyIn(caller.out, ShmidDs.size));
}

test('a segment is shared by fork, by attaching it twice, and by key', () => {
  const parent = new Caller();
  const id = parent.call('shmget', 77, SIZE, IPC_CREAT | 0o600) as number;
  const at = parent.call('shmat', id, 0, 0) as number;
  parent.task.memory.writeU32(at + 4, 1234);
  const child = parent.fork();
  child.task.memory.writeU32(at + 8, 5678);
  expect(parent.task.memory.readU32(at + 8)).toBe(5678);
  expect(child.call('shmget', 77, SIZE, 0)).toBe(id);
  const second = child.call('shmat', id, 0, 0) as number;
  expect(second).not.toBe(at);
  expect(child.task.memory.readU32(second + 4)).toBe(1234);
  expect(stat(parent, id)).toMatchObject({ nattch: 3, segsz: SIZE, mode: 0o600, key: 77, cpid: 1 });
  child.call('exit_group', 0);
  expect(stat(parent, id).nattch).toBe(1);
  expect(parent.call('shmdt', at)).toBe(0);
  expect(parent.call('shmdt', at)).toBe(-EINVAL);
  expect(stat(parent, id).nattch).toBe(0);
});

test('a removed segment lives until its last detach, without its key', () => {
  const caller = new Caller();
  const { ipc, memory } = caller.guest.kernel;
  const before = memory.committedPages;
  const id = caller.call('shmget', 5, SIZE, IPC_CREAT | 0o600) as number;
  const at = caller.call('shmat', id, 0, 0) as number;
  caller.task.memory.writeU32(at, 9);
  expect(caller.call('shmctl', id, IPC_RMID, 0)).toBe(0);
  expect(caller.call('shmget', 5, SIZE, 0)).toBe(-ENOENT);
  expect(stat(caller, id)).toMatchObject({ nattch: 1, mode: 0o1600, key: 0 });
  expect(caller.task.memory.readU32(at)).toBe(9);
  expect(caller.call('shmdt', at)).toBe(0);
  expect(caller.call('shmctl', id, IPC_STAT, caller.out)).toBe(-EINVAL);
  expect([ipc.segmentPages, memory.shmemPages, memory.committedPages]).toEqual([0, 0, before]);
});

test('identifiers are not used again at once, and indexes are', () => {
  const caller = new Caller();
  const first = caller.call('shmget', 0, SIZE, 0o600) as number;
  caller.call('shmctl', first, IPC_RMID, 0);
  const second = caller.call('shmget', 0, SIZE, 0o600) as number;
  expect([first, second]).toEqual([0, 32768]);
  expect(caller.call('shmctl', 0, SHM_STAT, caller.out)).toBe(second);
});

test('sizes, keys and modes are checked as on Linux', () => {
  const caller = new Caller();
  expect(caller.call('shmget', 0, 0, 0o600)).toBe(-EINVAL);
  expect(caller.call('shmget', 6, SIZE, 0o600)).toBe(-ENOENT);
  const id = caller.call('shmget', 6, SIZE, IPC_CREAT | 0o440) as number;
  expect(caller.call('shmget', 6, SIZE, IPC_CREAT | IPC_EXCL | 0o600)).toBe(-EEXIST);
  expect(caller.call('shmget', 6, SIZE + 1, 0)).toBe(-EINVAL);
  const other = caller.fork();
  other.call('setuid', 1000);
  expect(other.call('shmat', id, 0, 0)).toBe(-EACCES);
  const at = caller.call('shmat', id, 0, SHM_RDONLY) as number;
  expect(() => caller.task.memory.writeU32(at, 1)).toThrow();
  expect(caller.call('mprotect', at, 4096, 3)).toBe(-EACCES);
  expect(caller.call('shmat', id, at, 0)).toBe(-EINVAL);
  expect(caller.call('shmat', id, at + 1, 0)).toBe(-EINVAL);
});
