import { expect, it } from 'vitest';
import { parseKey } from './keys.ts';
import { Order } from './order.ts';
import { versionCompare } from './version.ts';

function sorted(
  lines: string[],
  key: string | undefined,
  options: { separator?: string; isReversed?: boolean } = {},
) {
  return new Order({
    keys: key === undefined ? [] : [parseKey(key)],
    separator: options.separator,
    isReversed: options.isReversed ?? false,
    isStable: false,
    isUnique: false,
    salt: 0,
  }).sort(lines);
}

it('sorts lines as bytes', () => {
  expect(sorted(['b', 'a\0', 'a', '\xff', 'ab', 'aaaaaab', 'aaaaaaa'], undefined)).toEqual([
    'a', 'a\0', 'aaaaaaa', 'aaaaaab', 'ab', 'b', '\xff',
  ]); // prettier-ignore
});
it('keeps the blanks before a field in its key', () => {
  expect(sorted(['x  b', 'x a', 'x c'], '2')).toEqual(['x  b', 'x a', 'x c']);
  expect(sorted(['x  b', 'x a', 'x c'], '2b')).toEqual(['x a', 'x  b', 'x c']);
});
it('compares numbers too long for doubles exactly', () => {
  expect(sorted(['99999999999999999999', '99999999999999999998', '5', '-1', 'x'], '1n')).toEqual([
    '-1', 'x', '5', '99999999999999999998', '99999999999999999999',
  ]); // prettier-ignore
});
it('breaks ties of keys by the whole line', () => {
  expect(sorted(['b 1', 'a 1', 'c 0'], '2,2n')).toEqual(['c 0', 'a 1', 'b 1']);
});
it('orders versions', () => {
  const names = ['a1.10', 'a1.9', '1.0', '1.0~rc1', 'a1.2.tar.gz', 'a1.2'];
  expect(names.sort(versionCompare)).toEqual(['1.0~rc1', '1.0', 'a1.2', 'a1.2.tar.gz', 'a1.9', 'a1.10']);
});
it('refuses fields that are numbered from 0', () => {
  expect(() => parseKey('0')).toThrow('field number is zero');
});
