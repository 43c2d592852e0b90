/** cksum(1) with its CRC, and sum(1). */
import { parse } from '../libc/getopt.ts';
import { stdout } from '../libc/stdio.ts';
import { chunks, eachInput } from './lib/io.ts';

const TABLE = Uint32Array.from({ length: 256 }, (_, i) => {
  let crc = i << 24;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x80000000 ? (crc << 1) ^ 0x04c11db7 : crc << 1;
  return crc >>> 0;
});

export function main(argv: string[]): number {
  const { operands } = parse(argv, {
    usage: 'Usage: cksum [FILE]...\nPrint CRC checksum and byte counts of each FILE.\n',
  });
  return eachInput(operands, (fd, name) => {
    let crc = 0;
    let length = 0;
    for (const chunk of chunks(fd)) {
      length += chunk.length;
      for (let i = 0; i < chunk.length; i++) crc = (crc << 8) ^ TABLE[((crc >>> 24) ^ chunk[i]!) & 255]!;
    }
    for (let n = length; n > 0; n = Math.floor(n / 256)) crc = (crc << 8) ^ TABLE[((crc >>> 24) ^ n) & 255]!;
    stdout.write(`${~crc >>> 0} ${length}${operands.length > 0 ? ` ${name}` : ''}\n`);
  });
}

export function sum(argv: string[]): number {
  const found = parse(argv, {
    short: 'rs',
    long: { sysv: 's' },
    usage:
      'Usage: sum [OPTION]... [FILE]...\nPrint checksum and block counts for each FILE.\n\n  -r   use BSD sum algorithm, use 1K blocks\n  -s, --sysv   use System V sum algorithm, use 512 bytes blocks\n',
  });
  const isSysv = found.last('r', 's') === 's';
  return eachInput(found.operands, (fd, name) => {
    let value = 0;
    let length = 0;
    for (const chunk of chunks(fd)) {
      length += chunk.length;
      for (let i = 0; i < chunk.length; i++) {
        value = isSysv
          ? (value + chunk[i]!) >>> 0
          : (((value >>> 1) | ((value & 1) << 15)) + chunk[i]!) & 0xffff;
      }
    }
    if (isSysv) {
      const folded = (value & 0xffff) + Math.floor(value / 65536);
      value = (folded & 0xffff) + (folded >>> 16);
      stdout.write(`${value} ${Math.ceil(length / 512)}${found.operands.length > 0 ? ` ${name}` : ''}\n`);
    } else {
      const blocks = String(Math.ceil(length / 1024)).padStart(5);
      const shown =
        found.operands.length > 1 || (found.operands.length === 1 && name !== '-') ? ` ${name}` : '';
      stdout.write(`${String(value).padStart(5, '0')} ${blocks}${shown}\n`);
    }
  });
}
