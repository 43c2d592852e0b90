import { expect, test } from 'vitest';
import * as errno from '../abi/errno.ts';
import * as abi from '../abi/fanotify.ts';
import { fromBytes } from '../abi/byte-string.ts';
import { Caller } from '../syscall/testing.ts';

const AT_FDCWD = -100;

class Listener extends Caller {
  group(init: number): number {
    return this.call('fanotify_init', init | abi.FAN_NONBLOCK, 0) as number;
  }
  mark(group: number, flags: number, mask: number, path: string): unknown {
    return this.call('fanotify_mark', group, abi.FAN_MARK_ADD | flags, mask, AT_FDCWD, this.text(path));
  }
  /** Mask, name of the file that was opened, and names that came with handles. */
  events(group: number): string[] {
    const { memory } = this.task;
    const count = this.call('read', group, this.buffer, 4096) as number;
    if (count < 0) return [];
    const found: string[] = [];
    for (let at = 0; at < count;) {
      const bytes = memory.copyIn(this.buffer + at, count - at);
      const { eventLen, mask, fd, metadataLen } = abi.FanotifyEvent.decode(bytes);
      let text = mask.toString(16);
      if (fd >= 0) {
        text += ` ${this.task.file(fd).path.dentry.name}`;
        this.close(fd);
      }
      const tail = bytes.subarray(metadataLen + abi.FanotifyInfoFid.size + 8, eventLen);
      if (bytes[metadataLen] === abi.FAN_EVENT_INFO_TYPE_DFID_NAME && eventLen > metadataLen) {
        text += ` ${fromBytes(tail).replace(/\0.*$/s, '')}`;
      }
      found.push(text);
      at += eventLen;
    }
    return found;
  }
  touch(path: string): void {
    const fd = this.open(path, 0o102, 0o644) as number;
    this.write(fd, 'x');
    this.close(fd);
  }
}

test('a mark on a mount tells of all files, each with a descriptor, and not of what is done with that', () => {
  const caller = new Listener();
  const group = caller.group(0);
  const mask = abi.FAN_OPEN | abi.FAN_MODIFY | abi.FAN_CLOSE_WRITE;
  expect(caller.mark(group, abi.FAN_MARK_MOUNT, mask, '/')).toBe(0);
  caller.touch('/a');
  expect(caller.poll(group) & 1).toBe(1);
  expect(caller.events(group)).toEqual(['2a a']);
  expect(caller.events(group)).toEqual([]);
  expect(caller.call('read', group, caller.buffer, 100)).toBe(-errno.EAGAIN);
});

test('a mark on a directory tells of its entries if it is to', () => {
  const caller = new Listener();
  caller.call('mkdir', caller.text('/d'), 0o755);
  const group = caller.group(0);
  caller.mark(group, 0, abi.FAN_CLOSE_WRITE, '/d');
  caller.touch('/d/f');
  expect(caller.events(group)).toEqual([]);
  caller.mark(group, 0, abi.FAN_CLOSE_WRITE | abi.FAN_EVENT_ON_CHILD, '/d');
  caller.touch('/d/f');
  expect(caller.events(group)).toEqual(['8 f']);
  caller.mark(
    group,
    abi.FAN_MARK_IGNORED_MASK | abi.FAN_MARK_IGNORED_SURV_MODIFY,
    abi.FAN_CLOSE_WRITE,
    '/d/f',
  );
  caller.touch('/d/f');
  expect(caller.events(group)).toEqual([]);
});

test('with handles, names that come and go are told', () => {
  const caller = new Listener();
  caller.call('mkdir', caller.text('/d'), 0o755);
  const plain = caller.group(0);
  expect(caller.mark(plain, 0, abi.FAN_CREATE, '/d')).toBe(-errno.EINVAL);
  const group = caller.group(abi.FAN_REPORT_DIR_FID | abi.FAN_REPORT_NAME);
  const mask = abi.FAN_CREATE | abi.FAN_DELETE | abi.FAN_MOVED_TO | abi.FAN_ONDIR;
  expect(caller.mark(group, abi.FAN_MARK_FILESYSTEM, mask, '/')).toBe(0);
  caller.touch('/d/new');
  caller.call('rename', caller.text('/d/new'), caller.bytes('/d/other\0', caller.buffer));
  caller.call('unlink', caller.text('/d/other'));
  caller.call('mkdir', caller.text('/d/sub'), 0o755);
  expect(caller.events(group)).toEqual(['100 new', '280 other', '40000100 sub']);
});

test('without privileges there are only handles, and no wide marks', () => {
  const caller = new Listener();
  caller.call('setuid', 1000);
  expect(caller.group(0)).toBe(-errno.EPERM);
  const group = caller.group(abi.FAN_REPORT_FID);
  expect(caller.mark(group, abi.FAN_MARK_MOUNT, abi.FAN_OPEN, '/')).toBe(-errno.EPERM);
  expect(caller.mark(group, 0, abi.FAN_OPEN, '/')).toBe(0);
});

test('a handle opens its file again', () => {
  const caller = new Listener();
  caller.touch('/h');
  const { memory } = caller.task;
  memory.writeU32(caller.out, 0);
  const at = caller.out;
  const name = caller.text('/h');
  expect(caller.call('name_to_handle_at', AT_FDCWD, name, at, at + 200, 0)).toBe(-errno.EOVERFLOW);
  expect(caller.call('name_to_handle_at', AT_FDCWD, name, at, at + 200, 0)).toBe(0);
  const fd = caller.call('open_by_handle_at', AT_FDCWD, at, 0) as number;
  expect(caller.read(fd)).toBe('x');
  memory.writeU32(at + 8, 999);
  expect(caller.call('open_by_handle_at', AT_FDCWD, at, 0)).toBe(-errno.ESTALE);
});
