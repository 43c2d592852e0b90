/** The programs that may run natively, known by the SHA-256 of their bundles. */
import type { NativeHost } from '../userland/libc/native.ts';
import type { TrustedPrograms } from './machine.ts';

type Host = Pick<NativeHost, 'programs' | 'sha256'>;

export class HashedPrograms implements TrustedPrograms {
  readonly #host: Host;
  readonly #numbers = new Map<string, number>();
  /** How many of the host's programs are in #numbers. */
  #count = 0;

  constructor(host: Host) {
    this.#host = host;
  }

  identify(content: readonly Uint8Array[]): number | undefined {
    const { programs } = this.#host; // there may be more of them than last time
    while (this.#count < programs.length) {
      this.#numbers.set(programs[this.#count]!.sha256, this.#count);
      this.#count++;
    }
    return this.#numbers.get(this.#host.sha256(content));
  }
}
