/** The examples of docs/testing-the-kernel.md, run: what a line says after `//` is what its expression gives. */
import { readFileSync } from 'node:fs';
import { transform } from 'esbuild';
import { expect, it } from 'vitest';
import { dist } from './guest.ts';

const page = readFileSync(new URL('../docs/testing-the-kernel.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```ts\n(.*?)```/gs)].map(match => match[1]!);

/** `f(x); // 'text': why` becomes a comparison; a comment that is no value stays one. */
function checked(line: string): string {
  const [, expression, value] =
    /^(\S.*); \/\/ ('[^']*'|-?[0-9]+|-?errno\.[A-Z]+|undefined)(?:: .*)?$/.exec(line) ?? [];
  return expression === undefined ? line : `check(${expression}, ${value}, ${JSON.stringify(line)});`;
}

it.each(examples.map((code, i) => [i, code] as const))('says the truth in example %i', async (_, code) => {
  const lines = code.replaceAll(`'lodger/testing'`, `'file://${dist}/testing.js'`).split('\n').map(checked);
  const comparisons = lines.filter(line => line.startsWith('check(')).length;
  expect(comparisons).toBeGreaterThan(1);
  let count = 0;
  Object.assign(globalThis, {
    check(actual: unknown, expected: unknown, line: string) {
      expect(actual, line).toBe(expected);
      count++;
    },
  });
  const { code: script } = await transform(lines.join('\n'), { loader: 'ts', format: 'esm' });
  await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(script)}`);
  expect(count).toBe(comparisons);
});
