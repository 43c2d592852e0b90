/**
 * Executes mutated ELF files in a kernel without a machine: each must be refused with an error, end its process by
 * SIGSEGV, or leave a process whose memory can be looked at, copied and given back. Used by elf-fuzz.test.ts and
 * fuzz-elf.mjs.
 */
import { Phdr, ET_DYN, PT_INTERP, PT_LOAD } from '../kernel/abi/elf.ts';
import { errnoName } from '../kernel/abi/errno.ts';
import { mkdir, remove } from '../kernel/fs/kernel-files.ts';
import { verifySpace } from '../kernel/mm/testing.ts';
import { elfFile, exec, install } from '../kernel/task/elf-testing.ts';
import type { Task } from '../kernel/task/task.ts';
import { TestGuest, idleProcessor } from '../kernel/task/testing.ts';
import { Random } from './programs/fuzz-arguments.ts';

export interface ElfFuzzRequest {
  readonly seed: number;
  readonly count: number;
  /** Real programs, by name; mutated as well. */
  readonly programs?: ReadonlyMap<string, Uint8Array>;
  readonly onProgress?: (done: number) => void;
}

/** No exec of such a file may take longer. */
const MOST_MS = 2000;
const HEADERS_END = 64 + 12 * Phdr.size;
const EDGES = [
  ...[0n, 1n, 2n, 7n, 0xfffn, 0x1000n, 0x1001n, 0x3fffffn, 0x400000n, 0x7ffff000n, 0x80000000n, 0xfffeffffn],
  ...[0xffff0000n, 0xffffffffn, 1n << 32n, (1n << 47n) - 4096n, 1n << 47n, 1n << 53n, (1n << 63n) - 1n],
  ...[1n << 63n, (1n << 64n) - 4096n, (1n << 64n) - 1n],
];

/** How often each end was met: `started`, `SIGSEGV`, the name of an error. Throws at the first bug. */
export function fuzzElf(request: ElfFuzzRequest): Map<string, number> {
  const ends = new Map<string, number>();
  let guest = makeGuest();
  const files = [...seeds(), ...(request.programs?.values() ?? [])];
  for (let i = 0; i < request.count; i++) {
    const random = new Random(request.seed + i);
    // The log and the places of images fill up; a new guest also finds what a single file does to a fresh one.
    if (i % 500 === 499) guest = makeGuest();
    try {
      const end = executeOne(guest, random, files);
      ends.set(end, (ends.get(end) ?? 0) + 1);
    } catch (error) {
      throw new Error(`seed ${request.seed + i}: ${String(error)}`, { cause: error });
    }
    if (i % 100 === 99) request.onProgress?.(i + 1);
  }
  return ends;
}

function makeGuest(): TestGuest {
  const guest = new TestGuest('', { processor: idleProcessor() });
  const context = guest.kernel.vfs.kernelContext();
  mkdir(context, '/bin', { mode: 0o755 });
  mkdir(context, '/lib', { mode: 0o755 });
  install(guest, '/lib/good.so', elfFile({ type: ET_DYN, segments: [{ vaddr: 0, filesz: 0x2000 }] }));
  return guest;
}

/** Files to begin with. */
function seeds(): Uint8Array[] {
  const data = { vaddr: 0x402800, offset: 0x1800, filesz: 0x100, memsz: 0x2000, flags: 6 };
  const segments = [{ vaddr: 0x400000, filesz: 0x1800 }, data];
  const movable = segments.map(segment => ({ ...segment, vaddr: segment.vaddr - 0x400000 }));
  return [
    elfFile({ segments }),
    elfFile({ segments, stack: 7 }),
    elfFile({ type: ET_DYN, entry: 0x100, segments: movable }),
    elfFile({ type: ET_DYN, entry: 0x100, segments: movable, interpreter: '/lib/good.so' }),
    elfFile({ type: ET_DYN, entry: 0x100, segments: movable, interpreter: '/lib/bad.so', stack: 6 }),
  ];
}

