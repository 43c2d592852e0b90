import { expect, test } from 'vitest';
import { evaluateArithmetic } from './arithmetic.ts';
import type { SimpleCommand } from './ast.ts';
import { ShellError } from './errors.ts';
import { expandWords, type ExpansionEnvironment } from './expand.ts';
import { parseText } from './parser.ts';
import { unparse } from './unparse.ts';

interface Fake {
  readonly variables?: Record<string, string>;
  readonly positional?: readonly string[];
  readonly files?: readonly string[];
  readonly options?: readonly string[];
}

function environmentOf({
  variables = {},
  positional = [],
  files = [],
  options = [],
}: Fake): ExpansionEnvironment {
  return {
    positional,
    isUtf8: true,
    lookup: name =>
      /^[0-9]+$/.test(name)
        ? positional[Number(name) - 1]
        : name === '#'
          ? String(positional.length)
          : variables[name],
    assign: (name, value) => {
      variables[name] = value;
    },
    hasOption: name => options.includes(name),
    substitute: body => `${unparse(body)}\n\n`,
    homeDirectory: user => (user === '' ? '/root' : user === 'ann' ? '/home/ann' : undefined),
    glob: pattern => files.filter(file => pattern === '*' || file.startsWith(pattern.replace('*', ''))),
  };
}

/** The fields of the words of a command line. */
function fields(text: string, fake: Fake = {}): string[] {
  return expandWords(environmentOf(fake), (parseText(text) as SimpleCommand).words);
}

test('unquoted results are split at IFS, quoted ones are not', () => {
  expect(fields('$x "$x" a$x', { variables: { x: ' b  c ' } })).toEqual(['b', 'c', ' b  c ', 'a', 'b', 'c']);
  expect(fields('$x', { variables: { x: ':a::b:', IFS: ':' } })).toEqual(['', 'a', '', 'b']);
  expect(fields('$x', { variables: { x: ' a : b:c ', IFS: ': ' } })).toEqual(['a', 'b', 'c']);
  expect(fields('$x"" $y', { variables: { x: 'a ', y: '' } })).toEqual(['a', '']);
  expect(fields('$x', { variables: { x: 'a b', IFS: '' } })).toEqual(['a b']);
});

test('"$@" keeps the parameters apart, "$*" joins them', () => {
  const positional = ['a b', '', 'c'];
  expect(fields('"$@"', { positional })).toEqual(['a b', '', 'c']);
  expect(fields('x"$@"y', { positional })).toEqual(['xa b', '', 'cy']);
  expect(fields('"$*" $*', { positional, variables: { IFS: ':' } })).toEqual(['a b::c', 'a b', 'c']);
  expect(fields('"$@" $@ $*', {})).toEqual([]);
  expect(fields('""$@ x"$@"', {})).toEqual(['', 'x']);
  expect(fields('${1+"$@"}', { positional })).toEqual(['a b', '', 'c']);
});

test('the parameter operators take the word when they should', () => {
  const variables: Record<string, string> = { null: '', set: 'v' };
  expect(
    fields('${unset-a b} ${null-c} ${null:-"d e"} ${set:+f} ${unset+g} ${new:=h} $new', { variables }),
  ).toEqual(['a', 'b', 'd e', 'f', 'h', 'h']);
  expect(fields('"${unset-a  b}" "${unset-"$set"}"', { variables })).toEqual(['a  b', 'v']);
  expect(() => fields('${unset:?gone}', { variables })).toThrow(new ShellError('unset: gone'));
  expect(() => fields('$unset', { options: ['nounset'] })).toThrow(
    new ShellError('unset: parameter not set'),
  );
});

test('prefixes and suffixes are removed by pattern', () => {
  const variables = { p: '/usr/lib/x.tar.gz', star: '*', u: '\xc3\xa9t\xc3\xa9' };
  expect(fields('${p#*/} ${p##*/} ${p%.*} ${p%%.*} ${#p}', { variables })).toEqual([
    'usr/lib/x.tar.gz',
    'x.tar.gz',
    '/usr/lib/x.tar',
    '/usr/lib/x',
    '17',
  ]);
  expect(fields('${p#"*"} "${p%\'z\'}" ${#u} ${u#?}', { variables })).toEqual([
    variables.p,
    '/usr/lib/x.tar.g',
    '3',
    't\xc3\xa9',
  ]);
  expect(fields('${p/x/y} ${p//\\//-} ${p:5:3}', { variables })).toEqual([
    '/usr/lib/y.tar.gz',
    '-usr-lib-x.tar.gz',
    'lib',
  ]);
});

test('pathname expansion sees unquoted wildcards only', () => {
  const files = ['fa', 'fb'];
  expect(fields('f* "f"* "f*" f\\* $x', { files, variables: { x: 'f*' } })).toEqual([
    'fa',
    'fb',
    'fa',
    'fb',
    'f*',
    'f*',
    'fa',
    'fb',
  ]);
  expect(fields('g*', { files })).toEqual(['g*']);
  expect(fields('f*', { files, options: ['noglob'] })).toEqual(['f*']);
});

test('tildes are expanded at the start of a word, unquoted', () => {
  expect(fields('~ ~/x ~ann/y ~nobody a~ "~" ~"ann" \\~')).toEqual([
    '/root',
    '/root/x',
    '/home/ann/y',
    '~nobody',
    'a~',
    '~',
    '~ann',
    '~',
  ]);
});

test('command substitution loses its trailing newlines and is split', () => {
  expect(fields('$(a b) "`c d`"')).toEqual(['a', 'b', 'c d']);
});

test('arithmetic follows C on 64 bits', () => {
  const variables: Record<string, string> = { x: '5', hex: '0x10' };
  const shell = environmentOf({ variables });
  const value = (text: string): string => evaluateArithmetic(text, shell);
  expect(value('1+2*3-4/2%3')).toBe('5');
  expect(value('(1,2)?x++:y++')).toBe('5');
  expect(variables).toEqual({ x: '6', hex: '0x10' });
  expect(value('x <<= 2, x|1')).toBe('25');
  expect(value('-7/2')).toBe('-3');
  expect(value('-7%3')).toBe('-1');
  expect(value('010+hex+0XfF')).toBe('279');
  expect(value('9223372036854775807+1')).toBe('-9223372036854775808');
  expect(value('1||(y=2)')).toBe('1');
  expect(variables['y']).toBeUndefined();
  expect(value('!3+~0')).toBe('-1');
  expect(value('2<3==1&&4^6')).toBe('1');
  expect(() => value('1/0')).toThrow('arithmetic expression: division by zero: "1/0"');
  expect(() => value('1 2')).toThrow('arithmetic expression: expecting EOF: "1 2"');
  expect(() => value('1+')).toThrow('arithmetic expression: expecting primary: "1+"');
});
