import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as aux from '../abi/auxv.ts';
import { fromBytes, toBytes } from '../abi/byte-string.ts';
import { CPU_RIP, RSP } from '../abi/cpu-context.ts';
import { EACCES, EBADF, EINVAL, EIO, ELIBBAD, ENOENT, ENOEXEC } from '../abi/errno.ts';
import { ET_DYN, PT_LOAD } from '../abi/elf.ts';
import { ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC } from '../abi/personality.ts';
import { SIGSEGV } from '../abi/signal.ts';
import { mkdir } from '../fs/kernel-files.ts';
import { TASK_SIZE } from '../mm/memory-map.ts';
import type { TestElf } from './elf-testing.ts';
import { elfFile, exec, install, mapsOf, readStack } from './elf-testing.ts';
import type { Task } from './task.ts';
import { SCRATCH, TestGuest, idleProcessor } from './testing.ts';

const STATIC: TestElf = {
  segments: [
    { vaddr: 0x400000, filesz: 0x1800 },
    { vaddr: 0x402800, offset: 0x1800, filesz: 0x100, memsz: 0x2000, flags: 6 },
  ],
};
const PIE: TestElf = {
  type: ET_DYN,
  entry: 0x200,
  interpreter: '/lib/ld.so',
  segments: [
    { vaddr: 0, filesz: 0x1000 },
    { vaddr: 0x1000, offset: 0x1000, filesz: 0x800, memsz: 0x1800, flags: 6 },
  ],
};
const LOADER: TestElf = { type: ET_DYN, entry: 0x300, segments: [{ vaddr: 0, filesz: 0x2000 }] };

/** A guest whose machine draws different numbers each time. */
function setUp(): TestGuest {
  let seed = 1;
  const random = (into: Uint8Array): void => {
    for (let i = 0; i < into.length; i++) {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      into[i] = seed >>> 24;
    }
  };
  const guest = new TestGuest('', { processor: idleProcessor(), random });
  const context = guest.kernel.vfs.kernelContext();
  mkdir(context, '/bin', { mode: 0o755 });
  mkdir(context, '/lib', { mode: 0o755 });
  install(guest, '/bin/static', elfFile(STATIC));
  install(guest, '/bin/pie', elfFile(PIE));
  install(guest, '/lib/ld.so', elfFile(LOADER));
  return guest;
}

function start(guest: TestGuest, path: string, personality = 0): Task {
  const task = guest.fork(guest.init);
  task.personality = personality;
  expect(exec(guest, task, path)).toBe(0);
  return task;
}

/** The wait status of a process that executes such a file. */
function fate(guest: TestGuest, what: TestElf | Uint8Array): number | string {
  install(guest, '/bin/x', what instanceof Uint8Array ? what : elfFile(what));
  const task = guest.fork(guest.init);
  const result = exec(guest, task, '/bin/x');
  if (task.isDead) return `status ${task.exitStatus & 0x7f}`;
  guest.call(task, 'exit_group', 0); // else the file would be busy
  return result as number;
}

function register(task: Task, offset: number): number {
  const { view } = task.kernel.registers;
  return Number(view.getBigUint64(task.registers + offset, true));
}

describe('an ELF program with fixed addresses', () => {
  it('lies where it was linked, with zeros after its data', () => {
    const guest = setUp();
    const task = start(guest, '/bin/static');
    expect(mapsOf(task).slice(0, 3)).toEqual([
      '400000-402000 r-x 0 /bin/static',
      '402000-403000 rw- 1000 /bin/static',
      '403000-405000 rw- 0',
    ]);
    const { memory } = task;
    expect(memory.readU8(0x402800)).toBe(0xaa);
    expect(memory.readU8(0x4028ff)).toBe(0xaa);
    expect(memory.copyIn(0x402900, 0x1f00)).toEqual(new Uint8Array(0x1f00));
    expect(memory).toMatchObject({
      startCode: 0x400000,
      endCode: 0x401800,
      startData: 0x402800,
      endData: 0x402900,
    });
    expect(memory.startBrk % 4096).toBe(0);
    expect(memory.startBrk).toBeGreaterThanOrEqual(0x405000);
    expect(memory.startBrk).toBeLessThan(0x405000 + (32 << 20));
    expect(guest.call(task, 'brk', memory.startBrk + 0x3000)).toBe(memory.startBrk + 0x3000);
  });

  it('begins at its entry point, with its stack', () => {
    const guest = setUp();
    const task = start(guest, '/bin/static');
    expect(task.kind).toBe('translated');
    expect(register(task, CPU_RIP)).toBe(0x400100);
    expect(register(task, RSP * 8)).toBe(task.memory.startStack);
    expect(task.memory.startStack % 16).toBe(0);
  });

  it('shares its pages with others that run the same file', () => {
    const guest = setUp();
    const tasks = [start(guest, '/bin/static'), start(guest, '/bin/static')];
    const [first, second] = tasks.map(task => task.memory.resolve(0x400000, 'read'));
    expect(first).toBe(second);
    const [third, fourth] = tasks.map(task => task.memory.resolve(0x402800, 'write'));
    expect(third).not.toBe(fourth);
  });

  it('does not run on a machine without a processor, which is said once', () => {
    const guest = new TestGuest();
    install(guest, '/x', elfFile(STATIC));
    const task = guest.fork(guest.init);
    expect(exec(guest, task, '/x')).toBe(-ENOEXEC);
    expect(exec(guest, task, '/x')).toBe(-ENOEXEC);
    expect(guest.kernel.log.records.filter(({ text }) => text.includes('no processor'))).toHaveLength(1);
  });
});