function executeOne(guest: TestGuest, random: Random, files: readonly Uint8Array[]): string {
  const { kernel } = guest;
  const context = kernel.vfs.kernelContext();
  const free = kernel.memory.freePages + kernel.memory.cachedPages;
  install(guest, '/bin/x', mutate(random, random.pick(files)));
  install(guest, '/lib/bad.so', mutate(random, random.pick(files)));
  const task = guest.fork(guest.init);
  const begin = Date.now();
  const result = exec(guest, task, '/bin/x');
  if (Date.now() - begin > MOST_MS) throw new Error('exec takes too long');
  if (guest.halts.length > 0) throw new Error('the kernel has halted');
  let end: string;
  if (task.isDead) end = (task.exitStatus & 0x7f) === 11 ? 'SIGSEGV' : `status ${task.exitStatus}`;
  else if (typeof result === 'number' && result < 0) end = errnoName(-result);
  else {
    end = 'started';
    useMemory(guest, task);
  }
  if (!task.isDead) guest.call(task, 'exit_group', 0);
  if (guest.call(guest.init, 'wait4', task.tid, 0, 0, 0) !== task.tid) throw new Error('it is no zombie');
  remove(context, '/bin/x');
  remove(context, '/lib/bad.so');
  const missing = free - (kernel.memory.freePages + kernel.memory.cachedPages);
  // The vDSO is made once; page tables are no frames.
  if (missing > 0) throw new Error(`${missing} pages are lost`);
  return end;
}

/** What other processes and the program itself may do with the memory that was made. */
function useMemory(guest: TestGuest, task: Task): void {
  const { memory } = task;
  verifySpace(memory);
  for (const vma of memory.vmas.slice(0, 64)) {
    for (const at of [vma.start, vma.end - 1]) {
      memory.tryFault(at, 'read');
      memory.tryFault(at, 'write');
      memory.tryFault(at, 'exec');
    }
  }
  memory.brk(memory.startBrk + 0x10000);
  memory.mmap({ at: 0, length: 0x10000, prot: 3, flags: 0x22 });
  const child = guest.fork(task);
  guest.call(child, 'exit_group', 0);
  if (guest.call(task, 'wait4', child.tid, 0, 0, 0) !== child.tid) throw new Error('the child is no zombie');
  verifySpace(memory);
}

function mutate(random: Random, file: Uint8Array): Uint8Array {
  let bytes = file.slice();
  for (let n = random.below(4); n >= 0; n--) {
    const view = new DataView(bytes.buffer);
    const phoff = 64 + random.below(6) * Phdr.size;
    switch (random.below(7)) {
      case 0:
        bytes[random.below(Math.min(HEADERS_END, bytes.length))] = random.next();
        break;
      case 1: // a field of the file's header
        putEdge(random, view, random.pick([16, 18, 20, 24, 32, 40, 48, 52, 54, 56]));
        break;
      case 2:
      case 3: // a field of a program header
        putEdge(random, view, phoff + random.pick([8, 16, 24, 32, 40, 48]));
        break;
      case 4: // type and flags
        if (phoff + 8 <= bytes.length) {
          view.setUint32(phoff, random.pick([PT_LOAD, PT_LOAD, PT_INTERP, random.below(8)]), true);
          view.setUint32(phoff + 4, random.below(8), true);
        }
        break;
      case 5: // one header over another
        bytes.copyWithin(64 + random.below(6) * Phdr.size, phoff, phoff + Phdr.size);
        break;
      default:
        if (random.oneIn(3)) bytes = bytes.slice(0, random.below(bytes.length) + 1);
    }
  }
  return bytes;
}

function putEdge(random: Random, view: DataView, at: number): void {
  if (at + 8 > view.byteLength) return;
  const value = random.pick(EDGES) + BigInt(random.below(3) - 1) * BigInt(random.oneIn(3));
  if (at < 56 && at !== 24 && at !== 32 && at !== 40) view.setUint16(at, Number(value & 0xffffn), true);
  else view.setBigUint64(at, BigInt.asUintN(64, value), true);
}
