import { describe, expect, it } from 'vitest';
import * as errno from '../abi/errno.ts';
import {
  AT_FDCWD,
  Flock,
  F_SETLK,
  F_SETLKW,
  F_UNLCK,
  F_WRLCK,
  LOCK_EX,
  LOCK_NB,
  O_APPEND,
  O_CREAT,
  O_DIRECTORY,
  O_NONBLOCK,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  RENAME_EXCHANGE,
  SEEK_DATA,
  SEEK_HOLE,
} from '../abi/fcntl.ts';
import * as IN from '../abi/inotify.ts';
import { MNT_DETACH, MS_BIND, MS_RDONLY, MS_REMOUNT } from '../abi/mount.ts';
import { RLIMIT_FSIZE } from '../abi/resource.ts';
import { S_IFIFO, Stat } from '../abi/stat.ts';
import { fromBytes } from '../abi/byte-string.ts';
import { Caller } from './testing.ts';

const PATH2 = 0x800;

/** A caller and shorthands for calls with paths; the second path lies behind the first one. */
function setup(caller = new Caller()) {
  const path = (text: string): number => caller.text(text);
  const second = (text: string): number => {
    const at = caller.text('') + PATH2;
    caller.bytes(`${text}\0`, at);
    return at;
  };
  const two = (name: string, a: string, b: string) => {
    const at = second(b);
    return caller.call(name, path(a), at);
  };
  const create = (name: string, text = ''): void => {
    const fd = Number(caller.open(name, O_CREAT | O_WRONLY, 0o644));
    if (text !== '') caller.write(fd, text);
    caller.close(fd);
  };
  const stat = (name: string) => {
    expect(caller.call('stat', path(name), caller.out)).toBe(0);
    return Stat.decode(caller.task.memory.copyIn(caller.out, Stat.size));
  };
  const lock = (fd: number, command: number, type: number, start: number, len: number) => {
    caller.bytes(Flock.encode({ type, start, len }), caller.out);
    return caller.call('fcntl', fd, command, caller.out);
  };
  return { caller, path, second, two, create, stat, lock };
}

describe('record locks', () => {
  it('make another process wait until they are released', () => {
    const first = setup();
    const fd = Number(first.caller.open('/f', O_CREAT | O_RDWR, 0o644));
    const other = setup(first.caller.fork());
    expect(first.lock(fd, F_SETLK, F_WRLCK, 0, 10)).toBe(0);
    expect(other.lock(fd, F_SETLK, F_WRLCK, 5, 1)).toBe(-errno.EAGAIN);
    expect(other.lock(fd, F_SETLKW, F_WRLCK, 5, 1)).toBeUndefined();
    expect(first.lock(fd, F_SETLK, F_UNLCK, 5, 5)).toBe(0);
    expect(other.caller.later).toBe(0);
  });

  it('go when any descriptor of the process for the file is closed', () => {
    const first = setup();
    const fd = Number(first.caller.open('/f', O_CREAT | O_RDWR, 0o644));
    const other = setup(first.caller.fork());
    first.lock(fd, F_SETLK, F_WRLCK, 0, 0);
    first.caller.close(Number(first.caller.open('/f', O_RDONLY)));
    expect(other.lock(fd, F_SETLK, F_WRLCK, 0, 0)).toBe(0);
  });

  it('that would wait for each other are EDEADLK', () => {
    const first = setup();
    const fd = Number(first.caller.open('/f', O_CREAT | O_RDWR, 0o644));
    const other = setup(first.caller.fork());
    first.lock(fd, F_SETLK, F_WRLCK, 0, 1);
    other.lock(fd, F_SETLK, F_WRLCK, 1, 1);
    expect(first.lock(fd, F_SETLKW, F_WRLCK, 1, 1)).toBeUndefined();
    expect(other.lock(fd, F_SETLKW, F_WRLCK, 0, 1)).toBe(-errno.EDEADLK);
  });

  it('of flock belong to the open file, which fork shares', () => {
    const first = setup();
    const fd = Number(first.caller.open('/f', O_CREAT | O_RDWR, 0o644));
    const other = setup(first.caller.fork());
    expect(first.caller.call('flock', fd, LOCK_EX)).toBe(0);
    expect(other.caller.call('flock', fd, LOCK_EX | LOCK_NB)).toBe(0);
    const second = Number(other.caller.open('/f', O_RDWR));
    expect(other.caller.call('flock', second, LOCK_EX | LOCK_NB)).toBe(-errno.EAGAIN);
  });
});

