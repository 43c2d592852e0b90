import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const dist = resolve(process.env['LODGER_DIST'] ?? fileURLToPath(new URL('../dist', import.meta.url)));
const file = '/lib64/ld-linux-x86-64.so.2';

function disasm(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [join(dist, 'cli.js'), 'disasm', ...args], { encoding: 'utf8' });
}

describe('lodger disasm', () => {
  it.skipIf(!existsSync(file))(
    'shows a function by name, with the addresses and bytes of its instructions',
    () => {
      const { status, stdout } = disasm(file, '--symbol', '__tls_get_addr', '--length', '1');
      expect(status).toBe(0);
      expect(stdout).toMatch(/Disassembly of section \.text:/);
      expect(stdout).toMatch(/<__tls_get_addr.*>:\n +[0-9a-f]+:\t([0-9a-f]{2} )+ *\t[a-z]/);
      const start = /^ +([0-9a-f]+):/m.exec(stdout)![1]!;
      expect(disasm(file, '--start', `0x${start}`, '--length', '1').stdout).toBe(stdout);
    },
  );

  it('says what is wrong with a file or an option', () => {
    expect(disasm(`${fileURLToPath(import.meta.url)}.none`).stderr).toMatch(/^lodger disasm: ENOENT/);
    expect(disasm(fileURLToPath(import.meta.url)).stderr).toBe('lodger disasm: this is no 64-bit ELF file\n');
    expect(disasm(file, '--start', 'x').stderr).toBe('lodger disasm: --start x: no number\n');
    expect(disasm().status).toBe(1);
  });
});
