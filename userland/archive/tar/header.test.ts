import { describe, expect, it } from 'vitest';
import type { Entry } from './entry.ts';
import { BLOCK, decodeHeader, encodeHeader, splitName } from './header.ts';
import { applyAttributes, formatRecord, formatTime, parseRecords } from './pax.ts';

const entry: Entry = {
  name: 'dir/file',
  type: '0',
  mode: 0o4755,
  uid: 1000,
  gid: 100,
  size: 5,
  storedSize: 5,
  mtime: { sec: 1_000_000_000, nsec: 0 },
  linkName: '',
  userName: 'user',
  groupName: 'users',
  deviceMajor: 0,
  deviceMinor: 0,
};

function roundTrip(change: Partial<Entry>, format: 'gnu' | 'ustar' = 'gnu'): Entry | undefined {
  const block = new Uint8Array(BLOCK);
  encodeHeader(block, { ...entry, ...change }, format);
  return decodeHeader(block);
}

describe('tar headers', () => {
  it('are read as they were written', () => {
    expect(roundTrip({})).toEqual(entry);
  });
  it('hold sizes and ids that octal digits cannot', () => {
    expect(roundTrip({ storedSize: 2 ** 40, uid: 3_000_000 })).toMatchObject({
      storedSize: 2 ** 40,
      uid: 3_000_000,
    });
    expect(roundTrip({ mtime: { sec: -5, nsec: 0 } })?.mtime.sec).toBe(-5);
  });
  it('split long names at a slash in ustar', () => {
    const name = `${'d'.repeat(120)}/${'f'.repeat(90)}`;
    expect(roundTrip({ name }, 'ustar')?.name).toBe(name);
    expect(splitName(`${'d'.repeat(40)}/${'f'.repeat(101)}`)).toBeUndefined();
  });
  it('with a changed byte are none', () => {
    const block = new Uint8Array(BLOCK);
    encodeHeader(block, entry, 'gnu');
    block[3]! ^= 1;
    expect(decodeHeader(block)).toBeUndefined();
  });
});

describe('pax records', () => {
  it('count their own digits', () => {
    expect(formatRecord('path', 'a')).toBe('9 path=a\n');
    expect(formatRecord('path', 'x'.repeat(91))).toBe(`101 path=${'x'.repeat(91)}\n`);
  });
  it('are put over the header', () => {
    const attributes = new Map<string, string>();
    const text =
      formatRecord('path', 'long=name') + formatRecord('mtime', '-1.25') + formatRecord('X.y', '1');
    expect(parseRecords(text, attributes)).toBe(true);
    const changed = { ...entry };
    expect(applyAttributes(changed, attributes)).toEqual(['X.y']);
    expect(changed).toMatchObject({ name: 'long=name', mtime: { sec: -2, nsec: 750_000_000 } });
    expect(formatTime(changed.mtime)).toBe('-1.25');
  });
  it('that lie about their length are refused', () => {
    expect(parseRecords('99 path=a\n', new Map())).toBe(false);
    expect(parseRecords('10 path=abc', new Map())).toBe(false);
  });
});
