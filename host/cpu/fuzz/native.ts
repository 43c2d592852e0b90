/**
 * Runs blocks on the processor of the host: builds native.c with the host's gcc, once a run, and hands it one batch a
 * time.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Outcome } from './guest.ts';
import type { Layout } from './layout.ts';
import { STATE_BYTES, STATE_CHANGED, State } from './state.ts';

const HEADER_BYTES = 40;
const LINE = 64;

export class NativeRunner {
  readonly #folder: string;
  readonly #program: string;

  /** Why there is none; undefined: there is one. */
  static missing(): string | undefined {
    if (platform() !== 'linux' || arch() !== 'x64') return 'the host is not x86-64 Linux';
    if (spawnSync('gcc', ['--version']).status !== 0) return 'there is no gcc';
    return undefined;
  }

  constructor(source: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'lodger-cpu-'));
    this.#program = join(this.#folder, 'native');
    const { status, stderr } = spawnSync(
      'gcc',
      ['-O2', '-fno-stack-protector', '-fcf-protection=none', '-o', this.#program, source],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`gcc: ${stderr}`);
  }
  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  run(layout: Layout, code: Uint8Array, image: Uint8Array, states: readonly State[]): Outcome[] {
    const head = new DataView(new ArrayBuffer(HEADER_BYTES));
    head.setBigUint64(0, BigInt(layout.code), true);
    head.setBigUint64(8, BigInt(layout.data), true);
    head.setUint32(16, layout.codeBytes, true);
    head.setUint32(20, layout.dataBytes, true);
    head.setUint32(24, layout.readOnlyBytes, true);
    head.setUint32(28, states.length, true);
    head.setUint32(32, layout.isCodeWritable ? 1 : 0, true);
    const padding = new Uint8Array(layout.codeBytes - code.length);
    const input = Buffer.concat([
      new Uint8Array(head.buffer),
      code,
      padding,
      image,
      ...states.map(({ bytes }) => bytes),
    ]);
    const { status, signal, stdout, stderr } = spawnSync(this.#program, { input, maxBuffer: 2 ** 29 });
    if (status !== 0)
      throw new Error(`the native runner ended with ${signal ?? status}: ${stderr.toString()}`);
    return outcomesOf(stdout, states.length);
  }
}

function outcomesOf(output: Buffer, count: number): Outcome[] {
  const bytes = Uint8Array.from(output);
  const outcomes: Outcome[] = [];
  let at = count * STATE_BYTES;
  for (let i = 0; i < count; i++) {
    const state = new State(bytes.subarray(i * STATE_BYTES, (i + 1) * STATE_BYTES));
    const changes = new Map<number, Uint8Array>();
    const lines = state.view.getUint32(STATE_CHANGED, true);
    for (let line = 0; line < lines; line++, at += 4 + LINE) {
      const number = new DataView(bytes.buffer, at, 4).getUint32(0, true);
      changes.set(number, bytes.subarray(at + 4, at + 4 + LINE));
    }
    outcomes.push({ state, changes });
  }
  if (at !== bytes.length) throw new Error('the native runner lost changes');
  return outcomes;
}
