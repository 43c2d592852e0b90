/**
 * What cpuid says. SDM volume 2, CPUID. It shows an Intel processor of the sixth family (Westmere's model number: the
 * last one before AVX), because libraries choose their code by vendor and model, but it announces no more than the
 * instruction table has.
 */

/** Registers as text: four characters in each. */
function text(characters: string, at: number): number {
  let word = 0;
  for (let i = 3; i >= 0; i--) word = (word << 8) | (characters.charCodeAt(at + i) || 0);
  return word;
}

const VENDOR = 'GenuineIntel';
const BRAND = 'Lodger virtual processor';
/** Family 6, model 37, stepping 2. */
const SIGNATURE = 0x0002_0652;
const MAXIMUM_LEAF = 7;
const MAXIMUM_EXTENDED_LEAF = 0x8000_0008;

/** What is announced: leaf, register (1 ebx, 2 ecx, 3 edx), bit. The names are those of Row.feature where rows have one. */
export const FEATURES: Readonly<Record<string, readonly [leaf: number, register: 1 | 2 | 3, bit: number]>> = {
  sse3: [1, 2, 0],
  ssse3: [1, 2, 9],
  cx16: [1, 2, 13],
  sse4_1: [1, 2, 19],
  sse4_2: [1, 2, 20],
  movbe: [1, 2, 22],
  popcnt: [1, 2, 23],
  fpu: [1, 3, 0],
  tsc: [1, 3, 4],
  cx8: [1, 3, 8],
  cmov: [1, 3, 15],
  clflush: [1, 3, 19],
  mmx: [1, 3, 23],
  fxsr: [1, 3, 24],
  sse: [1, 3, 25],
  sse2: [1, 3, 26],
  fsgsbase: [7, 1, 0],
  // Repeated movsb and stosb are the quickest way to copy and to fill.
  erms: [7, 1, 9],
  clflushopt: [7, 1, 23],
  clwb: [7, 1, 24],
  lahf_lm: [0x8000_0001, 2, 0],
  lzcnt: [0x8000_0001, 2, 5],
  prefetchw: [0x8000_0001, 2, 8],
  syscall: [0x8000_0001, 3, 11],
  nx: [0x8000_0001, 3, 20],
  rdtscp: [0x8000_0001, 3, 27],
  lm: [0x8000_0001, 3, 29],
  // The time-stamp counter counts at one rate.
  invariant_tsc: [0x8000_0007, 3, 8],
};
function features(leaf: number, register: number): number {
  let word = 0;
  for (const [ofLeaf, ofRegister, bit] of Object.values(FEATURES))
    if (ofLeaf === leaf && ofRegister === register) word |= 1 << bit;
  return word;
}

/** Caches as leaf 4 tells them: type (1 data, 2 instructions, 3 both), level, ways, sets; lines of 64 bytes. */
const CACHES: readonly [type: number, level: number, ways: number, sets: number][] = [
  [1, 1, 8, 64],
  [2, 1, 8, 64],
  [3, 2, 8, 1024],
  [3, 3, 16, 8192],
];

/** eax, ebx, ecx, edx. */
export function cpuid(leaf: number, subleaf: number): readonly [number, number, number, number] {
  switch (leaf >>> 0) {
    case 0:
      return [MAXIMUM_LEAF, text(VENDOR, 0), text(VENDOR, 8), text(VENDOR, 4)];
    case 1:
      // Lines that clflush flushes (in 8 bytes), one logical processor.
      return [SIGNATURE, (8 << 8) | (1 << 16), features(1, 2), features(1, 3)];
    case 2:
      // 0xff: caches are in leaf 4; 0xf0: 64 bytes are prefetched.
      return [0x00ff_f001, 0, 0, 0];
    case 4: {
      const cache = CACHES[subleaf];
      if (cache === undefined) return [0, 0, 0, 0];
      const [type, level, ways, sets] = cache;
      return [type | (level << 5) | (1 << 8), 63 | ((ways - 1) << 22), sets - 1, 0];
    }
    case 7:
      return [0, subleaf === 0 ? features(7, 1) : 0, 0, 0];
    case 0x8000_0000:
      return [MAXIMUM_EXTENDED_LEAF | 0, 0, 0, 0];
    case 0x8000_0001:
      return [0, 0, features(0x8000_0001, 2), features(0x8000_0001, 3)];
    case 0x8000_0002:
    case 0x8000_0003:
    case 0x8000_0004: {
      const at = ((leaf >>> 0) - 0x8000_0002) * 16;
      return [text(BRAND, at), text(BRAND, at + 4), text(BRAND, at + 8), text(BRAND, at + 12)];
    }
    case 0x8000_0006:
      // Second-level cache: 512 KiB, 8 ways, lines of 64 bytes.
      return [0, 0, (512 << 16) | (6 << 12) | 64, 0];
    case 0x8000_0007:
      return [0, 0, 0, features(0x8000_0007, 3)];
    case 0x8000_0008:
      // 40 bits of physical, 48 of linear addresses.
      return [0x3028, 0, 0, 0];
    default:
      return [0, 0, 0, 0];
  }
}
