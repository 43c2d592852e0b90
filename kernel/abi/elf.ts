/**
 * ELF files: linux/elf.h, elf(5); the System V ABI with its AMD64 supplement. Addresses, sizes and offsets are numbers:
 * exact below 2^53, and whoever uses them refuses what is larger.
 */
import { layout } from './layout.ts';

/** "\x7fELF" as the file's first four bytes. */
export const ELF_MAGIC = '\x7fELF';
export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
export const EV_CURRENT = 1;

export const ET_EXEC = 2;
export const ET_DYN = 3;
export const EM_X86_64 = 62;

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_NOTE = 4;
export const PT_GNU_EH_FRAME = 0x6474e550;
export const PT_GNU_STACK = 0x6474e551;
export const PT_GNU_PROPERTY = 0x6474e553;

export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

export const SHT_PROGBITS = 1;
export const SHT_STRTAB = 3;
export const SHT_HASH = 5;
export const SHT_DYNAMIC = 6;
export const SHT_NOTE = 7;
export const SHT_DYNSYM = 11;
export const SHT_GNU_VERDEF = 0x6ffffffd;
export const SHT_GNU_VERSYM = 0x6fffffff;
export const SHF_ALLOC = 2;
export const SHF_EXECINSTR = 4;

export const DT_NULL = 0;
export const DT_HASH = 4;
export const DT_STRTAB = 5;
export const DT_SYMTAB = 6;
export const DT_STRSZ = 10;
export const DT_SYMENT = 11;
export const DT_SONAME = 14;
export const DT_VERSYM = 0x6ffffff0;
export const DT_VERDEF = 0x6ffffffc;
export const DT_VERDEFNUM = 0x6ffffffd;

export const STB_GLOBAL = 1;
export const STB_WEAK = 2;
export const STT_OBJECT = 1;
export const STT_FUNC = 2;
export const SHN_ABS = 0xfff1;
export const VER_FLG_BASE = 1;

/** Elf64_Ehdr; `ident` holds magic, class, data, version, OS ABI. */
export const Ehdr = layout('Elf64_Ehdr', 64, {
  ident: [0, 'bytes', 16],
  type: [16, 'u16'],
  machine: [18, 'u16'],
  version: [20, 'u32'],
  entry: [24, 'u64'],
  phoff: [32, 'u64'],
  shoff: [40, 'u64'],
  flags: [48, 'u32'],
  ehsize: [52, 'u16'],
  phentsize: [54, 'u16'],
  phnum: [56, 'u16'],
  shentsize: [58, 'u16'],
  shnum: [60, 'u16'],
  shstrndx: [62, 'u16'],
});

export const Phdr = layout('Elf64_Phdr', 56, {
  type: [0, 'u32'],
  flags: [4, 'u32'],
  offset: [8, 'u64'],
  vaddr: [16, 'u64'],
  paddr: [24, 'u64'],
  filesz: [32, 'u64'],
  memsz: [40, 'u64'],
  align: [48, 'u64'],
});

export const Shdr = layout('Elf64_Shdr', 64, {
  name: [0, 'u32'],
  type: [4, 'u32'],
  flags: [8, 'u64'],
  addr: [16, 'u64'],
  offset: [24, 'u64'],
  size: [32, 'u64'],
  link: [40, 'u32'],
  info: [44, 'u32'],
  addralign: [48, 'u64'],
  entsize: [56, 'u64'],
});

export const Sym = layout('Elf64_Sym', 24, {
  name: [0, 'u32'],
  info: [4, 'u8'],
  other: [5, 'u8'],
  shndx: [6, 'u16'],
  value: [8, 'u64'],
  size: [16, 'u64'],
});

export const Dyn = layout('Elf64_Dyn', 16, { tag: [0, 'u64'], value: [8, 'u64'] });

export const Verdef = layout('Elf64_Verdef', 20, {
  version: [0, 'u16'],
  flags: [2, 'u16'],
  ndx: [4, 'u16'],
  cnt: [6, 'u16'],
  hash: [8, 'u32'],
  aux: [12, 'u32'],
  next: [16, 'u32'],
});

export const Verdaux = layout('Elf64_Verdaux', 8, { name: [0, 'u32'], next: [4, 'u32'] });

/** The hash of a symbol's or a version's name, as DT_HASH and Verdef have it. */
export function elfHash(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) {
    hash = ((hash << 4) + name.charCodeAt(i)) >>> 0;
    const high = hash & 0xf0000000;
    hash = (hash ^ (high >>> 24)) & ~high;
  }
  return hash >>> 0;
}
