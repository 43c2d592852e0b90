/** The programs that may run natively, known by the SHA-256 of their bundles. */
import type { NativeHost } from '../userland/libc/native.ts';
import type { TrustedPrograms } from './machine.ts';

export class HashedPrograms implements TrustedPrograms {
  readonly #numbers: Map<string, number>;
  readonly #sha256: (parts: readonly Uint8Array[]) => string;

  constructor({ programs, sha256 }: Pick<NativeHost, 'programs' | 'sha256'>) {
    this.#numbers = new Map(programs.map(({ sha256 }, number) => [sha256, number] as const));
    this.#sha256 = sha256;
  }

  identify(content: readonly Uint8Array[]): number | undefined {
    return this.#numbers.get(this.#sha256(content));
  }
}
