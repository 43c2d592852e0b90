/** Small ELF files for tests, and a look at what exec has made of them. */
import type { Task } from './task.ts';
import type { TestGuest } from './testing.ts';
import { fromBytes, toBytes } from '../abi/byte-string.ts';
import * as elf from '../abi/elf.ts';
import { writeFile } from '../fs/kernel-files.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { SCRATCH } from './testing.ts';

export interface TestSegment {
  readonly vaddr: number;
  readonly offset?: number;
  readonly filesz: number;
  readonly memsz?: number;
  /** PF_* */
  readonly flags?: number;
  readonly align?: number;
  /** PT_LOAD by default. */
  readonly type?: number;
}

export interface TestElf {
  readonly type?: number;
  readonly entry?: number;
  readonly segments: readonly TestSegment[];
  readonly interpreter?: string;
  /** Length of the file; bytes after the headers are 0xaa. */
  readonly size?: number;
  /** PF_* of PT_GNU_STACK. */
  readonly stack?: number;
}

/** Where the interpreter's name is in such a file. */
const NAME_AT = 0x800;

/** An ELF file whose headers lie in the first page. Segments begin at the file's beginning unless they say otherwise. */
export function elfFile(what: TestElf): Uint8Array {
  const { segments, interpreter, size = 0x3000, stack } = what;
  const file = new Uint8Array(size).fill(0xaa);
  const headers: Uint8Array[] = [];
  if (interpreter !== undefined) {
    const name = toBytes(`${interpreter}\0`);
    file.set(name, NAME_AT);
    headers.push(elf.Phdr.encode({ type: elf.PT_INTERP, offset: NAME_AT, filesz: name.length }));
  }
  if (stack !== undefined) headers.push(elf.Phdr.encode({ type: elf.PT_GNU_STACK, flags: stack }));
  for (const { vaddr, offset = 0, filesz, memsz = filesz, flags = 5, align = 4096, type = 1 } of segments) {
    headers.push(elf.Phdr.encode({ type, offset, vaddr, paddr: vaddr, filesz, memsz, flags, align }));
  }
  elf.Ehdr.encodeInto(file, 0, {
    ident: toBytes('\x7fELF\x02\x01\x01'),
    type: what.type ?? elf.ET_EXEC,
    machine: elf.EM_X86_64,
    version: 1,
    entry: what.entry ?? 0x400100,
    phoff: elf.Ehdr.size,
    ehsize: elf.Ehdr.size,
    phentsize: elf.Phdr.size,
    phnum: headers.length,
  });
  headers.forEach((header, i) => file.set(header, elf.Ehdr.size + i * elf.Phdr.size));
  return file;
}

export function install(guest: TestGuest, name: string, content: Uint8Array, mode = 0o755): void {
  writeFile(guest.kernel.vfs.kernelContext(), name, content, { mode });
}

/** execve with strings laid out in the task's memory. 0 if the program was started. */
export function exec(guest: TestGuest, task: Task, path: string, argv = [path], envp: string[] = []) {
  let at = SCRATCH + 0x2000;
  const put = (text: string): number => {
    task.memory.copyOut(at, toBytes(`${text}\0`));
    at += text.length + 1;
    return at - text.length - 1;
  };
  const vector = (base: number, strings: string[]): number => {
    strings.forEach((text, i) => task.memory.writeU64(base + i * 8, put(text)));
    task.memory.writeU64(base + strings.length * 8, 0);
    return base;
  };
  const pathAt = put(path);
  return guest.call(task, 'execve', pathAt, vector(SCRATCH + 0x100, argv), vector(SCRATCH + 0x400, envp));
}

/** The initial stack, as a C library reads it. */
export function readStack(task: Task) {
  const { memory } = task;
  let at = memory.startStack;
  const next = (): number => {
    at += 8;
    return memory.readU64(at - 8);
  };
  const strings = (): string[] => {
    const found: string[] = [];
    for (let p = next(); p !== 0; p = next()) found.push(memory.readString(p));
    return found;
  };
  const argc = next();
  const argv = strings();
  const envp = strings();
  const auxv = new Map<number, number>();
  for (let key = next(); key !== 0; key = next()) auxv.set(key, next());
  return { argc, argv, envp, auxv };
}

/** A file of the guest as text. */
export function readGuestFile(guest: TestGuest, task: Task, name: string): string {
  const file = guest.kernel.vfs.open(task.walkContext(), -100, name, 0);
  const bytes = new Uint8Array(65536);
  const length = file.read(IoBuffer.of(bytes), 0);
  guest.kernel.vfs.put(file);
  return fromBytes(bytes.subarray(0, length));
}

/** /proc/PID/maps without the columns of device and inode: «400000-401000 r-xp 0 /bin/x». */
export function mapsOf(task: Task): string[] {
  return task.memory.vmas.map(vma => {
    const access = ['r', 'w', 'x'].map((letter, i) => ((vma.flags & (1 << i)) === 0 ? '-' : letter)).join('');
    const name = vma.file === undefined ? vma.name : task.kernel.vfs.pathname(vma.file.path);
    const offset = vma.cache === undefined ? 0 : vma.pageOffset * 4096;
    return `${vma.start.toString(16)}-${vma.end.toString(16)} ${access} ${offset.toString(16)} ${name}`.trim();
  });
}
