import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type ShellOptions, ShellError, createShell } from './sh.ts';
import { type ShellValue, scriptOf } from './shell-words.ts';

const script = (strings: TemplateStringsArray, ...values: ShellValue[]): string => scriptOf(strings, values);
const bad = (strings: TemplateStringsArray, ...values: unknown[]): string => scriptOf(strings, values);

/** What the host's shell makes of a script's words. */
function words(text: string): string[] {
  return execFileSync('/bin/sh', ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);
}

describe('a template', () => {
  it('gives the shell each value as one word, whatever is in it', () => {
    const values = ['a b', "it's", '$HOME', '`id`', '; rm -rf /', '*', '', '-n', 'é\n"\\', '!x', '~'];
    expect(words(script`${values}`)).toEqual(values);
    for (const value of values) expect(words(script`x ${value} y`)).toEqual(['x', value, 'y']);
    expect(words(script`--file=${'a b'}.c`)).toEqual(['--file=a b.c']);
  });

  it('takes numbers plain, and an array as many words', () => {
    expect(script`head -n ${3} ${['a', 'b c']} ${12n}`).toBe("head -n 3 a 'b c' 12");
    expect(script`ls ${[]}`).toBe('ls ');
  });

  it('keeps the backslashes that are for the shell, and drops those that JavaScript needs', () => {
    expect(script`grep '\.c$' "\${x}" \`id\` \\n \$y`).toBe('grep \'\\.c$\' "${x}" `id` \\\\n \\$y');
  });

  it('refuses what is no word', () => {
    expect(() => bad`x ${undefined}`).toThrow(/^sh: value 1 is undefined; give a string/);
    expect(() => bad`x ${'a'} ${{}}`).toThrow(/value 2 is a object/);
    expect(() => bad`x ${null}`).toThrow(TypeError);
    expect(() => bad`x ${NaN}`).toThrow(/value 1 is NaN/);
    expect(() => bad`x ${[['a']]}`).toThrow(/array in an array/);
    expect(() => bad`x ${['a', undefined]}`).toThrow(TypeError);
    expect(() => bad`x ${'a\0b'}`).toThrow(/NUL/);
  });

  it('refuses a value in quotes, in a comment and in a here-document', () => {
    const x = 'v';
    expect(() => script`echo "${x}"`).toThrow(/double quotes; values need none/);
    expect(() => script`echo 'a ${x}'`).toThrow(/single quotes/);
    expect(() => script`echo a # don't ${x}`).toThrow(/a comment/);
    expect(
      () => script`cat <<END
      ${x}`,
    ).toThrow(/hand it over as `input`/);
    expect(script`echo "$(cat ${x})" 'a' "b" ${x}`).toBe(`echo "$(cat v)" 'a' "b" v`);
    expect(script`echo a#b ${x} "it's" ${x} \" ${x}`).toBe(`echo a#b v "it's" v \\" v`);
    expect(script`# don't
      echo ${x}`).toContain('echo v');
    expect(script`cat <<'END'
it's
END
echo ${x}`).toContain('echo v');
  });
});

describe('guest.sh', () => {
  const calls: { args: readonly string[]; options: ShellOptions }[] = [];
  const sh = createShell((_file, args, options) => {
    calls.push({ args, options });
    const code = args[1]!.startsWith('false') ? 1 : 0;
    return Promise.resolve({
      code,
      signal: null,
      stdout: '{"a":1}\n',
      stderr: code === 0 ? '' : 'no such thing\n',
    });
  });

  it('gives the result, and its text, lines and JSON', async () => {
    expect(await sh`true`).toMatchObject({ code: 0, stdout: '{"a":1}\n' });
    expect(await sh`true`.text()).toBe('{"a":1}\n');
    expect(await sh`true`.lines()).toEqual(['{"a":1}']);
    expect(await sh`true`.json()).toEqual({ a: 1 });
  });

  it('throws ShellError for a status other than 0, unless it is told not to', async () => {
    const error = await sh`false ${'x y'}`.then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(ShellError);
    expect(error).toMatchObject({ code: 1, stderr: 'no such thing\n', script: "false 'x y'" });
    expect((error as Error).message).toBe("false 'x y'\nexited with 1:\nno such thing");
    expect((error as Error).stack).toContain('sh.test.ts');
    expect(await sh`false`.nothrow()).toMatchObject({ code: 1 });
    expect(await sh({ nothrow: true })`false`).toMatchObject({ code: 1 });
  });

  it('hands its options to exec, and names those there are', async () => {
    await sh({ cwd: '/tmp' })({ input: 'x' })`cat`;
    expect(calls.at(-1)).toEqual({ args: ['-c', 'cat'], options: { cwd: '/tmp', input: 'x' } });
    expect(() => sh({ timeout: 3 } as ShellOptions)).toThrow(
      /no option 'timeout'; there are env, extraEnv, cwd/,
    );
    expect(() => sh('true' as unknown as ShellOptions)).toThrow(/a template tag/);
  });
});