describe('a position-independent program', () => {
  it('is started by its interpreter, which finds it in the auxiliary vector', () => {
    const guest = setUp();
    const task = start(guest, '/bin/pie');
    const { auxv, argv } = readStack(task);
    const base = task.memory.vmas[0]!.start;
    const loader = task.memory.vmas.find(vma => vma.file?.path.dentry.name === 'ld.so')!;
    expect(argv).toEqual(['/bin/pie']);
    expect(auxv.get(aux.AT_PHDR)).toBe(base + 64);
    expect(auxv.get(aux.AT_PHNUM)).toBe(3);
    expect(auxv.get(aux.AT_PHENT)).toBe(56);
    expect(auxv.get(aux.AT_ENTRY)).toBe(base + 0x200);
    expect(auxv.get(aux.AT_BASE)).toBe(loader.start);
    expect(register(task, CPU_RIP)).toBe(loader.start + 0x300);
    expect(auxv.get(aux.AT_HWCAP)).toBe(0x178bfbff);
    expect(task.memory.readString(auxv.get(aux.AT_PLATFORM)!)).toBe('x86_64');
    expect([...auxv.keys()]).toEqual([
      33, 51, 16, 6, 17, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 23, 25, 26, 31, 15, 27, 28,
    ]);
    const vdso = task.memory.vmas.find(vma => vma.name === '[vdso]')!;
    expect(auxv.get(aux.AT_SYSINFO_EHDR)).toBe(vdso.start);
    expect(fromBytes(task.memory.copyIn(vdso.start, 4))).toBe('\x7fELF');
  });

  it('finds itself and its libraries at the same addresses again, but not its stack', () => {
    const guest = setUp();
    const places = [1, 2, 3].map(() => {
      const { memory } = start(guest, '/bin/pie');
      const images = memory.vmas.filter(vma => vma.cache !== undefined).map(vma => vma.start);
      return { images, stack: memory.startStack, brk: memory.startBrk };
    });
    expect(places[1]!.images).toEqual(places[0]!.images);
    expect(places[2]!.images).toEqual(places[0]!.images);
    expect(new Set(places.map(({ stack }) => stack)).size).toBe(3);
    expect(new Set(places.map(({ brk }) => brk)).size).toBe(3);
  });

  it('lies elsewhere than the next one', () => {
    const guest = setUp();
    install(guest, '/bin/other', elfFile(PIE));
    const bases = ['/bin/pie', '/bin/other'].map(path => start(guest, path).memory.vmas[0]!.start);
    expect(bases[0]).not.toBe(bases[1]);
  });

  it('always lies at the same place without randomisation', () => {
    const layouts = [setUp(), setUp()].map((guest, i) => {
      if (i === 1) guest.kernel.memory.randomizeVaSpace = 0;
      return mapsOf(start(guest, '/bin/pie', i === 0 ? ADDR_NO_RANDOMIZE : 0));
    });
    expect(layouts[0]).toEqual(layouts[1]);
    expect(layouts[0]![0]).toMatch(/^555555554000-/);
  });

  it('keeps the alignment of its segments', () => {
    const guest = setUp();
    const segments = [{ vaddr: 0, filesz: 0x1000, align: 2 << 20 }];
    install(guest, '/bin/aligned', elfFile({ ...PIE, segments }));
    expect(start(guest, '/bin/aligned').memory.vmas[0]!.start % (2 << 20)).toBe(0);
  });

  it('lies among the libraries if it has no interpreter, with its heap below', () => {
    const guest = setUp();
    const { memory } = start(guest, '/lib/ld.so');
    const image = memory.vmas.find(vma => vma.file !== undefined)!;
    expect(image.start).toBeGreaterThanOrEqual(guest.kernel.memory.images.start);
    expect(image.end).toBeLessThan(guest.kernel.memory.images.end);
    expect(memory.startBrk).toBeGreaterThan(0x5555_0000_0000);
    expect(memory.startBrk).toBeLessThan(0x5655_2000_0000);
  });
});

