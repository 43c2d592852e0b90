/**
 * The vDSO: a shared object of one page that the kernel maps into every program; C libraries and the Go runtime find
 * clock_gettime and its kin in it. vdso(7); Linux counterpart: arch/x86/entry/vdso. Made here byte by byte: pure.
 *
 * Each function is the system call itself, because a system call of translated code is a function call. The file has
 * what its readers look for: DT_HASH, the version LINUX_2.6, an .eh_frame for unwinders and section headers for
 * debuggers.
 */
import type { Fields, Layout, Struct } from '../abi/layout.ts';
import { toBytes } from '../abi/byte-string.ts';
import * as elf from '../abi/elf.ts';
import { viewOf } from '../abi/layout.ts';
import {
  SYS_clock_getres,
  SYS_clock_gettime,
  SYS_getcpu,
  SYS_gettimeofday,
  SYS_time,
} from '../abi/syscall-numbers.ts';
import { PAGE_SIZE } from '../mm/physical-memory.ts';

/** In order of their places. Each is there under this name, and weakly without «__vdso_». */
const FUNCTIONS: readonly (readonly [string, number])[] = [
  ['clock_gettime', SYS_clock_gettime],
  ['gettimeofday', SYS_gettimeofday],
  ['time', SYS_time],
  ['clock_getres', SYS_clock_getres],
  ['getcpu', SYS_getcpu],
];
const SONAME = 'linux-vdso.so.1';
const VERSION = 'LINUX_2.6';
/** Indexes of versions: 1 is the file's own name. */
const VERSION_BASE = 1;
const VERSION_INDEX = 2;
const FUNCTION_ALIGN = 16;
/** Where the code begins: known before the tables that lie in front of it. */
const TEXT_AT = 0x800;

/** A section with its place and content. */
interface Section {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly at: number;
  readonly bytes: Uint8Array;
  readonly align: number;
  readonly link: number;
  readonly info: number;
  readonly entrySize: number;
}

/** Sections by number: link and info refer to them. */
const HASH = 1;
const DYNSYM = 2;
const DYNSTR = 3;
const VERSYM = 4;
const VERDEF = 5;
const EH_FRAME_HEADER = 6;
const EH_FRAME = 7;
const DYNAMIC = 8;
const TEXT = 9;
const SHSTRTAB = 10;
const SECTION_NAMES = [
  '',
  '.hash',
  '.dynsym',
  '.dynstr',
  '.gnu.version',
  '.gnu.version_d',
  '.eh_frame_hdr',
  '.eh_frame',
  '.dynamic',
  '.text',
  '.shstrtab',
] as const;

