/** A tracee's arguments and memory, for the formats of kernel/trace. */
import type { Reader } from '../../../kernel/trace/arguments.ts';
import { readMemory } from './ptrace.ts';
import { fromBytes } from '../../../kernel/abi/byte-string.ts';

export class TraceeReader implements Reader {
  readonly #pid: number;
  readonly #args: readonly bigint[];

  constructor(pid: number, args: readonly bigint[]) {
    this.#pid = pid;
    this.#args = args;
  }

  argument(n: number): bigint {
    return this.#args[n] ?? 0n;
  }
  read(address: number, length: number): Uint8Array | undefined {
    if (length <= 0) return new Uint8Array(0);
    const bytes = readMemory(this.#pid, address, length);
    return bytes.length === length ? bytes : undefined;
  }
  text(address: number, limit: number): { text: string; isWhole: boolean } | undefined {
    let text = '';
    // In small steps: most strings are short, and the next page may not be there.
    for (let step = 64; text.length < limit + 1; step *= 4) {
      const bytes = fromBytes(
        readMemory(this.#pid, address + text.length, Math.min(step, limit + 1 - text.length)),
      );
      if (bytes === '') return text === '' ? undefined : { text, isWhole: false };
      const end = bytes.indexOf('\0');
      if (end >= 0) return { text: text + bytes.slice(0, end), isWhole: true };
      text += bytes;
    }
    return { text, isWhole: false };
  }
}
