/** The code in an ELF file: its executable sections (or segments, if it has no sections), and its symbols. */
import {
  EM_X86_64,
  Ehdr,
  PF_X,
  PT_LOAD,
  Phdr,
  SHF_EXECINSTR,
  SHT_DYNSYM,
  SHT_PROGBITS,
  STT_FUNC,
  Shdr,
  Sym,
} from '../../kernel/abi/elf.ts';

const SHT_SYMTAB = 2;
const SHN_UNDEF = 0;

/** The file is not what was expected. */
export class FileError extends Error {}

export interface CodePart {
  readonly name: string;
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface CodeSymbol {
  readonly name: string;
  readonly address: number;
  /** Bytes; 0: not known. */
  readonly size: number;
}

export interface ElfCode {
  readonly parts: readonly CodePart[];
  /** By address. */
  readonly symbols: readonly CodeSymbol[];
}

export function readElfCode(file: Uint8Array): ElfCode {
  const isElf = file.length >= Ehdr.size && file[0] === 0x7f && textAt(file, 1, 3) === 'ELF';
  if (!isElf || file[4] !== 2) throw new FileError('this is no 64-bit ELF file');
  const header = Ehdr.decode(file);
  if (header.machine !== EM_X86_64) throw new FileError('this is no x86-64 file');
  const sections = Array.from({ length: header.shnum }, (_, i) => header.shoff + i * Shdr.size)
    .filter(at => at + Shdr.size <= file.length)
    .map(at => Shdr.decode(file, at));
  const names = sections[header.shstrndx];
  let parts = sections
    .filter(({ type, flags }) => type === SHT_PROGBITS && (flags & SHF_EXECINSTR) !== 0)
    .map(({ name, addr, offset, size }) => ({
      name: names ? textAt(file, names.offset + name) : '',
      address: addr,
      bytes: file.subarray(offset, offset + size),
    }));
  if (parts.length === 0)
    parts = Array.from({ length: header.phnum }, (_, i) => header.phoff + i * Phdr.size)
      .filter(at => at + Phdr.size <= file.length)
      .map(at => Phdr.decode(file, at))
      .filter(({ type, flags }) => type === PT_LOAD && (flags & PF_X) !== 0)
      .map(({ vaddr, offset, filesz }, i) => ({
        name: `segment ${i}`,
        address: vaddr,
        bytes: file.subarray(offset, offset + filesz),
      }));
  const table =
    sections.find(({ type }) => type === SHT_SYMTAB) ?? sections.find(({ type }) => type === SHT_DYNSYM);
  const symbols: CodeSymbol[] = [];
  const strings = table && sections[table.link];
  if (table && strings)
    for (
      let at = table.offset;
      at + Sym.size <= Math.min(table.offset + table.size, file.length);
      at += Sym.size
    ) {
      const { name, info, shndx, value, size } = Sym.decode(file, at);
      if (shndx === SHN_UNDEF || (info & 15) > STT_FUNC || name === 0) continue;
      symbols.push({ name: textAt(file, strings.offset + name), address: value, size });
    }
  // Of several names for one address the one that comes first in the table.
  symbols.sort((a, b) => a.address - b.address);
  return { parts, symbols };
}

/** Name and distance of the symbol that an address belongs to. */
export function symbolAt(symbols: readonly CodeSymbol[], address: number): string | undefined {
  let from = 0;
  let to = symbols.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (symbols[middle]!.address <= address) from = middle + 1;
    else to = middle;
  }
  const found = symbols[from - 1];
  if (found === undefined) return undefined;
  const distance = address - found.address;
  if (found.size !== 0 && distance >= found.size) return undefined;
  return distance === 0 ? found.name : `${found.name}+0x${distance.toString(16)}`;
}

/** Up to the zero byte, or so many bytes. */
function textAt(bytes: Uint8Array, at: number, most = 4096): string {
  let text = '';
  for (let i = at; i < Math.min(bytes.length, at + most) && bytes[i] !== 0; i++)
    text += String.fromCharCode(bytes[i]!);
  return text;
}
