/** xxd(1): a hex dump, and back. */
import { parse } from '../libc/getopt.ts';
import { LineReader, stderr, stdout } from '../libc/stdio.ts';
import { close, dup2, lseek, open, read, writeAll } from '../libc/unistd.ts';
import { O_CREAT, O_TRUNC, O_WRONLY } from '../../kernel/abi/fcntl.ts';
import { quietly, reason } from './lib/errors.ts';
import { ioBuffer } from './lib/io.ts';

const usage = `Usage:
       xxd [options] [infile [outfile]]
    or
       xxd -r [-s [-]offset] [-c cols] [-ps] [infile [outfile]]
Options:
    -b          binary digit dump
    -c cols     format <cols> octets per line. Default 16 (-i: 12, -ps: 30).
    -e          little-endian dump
    -g bytes    number of octets per group in normal output. Default 2 (-e: 4).
    -i          output in C include file style.
    -l len      stop after <len> octets.
    -o off      add <off> to the displayed file position.
    -ps         output in postscript plain hexdump style.
    -r          reverse operation: convert (or patch) hexdump into binary.
    -s [+][-]seek  start at <seek> bytes abs. infile offset.
    -u          use upper case hex letters.
`;

const number = (text: string | undefined): number | undefined => {
  if (text === undefined) return undefined;
  const found = /^([+-]*)(0x[0-9a-f]+|\d+)$/i.exec(text.trim());
  if (!found) return undefined;
  const digits = found[2]!;
  const n = Number(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return found[1]!.includes('-') ? 0 - n : n;
};

const isPrintable = (c: number) => c >= 32 && c < 127;
const text = (bytes: Uint8Array) =>
  Array.from(bytes, c => (isPrintable(c) ? String.fromCharCode(c) : '.')).join('');

interface Options {
  readonly columns: number;
  readonly group: number;
  readonly isBits: boolean;
  readonly isLittle: boolean;
  readonly isUpper: boolean;
  readonly offset: number;
}

function showLine(bytes: Uint8Array, at: number, options: Options): string {
  const { columns, group, isBits, isLittle, isUpper } = options;
  const digits = isBits ? 8 : 2;
  const show = (c: number) => (isBits ? c.toString(2).padStart(8, '0') : c.toString(16).padStart(2, '0'));
  const size = group === 0 ? columns : group;
  const groups: string[] = [];
  for (let start = 0; start < columns; start += size) {
    const end = Math.min(start + size, columns);
    const parts: string[] = [];
    for (let i = start; i < end; i++) parts.push(i < bytes.length ? show(bytes[i]!) : ' '.repeat(digits));
    if (isLittle) parts.reverse();
    groups.push(parts.join(''));
  }
  const hex = groups.join(' ');
  const address = (at + options.offset).toString(16).padStart(8, '0');
  return `${address}: ${isUpper ? hex.toUpperCase() : hex}  ${text(bytes)}\n`;
}

/** Reads the input line by line of the dump. */
function* lines(columns: number, limit: number): Generator<Uint8Array> {
  const { bytes } = ioBuffer();
  const size = Math.floor(bytes.length / columns) * columns;
  let left = limit;
  let held = 0;
  for (;;) {
    const n = left === 0 ? 0 : read(0, bytes.subarray(held, Math.min(size, held + left)));
    left -= n;
    held += n;
    if (n === 0) break;
    if (held < size && left > 0) continue;
    for (let at = 0; at < held; at += columns) yield bytes.slice(at, Math.min(at + columns, held));
    held = 0;
  }
  for (let at = 0; at < held; at += columns) yield bytes.slice(at, Math.min(at + columns, held));
}

function includeFile(name: string | undefined, columns: number, limit: number, isUpper: boolean): void {
  const identifier = name?.replace(/[^A-Za-z0-9]/g, '_').replace(/^(?=\d)/, '__');
  if (identifier !== undefined) stdout.write(`unsigned char ${identifier}[] = {\n`);
  let length = 0;
  let previous: string | undefined;
  for (const line of lines(columns, limit)) {
    if (previous !== undefined) stdout.write(`${previous},\n`);
    previous =
      '  ' +
      Array.from(line, c =>
        isUpper
          ? `0X${c.toString(16).padStart(2, '0').toUpperCase()}`
          : `0x${c.toString(16).padStart(2, '0')}`,
      ).join(', ');
    length += line.length;
  }
  if (previous !== undefined) stdout.write(previous + '\n');
  if (identifier !== undefined) stdout.write(`};\nunsigned int ${identifier}_len = ${length};\n`);
}

/** -r: bytes go where their addresses say; what lies between is left or filled with zeros. */
function reverse(isPlain: boolean, isBits: boolean, base: number): number {
  const reader = new LineReader(0);
  let at = 0;
  let carried = '';
  const put = (address: number, values: number[]) => {
    if (address !== at) {
      const moved = quietly(() => lseek(1, address, 0));
      if (moved === undefined) {
        if (address < at) return false;
        writeAll(1, new Uint8Array(address - at));
      }
    }
    writeAll(1, Uint8Array.from(values));
    at = address + values.length;
    return true;
  };
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    if (isPlain) {
      const digits = carried + line.replace(/\s+/g, '');
      const whole = /^(?:[0-9a-fA-F]{2})*/.exec(digits)![0];
      carried = digits.slice(whole.length).slice(0, 1);
      if (whole !== '')
        put(
          at,
          whole.match(/../g)!.map(pair => parseInt(pair, 16)),
        );
      continue;
    }
    const found = /^\s*([0-9a-fA-F]+):?(.*)$/s.exec(line);
    if (!found) continue;
    // Two blanks end the bytes: the text follows.
    const body = found[2]!.replace(/^\s/, '').split(/ {2}/)[0]!.replace(/\s+/g, '');
    const pattern = isBits ? /^(?:[01]{8})*/ : /^(?:[0-9a-fA-F]{2})*/;
    const digits = pattern.exec(body)![0].match(isBits ? /.{8}/g : /../g) ?? [];
    if (
      !put(
        parseInt(found[1]!, 16) + base,
        digits.map(pair => parseInt(pair, isBits ? 2 : 16)),
      )
    ) {
      stderr.write('xxd: Sorry, cannot seek backwards.\n');
      return 5;
    }
  }
  return 0;
}