describe('memory of a program', () => {
  it('has its stack at the top and room for a reservation of 2 GiB', () => {
    const guest = setUp();
    const { memory } = start(guest, '/bin/pie');
    const stack = memory.vmas.at(-1)!;
    expect(stack.name).toBe('[stack]');
    expect(stack.end).toBeGreaterThan(0x7ffc_0000_0000);
    const anonymous = { at: 0, prot: 0, flags: 0x22 | 0x4000 };
    expect(memory.mmap({ ...anonymous, length: 2 ** 31 })).toBeGreaterThan(memory.startBrk);
    expect(memory.mmap({ ...anonymous, length: 2 ** 29 })).toBeGreaterThan(memory.startBrk);
  });

  it('maps a shared library at one place in all processes, and beside it where that is taken', () => {
    const guest = setUp();
    install(guest, '/lib/lib.so', elfFile(LOADER));
    const library = (task: Task): number => {
      const file = guest.kernel.vfs.open(task.walkContext(), -100, '/lib/lib.so', 0);
      const at = task.memory.mmap({ at: 0, length: 0x5000, prot: 1, flags: 2, file });
      guest.kernel.vfs.put(file);
      return at;
    };
    const tasks = [start(guest, '/bin/pie'), start(guest, '/bin/static'), start(guest, '/bin/pie')];
    tasks[1]!.memory.mmap({ at: 0, length: 0x200000, prot: 0, flags: 0x22 });
    const [first, second, third] = tasks.map(library);
    expect(first).toBeGreaterThanOrEqual(guest.kernel.memory.images.start);
    expect(second).toBe(first);
    expect(third).toBe(first);
    expect(library(tasks[0]!)).not.toBe(first);
    expect(library(start(guest, '/bin/pie', ADDR_NO_RANDOMIZE))).not.toBe(first);
  });

  it('has an executable stack only if the file asks for it', () => {
    const guest = setUp();
    const stackOf = (stack: number | undefined): string => {
      const name = `/bin/stack${stack ?? ''}`;
      install(guest, name, elfFile(stack === undefined ? STATIC : { ...STATIC, stack }));
      return mapsOf(start(guest, name, READ_IMPLIES_EXEC))
        .at(-1)!
        .split(' ')[1]!;
    };
    expect(stackOf(undefined)).toBe('rw-');
    expect(stackOf(6)).toBe('rw-');
    expect(stackOf(7)).toBe('rwx');
    expect(start(guest, '/bin/static', READ_IMPLIES_EXEC).personality).toBe(0);
  });

  it('is given back at the end', () => {
    const guest = setUp();
    start(guest, '/bin/pie');
    guest.fork(guest.init);
    const free = guest.kernel.memory.freePages;
    const task = guest.fork(guest.init);
    exec(guest, task, '/bin/pie');
    guest.call(task, 'exit_group', 0);
    expect(guest.call(guest.init, 'wait4', task.tid, 0, 0, 0)).toBe(task.tid);
    expect(guest.kernel.memory.freePages).toBe(free);
  });
});

