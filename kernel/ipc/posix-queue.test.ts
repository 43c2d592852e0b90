import { expect, test } from 'vitest';
import { fromBytes } from '../abi/byte-string.ts';
import * as errno from '../abi/errno.ts';
import { MqAttr } from '../abi/mqueue.ts';
import { SIGEV_SIGNAL, SIGUSR1, SigeventLayout } from '../abi/signal.ts';
import { Caller, type Result } from '../syscall/testing.ts';

const O_CREAT = 0o100;
const O_NONBLOCK = 0o4000;

function open(caller: Caller, flags: number, limits = { maxmsg: 2, msgsize: 16 }): Result {
  const at = caller.bytes(MqAttr.encode(limits), caller.out);
  return caller.call('mq_open', caller.text('queue'), flags, 0o600, at);
}
function send(caller: Caller, fd: number, text: string, priority = 0): Result {
  return caller.call('mq_timedsend', fd, caller.bytes(text), text.length, priority, 0);
}
function receive(caller: Caller, fd: number): string | number | undefined {
  return textOf(caller, caller.call('mq_timedreceive', fd, caller.buffer, 16, caller.out, 0));
}
function textOf(caller: Caller, result: Result): string | number | undefined {
  if (typeof result !== 'number' || result < 0) return result;
  return fromBytes(caller.task.memory.copyIn(caller.buffer, result));
}

test('messages leave by priority; a full queue and an empty one make callers wait', () => {
  const caller = new Caller();
  const fd = open(caller, O_CREAT | 2) as number;
  const other = caller.fork();
  send(caller, fd, 'low', 1);
  send(caller, fd, 'high', 5);
  expect(send(other, fd, 'later', 9)).toBeUndefined();
  expect(receive(caller, fd)).toBe('high');
  expect(other.later).toBe(0);
  expect([receive(caller, fd), receive(caller, fd)]).toEqual(['later', 'low']);
  expect(receive(other, fd)).toBeUndefined();
  send(caller, fd, 'wake');
  expect(textOf(other, other.later)).toBe('wake');
});

test('limits are those of the queue, the user and the sysctls', () => {
  const caller = new Caller();
  expect(open(caller, 2)).toBe(-errno.ENOENT);
  expect(open(caller, O_CREAT | 2, { maxmsg: 0, msgsize: 1 })).toBe(-errno.EINVAL);
  const fd = open(caller, O_CREAT | O_NONBLOCK | 2) as number;
  expect(send(caller, fd, 'x'.repeat(17))).toBe(-errno.EMSGSIZE);
  expect(caller.call('mq_timedreceive', fd, caller.buffer, 15, 0, 0)).toBe(-errno.EMSGSIZE);
  expect(receive(caller, fd)).toBe(-errno.EAGAIN);
  caller.call('setuid', 1000);
  expect(open(caller, 2)).toBe(-errno.EACCES);
  expect(caller.call('mq_unlink', caller.text('queue'))).toBe(-errno.EPERM);
  expect(send(caller, fd, 'still open')).toBe(0);
});

test('the process that registered is told once, when the empty queue gets a message', () => {
  const caller = new Caller();
  const fd = open(caller, O_CREAT | 2) as number;
  caller.call('rt_sigprocmask', 0, caller.bytes(Uint8Array.of(0, 2, 0, 0, 0, 0, 0, 0)), 0, 8);
  const at = caller.bytes(SigeventLayout.encode({ signo: SIGUSR1, notify: SIGEV_SIGNAL }), caller.out);
  expect(caller.call('mq_notify', fd, at)).toBe(0);
  expect(caller.call('mq_notify', fd, at)).toBe(-errno.EBUSY);
  send(caller, fd, 'first');
  expect(caller.task.group.sharedPending.has(SIGUSR1)).toBe(true);
  expect(caller.call('mq_notify', fd, at)).toBe(0);
});

test('a removed queue gives everything back when its last descriptor is closed', () => {
  const caller = new Caller();
  const { posixQueues, buffers } = caller.guest.kernel;
  const before = buffers.used;
  const fd = open(caller, O_CREAT | 2) as number;
  send(caller, fd, 'lost');
  expect(caller.call('mq_unlink', caller.text('queue'))).toBe(0);
  expect(posixQueues.count).toBe(1);
  caller.close(fd);
  expect([posixQueues.count, posixQueues.userBytes.size, buffers.used]).toEqual([0, 0, before]);
});
