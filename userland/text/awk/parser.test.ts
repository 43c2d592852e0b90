import { describe, expect, it } from 'vitest';
import { sprintf, numberText } from './format.ts';
import { parseProgram } from './parser.ts';
import { Names } from './scope.ts';
import { compareValues, StrNum, toNumber, type Value } from './value.ts';

const text = (value: Value): string => (value instanceof StrNum ? value.text : `${value ?? ''}`);

describe('awk', () => {
  it('tells division from a regular expression', () => {
    expect(parseProgram('BEGIN { x = a / b / c }').rules).toHaveLength(1);
    expect(parseProgram('/a/ { print $0 ~ /x/ }').rules[0]!.first).toEqual({ kind: 'regex', source: 'a' });
  });
  it('redirects print instead of comparing', () => {
    const program = parseProgram('{ print $1, $2 > "f"; print (1 > 2) }');
    const body = program.rules[0]!.action as unknown as { body: { redirect: string }[] };
    expect(body.body.map(statement => statement.redirect)).toEqual(['>', '']);
  });
  it('finds arrays through calls', () => {
    const program = parseProgram('function f(a) { g(a) } function g(b) { b[1] = 1 } BEGIN { f(z) }');
    const names = new Names(program, []);
    expect(names.arrays.has('z')).toBe(true);
    expect(names.arrayParameters.get('f')).toEqual([true]);
  });
  it.each([
    ['BEGIN { print 1 +', 'line 1: syntax error at or near end of file'],
    ['{ print ) }', 'line 1: syntax error at or near )'],
  ])('refuses %s', (source, message) => {
    expect(() => parseProgram(source)).toThrow(message);
  });
  it('compares input that looks like numbers as numbers', () => {
    expect(compareValues(new StrNum('10'), new StrNum('9'), text)).toBeGreaterThan(0);
    expect(compareValues(new StrNum('10'), '9', text)).toBeLessThan(0);
    expect(toNumber(' 12abc')).toBe(12);
  });
  it('formats as C does', () => {
    const f = (format: string, ...args: (number | string)[]) => sprintf(format, args, text, true);
    expect(f('%5.2f|%-4d|%04x|%e|%g|%c', 1.23456, 7, 255, 12345.678, 1e-5, 'hi')).toBe(
      ' 1.23|7   |00ff|1.234568e+04|1e-05|h',
    );
    expect(numberText(1e6, '%.6g')).toBe('1000000');
    expect(numberText(0.1 + 0.2, '%.6g')).toBe('0.3');
  });
});
