/**
 * What objdump says of a file's code, and what our decoder says: lengths and text must agree for each instruction that
 * is in the table. test/disassemble-all.mjs runs it.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { DECODED, Decoder, Instruction } from '../host/cpu/decoder.ts';
import { disassemble } from '../host/cpu/disassembler.ts';
import { allRows } from '../host/cpu/table/all.ts';
import { readElfCode } from '../host/cli/elf-code.ts';

export interface Comparison {
  readonly instructions: number;
  /** objdump's mnemonic and how often, for what is not in the table. */
  readonly missing: ReadonlyMap<string, number>;
  readonly lengths: readonly string[];
  /** By objdump's mnemonic: the first differing line, and how many there are. */
  readonly texts: ReadonlyMap<string, { count: number; first: string }>;
}

const PSEUDO = ['eq', 'lt', 'le', 'unord', 'neq', 'nlt', 'nle', 'ord'];

/** Brings objdump's text into our form. */
function normalize(text: string): string {
  let line = text
    .replace(/\s*(#|<).*$/, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  // Prefixes that mean nothing to the instruction.
  for (;;) {
    const next = line.replace(
      /^(data16|bnd|notrack|addr32|[cdes]s|rex(\.[WRXB]+)?|repz(?= (ret|nop|jmp|call))|repnz(?= (ret|jmp|call|j)))(?= |$) ?/,
      '',
    );
    if (next === line) break;
    line = next;
  }
  line = line.replace(/^movabs /, 'mov ').replaceAll(/\b[cdes]s:(?=\[(?!r[sd]i\]))/g, '');
  line = line.replace(/\[([er]ip)\+0x(f{8}[0-9a-f]{8})\]/, (_, register: string, value: string) => {
    const distance = BigInt.asIntN(64, BigInt(`0x${value}`));
    return `[${register}-0x${(-distance).toString(16)}]`;
  });
  if (line === 'xchg ax,ax') line = 'nop';
  line = line.replace(/ptr /i, 'PTR ').replace(/,(pt|pn)\b/, '');
  // cmpltps xmm0,xmm1 → cmpps xmm0,xmm1,0x1
  const compare = /^cmp(eq|lt|le|unord|neq|nlt|nle|ord)([sp][sd]) (.*)$/.exec(line);
  if (compare) line = `cmp${compare[2]} ${compare[3]},0x${PSEUDO.indexOf(compare[1]!).toString(16)}`;
  const multiply = /^pclmul([lh])q([lh])qdq (.*)$/.exec(line);
  if (multiply)
    line = `pclmulqdq ${multiply[3]},0x${(multiply[1] === 'h' ? 1 : 0) + (multiply[2] === 'h' ? 16 : 0)}`;
  return line.replace(/^(.*)\+[re]iz\*1/, '$1');
}

/** Differences of taste. */
function isSame(theirs: string, ours: string): boolean {
  const plain = (text: string): string =>
    text
      .replace(/ # .*$/, '')
      .replaceAll(/(BYTE|WORD|DWORD|QWORD|TBYTE|XMMWORD) PTR /g, '')
      .replaceAll(/\b0x/g, '')
      .replaceAll('ds:', '')
      .replaceAll('es:', '');
  return plain(theirs) === plain(ours);
}

export function compare(path: string): Comparison {
  const { parts } = readElfCode(readFileSync(path));
  const decoder = new Decoder(allRows);
  const instruction = new Instruction();
  const missing = new Map<string, number>();
  const lengths: string[] = [];
  const texts = new Map<string, { count: number; first: string }>();
  let instructions = 0;
  const { stdout } = spawnSync(
    'objdump',
    ['-d', '-M', 'intel', '--insn-width=16', '--no-show-raw-insn', path],
    {
      encoding: 'latin1',
      maxBuffer: 2 ** 30,
    },
  );
  let part = parts[0]!;
  let previous: { address: number; text: string } | undefined;
  const visit = (address: number, text: string, end: number): void => {
    const at = address - part.address;
    if (/\(bad\)|^\.byte/.test(text)) return;
    instructions++;
    // objdump takes fwait and what follows it for one instruction: fstcw, fstsw, finit.
    if (part.bytes[at] === 0x9b) return;
    const status = decoder.decode(part.bytes, at, part.bytes.length - at, address, instruction);
    const theirs = normalize(text);
    const name = theirs.split(' ')[0]!;
    if (status !== DECODED) {
      missing.set(name, (missing.get(name) ?? 0) + 1);
      return;
    }
    const ours = disassemble(instruction);
    if (instruction.length !== end - address && lengths.length < 20)
      lengths.push(
        `${address.toString(16)}: ${end - address} bytes '${theirs}', ours ${instruction.length} '${ours}'`,
      );
    if (isSame(theirs, ours)) return;
    const known = texts.get(name);
    if (known) known.count++;
    else texts.set(name, { count: 1, first: `${address.toString(16)}: '${theirs}', ours '${ours}'` });
  };
  for (const line of stdout.split('\n')) {
    const found = /^\s*([0-9a-f]+):\t(.*)$/.exec(line);
    if (found) {
      const address = Number.parseInt(found[1]!, 16);
      if (previous) visit(previous.address, previous.text, address);
      previous = { address, text: found[2]! };
      continue;
    }
    const section = /^Disassembly of section (.*):$/.exec(line);
    if (section) {
      if (previous) visit(previous.address, previous.text, part.address + part.bytes.length);
      previous = undefined;
      part = parts.find(({ name }) => name === section[1]) ?? part;
    }
  }
  return { instructions, missing, lengths, texts };
}
