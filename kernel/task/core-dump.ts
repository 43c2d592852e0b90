/**
 * Core dumps: the memory and the registers of a process that a signal ends, as an ELF file. Linux counterpart:
 * fs/coredump.c, elf_core_dump in fs/binfmt_elf.c; core(5).
 *
 * Dumped is what Linux's default filter 0x33 says: private memory that was written, shared anonymous memory, and the
 * first page of each mapped ELF file. Pages that were never touched are holes. Linux: /proc/sys/kernel/core_pattern
 * may name a program that reads the dump; here it is always a file.
 */
import type { File } from '../fs/file.ts';
import type { Vma } from '../mm/vma.ts';
import type { SignalInfo } from './signal-queue.ts';
import type { Task } from './task.ts';
import { toBytes } from '../abi/byte-string.ts';
import { ET_CORE } from '../abi/core-file.ts';
import {
  ELFCLASS64,
  ELFDATA2LSB,
  ELF_MAGIC,
  EM_X86_64,
  EV_CURRENT,
  Ehdr,
  PT_LOAD,
  PT_NOTE,
  Phdr,
} from '../abi/elf.ts';
import { ENOENT, EPERM } from '../abi/errno.ts';
import { AT_FDCWD, O_CREAT, O_NOFOLLOW, O_TRUNC, O_WRONLY } from '../abi/fcntl.ts';
import { RLIMIT_CORE } from '../abi/resource.ts';
import { S_IFMT, S_IFREG } from '../abi/stat.ts';
import { WCOREFLAG } from '../abi/wait.ts';
import { Errno, fail } from '../errors.ts';
import { forcedRead } from '../mm/forced-access.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { PTE_ANON } from '../mm/page-table.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { VM_ACCESS, VM_DONTDUMP, VM_READ } from '../mm/vma.ts';
import { coreNotes } from './core-notes.ts';
import { kernelInfo } from './signal-send.ts';

/** The first thread of a process that a signal ends writes its core. The status says afterwards whether there is one. */
export function dumpCore(task: Task): void {
  const { group } = task;
  const status = group.groupExitStatus;
  if ((status & WCOREFLAG) === 0 || group.isCoreDumped || task.registers === 0 || task.mm === undefined)
    return;
  group.isCoreDumped = true;
  const signo = status & 0x7f;
  try {
    writeCore(task, findInfo(task, signo));
  } catch (error) {
    if (!(error instanceof Errno)) throw error;
    group.groupExitStatus = signo;
  }
}

/** What is known of the signal: it is still in the queue of the thread that it is for. */
function findInfo({ group }: Task, signo: number): SignalInfo {
  for (const queue of [group.sharedPending, ...[...group.threads].map(thread => thread.pending)]) {
    const info = queue.queue.find(other => other.signo === signo);
    if (info !== undefined) return info;
  }
  return kernelInfo(signo);
}

function writeCore(task: Task, info: SignalInfo): void {
  const { kernel } = task;
  const limit = task.limit(RLIMIT_CORE);
  const file = kernel.vfs.open(
    task,
    AT_FDCWD,
    coreName(task, info.signo),
    O_WRONLY | O_CREAT | O_NOFOLLOW | O_TRUNC,
    0o600,
  );
  try {
    const { inode } = file;
    // Nobody shall lead a dump into a file that is also something else, or somebody else's.
    if ((inode.mode & S_IFMT) !== S_IFREG || inode.nlink !== 1 || inode.uid !== task.credentials.fsuid) {
      fail(EPERM, 'core: not a file of its own');
    }
    const mm = task.memory;
    const segments = mm.vmas.map(vma => ({ vma, length: dumpedBytes(task, vma) }));
    const notes = coreNotes(task, info);
    const headers = encodeHeaders(segments, notes.length);
    const out = new CoreWriter(file, limit);
    out.write(headers);
    out.write(notes);
    out.skip(-out.at & (PAGE_SIZE - 1));
    for (const { vma, length } of segments) writePages(task, vma, length, out);
    out.end();
  } finally {
    kernel.vfs.put(file);
  }
}

interface Segment {
  readonly vma: Vma;
  readonly length: number;
}

/** ELF header and program headers: the notes, then the memory, page-aligned. */
function encodeHeaders(segments: readonly Segment[], notesLength: number): Uint8Array {
  const count = segments.length + 1;
  const bytes = new Uint8Array(Ehdr.size + count * Phdr.size);
  const ident = new Uint8Array(16);
  ident.set(toBytes(ELF_MAGIC));
  ident.set([ELFCLASS64, ELFDATA2LSB, EV_CURRENT], 4);
  Ehdr.encodeInto(bytes, 0, {
    ident,
    type: ET_CORE,
    machine: EM_X86_64,
    version: EV_CURRENT,
    phoff: Ehdr.size,
    ehsize: Ehdr.size,
    phentsize: Phdr.size,
    phnum: count,
  });
  Phdr.encodeInto(bytes, Ehdr.size, { type: PT_NOTE, offset: bytes.length, filesz: notesLength, align: 4 });
  let offset = Math.ceil((bytes.length + notesLength) / PAGE_SIZE) * PAGE_SIZE;
  segments.forEach(({ vma, length }, i) => {
    const { flags, start, end } = vma;
    Phdr.encodeInto(bytes, Ehdr.size + (i + 1) * Phdr.size, {
      type: PT_LOAD,
      // PROT_READ, _WRITE, _EXEC are 1, 2, 4; PF_R, _W, _X the other way round.
      flags: ((flags & 1) << 2) | (flags & 2) | ((flags & 4) >> 2),
      offset,
      vaddr: start,
      filesz: length,
      memsz: end - start,
      align: PAGE_SIZE,
    });
    offset += length;
  });
  return bytes;
}

