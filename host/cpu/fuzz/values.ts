/** Values that instructions are likely to treat in a special way, and others; random states of the processor. */
import type { Layout } from './layout.ts';
import type { Random } from './random.ts';
import { PAGE } from './layout.ts';
import { ARITHMETIC_FLAGS, FLAG_DF, FLOAT_ST, FLOAT_XMM, STATE_FLOAT, State } from './state.ts';

const EDGES_32: readonly number[] = [
  0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 33, 63, 64, 0x7f, 0x80, 0x81, 0xff, 0x100, 0x7fff, 0x8000, 0xffff,
  0x1_0000, 0x7fff_ffff, -0x8000_0000, -0x7fff_ffff, -1, -2, -8, -0x80, -0x81, -0x100, -0x8000, -0x8001,
  0x5555_5555, -0x5555_5556, 0x0101_0101, 0x1234_5678,
];
const EDGES_64: readonly (readonly [low: number, high: number])[] = [
  [0, -0x8000_0000],
  [-1, 0x7fff_ffff],
  [-1, -1],
  [0, 1],
  [1, -0x8000_0000],
];

/** 32 bits, signed. */
export function edge32(random: Random): number {
  const how = random.below(8);
  if (how < 4) return random.pick(EDGES_32);
  if (how < 5) return 1 << random.below(32);
  if (how < 6) return random.between(-300, 300);
  return random.bits();
}

/** Halves of a 64-bit value. */
export function edge64(random: Random): readonly [low: number, high: number] {
  const low = edge32(random);
  switch (random.below(5)) {
    case 0:
      return [low, low >> 31];
    case 1:
      return [low, 0];
    case 2:
      return [low, edge32(random)];
    case 3:
      return random.pick(EDGES_64);
    default:
      return [random.bits(), random.bits()];
  }
}