/** The page. */
export function buildVdso(): Uint8Array<ArrayBuffer> {
  const strings = new Strings();
  const symbols = symbolNames();
  const programHeaderCount = 3;
  const sections: Section[] = [];
  let end = elf.Ehdr.size + programHeaderCount * elf.Phdr.size;
  const add = (
    number: number,
    type: number,
    make: (at: number) => Uint8Array,
    how: Partial<Section>,
  ): number => {
    const align = how.align ?? 8;
    const at = Math.ceil(end / align) * align;
    const bytes = make(at);
    const name = SECTION_NAMES[number]!;
    const flags = how.flags ?? elf.SHF_ALLOC;
    const { link = 0, info = 0, entrySize = 0 } = how;
    sections.push({ name, type, flags, at, bytes, align, link, info, entrySize });
    end = at + bytes.length;
    return at;
  };

  const text = TEXT_AT;
  for (const { name } of symbols) strings.offset(name);
  strings.offset(SONAME);
  const hash = add(HASH, elf.SHT_HASH, () => hashTable(symbols.map(({ name }) => name)), {
    link: DYNSYM,
    entrySize: 4,
  });
  const dynsym = add(DYNSYM, elf.SHT_DYNSYM, () => symbolTable(symbols, strings, text), {
    link: DYNSTR,
    info: 1,
    entrySize: elf.Sym.size,
  });
  const dynstr = add(DYNSTR, elf.SHT_STRTAB, () => strings.bytes(), { align: 1 });
  const versym = add(VERSYM, elf.SHT_GNU_VERSYM, () => versionsOfSymbols(symbols.length), {
    align: 2,
    link: DYNSYM,
    entrySize: 2,
  });
  const verdef = add(VERDEF, elf.SHT_GNU_VERDEF, () => versionDefinitions(strings), {
    link: DYNSTR,
    info: 2,
  });
  const frameSize = 20;
  const headerAt = add(EH_FRAME_HEADER, elf.SHT_PROGBITS, at => frameHeader(at, frameSize, text), {
    align: 4,
  });
  add(EH_FRAME, elf.SHT_PROGBITS, at => frames(at, text), {});
  const dynamicEntries: [number, number][] = [
    [elf.DT_SONAME, strings.offset(SONAME)],
    [elf.DT_HASH, hash],
    [elf.DT_STRTAB, dynstr],
    [elf.DT_SYMTAB, dynsym],
    [elf.DT_STRSZ, strings.bytes().length],
    [elf.DT_SYMENT, elf.Sym.size],
    [elf.DT_VERDEF, verdef],
    [elf.DT_VERDEFNUM, 2],
    [elf.DT_VERSYM, versym],
    [elf.DT_NULL, 0],
  ];
  const dynamic = add(
    DYNAMIC,
    elf.SHT_DYNAMIC,
    () =>
      join(
        elf.Dyn,
        dynamicEntries.map(([tag, value]) => ({ tag, value })),
      ),
    { link: DYNSTR, entrySize: elf.Dyn.size },
  );
  end = Math.max(end, text);
  add(TEXT, elf.SHT_PROGBITS, code, { align: FUNCTION_ALIGN, flags: elf.SHF_ALLOC | elf.SHF_EXECINSTR });
  const sectionNames = new Strings();
  for (const name of SECTION_NAMES) sectionNames.offset(name);
  add(SHSTRTAB, elf.SHT_STRTAB, () => sectionNames.bytes(), { align: 1, flags: 0 });

  const page = new Uint8Array(PAGE_SIZE);
  for (const { at, bytes } of sections) page.set(bytes, at);
  const shoff = Math.ceil(end / 8) * 8;
  page.set(sectionHeaders(sections, sectionNames), shoff);
  const dynamicSize = dynamicEntries.length * elf.Dyn.size;
  page.set(
    join(elf.Phdr, [
      segment(elf.PT_LOAD, elf.PF_R | elf.PF_X, 0, PAGE_SIZE, PAGE_SIZE),
      segment(elf.PT_DYNAMIC, elf.PF_R, dynamic, dynamicSize, 8),
      segment(elf.PT_GNU_EH_FRAME, elf.PF_R, headerAt, frameSize, 4),
    ]),
    elf.Ehdr.size,
  );
  elf.Ehdr.encodeInto(page, 0, {
    ident: Uint8Array.of(...toBytes(elf.ELF_MAGIC), elf.ELFCLASS64, elf.ELFDATA2LSB, elf.EV_CURRENT),
    type: elf.ET_DYN,
    machine: elf.EM_X86_64,
    version: elf.EV_CURRENT,
    phoff: elf.Ehdr.size,
    shoff,
    ehsize: elf.Ehdr.size,
    phentsize: elf.Phdr.size,
    phnum: programHeaderCount,
    shentsize: elf.Shdr.size,
    shnum: SECTION_NAMES.length,
    shstrndx: SHSTRTAB,
  });
  return page;
}

/** A string table. */
class Strings {
  #text = '\0';
  readonly #offsets = new Map<string, number>([['', 0]]);

