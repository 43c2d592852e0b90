/** A failing block as text: what it is, how it begins, and what should have come out. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Failure } from './tester.ts';
import { exceptionName } from './compare.ts';
import { describeState, regressionOf } from './regression.ts';

export function report(failure: Failure, seed: number): string {
  const { block, differences, batch, tier, expected } = failure;
  const names = block.groups.filter(({ items }) => items.length > 0).map(({ row }) => row.name);
  const lines = [
    `${names.join(', ')} (tier ${tier}, seed ${seed}, batch ${batch}; ends with ${exceptionName(expected.state.trap)})`,
    ...disassembly(failure),
    `  begins: ${Object.entries(describeState(block.state))
      .map(([name, value]) => `${name}=${value}`)
      .join(', ')}`,
    ...differences
      .slice(0, 12)
      .map(({ what, expected, got }) => `  ${what}: expected ${expected}, got ${got}`),
    `  for regressions.ts: ${JSON.stringify(regressionOf(failure, names.join(', ')))},`,
  ];
  return lines.join('\n');
}

/** With the host's objdump, which knows nothing of our table; else only the bytes. */
function disassembly({ block, code }: Failure): string[] {
  const rip = Number(block.state.rip);
  const folder = mkdtempSync(join(tmpdir(), 'lodger-cpu-'));
  try {
    const file = join(folder, 'code');
    writeFileSync(file, Uint8Array.from(code.bytes.slice(0, -1)));
    const { status, stdout } = spawnSync(
      'objdump',
      [
        '-D',
        '-b',
        'binary',
        '-m',
        'i386:x86-64',
        '-M',
        'intel',
        '--insn-width=15',
        `--adjust-vma=${rip}`,
        file,
      ],
      { encoding: 'utf8' },
    );
    if (status === 0)
      return stdout
        .split('\n')
        .filter(line => /^\s*[0-9a-f]+:\t/.test(line))
        .map(line => `  ${line.trim()}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return [`  ${hex(code.bytes)}`];
}

function hex(bytes: readonly number[]): string {
  return bytes.map(byte => byte.toString(16).padStart(2, '0')).join('');
}
