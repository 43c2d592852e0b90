import { expect, test } from 'vitest';
import * as errno from '../abi/errno.ts';
import { MPOL_BIND, MPOL_F_ADDR, MPOL_F_NODE, MPOL_INTERLEAVE } from '../abi/mempolicy.ts';
import { Caller } from './testing.ts';

const MAP_ANON = 0x22;

function map(caller: Caller, pages = 4, prot = 3, flags = MAP_ANON): number {
  return caller.call('mmap', 0, pages * 4096, prot, flags, -1, 0) as number;
}

test('sealed mappings are neither unmapped, moved, replaced nor protected', () => {
  const caller = new Caller();
  const at = map(caller);
  expect(caller.call('mseal', at + 4096, 4096, 0)).toBe(0);
  expect(caller.call('munmap', at, 4 * 4096)).toBe(-errno.EPERM);
  expect(caller.call('mprotect', at + 4096, 4096, 1)).toBe(-errno.EPERM);
  expect(caller.call('mmap', at, 8192, 3, MAP_ANON | 0x10, -1, 0)).toBe(-errno.EPERM);
  expect(caller.call('mremap', at + 4096, 4096, 8192, 1, 0)).toBe(-errno.EPERM);
  expect(caller.call('munmap', at + 8192, 8192)).toBe(0);
  expect(caller.call('mseal', at, 4 * 4096, 0)).toBe(-errno.ENOMEM);
});

test('there is one memory node', () => {
  const caller = new Caller();
  const at = map(caller);
  caller.bytes(Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0));
  expect(caller.call('set_mempolicy', MPOL_INTERLEAVE, caller.buffer, 64)).toBe(0);
  expect(caller.call('get_mempolicy', caller.out, caller.out + 8, 64, 0, 0)).toBe(0);
  expect(caller.task.memory.readI32(caller.out)).toBe(MPOL_INTERLEAVE);
  expect(caller.call('get_mempolicy', caller.out, 0, 0, at, MPOL_F_NODE | MPOL_F_ADDR)).toBe(0);
  expect(caller.call('mbind', at, 8192, MPOL_BIND, caller.buffer, 64, 0)).toBe(0);
  caller.bytes(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0));
  expect(caller.call('set_mempolicy', MPOL_BIND, caller.buffer, 64)).toBe(-errno.EINVAL);
  caller.task.memory.writeU8(at + 4096, 1);
  caller.bytes(new Uint8Array(BigUint64Array.of(BigInt(at + 4096), BigInt(at + 8192), 4096n).buffer));
  expect(caller.call('move_pages', 0, 3, caller.buffer, 0, caller.out, 0)).toBe(0);
  const status = new Int32Array(caller.task.memory.copyIn(caller.out, 12).buffer);
  expect([...status]).toEqual([0, -errno.ENOENT, -errno.EFAULT]);
});

test('kcmp tells what is shared', () => {
  const parent = new Caller();
  const [a, b] = parent.pipe();
  const child = parent.fork();
  const { tid } = child.task;
  expect(parent.call('kcmp', 1, tid, 0, a, a)).toBe(0);
  expect(parent.call('kcmp', 1, tid, 0, a, b)).toBeGreaterThan(0);
  expect(parent.call('kcmp', 1, tid, 2, 0, 0)).toBeGreaterThan(0);
  const order = [parent.call('kcmp', 1, tid, 1, 0, 0), parent.call('kcmp', tid, 1, 1, 0, 0)];
  expect(order).toEqual([2, 1].includes(order[0] as number) ? [order[0], 3 - (order[0] as number)] : []);
  expect(parent.call('kcmp', 1, tid, 0, 99, 99)).toBe(-errno.EBADF);
});

test('futex_wait and futex_wake meet each other and futex(2)', () => {
  const caller = new Caller();
  const thread = new Caller(caller.guest, caller.guest.thread(caller.task));
  const at = caller.buffer;
  caller.task.memory.writeU32(at, 5);
  expect(thread.call('futex_wait', at, 4, 0xffffffffn, 0x82, 0, 0)).toBe(-errno.EAGAIN);
  expect(thread.call('futex_wait', at, 5, 0xffffffffn, 0x82, 0, 0)).toBeUndefined();
  expect(caller.call('futex_wake', at, 0xffffffffn, 1, 0x82)).toBe(1);
  expect(thread.later).toBe(0);
  expect(thread.call('futex_wait', at, 5, 1, 0x82, 0, 0)).toBeUndefined();
  expect(caller.call('futex', at, 1 | 128, 1, 0, 0, 0)).toBe(1);
  expect(thread.later).toBe(0);
});

test('extended attributes from a directory', () => {
  const caller = new Caller();
  caller.close(caller.open('/f', 0o101, 0o644) as number);
  const { memory } = caller.task;
  const value = caller.bytes('value');
  memory.copyOut(caller.out, new Uint8Array(BigUint64Array.of(BigInt(value), 5n).buffer));
  const name = caller.bytes('user.x\0', caller.buffer + 64);
  expect(caller.call('setxattrat', -100, caller.text('/f'), 0, name, caller.out, 16)).toBe(0);
  memory.writeU32(caller.out + 8, 100);
  expect(caller.call('getxattrat', -100, caller.text('/f'), 0, name, caller.out, 16)).toBe(5);
  expect(caller.call('listxattrat', -100, caller.text('/f'), 0, caller.buffer, 100)).toBe(7);
  expect(caller.call('getxattrat', -100, caller.text('/f'), 0, name, caller.out, 8)).toBe(-errno.EINVAL);
});

test('another part of a file is mapped in place', () => {
  const caller = new Caller();
  const fd = caller.call('memfd_create', caller.text('m'), 0) as number;
  caller.call('ftruncate', fd, 3 * 4096);
  const at = caller.call('mmap', 0, 3 * 4096, 3, 1, fd, 0) as number;
  for (let i = 0; i < 3; i++) caller.task.memory.writeU32(at + i * 4096, i + 1);
  expect(caller.call('remap_file_pages', at, 4096, 0, 2, 0)).toBe(0);
  expect(caller.task.memory.readU32(at)).toBe(3);
});

test('advice about another process is given through a pidfd', () => {
  const parent = new Caller();
  const child = parent.fork();
  const at = map(child);
  const fd = parent.call('pidfd_open', child.task.tid, 0) as number;
  parent.bytes(new Uint8Array(BigUint64Array.of(BigInt(at), 8192n).buffer), parent.out);
  expect(parent.call('process_madvise', fd, parent.out, 1, 20, 0)).toBe(8192);
  expect(parent.call('process_madvise', fd, parent.out, 1, 4, 0)).toBe(-errno.EINVAL);
  expect(parent.call('process_mrelease', fd, 0)).toBe(-errno.EINVAL);
});

test('unshare gives a thread its own directories and descriptors', () => {
  const caller = new Caller();
  const thread = new Caller(caller.guest, caller.guest.thread(caller.task));
  thread.task.fs.put();
  thread.task.fs = caller.task.fs.get();
  expect(thread.call('unshare', 0x200)).toBe(0);
  expect(thread.call('umask', 0o077)).toBe(caller.call('umask', 0o022));
  expect(caller.call('umask', 0o022)).toBe(0o022);
  expect(thread.call('unshare', 0x1_0000)).toBe(-errno.EINVAL);
  expect(thread.call('unshare', 0x1000_0000)).toBe(-errno.EINVAL);
  expect(thread.call('unshare', 0x800)).toBe(-errno.EINVAL);
  expect(thread.call('unshare', 1)).toBe(-errno.EINVAL);
});
