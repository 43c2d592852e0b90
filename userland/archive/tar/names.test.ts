import { describe, expect, it } from 'vitest';
import { stripComponents } from './names.ts';
import { Exclusions, Selection } from './patterns.ts';
import { parseTransforms } from './transform.ts';

const wild = { hasWildcards: true, isAnchored: false, ignoresCase: false, matchesSlash: true };
const literal = { hasWildcards: false, isAnchored: true, ignoresCase: false, matchesSlash: true };

function transformed(expression: string, name: string): string {
  return parseTransforms(expression).reduce((text, transform) => transform.apply(text), name);
}

describe('names in archives', () => {
  it('lose leading components', () => {
    expect(stripComponents('a//b/c', 1)).toBe('b/c');
    expect(stripComponents('a/', 1)).toBe('');
    expect(stripComponents('a', 1)).toBe('');
  });
  it('are transformed as sed does', () => {
    expect(transformed('s,^,pre/,', 'a')).toBe('pre/a');
    expect(transformed('s/a/<&>/2g', 'banana')).toBe('ban<a>n<a>');
    expect(transformed('s/\\(.*\\)\\.c$/\\U\\1\\E.o/', 'main.c')).toBe('MAIN.o');
    expect(transformed('s/(x|y)+/-/x;s/B/c/i', 'axyb')).toBe('a-c');
    expect(transformed('s,\\(a\\)\\,,\\1;,', 'a,b')).toBe('a;b');
  });
  it('are excluded by any part that a pattern matches, with all below', () => {
    const exclusions = new Exclusions();
    exclusions.add('*.o', wild);
    exclusions.add('node_modules', wild);
    expect(exclusions.has('src/x.o')).toBe(true);
    expect(exclusions.has('a/node_modules/b/c')).toBe(true);
    expect(exclusions.has('a/node_modules2')).toBe(false);
  });
  it('are selected with what is below them, and missed if they do not come', () => {
    const selection = new Selection();
    selection.add('dir/', literal, true, 0);
    selection.add('a*', literal, true, 2);
    expect(selection.find('dir/file', 0)).toBe(0);
    expect(selection.find('dir', 0)).toBe(0);
    expect(selection.find('directory', 0)).toBeUndefined();
    expect(selection.find('ab', 0)).toBeUndefined();
    expect(selection.missing()).toEqual(['a*']);
  });
});