describe('exec of a file that is no good', () => {
  const guest = setUp();
  const plain = elfFile(STATIC);
  const changed = (offset: number, ...bytes: number[]): Uint8Array => {
    const file = plain.slice();
    file.set(bytes, offset);
    return file;
  };

  it('is ENOEXEC for the wrong type, machine or headers', () => {
    expect(fate(guest, plain)).toBe(0);
    expect(fate(guest, changed(16, 1))).toBe(-ENOEXEC);
    expect(fate(guest, changed(16, 4))).toBe(-ENOEXEC);
    expect(fate(guest, changed(18, 3))).toBe(-ENOEXEC);
    expect(fate(guest, changed(54, 32))).toBe(-ENOEXEC);
    expect(fate(guest, changed(56, 0))).toBe(-ENOEXEC);
    expect(fate(guest, changed(56, 1171 & 255, 1171 >> 8))).toBe(-ENOEXEC);
    expect(fate(guest, changed(36, 1))).toBe(-ENOEXEC); // e_phoff past the end
    expect(fate(guest, plain.slice(0, 52))).toBe(-ENOEXEC);
    expect(fate(guest, plain.slice(0, 100))).toBe(-ENOEXEC);
    // Linux: class, byte order and version are not looked at.
    expect(fate(guest, changed(4, 1, 2, 9))).toBe(0);
  });

  it('says what is wrong with the interpreter', () => {
    const withInterpreter = (interpreter: string): number | string => fate(guest, { ...PIE, interpreter });
    install(guest, '/lib/text', toBytes('#!/bin/sh\n'.padEnd(100)));
    install(guest, '/lib/short', plain.slice(0, 60));
    install(guest, '/lib/locked', plain, 0o644);
    install(guest, '/lib/arm', changed(18, 183));
    expect(withInterpreter('/lib/none')).toBe(-ENOENT);
    expect(withInterpreter('/lib')).toBe(-EACCES);
    expect(withInterpreter('/lib/locked')).toBe(-EACCES);
    expect(withInterpreter('/lib/text')).toBe(-ELIBBAD);
    expect(withInterpreter('/lib/arm')).toBe(-ELIBBAD);
    expect(withInterpreter('/lib/short')).toBe(-EIO);
    const interp = (filesz: number, offset = 0x800): number | string =>
      fate(guest, {
        ...PIE,
        interpreter: undefined!,
        segments: [{ type: 3, vaddr: 0, offset, filesz }, ...PIE.segments],
      });
    expect(interp(1)).toBe(-ENOEXEC);
    expect(interp(4097)).toBe(-ENOEXEC);
    expect(interp(4)).toBe(-ENOEXEC); // no NUL at its end
    expect(interp(100, 0x2ff0)).toBe(-EIO);
  });

  it('is named in the log, with the reason', () => {
    const file = elfFile(STATIC);
    file[18] = 183; // e_machine
    expect(fate(guest, file)).toBe(-ENOEXEC);
    const lines = guest.kernel.log.records.map(({ text }) => text);
    expect(lines).toContainEqual(
      expect.stringMatching(/cannot execute x: ENOEXEC \(exec: for ARM, 64 bits, not for x86-64\)/),
    );
  });

  it('is SIGSEGV when the segments cannot be mapped', () => {
    const one = (segment: Partial<TestElf['segments'][0]>): number | string =>
      fate(guest, { segments: [{ vaddr: 0x400000, filesz: 0x1000, ...segment }] });
    expect(one({})).toBe(0);
    expect(one({ memsz: 0x800 })).toBe(`status ${SIGSEGV}`);
    expect(one({ vaddr: TASK_SIZE })).toBe(`status ${SIGSEGV}`);
    expect(one({ vaddr: 2 ** 64 - 8192 })).toBe(`status ${SIGSEGV}`);
    expect(one({ memsz: 2 ** 47 })).toBe(`status ${SIGSEGV}`);
    expect(one({ offset: 0x10 })).toBe(`status ${SIGSEGV}`);
    expect(one({ offset: 2 ** 62 })).toBe(0);
    expect(one({ offset: 2 ** 63 })).toBe(`status ${SIGSEGV}`);
    // The end of the last page lies past the end of the file, and is to be cleared.
    expect(one({ offset: 0x100000, filesz: 0x800, memsz: 0x2000, flags: 6 })).toBe(`status ${SIGSEGV}`);
    expect(one({ offset: 0x100000, filesz: 0x800, memsz: 0x2000, flags: 5 })).toBe(0);
    expect(fate(guest, { type: ET_DYN, segments: [{ vaddr: 0, filesz: 0 }] })).toBe(`status ${SIGSEGV}`);
    expect(fate(guest, { ...STATIC, entry: 2 ** 47 })).toBe(`status ${SIGSEGV}`);
    expect(guest.kernel.log.records.some(({ text }) => text.includes('cannot load /bin/x'))).toBe(true);
  });

  it('starts what only crashes later', () => {
    expect(fate(guest, { segments: [], stack: 6 })).toBe(0);
    expect(fate(guest, { ...STATIC, entry: 0x10 })).toBe(0);
    expect(fate(guest, { segments: [{ vaddr: 0x400000, filesz: 0x100000 }] })).toBe(0);
  });
});

