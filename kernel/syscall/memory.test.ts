import { describe, expect, test } from 'vitest';
import * as e from '../abi/errno.ts';
import { F_SEAL_WRITE } from '../abi/fcntl.ts';
import * as m from '../abi/mman.ts';
import { toBytes } from '../abi/byte-string.ts';
import { SCRATCH, TestGuest } from '../task/testing.ts';

const RW = m.PROT_READ | m.PROT_WRITE;

function iovec(guest: TestGuest, at: number, base: number, length: number): void {
  guest.init.memory.writeU64(at, base);
  guest.init.memory.writeU64(at + 8, length);
}

describe('memfd_create', () => {
  test('makes a file that is written, mapped and sealed', () => {
    const guest = new TestGuest();
    const { init } = guest;
    const { memory } = init;
    memory.copyOut(SCRATCH, toBytes('box\0'));
    const fd = guest.call(init, 'memfd_create', SCRATCH, m.MFD_ALLOW_SEALING) as number;
    expect(fd).toBeGreaterThanOrEqual(0);
    expect(init.file(fd).path.dentry.name).toBe('memfd:box');
    expect(guest.call(init, 'ftruncate', fd, 8192)).toBe(0);
    const at = guest.call(init, 'mmap', 0, 8192, RW, m.MAP_SHARED, fd, 0) as number;
    memory.writeU8(at + 5000, 42);
    expect(guest.call(init, 'pread64', fd, SCRATCH, 1, 5000)).toBe(1);
    expect(memory.readU8(SCRATCH)).toBe(42);
    expect(guest.call(init, 'fcntl', fd, 1033, F_SEAL_WRITE)).toBe(-e.EBUSY);
    guest.call(init, 'munmap', at, 8192);
    expect(guest.call(init, 'fcntl', fd, 1033, F_SEAL_WRITE)).toBe(0);
    expect(guest.call(init, 'mmap', 0, 8192, RW, m.MAP_SHARED, fd, 0)).toBe(-e.EPERM);
    expect(guest.call(init, 'mmap', 0, 8192, m.PROT_READ, m.MAP_SHARED, fd, 0)).toBeGreaterThan(0);
    const cached = guest.kernel.memory.cachedPages;
    expect(guest.call(init, 'close', fd)).toBe(0);
    expect(guest.kernel.memory.cachedPages).toBe(cached);
    guest.call(init, 'munmap', memory.vmas.at(-1)!.start, 8192);
    expect(guest.kernel.memory.cachedPages).toBeLessThan(cached);
  });

  test('refuses names and flags as Linux does', () => {
    const guest = new TestGuest();
    const { init } = guest;
    init.memory.copyOut(SCRATCH, new Uint8Array(300).fill(97));
    expect(guest.call(init, 'memfd_create', SCRATCH, 0)).toBe(-e.EINVAL);
    expect(guest.call(init, 'memfd_create', 16, 0)).toBe(-e.EFAULT);
    init.memory.writeU8(SCRATCH + 249, 0);
    expect(guest.call(init, 'memfd_create', SCRATCH, 0x100)).toBe(-e.EINVAL);
    expect(guest.call(init, 'memfd_create', SCRATCH, m.MFD_EXEC | m.MFD_NOEXEC_SEAL)).toBe(-e.EINVAL);
    expect(guest.call(init, 'memfd_create', SCRATCH, 0)).toBeGreaterThanOrEqual(0);
  });
});

describe('process_vm_readv and process_vm_writev', () => {
  test('copy between processes, and stop at memory that is bad', () => {
    const guest = new TestGuest();
    const { init } = guest;
    const child = guest.fork(init);
    child.memory.copyOut(SCRATCH + 0x1000, toBytes('hello'));
    iovec(guest, SCRATCH, SCRATCH + 0x2000, 5);
    iovec(guest, SCRATCH + 16, SCRATCH + 0x1000, 5);
    expect(guest.call(init, 'process_vm_readv', child.tid, SCRATCH, 1, SCRATCH + 16, 1, 0)).toBe(5);
    expect(init.memory.copyIn(SCRATCH + 0x2000, 5)).toEqual(toBytes('hello'));
    init.memory.copyOut(SCRATCH + 0x2000, toBytes('HELLO'));
    expect(guest.call(init, 'process_vm_writev', child.tid, SCRATCH, 1, SCRATCH + 16, 1, 0)).toBe(5);
    expect(child.memory.copyIn(SCRATCH + 0x1000, 5)).toEqual(toBytes('HELLO'));
    expect(init.memory.readU8(SCRATCH + 0x1000)).toBe(0);
    iovec(guest, SCRATCH + 16, 16, 5);
    expect(guest.call(init, 'process_vm_readv', child.tid, SCRATCH, 1, SCRATCH + 16, 1, 0)).toBe(-e.EFAULT);
    expect(guest.call(init, 'process_vm_readv', 9999, SCRATCH, 1, SCRATCH + 16, 1, 0)).toBe(-e.ESRCH);
    expect(guest.call(init, 'process_vm_readv', child.tid, SCRATCH, 1, SCRATCH + 16, 1, 1)).toBe(-e.EINVAL);
  });

  test('need the rights of ptrace', () => {
    const guest = new TestGuest();
    const { init } = guest;
    const child = guest.fork(init);
    iovec(guest, SCRATCH, SCRATCH, 5);
    init.credentials = { ...init.credentials, uid: 1000, euid: 1000, effective: 0n, permitted: 0n };
    expect(guest.call(init, 'process_vm_readv', child.tid, SCRATCH, 1, SCRATCH, 1, 0)).toBe(-e.EPERM);
  });
});

describe('the calls on memory', () => {
  test('take their arguments in full', () => {
    const guest = new TestGuest();
    const { init } = guest;
    const anonymous = m.MAP_PRIVATE | m.MAP_ANONYMOUS;
    expect(guest.call(init, 'mmap', 0, 4096, RW, anonymous, -1, 1)).toBe(-e.EINVAL);
    expect(guest.call(init, 'mmap', 0, 4096, RW, m.MAP_PRIVATE, 99, 0)).toBe(-e.EBADF);
    const at = guest.call(init, 'mmap', 0, 8192, RW, anonymous, -1, 0) as number;
    expect(guest.call(init, 'mprotect', at, 4096, 1n << 32n)).toBe(-e.EINVAL);
    expect(guest.call(init, 'mremap', at, 4096, 4096, 1n << 32n, 0)).toBe(-e.EINVAL);
    expect(guest.call(init, 'mincore', at, 8192, SCRATCH)).toBe(0);
    expect(guest.call(init, 'mincore', at, 8192, 16)).toBe(-e.EFAULT);
    expect(guest.call(init, 'mincore', at, 1n << 60n, SCRATCH)).toBe(-e.ENOMEM);
    expect(guest.call(init, 'mlock2', at, 4096, 2)).toBe(-e.EINVAL);
  });
});