describe('opening a FIFO', () => {
  it('waits for the other end', () => {
    const reader = setup();
    reader.caller.call('mknod', reader.path('/fifo'), S_IFIFO | 0o666, 0);
    const writer = setup(reader.caller.fork());
    expect(reader.caller.open('/fifo', O_WRONLY | O_NONBLOCK)).toBe(-errno.ENXIO);
    expect(reader.caller.open('/fifo', O_RDONLY)).toBeUndefined();
    const out = Number(writer.caller.open('/fifo', O_WRONLY));
    const fd = Number(reader.caller.later);
    expect(fd).toBeGreaterThanOrEqual(0);
    writer.caller.write(out, 'through');
    expect(reader.caller.read(fd)).toBe('through');
  });
});

describe('inotify', () => {
  function events(caller: Caller, fd: number): string[] {
    const text = caller.read(fd);
    if (typeof text !== 'string') return [String(text)];
    const bytes = Buffer.from(text, 'latin1');
    const found: string[] = [];
    for (let at = 0; at < bytes.length;) {
      const { mask, cookie, len } = IN.InotifyEvent.decode(bytes, at);
      const name = fromBytes(bytes.subarray(at + 16, at + 16 + len)).replace(/\0+$/, '');
      found.push(`${mask.toString(16)} ${name}${cookie === 0 ? '' : ` #${cookie}`}`);
      at += IN.InotifyEvent.size + len;
    }
    return found;
  }

  it('tells of a file that is made, written, moved and removed, with one cookie for both ends of a move', () => {
    const { caller, path, create, two } = setup();
    caller.call('mkdir', path('/d'), 0o755);
    const fd = Number(caller.call('inotify_init1', O_NONBLOCK));
    expect(caller.call('inotify_add_watch', fd, path('/d'), IN.IN_ALL_EVENTS)).toBe(1);
    create('/d/f', 'x');
    two('rename', '/d/f', '/d/g');
    caller.call('unlink', path('/d/g'));
    const seen = events(caller, fd);
    expect(seen).toEqual(['100 f', '20 f', '2 f', '8 f', '40 f #1', '80 g #1', '200 g']);
    caller.call('rmdir', path('/d'));
    expect(events(caller, fd)).toEqual(['400 ', '8000 ']);
    expect(caller.read(fd)).toBe(-errno.EAGAIN);
  });

  it('says IN_DELETE_SELF when the last open file of a removed name goes', () => {
    const { caller, path, create } = setup();
    create('/f');
    const open = Number(caller.open('/f', O_RDONLY));
    const fd = Number(caller.call('inotify_init1', O_NONBLOCK));
    caller.call('inotify_add_watch', fd, path('/f'), IN.IN_DELETE_SELF | IN.IN_ATTRIB);
    caller.call('unlink', path('/f'));
    expect(events(caller, fd)).toEqual(['4 ']);
    caller.close(open);
    expect(events(caller, fd)).toEqual(['400 ', '8000 ']);
  });

  it('overflows once and goes on', () => {
    const { caller, path, create } = setup();
    caller.guest.kernel.vfs.watches.maxQueuedEvents = 2;
    const fd = Number(caller.call('inotify_init1', O_NONBLOCK));
    caller.call('inotify_add_watch', fd, path('/'), IN.IN_CREATE);
    for (const name of ['/1', '/2', '/3', '/4']) create(name);
    expect(events(caller, fd)).toEqual(['100 1', '100 2', '4000 ']);
  });
});

describe('mounts', () => {
  it('that are in use are EBUSY, and MNT_DETACH lets their last file live', () => {
    const { caller, path, second, create } = setup();
    const type = caller.bytes('tmpfs\0');
    caller.call('mkdir', path('/m'), 0o755);
    expect(caller.call('mount', 0, path('/m'), type, 0, 0)).toBe(0);
    create('/m/f', 'inside');
    const fd = Number(caller.open('/m/f', O_RDONLY));
    expect(caller.call('umount2', path('/m'), 0)).toBe(-errno.EBUSY);
    expect(caller.call('umount2', path('/m'), MNT_DETACH)).toBe(0);
    expect(caller.open('/m/f', O_RDONLY)).toBe(-errno.ENOENT);
    expect(caller.read(fd)).toBe('inside');
    caller.close(fd);
    expect(caller.call('umount2', second('/m'), 0)).toBe(-errno.EINVAL);
  });

  it('give their memory back with the last one', () => {
    const { caller, path, create } = setup();
    const type = caller.bytes('tmpfs\0');
    caller.call('mkdir', path('/m'), 0o755);
    const before = caller.guest.kernel.memory.cachedPages;
    caller.call('mount', 0, path('/m'), type, 0, 0);
    create('/m/f', 'x'.repeat(10_000));
    expect(caller.guest.kernel.memory.cachedPages).toBe(before + 3);
    expect(caller.call('umount2', path('/m'), 0)).toBe(0);
    expect(caller.guest.kernel.memory.cachedPages).toBe(before);
  });

  it('that are bound show the same files, and may be read-only alone', () => {
    const { caller, path, two, create } = setup();
    caller.call('mkdir', path('/a'), 0o755);
    caller.call('mkdir', path('/b'), 0o755);
    create('/a/f', 'same');
    const bind = (flags: number) => {
      const at = path('/a');
      const to = at + PATH2;
      caller.bytes('/b\0', to);
      return caller.call('mount', at, to, 0, flags, 0);
    };
    expect(bind(MS_BIND)).toBe(0);
    expect(bind(MS_BIND | MS_REMOUNT | MS_RDONLY)).toBe(0);
    expect(caller.read(Number(caller.open('/b/f', O_RDONLY)))).toBe('same');
    expect(caller.open('/b/f', O_WRONLY)).toBe(-errno.EROFS);
    expect(caller.open('/b/new', O_CREAT | O_WRONLY, 0o644)).toBe(-errno.EROFS);
    expect(Number(caller.open('/a/f', O_WRONLY))).toBeGreaterThanOrEqual(0);
    expect(two('rename', '/a/f', '/b/g')).toBe(-errno.EXDEV);
    expect(caller.call('rmdir', path('/b'))).toBe(-errno.EBUSY);
  });
});

describe('regular files', () => {
  it('have holes that SEEK_HOLE and SEEK_DATA find and that take no blocks', () => {
    const { caller, stat } = setup();
    const fd = Number(caller.open('/sparse', O_CREAT | O_RDWR, 0o644));
    caller.call('pwrite64', fd, caller.bytes('end'), 3, 1 << 20);
    expect(caller.call('lseek', fd, 0, SEEK_DATA)).toBe(1 << 20);
    expect(caller.call('lseek', fd, 0, SEEK_HOLE)).toBe(0);
    expect(caller.call('lseek', fd, 1 << 20, SEEK_HOLE)).toBe((1 << 20) + 3);
    expect(stat('/sparse')).toMatchObject({ size: (1 << 20) + 3, blocks: 8 });
  });

  it('give what was read before a bad address, and EFAULT for nothing', () => {
    const { caller, create } = setup();
    create('/f', 'x'.repeat(9000));
    const fd = Number(caller.open('/f', O_RDONLY));
    const end = 0x10000 + 0x10000; // of the caller's memory
    expect(caller.call('read', fd, end - 100, 5000)).toBe(100);
    expect(caller.call('read', fd, end, 5000)).toBe(-errno.EFAULT);
    expect(caller.call('lseek', fd, 0, 1)).toBe(100);
  });

  it('do not grow past RLIMIT_FSIZE', () => {
    const { caller } = setup();
    const fd = Number(caller.open('/f', O_CREAT | O_RDWR | O_APPEND, 0o644));
    caller.task.group.limits[RLIMIT_FSIZE] = { soft: 10, hard: 10 };
    expect(caller.call('rt_sigaction', 25, caller.bytes(new Uint8Array([1])), 0, 8)).toBe(0); // SIGXFSZ: SIG_IGN
    expect(caller.write(fd, 'x'.repeat(8))).toBe(8);
    expect(caller.write(fd, 'yyyy')).toBe(2);
    expect(caller.write(fd, 'z')).toBe(-errno.EFBIG);
    expect(caller.call('ftruncate', fd, 11)).toBe(-errno.EFBIG);
  });

  it('change places with RENAME_EXCHANGE, and link counts of directories follow', () => {
    const { caller, path, stat, create } = setup();
    caller.call('mkdir', path('/a'), 0o755);
    caller.call('mkdir', path('/a/sub'), 0o755);
    create('/file', 'was outside');
    const to = path('') + PATH2;
    caller.bytes('/file\0', to);
    expect(caller.call('renameat2', AT_FDCWD, path('/a/sub'), AT_FDCWD, to, RENAME_EXCHANGE)).toBe(0);
    expect(stat('/a').nlink).toBe(2);
    expect(caller.read(Number(caller.open('/a/sub', O_RDONLY)))).toBe('was outside');
    expect(Number(caller.open('/file', O_RDONLY | O_DIRECTORY))).toBeGreaterThanOrEqual(0);
  });
});

describe('the working directory', () => {
  it('has no name once it is removed', () => {
    const { caller, path } = setup();
    caller.call('mkdir', path('/d'), 0o755);
    caller.call('chdir', path('/d'));
    expect(caller.call('getcwd', caller.buffer, 100)).toBe(3);
    caller.call('rmdir', path('/d'));
    expect(caller.call('getcwd', caller.buffer, 100)).toBe(-errno.ENOENT);
    expect(caller.open('new', O_CREAT | O_WRONLY, 0o644)).toBe(-errno.ENOENT);
    expect(caller.call('chdir', path('..'))).toBe(0);
    expect(caller.call('getcwd', caller.buffer, 100)).toBe(2);
  });
});
