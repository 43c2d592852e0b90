/**
 * The CPU of the host as a reference: runs single instructions in a small C program (real-cpu.c) and gives what they
 * left. Needs gcc and an x86-64 Linux; `isRealCpuAvailable` tells.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Layout of a record; see real-cpu.c. */
export const RECORD_BYTES = 1024;
export const RECORD_LENGTH = 16;
export const RECORD_TRAP = 17;
export const RECORD_RFLAGS = 24;
export const RECORD_RAX = 32;
export const RECORD_IMAGE = 128;
export const RECORD_MEMORY = 512;
/** Within the image: fxsave64's layout. */
export const IMAGE_FCW = RECORD_IMAGE;
export const IMAGE_FSW = RECORD_IMAGE + 2;
export const IMAGE_FTW = RECORD_IMAGE + 4;
export const IMAGE_FOP = RECORD_IMAGE + 6;
export const IMAGE_FIP = RECORD_IMAGE + 8;
export const IMAGE_FDP = RECORD_IMAGE + 16;
export const IMAGE_MXCSR = RECORD_IMAGE + 24;
export const IMAGE_ST = RECORD_IMAGE + 32;
export const IMAGE_XMM = RECORD_IMAGE + 160;
export const CODE_ADDRESS = 0x1000_0000;
export const MEMORY_ADDRESS = 0x2000_0000;

export const isRealCpuAvailable =
  process.platform === 'linux' &&
  process.arch === 'x64' &&
  spawnSync('gcc', ['--version'], { stdio: 'ignore' }).status === 0;

/** The compiled program; dispose of it when done. */
export class RealCpu {
  private readonly directory = mkdtempSync(join(tmpdir(), 'real-cpu-'));
  private readonly program = join(this.directory, 'real-cpu');

  constructor() {
    const source = fileURLToPath(new URL('real-cpu.c', import.meta.url));
    const flags = ['-O1', '-mno-red-zone', '-fno-pie', '-no-pie', '-w'];
    execFileSync('gcc', [...flags, '-o', this.program, source]);
  }

  /** Executes each record's instruction; gives the records as they came out. */
  run(records: Buffer): Buffer {
    const run = spawnSync(this.program, { input: records, maxBuffer: records.length + 4096 });
    if (run.status !== 0 || run.stdout.length !== records.length) {
      throw new Error(`the reference program failed: status ${run.status}, signal ${run.signal}`);
    }
    return run.stdout;
  }

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Numbers that are the same in every run with the same seed. */
export class Sequence {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** 32 bits. */
  next(): number {
    this.state = (this.state + 0x9e37_79b9) >>> 0;
    let x = this.state;
    x = Math.imul(x ^ (x >>> 16), 0x21f0_aaad);
    x = Math.imul(x ^ (x >>> 15), 0x735a_2d97);
    return (x ^ (x >>> 15)) >>> 0;
  }

  below(limit: number): number {
    return Math.floor((this.next() / 2 ** 32) * limit);
  }

  bits64(): bigint {
    return (BigInt(this.next()) << 32n) | BigInt(this.next());
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!;
  }
}
