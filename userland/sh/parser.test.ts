import { expect, test } from 'vitest';
import { parseText } from './parser.ts';
import { unparse } from './unparse.ts';
import { ShellSyntaxError } from './errors.ts';

/** What the shell would print for a command, after parsing it. */
function normal(text: string, aliases: Record<string, string> = {}): string {
  const command = parseText(text, new Map(Object.entries(aliases)));
  return command ? unparse(command) : '';
}

function failure(text: string): string {
  try {
    parseText(text);
  } catch (error) {
    if (error instanceof ShellSyntaxError) return `${error.line}: ${error.message}`;
    throw error;
  }
  return 'no error';
}

test('lists, pipelines and redirections keep their structure', () => {
  expect(normal('a&&b||! c|d 2>&1 >f &\ne')).toBe('a && b || ! c | d 2>&1 >f & e');
  expect(normal('x=1 y="$x b" cmd <in 3<>rw')).toBe('x=1 y="$x b" cmd <in 3<>rw');
});

test('compound commands parse with newlines anywhere the grammar allows them', () => {
  expect(normal('if a\nthen b\nelif c; then d\nelse\n e; fi >f')).toBe(
    'if a; then b; else if c; then d; else e; fi; fi >f',
  );
  expect(normal('for i\ndo\n x; done; for j in; do y; done')).toBe('for i; do x; done; for j in; do y; done');
  expect(normal('case $x in (a|b) c;; d)\n;; esac')).toBe('case $x in a|b) c;; d) ;; esac');
  expect(normal('f() { (a; b) }\nf')).toBe('f() { (a; b); }; f');
});

test('reserved words are ordinary words as arguments', () => {
  expect(normal('echo if then { } ! fi')).toBe('echo if then { } ! fi');
  expect(normal('for in in in; do :; done')).toBe('for in in in; do :; done');
});

test('words hold nested quotes and expansions', () => {
  expect(normal('echo "a${x:-"b c"}$(d "e)" `f`)"')).toBe('echo "a${x:-"b c"}$(d "e)" $(f))"');
  expect(normal("echo ${x#'}'}\\ y")).toBe('echo ${x#"}"}" "y');
  expect(normal('echo $((1 + (2)*3)) $((a) ; (b))')).toBe('echo $((1 + (2)*3)) $((a); (b))');
  expect(normal('echo $\\\n{fo\\\no} a\\\nb')).toBe('echo $foo ab');
});

test('here-documents are taken after the line, quoted or not, tabs stripped or not', () => {
  const command = parseText("cat <<A <<-'B' | x\n$a,\\\nb\nA\n\t$c\n\tB\nnext");
  expect(JSON.stringify(command)).toContain(
    '"target":[{"type":"parameter","name":"a","operator":""},{"type":"text","text":",b\\n"}]',
  );
  expect(JSON.stringify(command)).toContain('"target":[{"type":"quoted","text":"$c\\n"}]');
  expect(unparse(command)).toContain('next');
});

test('an alias is expanded once, and a trailing blank lets the next word be one', () => {
  expect(normal('ls x', { ls: 'ls -l' })).toBe('ls -l x');
  expect(normal('s s t', { s: 'sudo ', t: 'u' })).toBe('sudo sudo u');
  expect(normal('e ls', { e: 'echo', ls: 'no' })).toBe('echo ls');
  expect(normal('w x; do y; done', { w: 'while' })).toBe('while x; do y; done');
});

test('syntax errors read like those of dash', () => {
  expect(failure('if a; then b;')).toBe('1: end of file unexpected (expecting "fi")');
  expect(failure('echo a\nfi')).toBe('2: "fi" unexpected');
  expect(failure('echo "a')).toBe('1: Unterminated quoted string');
  expect(failure('a | | b')).toBe('1: "|" unexpected');
  expect(failure('(a')).toBe('1: end of file unexpected (expecting ")")');
  expect(failure('for 1 in a; do b; done')).toBe('1: Bad for loop variable');
  expect(failure('while a; done')).toBe('1: "done" unexpected (expecting "do")');
  expect(failure('echo >')).toBe('1: end of file unexpected');
});
