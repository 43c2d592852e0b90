import { describe, expect, it } from 'vitest';
import { fromText } from '../../kernel/abi/byte-string.ts';
import { Regex, type Syntax } from './regex.ts';

const ere: Syntax = { isExtended: true, isUtf8: true };
const bre: Syntax = { isExtended: false, isUtf8: true };

function match(pattern: string, text: string, syntax = ere): string | undefined {
  return new Regex(fromText(pattern), syntax).exec(fromText(text))?.groups[0];
}

describe('regular expressions', () => {
  it('take the longest alternative, not the first', () => {
    expect(match('a|ab|abc', 'xabcd')).toBe('abc');
    expect(match('(a|ab)(c|bcd)', 'abcd')).toBe('abcd');
    expect(match('x*(xy)?', 'xxy')).toBe('xxy');
    expect(match('(foo|foobar)$', 'foobar')).toBe('foobar');
  });
  it('give the groups of the longest match', () => {
    expect(new Regex('(a|ab)(c|bcd)?', ere).exec('abcd')?.groups.slice(1)).toEqual(['a', 'bcd']);
  });
  it('know basic syntax with GNU operators', () => {
    expect(match('a\\{2,3\\}', 'aaaa', bre)).toBe('aaa');
    expect(match('\\(ab\\)\\+\\|c', 'xababc', bre)).toBe('abab');
    expect(match('*a', 'b*a', bre)).toBe('*a');
    expect(match('a+b', 'aab a+b', bre)).toBe('a+b');
    expect(match('^*x', '*x', bre)).toBe('*x');
    expect(match('a$b', 'a$b', bre)).toBe('a$b');
  });
  it('follow back-references', () => {
    expect(match('(.)\\1', 'abccd')).toBe('cc');
    expect(match('\\(.\\)x\\1', 'axbxb', bre)).toBe('bxb');
  });
  it('find words', () => {
    expect(match('\\<b\\w*\\>', 'abc bcd')).toBe('bcd');
    expect(match('\\Bc', 'c bc')).toBe('c');
    expect(match('\\bä+', 'xä ää')).toBe(fromText('ää'));
  });
  it('treat UTF-8 as characters and broken bytes as none', () => {
    expect(match('^.$', 'ä')).toBe(fromText('ä'));
    expect(match('[äö]+', 'xöäy')).toBe(fromText('öä'));
    expect(match('[^x]', 'xé')).toBe(fromText('é'));
    expect(match('[α-ω]+', 'Aβγ')).toBe(fromText('βγ'));
    expect(new Regex('^.$', ere).exec('\xff')).toBeUndefined();
    expect(match('[[:alpha:]]+', '1éa2')).toBe(fromText('éa'));
  });
  it('fold case beyond ASCII', () => {
    const syntax = { ...ere, isCaseless: true };
    expect(match('x|ÄB', 'yäb', syntax)).toBe(fromText('äb'));
    expect(match('[a-f]+', 'xABcz', syntax)).toBe('ABc');
    expect(match('(a)\\1', 'xaA', syntax)).toBe('aA');
  });
  it('never make an empty match inside a character', () => {
    const regex = new Regex('x*', ere);
    expect(regex.exec(fromText('ä'), 1)?.start).toBe(2);
  });
  it('parse bracket expressions', () => {
    expect(match('[]a]+', 'x]a]')).toBe(']a]');
    expect(match('[^]a]+', ']xy')).toBe('xy');
    expect(match('[a\\]+', 'x\\a')).toBe('\\a');
    expect(match('[[:digit:]-]+', 'a1-2')).toBe('1-2');
    expect(match('[[=a=][.-.]]+', 'xa-a')).toBe('a-a');
  });
  it('refuse what glibc refuses, in its words', () => {
    const error = (pattern: string, syntax = ere): string => {
      try {
        new Regex(pattern, syntax);
        return '';
      } catch (thrown) {
        return (thrown as Error).message;
      }
    };
    expect(error('[a')).toBe('Unmatched [, [^, [:, [., or [=');
    expect(error('(a')).toBe('Unmatched ( or \\(');
    expect(error('a\\')).toBe('Trailing backslash');
    expect(error('[b-a]')).toBe('Invalid range end');
    expect(error('\\(a\\)\\2', bre)).toBe('Invalid back reference');
    expect(error('a\\{2,1\\}', bre)).toBe('Invalid content of \\{\\}');
  });
  it('match lines of a bigger text without leaving them', () => {
    const regex = new Regex('^[^x]*$', { ...ere, lines: 'never-newline' });
    expect(regex.exec('ax\nbc\nx')?.groups[0]).toBe('bc');
  });
  it('find out in time that (a*)*b does not match', () => {
    const text = 'a'.repeat(60);
    expect(match('(a*)*b', text)).toBeUndefined();
    expect(match('^(([a-z])+.)+[A-Z]([a-z])+$', text)).toBeUndefined();
    expect(new Regex('(a+)+$', ere).exec(`${text}b`)).toBeUndefined();
    expect([...(new Regex('x(a+)+', ere).exec('bxaab')?.groups ?? [])]).toEqual(['xaa', 'aa']);
  });
  it('do not explode on nested repetitions when only the longest end is asked for', () => {
    expect(match('(a*)*(ab)*', 'aaaaaaaaaaaaaaaaaab')).toBe('aaaaaaaaaaaaaaaaaab');
  });
});