it('segments may overlap, be empty, or come in any order', () => {
  const guest = setUp();
  install(
    guest,
    '/bin/odd',
    elfFile({
      segments: [
        { vaddr: 0x410000, filesz: 0x1000 },
        { vaddr: 0x400000, filesz: 0x3000 },
        { vaddr: 0x401000, offset: 0x2000, filesz: 0x1000, flags: 6 },
        { vaddr: 0x420000, filesz: 0, memsz: 0x2000, flags: 6, type: PT_LOAD },
      ],
    }),
  );
  const maps = mapsOf(start(guest, '/bin/odd'));
  expect(maps.slice(0, 5)).toEqual([
    '400000-401000 r-x 0 /bin/odd',
    '401000-402000 rw- 2000 /bin/odd',
    '402000-403000 r-x 2000 /bin/odd',
    '410000-411000 r-x 0 /bin/odd',
    '420000-422000 rw- 0',
  ]);
});

it('a script runs an ELF interpreter', () => {
  const guest = setUp();
  install(guest, '/bin/script', toBytes('#!/bin/static -x\n'));
  const task = guest.fork(guest.init);
  expect(exec(guest, task, '/bin/script', ['a', 'b'])).toBe(0);
  expect(readStack(task).argv).toEqual(['/bin/static', '-x', '/bin/script', 'b']);
});

it('prctl changes what is said of a program, and names its memory', () => {
  const guest = setUp();
  const task = start(guest, '/bin/static');
  const { memory } = task;
  const at = memory.startStack;
  const setMm = (option: number, value: number): unknown =>
    guest.call(task, 'prctl', 35, option, value, 0, 0);
  expect(setMm(8, memory.argStart + 1)).toBe(0);
  expect(setMm(8, memory.argEnd + 1)).toBe(-EINVAL);
  expect(setMm(9, 2 ** 40)).toBe(-EINVAL);
  expect(setMm(15, at)).toBe(0);
  expect(memory.readU32(at)).toBe(104);
  memory.copyOut(at, toBytes('heap of a test\0'));
  const pages = memory.mmap({ at: 0x20000000, length: 0x4000, prot: 3, flags: 0x22 });
  expect(guest.call(task, 'prctl', 0x53564d41, 0, pages + 0x1000, 0x1000, at)).toBe(0);
  expect(mapsOf(task).filter(line => line.startsWith('2000'))).toEqual([
    '20000000-20001000 rw- 0',
    '20001000-20002000 rw- 0 [anon:heap of a test]',
    '20002000-20004000 rw- 0',
  ]);
  expect(guest.call(task, 'prctl', 0x53564d41, 0, pages, 0x4000, 0)).toBe(0);
  expect(mapsOf(task).filter(line => line.startsWith('2000'))).toEqual(['20000000-20004000 rw- 0']);
  expect(guest.call(task, 'prctl', 0x53564d41, 0, 0x400000, 0x1000, at)).toBe(-EBADF);
});

it('a native program may take the place of an ELF program, and the other way round', () => {
  const guest = setUp();
  guest.trusted.push('#!native\n');
  install(guest, '/bin/native', toBytes('#!native\n'));
  const task = start(guest, '/bin/static');
  // A place for the arguments of the next call.
  task.memory.mmap({ at: SCRATCH, length: 65536, prot: 3, flags: 0x32 });
  expect(exec(guest, task, '/bin/native')).toBeUndefined();
  expect(task).toMatchObject({ kind: 'native', state: 'starting', registers: 0 });
  task.memory.mmap({ at: SCRATCH, length: 65536, prot: 3, flags: 0x32 });
  expect(exec(guest, task, '/bin/pie')).toBe(0);
  expect(task.kind).toBe('translated');
  expect(task.registers).not.toBe(0);
});

const HOST_PROGRAM = '/bin/true';
const HOST_LOADER = '/lib64/ld-linux-x86-64.so.2';

it.skipIf(!existsSync(HOST_PROGRAM) || !existsSync(HOST_LOADER))("loads the host's own /bin/true", () => {
  const guest = setUp();
  mkdir(guest.kernel.vfs.kernelContext(), '/lib64', { mode: 0o755 });
  install(guest, HOST_LOADER, readFileSync(HOST_LOADER));
  install(guest, '/bin/true', readFileSync(HOST_PROGRAM));
  const task = start(guest, '/bin/true');
  const { auxv } = readStack(task);
  const { memory } = task;
  expect(memory.readU32(auxv.get(aux.AT_PHDR)!)).toBe(6); // PT_PHDR
  expect(fromBytes(memory.copyIn(auxv.get(aux.AT_BASE)!, 4))).toBe('\x7fELF');
  expect(memory.find(auxv.get(aux.AT_ENTRY)!)!.flags & 7).toBe(5);
  expect(memory.find(register(task, CPU_RIP))!.flags & 7).toBe(5);
  expect(memory.readU32(register(task, CPU_RIP)) & 0xffffff).toBe(0xe78948 & 0xffffff); // mov %rsp, %rdi
});
