/**
 * An ELF program as a whole: the file, its interpreter, the vDSO, the heap's place. Linux counterpart: the second half
 * of load_elf_binary in fs/binfmt_elf.c.
 */
import type { File } from '../fs/file.ts';
import type { AddressSpace } from '../mm/address-space.ts';
import type { RandomSource } from '../mm/process-layout.ts';
import type { ElfFile } from './elf-file.ts';
import type { Task } from './task.ts';
import * as aux from '../abi/auxv.ts';
import { EACCES } from '../abi/errno.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import { Phdr } from '../abi/elf.ts';
import { fail } from '../errors.ts';
import { openExecutable } from '../fs/open-file.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';
import { pageAlign } from '../mm/placement.ts';
import { chooseBrk, chooseProgramBase, notRandom } from '../mm/process-layout.ts';
import { hasExecutableStack, readInterpreter, readInterpreterPath, readProgram } from './elf-file.ts';
import { loadElf } from './elf-load.ts';
import { mapVdso } from './vdso-mapping.ts';

/** What exec has found out before it changes anything. */
export interface ElfProgram {
  readonly elf: ElfFile;
  /** ld.so, as PT_INTERP names it. `file` is one reference, the program's owner's. */
  readonly interpreter: { readonly file: File; readonly elf: ElfFile } | undefined;
  readonly isStackExecutable: boolean;
}

/** What the initial stack and the first instruction need of a program in memory. */
export interface LoadedProgram {
  readonly entry: number;
  /** The part of the auxiliary vector that is about the image. */
  readonly auxv: ReadonlyMap<number, number>;
}

/**
 * Reads the headers of `file`, which begins with `head`, and opens the interpreter. ENOEXEC, ELIBBAD, EIO, and the
 * errors of opening it.
 */
export function readElfProgram(task: Task, file: File, head: Uint8Array): ElfProgram {
  const elf = readProgram(file, head);
  const isStackExecutable = hasExecutableStack(elf);
  const path = readInterpreterPath(file, elf);
  if (path === undefined) return { elf, interpreter: undefined, isStackExecutable };
  const { vfs } = task.kernel;
  const interpreter = openInterpreter(task, path);
  try {
    return { elf, interpreter: { file: interpreter, elf: readInterpreter(interpreter) }, isStackExecutable };
  } catch (error) {
    vfs.put(interpreter);
    throw error;
  }
}

/** The file that PT_INTERP or a script names. An empty name is that of the working directory, which is no file. */
export function openInterpreter(task: Task, path: string): File {
  if (path === '') fail(EACCES, 'exec: name of the interpreter is empty');
  const context = task.walkContext();
  return openExecutable(context, task.kernel.vfs.startOf(context, AT_FDCWD, path), path);
}

/** Maps all of it. Past the point of no return; see elf-load.ts. */
export function loadProgram(
  task: Task,
  mm: AddressSpace,
  file: File,
  program: ElfProgram,
  random: RandomSource,
): LoadedProgram {
  const { interpreter } = program;
  // A program without interpreter that is position-independent may be the interpreter itself, started by hand.
  const image = loadElf(mm, file, program.elf, interpreter === undefined ? 'library' : 'program', random);
  const loader = interpreter && loadElf(mm, interpreter.file, interpreter.elf, 'library', random);
  const vdso = mapVdso(task.kernel, mm);
  mm.startCode = image.startCode;
  mm.endCode = image.endCode;
  mm.startData = image.startData;
  mm.endData = image.endData;
  // Linux: without interpreter the heap would follow the program among the libraries, where it could not grow.
  const isAmongLibraries = interpreter === undefined && image.bias !== 0;
  const end = isAmongLibraries ? chooseProgramBase(random, PAGE_SIZE) : pageAlign(image.brk);
  mm.startBrk = chooseBrk(end, task.kernel.memory.randomizeVaSpace > 1 ? random : notRandom);
  mm.currentBrk = mm.startBrk;
  return {
    entry: loader?.entry ?? image.entry,
    auxv: new Map([
      [aux.AT_SYSINFO_EHDR, vdso],
      [aux.AT_PHDR, image.phdr],
      [aux.AT_PHENT, Phdr.size],
      [aux.AT_PHNUM, program.elf.header.phnum],
      [aux.AT_BASE, loader?.bias ?? 0],
      [aux.AT_ENTRY, image.entry],
    ]),
  };
}
