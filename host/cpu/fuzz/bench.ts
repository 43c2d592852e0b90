/**
 * The bench on which a block is made: what is known of the registers so far. A register that a memory operand needs is
 * given its value in the state that the block begins with, if nothing can have changed it yet, else by an instruction
 * in front.
 */
import type { Item } from './block.ts';
import type { Layout } from './layout.ts';
import type { Random } from './random.ts';
import type { State } from './state.ts';
import { RSP } from '../../../kernel/abi/cpu-context.ts';
import { PAGE } from './layout.ts';

export class Bench {
  readonly random: Random;
  readonly layout: Layout;
  readonly state: State;
  /** Registers (bits) whose value now is not the one in `state`, or whose value there somebody relies on. */
  #changed = 1 << RSP;
  #fixed = 1 << RSP;
  /** What stands before the instruction that is being made. */
  items: Item[] = [];
  /** Registers (bits) that the instruction in the making needs as they are. */
  reserved = 0;
  /** Registers (bits) that count the turns of loops: nothing else touches them. */
  counters = 0;

  constructor(random: Random, layout: Layout, state: State) {
    this.random = random;
    this.layout = layout;
    this.state = state;
  }

  begin(): void {
    this.items = [];
    this.reserved = this.counters;
  }
  /** The instruction may have changed these registers. */
  changes(registers: number): void {
    this.#changed |= registers;
  }

  /** Makes a register have a value when the instruction begins. */
  setRegister(number: number, value: bigint): void {
    this.reserved |= 1 << number;
    value = BigInt.asUintN(64, value);
    const bit = 1 << number;
    if (((this.#changed | this.#fixed) & bit) === 0 && this.random.chance(0.7)) {
      this.#fixed |= bit;
      this.state.setGpr(number, value);
      return;
    }
    this.#changed |= bit;
    this.items.push({ bytes: loadRegister(number, value) });
  }
  /** A register that is not reserved; no stack pointer. */
  freeRegister(): number {
    for (;;) {
      const number = this.random.below(16);
      if (number !== RSP && (this.reserved & (1 << number)) === 0) return number;
    }
  }

  /** An address for an access of some bytes, mostly one at which there are data. */
  target(bytes: number, alignment: number): bigint {
    const { random, layout } = this;
    const { data, dataBytes, readOnlyBytes, code } = layout;
    const writable = dataBytes - readOnlyBytes;
    const how = random.below(100);
    const length = Math.max(bytes, 1);
    let at: number;
    if (how < 30) at = data + PAGE + 0x100 + random.below(128);
    else if (how < 70) at = data + random.below(writable - length);
    else if (how < 85) at = data + PAGE * random.between(1, 3) - random.between(0, length);
    else if (how < 90) at = data + writable - random.between(0, length);
    else if (how < 93) at = data + writable + random.below(readOnlyBytes - length);
    else if (how < 95) at = data + dataBytes - random.between(0, length);
    else if (how < 97) at = data - random.between(0, length);
    else if (how < 98 && !layout.isCodeWritable) at = code + random.below(2 * PAGE);
    else return this.#wildAddress();
    if (alignment > 1 && random.chance(0.92)) at -= at % alignment;
    return BigInt(at);
  }

  #wildAddress(): bigint {
    const { random } = this;
    switch (random.below(7)) {
      case 0:
        return BigInt(random.below(64));
      case 1:
        return 0xffff_ffffn - BigInt(random.below(8));
      case 2:
        // Another page for which the page maps have the same entry.
        return BigInt(this.layout.data + random.below(0x1000)) ^ (1n << BigInt(random.between(31, 46)));
      case 3:
        return 0x8000_0000_0000n + BigInt(random.below(64)) - 32n;
      case 4:
        return 0xffff_8000_0000_0000n + BigInt(random.below(64)) - 32n;
      case 5:
        return 0x8000_0000_0000_0000n + BigInt(this.layout.data);
      default:
        return 0xffff_ffff_ffff_ffffn - BigInt(random.below(20));
    }
  }
}

/** mov r64, imm64, in the shortest form or a longer one. */
function loadRegister(number: number, value: bigint): number[] {
  const extended = number >> 3;
  const low = Number(value & 0xffff_ffffn);
  const high = Number(value >> 32n);
  const code = 0xb8 + (number & 7);
  if (high === 0) return [...(extended ? [0x41] : []), code, ...bytes32(low)];
  if (BigInt.asIntN(64, value) === BigInt.asIntN(32, value))
    return [0x48 + extended, 0xc7, 0xc0 + (number & 7), ...bytes32(low)];
  return [0x48 + extended, code, ...bytes32(low), ...bytes32(high)];
}

export function bytes32(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff];
}
