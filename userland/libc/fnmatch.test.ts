import { expect, test } from 'vitest';
import {
  compilePattern,
  fnmatch,
  FNM_CASEFOLD,
  FNM_PATHNAME,
  FNM_PERIOD,
  removePrefix,
  removeSuffix,
} from './fnmatch.ts';
import { glob, type GlobFiles } from './glob.ts';

test('stars, question marks and brackets match as in a shell', () => {
  const yes: [string, string][] = [
    ['*', ''],
    ['a*b*c', 'aXbYbZc'],
    ['?x', 'ax'],
    ['[a-c]*', 'bz'],
    ['[!a-c]', 'd'],
    ['[]x]', ']'],
    ['[[:digit:]]', '7'],
    ['\\*', '*'],
    ['[', '['],
    ['[a', '[a'],
    ['a[[.-.]]b', 'a-b'],
    ['[\\]]', ']'],
    ['*.[ch]', 'x.c'],
    ['[a\\-c]', '-'],
  ];
  const no: [string, string][] = [
    ['a*b', 'ac'],
    ['?', ''],
    ['[!a-c]', 'b'],
    ['\\*', 'x'],
    ['[a\\-c]', 'b'],
    ['*a*a*a*b', 'a'.repeat(2000)],
  ];
  for (const [pattern, text] of yes)
    expect([pattern, text, fnmatch(pattern, text, 0, false)]).toEqual([pattern, text, true]);
  for (const [pattern, text] of no)
    expect([pattern, text, fnmatch(pattern, text, 0, false)]).toEqual([pattern, text, false]);
});

test('characters of several bytes count as one in UTF-8 only', () => {
  expect(fnmatch('?', '\xc3\xa9', 0, true)).toBe(true);
  expect(fnmatch('?', '\xc3\xa9', 0, false)).toBe(false);
  expect(fnmatch('[\xc3\xa0-\xc3\xaf]', '\xc3\xa9', 0, true)).toBe(true);
});

test('the flags of fnmatch(3) hold', () => {
  expect(fnmatch('a*b', 'a/b', FNM_PATHNAME, false)).toBe(false);
  expect(fnmatch('*/b', 'a/b', FNM_PATHNAME, false)).toBe(true);
  expect(fnmatch('*', '.x', FNM_PERIOD, false)).toBe(false);
  expect(fnmatch('[.]x', '.x', FNM_PERIOD, false)).toBe(false);
  expect(fnmatch('.*', '.x', FNM_PERIOD, false)).toBe(true);
  expect(fnmatch('A[b-c]', 'aC', FNM_CASEFOLD, false)).toBe(true);
});

test('prefix and suffix removal takes the shortest or the longest', () => {
  const slash = compilePattern('*/', 0, false);
  expect(removePrefix(slash, 'a/b/c', 'shortest')).toBe('b/c');
  expect(removePrefix(slash, 'a/b/c', 'longest')).toBe('c');
  const dot = compilePattern('.*', 0, false);
  expect(removeSuffix(dot, 'a.b.c', 'shortest')).toBe('a.b');
  expect(removeSuffix(dot, 'a.b.c', 'longest')).toBe('a');
  expect(removePrefix(compilePattern('x', 0, false), 'abc', 'longest')).toBe('abc');
});

test('glob walks directories and sorts', () => {
  const tree: Record<string, string[]> = {
    '.': ['b', 'a', '.h', 'd'],
    'd/': ['y.c', 'x.c', 'z'],
    '/': ['etc'],
  };
  const files: GlobFiles = {
    names: directory => (tree[directory] ?? []).map(name => ({ name, isDirectory: `${name}/` in tree })),
    exists: path => path === 'd/z' || path === 'a',
    isDirectory: path => `${path.replace(/\/$/, '')}/` in tree,
  };
  expect(glob('*', false, files)).toEqual(['a', 'b', 'd']);
  expect(glob('.*', false, files)).toEqual(['.', '..', '.h']);
  expect(glob('*/*.c', false, files)).toEqual(['d/x.c', 'd/y.c']);
  expect(glob('*/', false, files)).toEqual(['d/']);
  expect(glob('[d]/z', false, files)).toEqual(['d/z']);
  expect(glob('/e*', false, files)).toEqual(['/etc']);
  expect(glob('q*', false, files)).toEqual([]);
});