export function big(low: number, high: number): bigint {
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

const scratch = new DataView(new ArrayBuffer(8));

/** Exponents at which conversions to integers overflow, or lose their fraction. */
const LIMITS = [7, 8, 15, 16, 23, 24, 31, 32, 52, 53, 63, 64];

/** Bits of a float32: zeros, denormals, infinities, NaNs, limits of integers, small numbers, anything. */
export function float32(random: Random): number {
  const sign = random.chance(0.5) ? -0x8000_0000 : 0;
  switch (random.below(12)) {
    case 0:
      return sign;
    case 1:
      return sign | 0x7f80_0000;
    case 2: // signalling and quiet NaNs
      return sign | 0x7f80_0000 | (random.chance(0.5) ? 0x40_0000 : 0) | random.between(1, 0x3f_ffff);
    case 3: // denormals
      return sign | random.pick([1, 0x7f_ffff, 0x40_0000, random.below(0x80_0000)]);
    case 4: // the smallest and the largest normal numbers
      return sign | random.pick([0x80_0000, 0x80_0001, 0x7f7f_ffff, 0x7f7f_fffe, 0x100_0000]);
    case 5:
    case 6:
      return sign | (((127 + random.pick(LIMITS)) << 23) + random.between(-2, 2));
    case 7:
    case 8: // small numbers and halves
      scratch.setFloat32(0, random.between(-20, 20) / 2);
      return scratch.getInt32(0);
    case 9:
      return sign | (0x3f80_0000 + random.between(-4, 4));
    default:
      return random.bits();
  }
}

/** Halves of the bits of a float64. */
export function float64(random: Random): readonly [low: number, high: number] {
  const sign = random.chance(0.5) ? -0x8000_0000 : 0;
  const tail = random.chance(0.5) ? random.between(-2, 2) : random.bits();
  switch (random.below(13)) {
    case 0:
      return [0, sign];
    case 1:
      return [0, sign | 0x7ff0_0000];
    case 2:
      return [tail | 1, sign | 0x7ff0_0000 | (random.chance(0.5) ? 0x8_0000 : 0)];
    case 3:
      return [tail, sign | random.pick([0, 0, 0x8_0000, 0xf_ffff])];
    case 4:
      return [tail, sign | random.pick([0x10_0000, 0x7fef_ffff])];
    case 5:
    case 6:
      return [random.between(-2, 2), sign | (((1023 + random.pick(LIMITS)) << 20) + random.between(-1, 1))];
    case 7:
    case 8:
      scratch.setFloat64(0, random.between(-20, 20) / 2);
      return [scratch.getInt32(4), scratch.getInt32(0)];
    case 9: // near one
      return [tail, sign | (0x3ff0_0000 - random.below(2))];
    case 10: // exactly a float32, or nearly: what rounding to one makes of it
      return [
        random.pick([0, 0x1000_0000, 0x0fff_ffff, 0x1000_0001, 0x2000_0000]),
        sign |
          (((1023 + random.pick([-150, -149, -127, -126, 0, 127, 128])) << 20) + random.below(0x10_0000)),
      ];
    default:
      return [random.bits(), random.bits()];
  }
}

/** Sixteen bytes, of one of the kinds that vector instructions work with. */
export function fillVector(view: DataView, at: number, random: Random): void {
  const kind = random.below(6);
  for (let i = 0; i < 16; i += 8) {
    let low: number;
    let high: number;
    if (kind < 2) {
      low = float32(random);
      high = float32(random);
    } else if (kind < 4) {
      [low, high] = float64(random);
    } else if (kind === 4) {
      low = edge32(random);
      high = edge32(random);
    } else {
      low = random.bits();
      high = random.bits();
    }
    view.setInt32(at + i, low, true);
    view.setInt32(at + i + 4, high, true);
  }
}

/** Ten bytes of an x87 register. */
export function fillExtended(view: DataView, at: number, random: Random): void {
  const sign = random.chance(0.5) ? 0x8000 : 0;
  let exponent = 16383 + random.pick([-1, 0, 0, 1, 2, 15, 16, 31, 32, 62, 63, 64]);
  let high = random.pick([-0x8000_0000, -0x8000_0000, -1, -0x4000_0000, random.bits() | -0x8000_0000]);
  const low = random.pick([0, 0, -1, 1, 0x400, 0x7ff, 0x800, random.bits()]);
  switch (random.below(12)) {
    case 0: // zero and denormals
      exponent = 0;
      high = random.pick([0, 0, 0x7fff_ffff, 1, -0x8000_0000]);
      if (random.chance(0.4)) {
        view.setInt32(at, 0, true);
        view.setInt32(at + 4, 0, true);
        view.setUint16(at + 8, sign, true);
        return;
      }
      break;
    case 1: // infinity and NaNs
      exponent = 0x7fff;
      if (random.chance(0.5)) {
        view.setInt32(at, 0, true);
        view.setInt32(at + 4, -0x8000_0000, true);
        view.setUint16(at + 8, sign | exponent, true);
        return;
      }
      break;
    case 2: // what has no meaning: the integer bit is missing
      high &= 0x7fff_ffff;
      exponent = random.pick([1, 16383, 0x7ffe, 0x7fff]);
      break;
    case 3:
      exponent = random.pick([
        1,
        2,
        0x7ffe,
        0x7ffd,
        16383 - 1022,
        16383 - 1074,
        16383 + 1024,
        16383 - 149,
        16383 + 128,
      ]);
      break;
    case 4:
      exponent = random.below(0x8000);
      break;
    default:
  }
  view.setInt32(at, low, true);
  view.setInt32(at + 4, high, true);
  view.setUint16(at + 8, sign | exponent, true);
}

const MXCSR_DE = 2;
const MXCSR_DM = 0x100;

/**
 * Valid in MXCSR: the usual one, other roundings, flags, flush to zero, unmasked exceptions. As long as DE is masked,
 * our processor need not notice denormal operands (table/float-paths.ts): the flag is set already.
 */
export function mxcsrValue(random: Random): number {
  const value = anyMxcsr(random);
  return (value & MXCSR_DM) !== 0 ? value | MXCSR_DE : value;
}

function anyMxcsr(random: Random): number {
  if (random.chance(0.5)) return 0x1f80;
  const rounding = random.below(4) << 13;
  const flags = random.chance(0.5) ? random.below(0x40) : 0;
  const masks = random.chance(0.2) ? random.below(0x40) << 7 : 0x1f80;
  const flush = random.chance(0.25) ? random.pick([0x40, 0x8000, 0x8040]) : 0;
  return rounding | flags | masks | flush;
}

export function controlWord(random: Random): number {
  if (random.chance(0.5)) return 0x37f;
  const masks = random.chance(0.2) ? random.below(0x40) : 0x3f;
  return 0x40 | masks | (random.pick([0, 2, 3]) << 8) | (random.below(4) << 10);
}

/** A status word that agrees with a control word: its summary bits follow from the flags that are not masked. */
export function statusWord(random: Random, control: number): number {
  const conditions = random.below(0x10);
  const flags = random.chance(0.3) ? random.below(0x80) : 0;
  const summary = (flags & ~control & 0x3f) !== 0 ? 0x8080 : 0;
  return summary | flags | ((conditions & 7) << 8) | ((conditions & 8) << 11) | (random.below(8) << 11);
}

/** An address of the data, or near them. */
export function pointer(random: Random, layout: Layout): number {
  const middle = layout.data + PAGE * random.between(1, 3);
  if (random.chance(0.3)) return middle + random.between(-20, 20);
  return layout.data + random.below(layout.dataBytes);
}

function wordsOf(address: number): [low: number, high: number] {
  return [address | 0, Math.floor(address / 2 ** 32)];
}

/** A state in which a block may begin. RIP is left to the caller. */
export function randomState(random: Random, layout: Layout): State {
  const state = new State();
  const { view } = state;
  for (let i = 0; i < 16; i++) {
    const [low, high] = random.chance(0.25) ? wordsOf(pointer(random, layout)) : edge64(random);
    view.setInt32(i * 8, low, true);
    view.setInt32(i * 8 + 4, high, true);
  }
  // The stack: in the data, mostly aligned.
  const rsp =
    layout.data +
    PAGE * random.between(1, 3) +
    (random.chance(0.8) ? random.between(-60, 60) * 8 : random.below(500));
  view.setBigUint64(4 * 8, BigInt(rsp), true);
  state.flags = (random.bits() & ARITHMETIC_FLAGS) | (random.chance(0.15) ? FLAG_DF : 0);
  state.fsBase = BigInt(pointer(random, layout));
  state.gsBase = random.chance(0.5) ? 0n : BigInt(edge32(random) >>> 0);
  state.fcw = controlWord(random);
  state.fsw = statusWord(random, state.fcw);
  state.ftw = random.chance(0.3) ? 0 : random.chance(0.5) ? random.below(256) : 0xff;
  state.mxcsr = mxcsrValue(random);
  for (let i = 0; i < 8; i++) {
    const at = STATE_FLOAT + FLOAT_ST + i * 16;
    if (random.chance(0.2)) {
      view.setInt32(at, random.bits(), true);
      view.setInt32(at + 4, random.bits(), true);
      view.setUint16(at + 8, 0xffff, true);
    } else fillExtended(view, at, random);
  }
  for (let i = 0; i < 16; i++) fillVector(view, STATE_FLOAT + FLOAT_XMM + i * 16, random);
  return state;
}

/** What lies in memory before each block of a batch. */
export function randomData(random: Random, layout: Layout): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(layout.dataBytes);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 16) {
    const kind = random.below(10);
    if (kind < 6) fillVector(view, at, random);
    else if (kind === 6) {
      view.setUint32(at, pointer(random, layout), true);
      view.setUint32(at + 8, pointer(random, layout), true);
    } else if (kind === 7) fillExtended(view, at, random);
    else if (kind === 8) bytes.fill(random.pick([0, 0, 0xff, 0x41]), at, at + 16);
    else {
      const [low, high] = edge64(random);
      view.setInt32(at, low, true);
      view.setInt32(at + 4, high, true);
      view.setInt32(at + 8, random.between(-1000, 1000), true);
    }
  }
  return bytes;
}
