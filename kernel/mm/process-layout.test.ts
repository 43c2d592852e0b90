import { describe, expect, test } from 'vitest';
import { ImagePlaces } from './image-places.ts';
import { TASK_SIZE } from './memory-map.ts';
import { chooseBrk, chooseProgramBase, nativeLayout, notRandom, translatedLayout } from './process-layout.ts';
import { random } from './testing.ts';

const PAGE = 4096;
const MIB = 2 ** 20;
const MAPS = 2 ** 31;

describe('the layout of a process', () => {
  test('has parts that do not meet in the page maps', () => {
    for (let seed = 0; seed < 200; seed++) {
      const draw = random(seed);
      const images = new ImagePlaces();
      images.begin(draw);
      const { stackTop, mmapBase } = translatedLayout(draw, images.base, 8 * MIB);
      const program = chooseProgramBase(draw, PAGE);
      const heap = chooseBrk(program + 10 * MIB, draw);
      // In this order modulo 2 GiB: program, heap, mmap, images, stack.
      const places = [
        program,
        heap,
        mmapBase - 512 * MIB,
        mmapBase,
        images.start,
        images.next,
        stackTop - 239 * MIB,
      ];
      for (const [i, place] of places.slice(1).entries())
        expect(place % MAPS).toBeGreaterThanOrEqual(places[i]! % MAPS);
      expect(stackTop % MAPS).toBeGreaterThan((stackTop - 239 * MIB) % MAPS);
      expect(program).toBeGreaterThanOrEqual(0x5555_0000_0000);
      expect(heap).toBeLessThan(0x5655_0000_0000);
      // What ThreadSanitizer demands of mmap and stack; AddressSanitizer's shadow ends far below.
      expect(mmapBase).toBeGreaterThan(0x7e80_0000_0000);
      expect(images.start).toBeGreaterThanOrEqual(mmapBase);
      expect(stackTop).toBeGreaterThan(images.end + 256 * MIB);
      expect(stackTop).toBeLessThanOrEqual(TASK_SIZE);
    }
  });

  test('is Linux’s without randomization', () => {
    const layout = (limit: number): string[] => {
      const { stackTop, mmapBase } = translatedLayout(notRandom, 0, limit);
      return [stackTop, mmapBase].map(at => at.toString(16));
    };
    expect(layout(8 * MIB)).toEqual(['7ffffffff000', '7ffff7fff000']);
    expect(layout(1024 * MIB)).toEqual(['7ffffffff000', '7fffbfeff000']);
    expect(layout(Infinity)).toEqual(['7ffffffff000', '155555556000']);
    expect(chooseProgramBase(notRandom, PAGE).toString(16)).toBe('555555554000');
    expect(chooseProgramBase(notRandom, 2 * MIB).toString(16)).toBe('555555400000');
  });

  test('of a native program has 32 bits', () => {
    const { end, stackTop, mmapBase } = nativeLayout(random(1));
    expect(end).toBeLessThan(2 ** 32);
    expect(stackTop).toBeLessThanOrEqual(end);
    expect(mmapBase).toBeLessThan(stackTop);
  });
});
