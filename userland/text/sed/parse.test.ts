import { describe, expect, it } from 'vitest';
import { Regex } from '../../libc/regex.ts';
import { ScriptParser } from './parse.ts';
import { parseReplacement } from './replacement.ts';
import { substitute } from './substitute.ts';

function parse(...pieces: string[]) {
  const parser = new ScriptParser({ isExtended: false, isUtf8: true });
  for (const piece of pieces) parser.addExpression(piece);
  return parser.finish().commands;
}

function replaced(text: string, pattern: string, right: string, isGlobal = false, number = 1) {
  const regex = new Regex(pattern, { isExtended: false, isUtf8: true, dialect: 'sed' });
  return substitute(text, regex, { replacement: parseReplacement(right), isGlobal, number });
}

describe('sed', () => {
  it('takes the text of a from its line, the next line, or the next -e', () => {
    expect(parse('a hello')[0]!.text).toBe('hello\n');
    expect(parse('a\\\n  x\\\ny')[0]!.text).toBe('  x\ny\n');
    expect(parse('a\\', '  later')[0]!.text).toBe('  later\n');
  });
  it('lets the delimiter stand in a bracket expression', () => {
    expect(parse('s/[/]/x/')[0]!.substitution!.regex!.test('/')).toBe(true);
  });
  it('converts case with \\U \\l \\E', () => {
    expect(replaced('hello world', '\\(h.*\\) \\(w\\)', '\\u\\1 \\U\\2')).toBe('Hello World');
    expect(replaced('ab', 'a', '\\U&\\ExX')).toBe('AxXb');
  });
  it('counts no empty match right behind another', () => {
    expect(replaced('baaac', 'a*', 'x', true)).toBe('xbxcx');
    expect(replaced('abcabc', 'b', 'X', false, 2)).toBe('abcaXc');
  });
  it.each([
    ['s/a/b', "-e expression #1, char 5: unterminated `s' command"],
    ['k', "-e expression #1, char 1: unknown command: `k'"],
    ['1,2', '-e expression #1, char 3: missing command'],
    ['b x', "can't find label for jump to `x'"],
    ['{p', "-e expression #1, char 0: unmatched `{'"],
  ])('complains about %s in GNU words', (script, message) => {
    expect(() => parse(script)).toThrow(message);
  });
});
