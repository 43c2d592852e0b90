/** Random numbers that a seed repeats: sfc32 (Doty-Humphrey), and the choices that the differential tester makes. */
export class Random {
  #a: number;
  #b: number;
  #c = 0x9e3779b9;
  #counter = 1;

  constructor(seed: number, stream = 0) {
    this.#a = seed | 0;
    this.#b = Math.imul(stream, 0x85ebca6b) ^ Math.floor(seed / 2 ** 32);
    for (let i = 0; i < 12; i++) this.bits();
  }

  /** 32 bits, signed. */
  bits(): number {
    const t = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    return t;
  }
  /** 0 … below − 1 */
  below(limit: number): number {
    return Math.floor(((this.bits() >>> 0) / 2 ** 32) * limit);
  }
  between(from: number, to: number): number {
    return from + this.below(to - from + 1);
  }
  /** True with this probability. */
  chance(probability: number): boolean {
    return this.bits() >>> 0 < probability * 2 ** 32;
  }
  pick<T>(from: ArrayLike<T>): T {
    return from[this.below(from.length)]!;
  }
}
