import { expect, test } from 'vitest';
import * as errno from '../abi/errno.ts';
import { F_GETLEASE, F_RDLCK, F_SETLEASE, F_UNLCK, F_WRLCK } from '../abi/fcntl.ts';
import { SIGIO } from '../abi/signal.ts';
import { Caller } from '../syscall/testing.ts';

function file(caller: Caller): void {
  caller.close(caller.open('/f', 0o102, 0o644) as number);
  caller.call('rt_sigprocmask', 0, caller.bytes(new Uint8Array(8).fill(0xff)), 0, 8);
}
const lease = (caller: Caller, fd: number, type: number) => caller.call('fcntl', fd, F_SETLEASE, type);

test('an open that conflicts waits until the holder gives the lease up', () => {
  const holder = new Caller();
  file(holder);
  const other = holder.fork();
  const fd = holder.open('/f', 0) as number;
  expect(lease(holder, fd, F_RDLCK)).toBe(0);
  expect(other.open('/f', 0)).toBeGreaterThanOrEqual(0);
  expect(other.open('/f', 0o4001)).toBe(-errno.EAGAIN);
  expect(holder.task.group.sharedPending.has(SIGIO)).toBe(true);
  expect(holder.call('fcntl', fd, F_GETLEASE)).toBe(F_UNLCK);
  expect(other.open('/f', 1)).toBeUndefined();
  expect(lease(holder, fd, F_UNLCK)).toBe(0);
  expect(other.later).toBeGreaterThanOrEqual(0);
});

test('a holder that does not answer loses the lease', () => {
  const holder = new Caller();
  file(holder);
  const fd = holder.open('/f', 2) as number;
  expect(lease(holder, fd, F_RDLCK)).toBe(-errno.EAGAIN);
  expect(lease(holder, fd, F_WRLCK)).toBe(0);
  const other = holder.fork();
  expect(other.open('/f', 0)).toBeUndefined();
  holder.guest.advance(46e9);
  expect(other.later).toBeGreaterThanOrEqual(0);
  expect(holder.call('fcntl', fd, F_GETLEASE)).toBe(F_UNLCK);
});

test('F_NOTIFY tells of changes in a directory by signal', () => {
  const caller = new Caller();
  file(caller);
  const directory = caller.open('/', 0) as number;
  expect(caller.call('fcntl', directory, 1026, 4)).toBe(0);
  caller.close(caller.open('/new', 0o102, 0o644) as number);
  expect(caller.task.group.sharedPending.has(SIGIO)).toBe(true);
  expect(caller.guest.kernel.vfs.watches.watchCount).toBe(0);
});
