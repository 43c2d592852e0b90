import { describe, expect, it } from 'vitest';
import { scan } from './getopt.ts';

const spec = {
  short: 'ab:c::',
  long: {
    all: 'a',
    bytes: 'b',
    color: 'color::',
    colour: 'color::',
    'block-size': 'block-size:',
    context: 'c',
  },
  usage: 'Usage',
};
const parsed = (...words: string[]) => {
  const { options, operands } = scan(['tool', ...words], spec);
  return [options.map(option => [option.key, option.value]), operands];
};

describe('scan', () => {
  it('takes clusters with attached and separate arguments', () => {
    expect(parsed('-ab5', 'x', '-b', '6', '-cz', '-c', 'y')).toEqual([
      [
        ['a', undefined],
        ['b', '5'],
        ['b', '6'],
        ['c', 'z'],
        ['c', undefined],
      ],
      ['x', 'y'],
    ]);
  });
  it('takes long options, abbreviated, with and without =', () => {
    expect(parsed('--by=5', '--bytes', '6', '--al', '--colo', '--color=x')).toEqual([
      [
        ['b', '5'],
        ['b', '6'],
        ['a', undefined],
        ['color', undefined],
        ['color', 'x'],
      ],
      [],
    ]);
  });
  it('leaves - and everything after -- alone', () => {
    expect(parsed('-', '--', '-a', '--x')).toEqual([[], ['-', '-a', '--x']]);
  });
  it('stops at the first operand after + or with POSIXLY_CORRECT', () => {
    expect(scan(['t', 'x', '-a'], { short: '+a' }).operands).toEqual(['x', '-a']);
    expect(scan(['t', 'x', '-a'], { short: 'a' }, true).operands).toEqual(['x', '-a']);
  });
  it.each([
    [['-Z'], "invalid option -- 'Z'"],
    [['-:'], "invalid option -- ':'"],
    [['-b'], "option requires an argument -- 'b'"],
    [['--bytes'], "option '--bytes' requires an argument"],
    [['--all=1'], "option '--all' doesn't allow an argument"],
    [['--zap=1'], "unrecognized option '--zap=1'"],
    [['--co'], "option '--co' is ambiguous; possibilities: '--color' '--colour' '--context'"],
  ])('words the mistake %j as GNU does', (words, message) => {
    expect(() => scan(['tool', ...words], spec)).toThrow(message);
  });
});
