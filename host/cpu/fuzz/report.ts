/** A failing block as text: what it is, how it begins, and what should have come out. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Failure } from './tester.ts';
import { undefinedFlags } from './block.ts';
import { GPR_NAMES, exceptionName, flagNames } from './compare.ts';
import { FLOAT_ST, FLOAT_XMM, STATE_FLOAT, type State } from './state.ts';

export function report(failure: Failure, seed: number): string {
  const { block, differences, batch, tier, expected } = failure;
  const names = block.groups.filter(({ items }) => items.length > 0).map(({ row }) => row.name);
  const lines = [
    `${names.join(', ')} (tier ${tier}, seed ${seed}, batch ${batch}; ends with ${exceptionName(expected.state.trap)})`,
    ...disassembly(failure),
    `  begins: ${stateText(block.state).join(', ')}`,
    ...differences
      .slice(0, 12)
      .map(({ what, expected, got }) => `  ${what}: expected ${expected}, got ${got}`),
    `  entry: ${JSON.stringify(regressionOf(failure, names.join(', ')))}`,
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

function stateText(state: State): string[] {
  return Object.entries(describeState(state)).map(([name, value]) => `${name}=${value}`);
}

/** What is not zero or usual in a state. */
export function describeState(state: State): Record<string, string> {
  const entries: Record<string, string> = { rip: `0x${state.rip.toString(16)}` };
  for (let i = 0; i < 16; i++)
    if (state.gpr(i) !== 0n) entries[GPR_NAMES[i]!] = `0x${state.gpr(i).toString(16)}`;
  if (state.flags !== 0) entries['flags'] = flagNames(state.flags);
  if (state.fsBase !== 0n) entries['fsBase'] = `0x${state.fsBase.toString(16)}`;
  if (state.gsBase !== 0n) entries['gsBase'] = `0x${state.gsBase.toString(16)}`;
  if (state.mxcsr !== 0x1f80) entries['mxcsr'] = `0x${state.mxcsr.toString(16)}`;
  if (state.fcw !== 0x37f) entries['fcw'] = `0x${state.fcw.toString(16)}`;
  if (state.fsw !== 0) entries['fsw'] = `0x${state.fsw.toString(16)}`;
  if (state.ftw !== 0) entries['ftw'] = `0x${state.ftw.toString(16)}`;
  for (let i = 0; i < 8; i++) vector(state, STATE_FLOAT + FLOAT_ST + i * 16, 10, `st${i}`, entries);
  for (let i = 0; i < 16; i++) vector(state, STATE_FLOAT + FLOAT_XMM + i * 16, 16, `xmm${i}`, entries);
  return entries;
}

function vector(state: State, at: number, length: number, name: string, into: Record<string, string>): void {
  const bytes = state.bytes.slice(at, at + length);
  if (bytes.some(byte => byte !== 0)) into[name] = `0x${hex([...bytes].reverse())}`;
}

/** An entry for regressions.ts. */
export interface Regression {
  readonly name: string;
  /** Bytes of the block, int3 included. */
  readonly code: string;
  readonly before: Readonly<Record<string, string>>;
  /** What is in memory, as [address, bytes]; all else is zero. */
  readonly data: readonly (readonly [number, string])[];
  readonly exception: string;
  /** The state after it. */
  readonly after: Readonly<Record<string, string>>;
  readonly changed: readonly (readonly [number, string])[];
  /** Flags that do not count. */
  readonly undefinedFlags: number;
}

export function regressionOf({ block, code, expected, image, layout }: Failure, name: string): Regression {
  const used = image.some(byte => byte !== 0);
  return {
    name,
    code: hex(code.bytes),
    before: describeState(block.state),
    data: used ? [[layout.data, '(image of the batch)']] : [],
    exception: exceptionName(expected.state.trap),
    after: describeState(expected.state),
    changed: [...expected.changes].map(([line, bytes]) => [layout.data + line * 64, hex([...bytes])]),
    undefinedFlags: undefinedFlags(block).before.at(-1)!,
  };
}

function hex(bytes: readonly number[]): string {
  return bytes.map(byte => byte.toString(16).padStart(2, '0')).join('');
}