  offset(text: string): number {
    let offset = this.#offsets.get(text);
    if (offset === undefined) {
      offset = this.#text.length;
      this.#offsets.set(text, offset);
      this.#text += `${text}\0`;
    }
    return offset;
  }
  bytes(): Uint8Array {
    return toBytes(this.#text);
  }
}

interface VdsoSymbol {
  readonly name: string;
  readonly bind: number;
  /** Index of the function; −1: the version's own symbol. */
  readonly index: number;
}

function symbolNames(): VdsoSymbol[] {
  const functions = FUNCTIONS.flatMap(([name], index) => [
    { name: `__vdso_${name}`, bind: elf.STB_GLOBAL, index },
    { name, bind: elf.STB_WEAK, index },
  ]);
  return [...functions, { name: VERSION, bind: elf.STB_GLOBAL, index: -1 }];
}

function symbolTable(symbols: readonly VdsoSymbol[], strings: Strings, text: number): Uint8Array {
  const size = functionBytes(0).length;
  return join(elf.Sym, [
    {},
    ...symbols.map(({ name, bind, index }) =>
      index < 0
        ? { name: strings.offset(name), info: (bind << 4) | elf.STT_OBJECT, shndx: elf.SHN_ABS }
        : {
            name: strings.offset(name),
            info: (bind << 4) | elf.STT_FUNC,
            shndx: TEXT,
            value: text + index * FUNCTION_ALIGN,
            size,
          },
    ),
  ]);
}

/** DT_HASH: buckets and chains of symbol numbers; number 0 is no symbol. */
function hashTable(names: readonly string[]): Uint8Array {
  const bucketCount = 5;
  const buckets = Array.from({ length: bucketCount }, () => 0);
  const chains = Array.from({ length: names.length + 1 }, () => 0);
  names.forEach((name, i) => {
    const bucket = elf.elfHash(name) % bucketCount;
    chains[i + 1] = buckets[bucket]!;
    buckets[bucket] = i + 1;
  });
  const words = Uint32Array.of(bucketCount, chains.length, ...buckets, ...chains);
  return new Uint8Array(words.buffer);
}

function versionsOfSymbols(count: number): Uint8Array {
  const versions = new Uint16Array(count + 1).fill(VERSION_INDEX);
  versions[0] = 0;
  return new Uint8Array(versions.buffer);
}

function versionDefinitions(strings: Strings): Uint8Array {
  const size = elf.Verdef.size + elf.Verdaux.size;
  const definition = (name: string, ndx: number, flags: number, next: number): Uint8Array => {
    const bytes = new Uint8Array(size);
    const hash = elf.elfHash(name);
    elf.Verdef.encodeInto(bytes, 0, { version: 1, flags, ndx, cnt: 1, hash, aux: elf.Verdef.size, next });
    elf.Verdaux.encodeInto(bytes, elf.Verdef.size, { name: strings.offset(name) });
    return bytes;
  };
  return concat([
    definition(SONAME, VERSION_BASE, elf.VER_FLG_BASE, size),
    definition(VERSION, VERSION_INDEX, 0, 0),
  ]);
}

/** mov $number, %eax; syscall; ret */
function functionBytes(number: number): Uint8Array {
  return Uint8Array.of(0xb8, number, number >>> 8, number >>> 16, number >>> 24, 0x0f, 0x05, 0xc3);
}

function code(): Uint8Array {
  const bytes = new Uint8Array(FUNCTIONS.length * FUNCTION_ALIGN).fill(0xcc);
  FUNCTIONS.forEach(([, number], i) => bytes.set(functionBytes(number), i * FUNCTION_ALIGN));
  return bytes;
}

/**
 * .eh_frame: all functions are leaves without a frame, so one description does for the whole text: the caller's stack
 * pointer is rsp + 8, and its address is just below.
 */
function frames(at: number, text: number): Uint8Array {
  const cie = Uint8Array.of(
    ...[20, 0, 0, 0], // length
    ...[0, 0, 0, 0], // a CIE
    ...[1, 0x7a, 0x52, 0], // version 1, "zR"
    ...[1, 0x78, 16], // code alignment 1, data alignment −8, return address in column 16
    ...[1, 0x1b], // one byte of data: pointers are relative, 4 bytes
    ...[0x0c, 7, 8], // DW_CFA_def_cfa: rsp + 8
    ...[0x90, 1], // DW_CFA_offset: column 16 at CFA − 8
    ...[0, 0], // DW_CFA_nop
  );
  const fde = new Uint8Array(24);
  const view = viewOf(fde);
  const fdeAt = at + cie.length;
  view.setUint32(0, fde.length - 4, true);
  view.setUint32(4, cie.length + 4, true); // back to the CIE
  view.setInt32(8, text - (fdeAt + 8), true);
  view.setUint32(12, code().length, true);
  return concat([cie, fde, new Uint8Array(4)]);
}

/** .eh_frame_hdr: a table of one entry, for binary search. .eh_frame follows it, at a multiple of 8. */
function frameHeader(at: number, size: number, text: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const view = viewOf(bytes);
  const framesAt = Math.ceil((at + size) / 8) * 8;
  bytes.set([1, 0x1b, 0x03, 0x3b]);
  view.setInt32(4, framesAt - (at + 4), true);
  view.setUint32(8, 1, true);
  view.setInt32(12, text - at, true);
  view.setInt32(16, framesAt + 24 - at, true);
  return bytes;
}

function segment(type: number, flags: number, at: number, size: number, align: number) {
  return { type, flags, offset: at, vaddr: at, paddr: at, filesz: size, memsz: size, align };
}

function sectionHeaders(sections: readonly Section[], names: Strings): Uint8Array {
  return join(elf.Shdr, [
    {},
    ...sections.map(({ name, type, flags, at, bytes, align, link, info, entrySize }) => ({
      name: names.offset(name),
      type,
      flags,
      addr: (flags & elf.SHF_ALLOC) === 0 ? 0 : at,
      offset: at,
      size: bytes.length,
      link,
      info,
      addralign: align,
      entsize: entrySize,
    })),
  ]);
}

function join<S extends Fields>(struct: Layout<S>, values: readonly Partial<Struct<S>>[]): Uint8Array {
  return concat(values.map(value => struct.encode(value)));
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