/** How much of a mapping is dumped. Linux counterpart: vma_dump_size. */
function dumpedBytes(task: Task, vma: Vma): number {
  const mm = task.memory;
  const whole = vma.end - vma.start;
  if ((vma.flags & VM_DONTDUMP) !== 0) return 0;
  const { firstPage, endPage } = vma;
  let page = mm.table.nextPresent(firstPage, endPage);
  if (vma.file === undefined) return vma.isShared || page < endPage ? whole : 0;
  if (vma.isShared) return 0;
  for (; page < endPage; page = mm.table.nextPresent(page + 1, endPage)) {
    if ((mm.table.get(page) & PTE_ANON) !== 0) return whole;
  }
  if (vma.pageOffset !== 0 || (vma.flags & VM_READ) === 0) return 0;
  return isElf(task, vma.start) ? PAGE_SIZE : 0;
}

function isElf(task: Task, at: number): boolean {
  try {
    return forcedRead(task.memory, at, 4).every((byte, i) => byte === ELF_MAGIC.charCodeAt(i));
  } catch (error) {
    if (error instanceof Errno) return false;
    throw error;
  }
}

/** Pages that are not there are holes, except those of a file, which are read. */
function writePages(task: Task, vma: Vma, length: number, out: CoreWriter): void {
  const mm = task.memory;
  const hasHoles = vma.file === undefined || (vma.flags & VM_ACCESS) === 0;
  const end = vma.firstPage + length / PAGE_SIZE;
  for (let page = vma.firstPage; page < end && !out.isFull; page++) {
    if (hasHoles) {
      const next = mm.table.nextPresent(page, end);
      out.skip((next - page) * PAGE_SIZE);
      page = next;
      if (page === end || out.isFull) return;
    }
    try {
      out.write(forcedRead(mm, page * PAGE_SIZE, PAGE_SIZE));
    } catch (error) {
      if (!(error instanceof Errno)) throw error;
      out.skip(PAGE_SIZE);
    }
  }
}

/** Writes one after the other, up to the limit of the file's size. */
class CoreWriter {
  readonly #file: File;
  readonly #limit: number;
  at = 0;
  isFull = false;
  #written = 0;

  constructor(file: File, limit: number) {
    this.#file = file;
    this.#limit = limit;
  }

  write(bytes: Uint8Array): void {
    const length = Math.min(bytes.length, this.#limit - this.at);
    if (length > 0 && !this.isFull) this.#put(bytes.subarray(0, length), this.at);
    this.skip(bytes.length);
  }
  skip(length: number): void {
    this.at += length;
    if (this.at >= this.#limit) this.isFull = true;
  }
  /** The file is as long as what it stands for, holes at the end included. */
  end(): void {
    if (!this.isFull && this.#written < this.at) this.#put(new Uint8Array(1), this.at - 1);
  }

  #put(bytes: Uint8Array, at: number): void {
    const buffer = IoBuffer.of(bytes);
    while (buffer.remaining > 0 && this.#file.write(buffer, at + buffer.transferred) > 0);
    if (buffer.remaining > 0) this.isFull = true;
    this.#written = at + bytes.length;
  }
}

/** The name by core_pattern: %p %P %i %I %e %E %s %t %u %g %h %d %c %% stand for what core(5) says. */
function coreName(task: Task, signo: number): string {
  const { kernel, group } = task;
  const pattern = kernel.corePattern;
  if (pattern === '' || pattern.startsWith('|')) return fail(ENOENT, 'core: no file is named');
  const values: Record<string, string | number> = {
    '%': '%',
    p: group.tgid,
    P: group.tgid,
    i: task.tid,
    I: task.tid,
    u: task.credentials.uid,
    g: task.credentials.gid,
    d: group.dumpable,
    s: signo,
    t: kernel.time.now().sec,
    h: kernel.hostname,
    e: group.leader.comm.replaceAll('/', '!'),
    f: group.leader.comm.replaceAll('/', '!'),
    c: task.limit(RLIMIT_CORE),
  };
  const name = pattern.replace(/%(.?)/gs, (_, key: string) => String(values[key] ?? ''));
  const hasPid = /%[pP]/.test(pattern);
  const isPidWanted = (kernel.sysctls.get('kernel/core_uses_pid') ?? 0) !== 0;
  return isPidWanted && !hasPid ? `${name}.${group.tgid}` : name;
}
