import { expect, it } from 'vitest';
import { add, formatReal, fromInteger, multiply, parseReal } from './long-double.ts';

const format = (text: string, conversion: string, precision?: number) =>
  formatReal(parseReal(text).value, conversion, precision, false);

// Every expectation is what printf(1) of coreutils 9.1 printed on x86-64.
it.each([
  ['0.1', 'f', 25, '0.1000000000000000000013553'],
  ['0.1', 'a', undefined, '0xc.ccccccccccccccdp-7'],
  ['1', 'a', undefined, '0x8p-3'],
  ['123456789', 'e', 3, '1.235e+08'],
  ['0.5', 'f', 0, '0'],
  ['1.5', 'f', 0, '2'],
  ['100000', 'g', undefined, '100000'],
  ['1000000', 'g', undefined, '1e+06'],
  ['0.0001', 'g', undefined, '0.0001'],
  ['0.00001', 'g', undefined, '1e-05'],
  ['0x1p4', 'f', 1, '16.0'],
  ['1e400', 'g', undefined, '1e+400'],
  ['9.9996', 'e', 3, '1.000e+01'],
  ['inf', 'f', undefined, 'inf'],
])('%s with conversion %s and precision %s is %s', (text, conversion, precision, expected) => {
  expect(format(text, conversion, precision)).toBe(expected);
});

it('computes with 64 bits of mantissa', () => {
  const tenth = parseReal('0.1').value;
  const sum = add(fromInteger(1n), multiply(tenth, fromInteger(3n)));
  expect(formatReal(sum, 'f', 1, false)).toBe('1.3');
  expect(formatReal(sum, 'g', 25, false)).toBe('1.299999999999999999956632');
});

it('tells how much of the text is a number', () => {
  expect(parseReal('12abc').length).toBe(2);
  expect(parseReal('0x').length).toBe(1);
  expect(parseReal('abc').length).toBe(0);
});
