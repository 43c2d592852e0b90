/**
 * A kernel-like fixture for tests of file systems: memory, time and a Vfs, without tasks, devices or a machine. Time
 * stands still until a test moves it.
 *
 *   const { mkdir, write, read, names } = makeTestKernel();
 *   mkdir('/d');
 *   write('/d/f', 'text');
 *   read('/d/../d/f');  // 'text'
 */
import type { Kernel } from '../kernel.ts';
import { AT_FDCWD, O_CREAT, O_RDONLY, O_RDWR, O_TRUNC } from '../abi/fcntl.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { MemoryManager } from '../mm/memory-manager.ts';
import { PhysicalMemory } from '../mm/physical-memory.ts';
import { ROOT, userCredentials, type Credentials } from '../task/credentials.ts';
import type { Timespec } from '../time/timespec.ts';
import { makeDirectory } from './create.ts';
import type { File } from './file.ts';
import type { WalkContext } from './fs-context.ts';
import { readDirectory } from './kernel-files.ts';
import { lookupPath } from './path-walk.ts';
import type { Path } from './path.ts';
import { Vfs } from './vfs.ts';

export interface TestKernel {
  readonly kernel: Kernel;
  readonly vfs: Vfs;
  /** CLOCK_REALTIME; tests assign it. */
  time: { sec: number };
  /** The context of a user; root without arguments. */
  as(credentials?: Partial<Credentials>, umask?: number): WalkContext;
  /** Root's, in the root directory, for the methods below. */
  readonly root: WalkContext;
  /** Where a name leads, without following a symbolic link at its end. */
  at(name: string): Path;
  mkdir(name: string): Path;
  /** An open file; `vfs.put` closes it. */
  open(name: string, flags?: number): File;
  /** Up to 4096 bytes of a file. */
  read(name: string): string;
  /** Makes or replaces a file. */
  write(name: string, text: string): void;
  /** Names in a directory, sorted. */
  names(name: string): string[];
}

/** An ordinary user without capabilities. */
export const USER = userCredentials(1000, 1000);

export function makeTestKernel(memoryBytes = 8 << 20): TestKernel {
  const buffer = new SharedArrayBuffer(memoryBytes);
  const time = { sec: 1_000_000 };
  const log = { info() {}, warning() {}, error() {}, debug() {} };
  const parts: Record<string, unknown> = {
    log,
    time: { now: (): Timespec => ({ sec: time.sec, nsec: 0 }), monotonicNs: () => time.sec * 1e9 },
  };
  const kernel = parts as unknown as Kernel;
  const physical = new PhysicalMemory({ buffer, offset: 0, length: memoryBytes });
  const host = {
    log,
    vfs: { get: (file: File) => kernel.vfs.get(file), put: (file: File) => kernel.vfs.put(file) },
  };
  parts['physical'] = physical;
  parts['memory'] = new MemoryManager(physical, 4096, host);
  const vfs = new Vfs(kernel);
  parts['vfs'] = vfs;
  const as: TestKernel['as'] = (credentials = {}, umask = 0o022) =>
    vfs.kernelContext({ ...ROOT, ...credentials }, umask);
  return { kernel, vfs, time, as, ...filesOf(vfs, as()) };
}

function filesOf(vfs: Vfs, root: WalkContext): Omit<TestKernel, 'kernel' | 'vfs' | 'time' | 'as'> {
  const open = (name: string, flags = O_RDONLY): File => vfs.open(root, AT_FDCWD, name, flags, 0o644);
  const using = <T>(file: File, action: (file: File) => T): T => {
    try {
      return action(file);
    } finally {
      vfs.put(file);
    }
  };
  return {
    root,
    at: name => lookupPath(root, AT_FDCWD, name, 0),
    mkdir: name => makeDirectory(root, AT_FDCWD, name, 0o755),
    open,
    read: name => using(open(name), file => readText(file)),
    write: (name, text) => void using(open(name, O_CREAT | O_RDWR | O_TRUNC), file => writeText(file, text)),
    names: name =>
      readDirectory(root, name)
        .map(entry => entry.name)
        .sort(),
  };
}

/** Writes text at an offset. */
export function writeText(file: File, text: string, offset = 0): number {
  return file.write(IoBuffer.of(Buffer.from(text, 'latin1')), offset);
}

/** Reads up to `length` bytes at an offset as text. */
export function readText(file: File, length = 4096, offset = 0): string {
  const bytes = new Uint8Array(length);
  const count = file.read(IoBuffer.of(bytes), offset);
  return Buffer.from(bytes.subarray(0, count)).toString('latin1');
}
