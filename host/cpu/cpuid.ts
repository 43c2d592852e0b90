/**
 * What cpuid says. SDM volume 2, CPUID. It shows an Intel processor of the sixth family (Westmere's model number: the
 * last one before AVX), because libraries choose their code by vendor and model, but it announces no more than the
 * instruction table has.
 */

const bits = (...numbers: number[]): number => numbers.reduce((word, bit) => word | (1 << bit), 0);

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

/** sse3 ssse3 cx16 sse4.1 sse4.2 movbe popcnt */
const FEATURES_C = bits(0, 9, 13, 19, 20, 22, 23);
/** fpu tsc cx8 cmov clflush mmx fxsr sse sse2 */
const FEATURES_D = bits(0, 4, 8, 15, 19, 23, 24, 25, 26);
/** fsgsbase erms clflushopt clwb: repeated movsb and stosb are the quickest way to copy and fill here. */
const FEATURES_7B = bits(0, 9, 23, 24);
/** lahf in 64-bit mode, lzcnt, prefetchw */
const FEATURES_EXTENDED_C = bits(0, 5, 8);
/** syscall nx rdtscp lm */
const FEATURES_EXTENDED_D = bits(11, 20, 27, 29);

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
      return [SIGNATURE, (8 << 8) | (1 << 16), FEATURES_C, FEATURES_D];
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
      return [0, subleaf === 0 ? FEATURES_7B : 0, 0, 0];
    case 0x8000_0000:
      return [MAXIMUM_EXTENDED_LEAF | 0, 0, 0, 0];
    case 0x8000_0001:
      return [0, 0, FEATURES_EXTENDED_C, FEATURES_EXTENDED_D];
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
      // The time-stamp counter counts at one rate.
      return [0, 0, 0, bits(8)];
    case 0x8000_0008:
      // 40 bits of physical, 48 of linear addresses.
      return [0x3028, 0, 0, 0];
    default:
      return [0, 0, 0, 0];
  }
}
