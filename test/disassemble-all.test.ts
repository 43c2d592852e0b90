import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { compare } from './disassemble-all.ts';

/** Code of many authors, with few instructions that the table lacks. */
const file = '/lib64/ld-linux-x86-64.so.2';
const isPossible = existsSync(file) && spawnSync('objdump', ['--version']).status === 0;

it.skipIf(!isPossible)('decodes the whole dynamic loader of the host as objdump does', () => {
  const { instructions, lengths, texts, missing } = compare(file);
  expect(instructions).toBeGreaterThan(10_000);
  expect(lengths).toEqual([]);
  expect([...texts.values()]).toEqual([]);
  // AVX, and what saves its registers.
  expect([...missing.keys()].filter(name => !/^(v|k|x(save|rstor|getbv))/.test(name))).toEqual([]);
});
