/**
 * `lodger disasm FILE`: the code in an ELF file as the processor decodes it (host/cpu), in objdump's form. Bytes that
 * no instruction of the table begins with are shown one by one as (bad).
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { DECODED, Decoder, Instruction, MAX_LENGTH } from '../cpu/decoder.ts';
import { disassemble } from '../cpu/disassembler.ts';
import { allRows } from '../cpu/table/all.ts';
import { type CodePart, type CodeSymbol, FileError, readElfCode, symbolAt } from './elf-code.ts';

export const USAGE = `Usage: lodger disasm FILE [--start ADDRESS] [--length BYTES] [--symbol NAME]

Writes the code of an ELF file as text. Numbers may be hexadecimal: 0x401000.
`;

export interface Line {
  readonly address: number;
  readonly length: number;
  /** Undefined: no instruction of the table. */
  readonly text: string | undefined;
}

/** The instructions of a piece of code that begin at `start` or behind it, and before `end`. */
export function* listing(
  decoder: Decoder,
  { address, bytes }: CodePart,
  start: number,
  end: number,
  nameOf?: (address: number) => string | undefined,
): Generator<Line> {
  const instruction = new Instruction();
  const to = Math.min(bytes.length, end - address);
  for (let at = Math.max(0, start - address); at < to;) {
    const status = decoder.decode(bytes, at, bytes.length - at, address + at, instruction);
    const isKnown = status === DECODED;
    const length = isKnown ? instruction.length : 1;
    yield { address: address + at, length, text: isKnown ? disassemble(instruction, nameOf) : undefined };
    at += length;
  }
}

function parseNumber(text: string | undefined, option: string): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new FileError(`--${option} ${text}: no number`);
  return number;
}

/** Status when the command line or the file is wrong. */
const STATUS_FAILED = 1;

export function disasmCommand(argv: readonly string[]): number {
  // Who reads it may have seen enough.
  process.stdout.on('error', ({ code }: NodeJS.ErrnoException) =>
    process.exit(code === 'EPIPE' ? 0 : STATUS_FAILED),
  );
  try {
    return run(argv);
  } catch (error) {
    const isOurs = error instanceof FileError || (error instanceof Error && 'code' in error);
    if (!isOurs) throw error;
    process.stderr.write(`lodger disasm: ${error.message}\n`);
    return STATUS_FAILED;
  }
}

function run(argv: readonly string[]): number {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      start: { type: 'string' },
      length: { type: 'string' },
      symbol: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help === true) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (positionals.length !== 1) throw new FileError('name one file');
  const { parts, symbols } = readElfCode(readFileSync(positionals[0]!));
  let start = parseNumber(values.start, 'start') ?? 0;
  let length = parseNumber(values.length, 'length') ?? Infinity;
  if (values.symbol !== undefined) {
    const symbol = symbols.find(({ name }) => name === values.symbol);
    if (symbol === undefined) throw new FileError(`--symbol ${values.symbol}: the file does not define it`);
    start = symbol.address;
    if (length === Infinity && symbol.size !== 0) length = symbol.size;
  }
  const decoder = new Decoder(allRows);
  for (const part of parts) show(decoder, part, start, start + length, symbols);
  return 0;
}

function show(
  decoder: Decoder,
  part: CodePart,
  start: number,
  end: number,
  symbols: readonly CodeSymbol[],
): void {
  if (start >= part.address + part.bytes.length || end <= part.address) return;
  let text = `\nDisassembly of section ${part.name}:\n`;
  const nameOf = (address: number): string | undefined => symbolAt(symbols, address);
  const begins = new Map(symbols.map(({ address, name }) => [address, name]));
  for (const line of listing(decoder, part, start, end, nameOf)) {
    const name = begins.get(line.address);
    if (name !== undefined) text += `\n${line.address.toString(16).padStart(16, '0')} <${name}>:\n`;
    const from = line.address - part.address;
    const bytes = Array.from(part.bytes.subarray(from, from + line.length), byte =>
      byte.toString(16).padStart(2, '0'),
    );
    text += `${line.address.toString(16).padStart(8)}:\t${bytes.join(' ').padEnd(MAX_LENGTH + 15)}\t${line.text ?? '(bad)'}\n`;
    if (text.length < 1 << 16) continue;
    process.stdout.write(text);
    text = '';
  }
  process.stdout.write(text);
}
