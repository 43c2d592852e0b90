import { expect, it } from 'vitest';
import type { Task } from '../task/task.ts';
import { toBytes } from '../abi/byte-string.ts';
import { beginCall } from '../task/task.ts';
import { SCRATCH, TestGuest } from '../task/testing.ts';

const OPENAT = 257;
const WRITE = 1;
const READ = 0;
const EXIT_GROUP = 231;

function begin(task: Task, number: number, ...args: number[]): void {
  task.args.words.fill(0);
  args.forEach((value, n) => task.args.words.set([value | 0, value < 0 ? -1 : 0], n * 2));
  beginCall(task, number);
  task.kernel.callRings!.begin(task);
}

it('keeps the last calls of a session, with the path and the data that were there when they were made', () => {
  const { kernel, init } = new TestGuest('trace_calls=3');
  const rings = kernel.callRings!;
  init.mm!.copyOut(SCRATCH, toBytes('/etc/passwd\0'));
  begin(init, READ, 0, SCRATCH, 5);
  rings.end(init, 5);
  begin(init, OPENAT, -100, SCRATCH, 0);
  init.mm!.copyOut(SCRATCH, toBytes('something else'));
  rings.end(init, -2);
  begin(init, WRITE, 1, SCRATCH, 9);
  rings.end(init, 9);
  begin(init, READ, 0, SCRATCH, 5);
  const prefix = `${init.group.session.id} ${init.tid} ${init.comm} `;
  expect(rings.show().split('\n')).toEqual([
    `${prefix}openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = -1 ENOENT (No such file or directory)`,
    `${prefix}write(1, "something", 9) = 9`,
    `${prefix}read(0 <unfinished ...>`,
    '',
  ]);
  rings.end(init, 0);
  // A return from an interrupt is no call: it changes nothing.
  rings.end(init, 77);
  begin(init, EXIT_GROUP, 3);
  rings.endWithout(init);
  const lines = rings.show().split('\n');
  expect(lines.slice(1, 3)).toEqual([`${prefix}read(0, "", 5) = 0`, `${prefix}exit_group(3) = ?`]);
});

it('is there only if the kernel is told so', () => {
  expect(new TestGuest().kernel.callRings).toBeUndefined();
});

it('stands a path that cannot be read', () => {
  const { kernel, init } = new TestGuest('trace_calls=3');
  begin(init, OPENAT, -100, 12, 0);
  kernel.callRings!.end(init, -14);
  expect(kernel.callRings!.show()).toContain('openat(AT_FDCWD, 0xc, O_RDONLY) = -1 EFAULT (Bad address)');
});
