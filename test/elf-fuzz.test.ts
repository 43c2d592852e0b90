/** Mutated ELF files: a short run; `node test/fuzz-elf.mjs` makes long ones. */
import { expect, it } from 'vitest';
import { fuzzElf } from './elf-fuzz.ts';

it('refuses or runs mutated ELF files, and lives on', () => {
  const ends = fuzzElf({ seed: 1, count: 300 });
  expect(ends.get('started')).toBeGreaterThan(20);
  expect(ends.get('SIGSEGV')).toBeGreaterThan(20);
  expect(ends.get('ENOEXEC')).toBeGreaterThan(5);
});
