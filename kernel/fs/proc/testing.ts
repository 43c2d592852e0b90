/** A whole kernel on a machine without programs or ports, with proc and sysfs mounted, for the tests of both. */
import type { Machine } from '../../../host/machine.ts';
import type { Credentials } from '../../task/credentials.ts';
import { Kernel } from '../../kernel.ts';
import { IoBuffer } from '../../mm/io-buffer.ts';
import { initialLimits } from '../../task/limits.ts';
import { SignalHandlers } from '../../task/signal-queue.ts';
import { Task } from '../../task/task.ts';
import { ROOT } from '../../task/credentials.ts';
import { fromBytes, toBytes } from '../../abi/byte-string.ts';
import { FdTable } from '../fd-table.ts';
import { FsContext } from '../fs-context.ts';
import { registerFileSystems } from '../file-systems.ts';
import { mountAt } from '../../boot.ts';

export class ProcFixture {
  readonly kernel: Kernel;
  timeNs = 125_340_000_000;

  constructor(commandLine = 'quiet hostname=box') {
    const memory = { buffer: new SharedArrayBuffer(8 << 20), offset: 0, length: 8 << 20 };
    const machine = {
      memory,
      clock: { monotonicNs: () => this.timeNs, bootRealtimeNs: 1_700_000_000_000_000_000n },
      interrupts: { isPending: false, take: () => 0, wait: () => {} },
      processors: {
        records: new Int32Array(0),
        count: 0,
        takeIdle: () => undefined,
        want() {},
        takeTrapped() {},
      },
      programs: { identify: () => undefined },
      directories: new Map(),
      random: (into: Uint8Array) => void into.fill(0xab),
      port: () => undefined,
      takePorts: () => [],
      log: () => {},
      halt: () => {},
    } as unknown as Machine;
    this.kernel = new Kernel(machine, commandLine);
    if (!this.kernel.vfs.types.has('proc')) registerFileSystems(this.kernel);
    this.mount('proc', '/proc');
    this.mount('sysfs', '/sys');
  }

  mount(type: string, at: string, options = '', source = type): void {
    mountAt(this.kernel, source, at, type, 0, options);
  }

  /** A process without a program. */
  process(comm: string, credentials: Credentials = ROOT, parent?: Task): Task {
    const { kernel } = this;
    const { root } = kernel.vfs;
    const task = new Task(kernel, kernel.tasks.reserve(), {
      kind: 'native',
      files: new FdTable(kernel),
      fs: new FsContext(kernel, root, root),
      credentials,
    });
    const group = kernel.tasks.addLeader(task, undefined, {
      limits: initialLimits(4096),
      handlers: new SignalHandlers(),
    });
    group.parent = parent?.group;
    parent?.group.children.add(group);
    task.comm = comm;
    task.mm = kernel.memory.createAddressSpace();
    task.startTimeNs = group.startTimeNs = this.timeNs;
    return task;
  }

  /** Does something as the task that the kernel serves. */
  as<T>(task: Task | undefined, action: () => T): T {
    const { scheduler } = this.kernel;
    const before = scheduler.current;
    scheduler.current = task;
    this.kernel.callCount++;
    try {
      return action();
    } finally {
      scheduler.current = before;
    }
  }

  read(path: string, by?: Task): string {
    return this.as(by, () => {
      const { vfs } = this.kernel;
      const file = vfs.open(by ?? vfs.kernelContext(), vfs.root, path, 0);
      const bytes = new Uint8Array(65536);
      const count = file.read(IoBuffer.of(bytes), 0);
      vfs.put(file);
      return fromBytes(bytes.subarray(0, count));
    });
  }

  write(path: string, text: string, by?: Task): number {
    return this.as(by, () => {
      const { vfs } = this.kernel;
      const file = vfs.open(by ?? vfs.kernelContext(), vfs.root, path, 1);
      try {
        return file.write(IoBuffer.of(toBytes(text)), 0);
      } finally {
        vfs.put(file);
      }
    });
  }

  readlink(path: string, by?: Task): string {
    return this.as(by, () => {
      const { vfs } = this.kernel;
      return vfs.walk(by ?? vfs.kernelContext(), vfs.root, path, 0).dentry.inode!.readlink();
    });
  }

  names(path: string, by?: Task): string[] {
    return this.as(by, () => {
      const { vfs } = this.kernel;
      const { inode } = vfs.walk(by ?? vfs.kernelContext(), vfs.root, path).dentry;
      return [...inode!.iterate(0)].map(entry => entry.name);
    });
  }
}
