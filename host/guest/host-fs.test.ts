import { beforeEach, describe, expect, it } from 'vitest';
import { EINTR, EIO, ENOENT } from '../../kernel/abi/errno.ts';
import * as nr from '../../kernel/abi/syscall-numbers.ts';
import * as record from '../../kernel/abi/trap.ts';
import { registerMapping } from '../../userland/libc/memory.ts';
import { type NativeThread, attach } from '../../userland/libc/native.ts';
import { guestFs } from './host-fs.ts';

/** An outer kernel that gives memory at address 2^20 + physical, and prepared results for everything else. */
const memory = new Uint8Array(new SharedArrayBuffer(2 ** 20));
const records = new Int32Array(record.CONTEXT_WORDS);
const BASE = 2 ** 20;
let used = 0;
let calls: { number: number; args: number[] }[] = [];
let answer: (number: number, args: number[]) => number = () => 0;

const thread = {
  records,
  base: 0,
  memory,
  isShortOfMemory: () => false,
  trap() {
    const args = [0, 1, 2, 3, 4, 5].map(i => records[record.ARGS + 2 * i]!);
    const number = records[record.NUMBER]!;
    records[record.OUTCOME] = record.OUTCOME_RESULT;
    let result = 0;
    if (records[record.KIND] === record.TRAP_FAULT) {
      records[record.FAULT_PHYSICAL] = args[0]! - BASE;
      records[record.FAULT_LENGTH] = args[1]!;
    } else if (number === nr.SYS_mmap) {
      result = BASE + used;
      used += args[1]!;
    } else {
      calls.push({ number, args });
      result = answer(number, args);
    }
    records[record.RESULT] = result;
    records[record.RESULT + 1] = Math.floor(result / 2 ** 32);
  },
  decode: (bytes: Uint8Array, start: number, end: number) =>
    String.fromCharCode(...bytes.subarray(start, end)),
  encode(text: string, into: Uint8Array, offset: number) {
    for (let i = 0; i < text.length; i++) into[offset + i] = text.charCodeAt(i);
    return text.length;
  },
} as NativeThread;

/** The C string at an address. */
function textAt(address: number): string {
  const at = address - BASE;
  return String.fromCharCode(...memory.subarray(at, memory.indexOf(0, at)));
}

beforeEach(() => {
  attach(thread);
  calls = [];
});

describe('calls on the outer guest’s files', () => {
  it('go on after a signal', () => {
    const results = [-EINTR, -EINTR, 7];
    answer = () => results.shift()!;
    expect(guestFs.openSync('/x', 0)).toBe(7);
    expect(calls).toHaveLength(3);
  });

  it('close a descriptor once, signal or not', () => {
    answer = () => -EINTR;
    guestFs.closeSync(3);
    expect(calls).toHaveLength(1);
  });

  it('take text as UTF-8 and bytes as they are, and no name with a NUL', () => {
    const names: string[] = [];
    answer = (_number, args) => {
      names.push(textAt(args[1]!));
      return -ENOENT;
    };
    const options = { throwIfNoEntry: false } as const;
    expect(guestFs.lstatSync('/ä', options)).toBeUndefined();
    expect(guestFs.lstatSync(Buffer.from([0x2f, 0xff]), options)).toBeUndefined();
    expect(names).toEqual(['/\xc3\xa4', '/\xff']);
    expect(() => guestFs.unlinkSync('/a\0b')).toThrow(expect.objectContaining({ code: 'EINVAL' }));
    expect(() => guestFs.unlinkSync('/a')).toThrow(expect.objectContaining({ code: 'ENOENT', errno: -2 }));
  });

  it('give what was moved before a failure', () => {
    const results = [65536, -EIO];
    answer = () => results.shift() ?? -EIO;
    expect(guestFs.readSync(3, new Uint8Array(100_000), 0, 100_000, 0)).toBe(65536);
    expect(() => guestFs.readSync(3, new Uint8Array(10), 0, 10, 0)).toThrow(
      expect.objectContaining({ code: 'EIO' }),
    );
  });

  it('move bytes of a known mapping without a copy', () => {
    const physical = 2 ** 19;
    registerMapping(0x7000_0000, physical, 65536 * 4);
    answer = (_number, args) => args[2]!;
    expect(guestFs.writeSync(5, memory.subarray(physical + 4096, physical + 200_000), 8, 150_000, 9)).toBe(
      150_000,
    );
    expect(calls).toEqual([{ number: nr.SYS_pwrite64, args: [5, 0x7000_0000 + 4104, 150_000, 9, 0, 0] }]);
  });
});