export function main(argv: string[]): number {
  // -ps, -cols and other words with one dash.
  const words = argv.map(word =>
    /^-(?:ps|postscript|plain)$/.test(word)
      ? '-p'
      : word.replace(/^-(?:cols|len|seek|group)$/, match => `-${match[1]}`),
  );
  const found = parse(words, { short: 'bc:eEg:il:o:prs:uvC', long: { help: 'h', revert: 'r' } });
  if (found.has('h')) {
    stdout.write(usage);
    return 0;
  }
  const [infile, outfile] = found.operands;
  try {
    if (infile !== undefined && infile !== '-') {
      close(0);
      open(infile, 0);
    }
  } catch (error) {
    stderr.write(`xxd: ${infile}: ${reason(error)}\n`);
    return 2;
  }
  try {
    if (outfile !== undefined && outfile !== '-') {
      const fd = open(outfile, O_WRONLY | O_CREAT | (found.has('r') ? 0 : O_TRUNC), 0o666);
      dup2(fd, 1);
      close(fd);
    }
  } catch (error) {
    stderr.write(`xxd: ${outfile}: ${reason(error)}\n`);
    return 3;
  }
  const seek = number(found.value('s')) ?? 0;
  if (found.has('r')) return reverse(found.has('p'), found.has('b'), seek);
  let start = seek;
  if (seek < 0) start = quietly(() => lseek(0, seek, 2)) ?? 0;
  else if (seek > 0 && quietly(() => lseek(0, seek, 0)) === undefined) {
    for (let left = seek; left > 0;) {
      const n = read(0, ioBuffer().bytes.subarray(0, Math.min(left, ioBuffer().length)));
      if (n === 0) break;
      left -= n;
    }
  }
  const isBits = found.has('b');
  const isPlain = found.has('p');
  const columns = number(found.value('c')) || (isPlain ? 30 : found.has('i') ? 12 : isBits ? 6 : 16);
  if (columns < 1 || columns > 256) {
    stderr.write('xxd: invalid number of columns (max. 256).\n');
    return 1;
  }
  const limit = number(found.value('l')) ?? Infinity;
  const isUpper = found.has('u');
  if (found.has('i')) {
    includeFile(infile === undefined || infile === '-' ? undefined : infile, columns, limit, isUpper);
    return 0;
  }
  const isLittle = found.has('e');
  const group = number(found.value('g')) ?? (isBits ? 1 : isLittle ? 4 : 2);
  const options = { columns, group, isBits, isLittle, isUpper, offset: number(found.value('o')) ?? 0 };
  let at = start;
  for (const line of lines(columns, limit)) {
    if (isPlain) {
      const hex = Array.from(line, c => c.toString(16).padStart(2, '0')).join('');
      stdout.write((isUpper ? hex.toUpperCase() : hex) + '\n');
    } else stdout.write(showLine(line, at, options));
    at += line.length;
  }
  return 0;
}
