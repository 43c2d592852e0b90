/** hexdump(1) and hd: the ready-made formats (-b -c -C -d -o -x). */
import { parse, usageError } from '../libc/getopt.ts';
import { fail, programName, warn } from '../libc/stdlib.ts';
import { stdout } from '../libc/stdio.ts';
import { close, open, read } from '../libc/unistd.ts';
import { reason } from './lib/errors.ts';
import { ioBuffer } from './lib/io.ts';
import { parseSize } from './lib/sizes.ts';

const usage = `
Usage:
 hexdump [options] <file>...

Display file contents in hexadecimal, decimal, octal, or ascii.

 -b, --one-byte-octal      one-byte octal display
 -c, --one-byte-char       one-byte character display
 -C, --canonical           canonical hex+ASCII display
 -d, --two-bytes-decimal   two-byte decimal display
 -o, --two-bytes-octal     two-byte octal display
 -x, --two-bytes-hex       two-byte hexadecimal display
 -n, --length <length>     interpret only length bytes of input
 -s, --skip <offset>       skip offset bytes from the beginning
 -v, --no-squeezing        output identical lines
`;

const ESCAPES: Readonly<Record<number, string>> = {
  0: '\\0', 7: '\\a', 8: '\\b', 9: '\\t', 10: '\\n', 11: '\\v', 12: '\\f', 13: '\\r',
}; // prettier-ignore
const hex = (n: number, width: number) => n.toString(16).padStart(width, '0');

/** One line in one format, without the address. */
function body(kind: string, line: Uint8Array): string {
  const words = () =>
    Array.from(
      { length: Math.ceil(line.length / 2) },
      (_, i) => line[i * 2]! | ((line[i * 2 + 1] ?? 0) << 8),
    );
  const row = (cells: readonly string[], width: number, count: number) =>
    cells.join('').padEnd(width * count);
  switch (kind) {
    case 'b':
      return row(
        Array.from(line, c => ` ${c.toString(8).padStart(3, '0')}`),
        4,
        16,
      );
    case 'c':
      return row(
        Array.from(line, c =>
          (
            ESCAPES[c] ?? (c >= 32 && c < 127 ? String.fromCharCode(c) : c.toString(8).padStart(3, '0'))
          ).padStart(4),
        ),
        4,
        16,
      );
    case 'd':
      return row(
        words().map(n => `   ${String(n).padStart(5, '0')}`),
        8,
        8,
      );
    case 'o':
      return row(
        words().map(n => `  ${n.toString(8).padStart(6, '0')}`),
        8,
        8,
      );
    case 'x':
      return row(
        words().map(n => `    ${hex(n, 4)}`),
        8,
        8,
      );
    case 'C': {
      const cell = (i: number) => (i < line.length ? ` ${hex(line[i]!, 2)}` : '   ');
      const left = Array.from({ length: 8 }, (_, i) => cell(i)).join('');
      const right = Array.from({ length: 8 }, (_, i) => cell(i + 8)).join('');
      const text = Array.from(line, c => (c >= 32 && c < 127 ? String.fromCharCode(c) : '.')).join('');
      return ` ${left} ${right}  |${text}|`;
    }
    default:
      return row(
        words().map(n => ` ${hex(n, 4)}`),
        5,
        8,
      );
  }
}

export function main(argv: string[]): number {
  const found = parse(argv, {
    short: 'bcCde:f:L::n:os:vx',
    long: {
      'one-byte-octal': 'b', 'one-byte-char': 'c', canonical: 'C', 'two-bytes-decimal': 'd', 'two-bytes-octal': 'o',
      'two-bytes-hex': 'x', length: 'n', skip: 's', 'no-squeezing': 'v',
    }, // prettier-ignore
    usage,
  });
  if (found.has('e', 'f')) return usageError(argv[0]!, 'format strings are not supported');
  const size = (key: string): number | undefined => {
    const text = found.value(key);
    if (text === undefined) return undefined;
    const n = /^0x[0-9a-f]+$/i.test(text) ? Number(text) : parseSize(text, 'bKkmMGTPEZY');
    return n === undefined || Number.isNaN(n)
      ? fail(1, `failed to parse ${key === 'n' ? 'length' : 'offset'}: '${text}'`)
      : n;
  };
  const kinds = found.options.map(({ key }) => key).filter(key => 'bcCdox'.includes(key));
  if (kinds.length === 0) kinds.push(programName === 'hd' ? 'C' : 'default');
  const names = found.operands.length > 0 ? found.operands.slice() : ['-'];
  const { bytes } = ioBuffer();
  let skip = size('s') ?? 0;
  let left = size('n') ?? Infinity;
  let address = skip;
  let status = 0;
  let failures = 0;
  const files = names.length;
  let fd = -1;
  const next = (into: Uint8Array): number => {
    for (;;) {
      if (fd < 0) {
        const name = names.shift();
        if (name === undefined) return 0;
        try {
          fd = name === '-' ? 0 : open(name, 0);
        } catch (error) {
          warn(`${name}: ${reason(error)}`);
          status = 1;
          failures++;
          continue;
        }
      }
      const n = read(fd, into);
      if (n > 0) return n;
      if (fd > 0) close(fd);
      fd = -1;
    }
  };
  let held = new Uint8Array(0);
  let previous: string | undefined;
  let isRepeating = false;
  let isAny = false;
  const addressWidth = kinds[0] === 'C' ? 8 : 7;
  const show = (line: Uint8Array) => {
    isAny = true;
    const key = line.length === 16 ? String.fromCharCode(...line) : undefined;
    if (key !== undefined && key === previous && !found.has('v')) {
      if (!isRepeating) stdout.write('*\n');
      isRepeating = true;
    } else {
      isRepeating = false;
      kinds.forEach(kind => {
        const width = kind === 'C' ? 8 : 7;
        stdout.write(hex(address, width) + body(kind, line) + '\n');
      });
    }
    previous = key;
    address += line.length;
  };
  for (;;) {
    const n =
      left === 0
        ? 0
        : next(bytes.subarray(0, skip > 0 ? Math.min(bytes.length, skip) : Math.min(bytes.length, left)));
    if (n === 0) break;
    if (skip > 0) {
      skip -= n;
      continue;
    }
    left -= n;
    const all = new Uint8Array(held.length + n);
    all.set(held);
    all.set(bytes.subarray(0, n), held.length);
    const whole = all.length - (all.length % 16);
    for (let at = 0; at < whole; at += 16) show(all.subarray(at, at + 16));
    held = all.slice(whole);
  }
  if (held.length > 0) show(held);
  if (failures === files) warn('all input file arguments failed');
  if (isAny) stdout.write(hex(address, addressWidth) + '\n');
  return status;
}
