/** The options of boot() that name code to run in this process: programs and a kernel; and the package's own programs. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TrustedProgram } from '../node/protocol.ts';
import { OptionError } from './errors.ts';

/** The trusted programs that came with this package. */
export function builtInPrograms(dist: URL): TrustedProgram[] {
  const list = JSON.parse(readFileSync(new URL('programs.json', dist), 'utf8')) as {
    file: string;
    sha256: string;
  }[];
  return list.map(({ file, sha256 }) => ({ path: fileURLToPath(new URL(file, dist)), sha256 }));
}

/** A native program of the host and where it is to be installed. */
export interface Program extends TrustedProgram {
  readonly guestPath: string;
}

/** Reads the programs of the option of this name. OptionError. */
export function parsePrograms(programs: Readonly<Record<string, string>>): Program[] {
  return Object.entries(programs).map(([guestPath, source]) => {
    const path = resolve(source);
    let content: Buffer;
    try {
      content = readFileSync(path);
    } catch (error) {
      throw new OptionError(`programs: cannot read '${path}' on the host: ${(error as Error).message}`);
    }
    if (content.subarray(0, 9).toString('latin1') !== '#!native\n') {
      throw new OptionError(`programs: '${path}' is no native program; its first line is not #!native`);
    }
    return { path, guestPath, sha256: createHash('sha256').update(content).digest('hex') };
  });
}

/** How the bundle of a kernel begins: see build.mjs. */
const KERNEL_MARK = '#!lodger-kernel\n';

/** The kernel of the option of this name. OptionError. */
export function parseKernel(file: string): { path: string; sha256: string } {
  const path = resolve(file);
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    throw new OptionError(`kernel: cannot read '${path}' on the host: ${(error as Error).message}`);
  }
  if (content.subarray(0, KERNEL_MARK.length).toString('latin1') !== KERNEL_MARK) {
    throw new OptionError(
      `kernel: '${path}' is no kernel bundle; 'node build.mjs --outdir DIR' makes one, DIR/kernel.js`,
    );
  }
  return { path, sha256: createHash('sha256').update(content).digest('hex') };
}
