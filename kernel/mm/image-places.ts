/**
 * Image places: the addresses of shared libraries, interpreters, programs and the vDSO. Linux has no counterpart: it
 * draws new addresses at each exec.
 *
 * Translated code is remembered by virtual and physical page. It is good for all processes that have the file's page
 * at the same address, so each file is given its address once in the life of the kernel, at random, and is mapped
 * there again whenever that range is free. A guest cannot tell from one process where the others have their stacks and
 * heaps; it can tell where they have their libraries.
 *
 * The record is plain data on the file's PageCache, and goes with it. Libraries follow one another from the top of
 * their area downwards, so that two files do not meet before all of the area was given out.
 */
import type { MemoryMap } from './memory-map.ts';
import type { PageCache } from './page-cache.ts';
import type { RandomSource } from './process-layout.ts';
import { ELF_MAGIC, ET_DYN } from '../abi/elf.ts';
import { Errno } from '../errors.ts';
import { PAGE_SIZE } from './physical-memory.ts';
import { IMAGES_END, IMAGES_START, chooseImages, chooseProgramBase } from './process-layout.ts';

/** So much of the area may lie above the first image. */
const START_RANDOM_PAGES = (16 << 20) / PAGE_SIZE;
const ELF_TYPE_OFFSET = 16;

/** Where a file is mapped; plain data. */
export interface ImagePlace {
  /** As a library: first byte and length of the range that was set aside for it; 0: none yet. */
  start: number;
  length: number;
  /** As a program: the base that was drawn for it; 0: none yet. */
  programBase: number;
}

export class ImagePlaces {
  /** The 4 GiB that have the area in them; drawn by `begin`. */
  base = 0;
  /** The next image ends here at the latest; 0 until `begin`. */
  next = 0;

  /** Draws the address of the first image. */
  begin(random: RandomSource): void {
    if (this.next !== 0) return;
    this.base = chooseImages(random);
    this.next = this.end - random(START_RANDOM_PAGES) * PAGE_SIZE;
  }

  /** The area. */
  get start(): number {
    return this.base + IMAGES_START;
  }
  get end(): number {
    return this.base + IMAGES_END;
  }

  /** Where a file of that length is to be mapped as a library, if nothing is in the way there. */
  library(cache: PageCache, length: number, alignment = PAGE_SIZE): number {
    const place = (cache.imagePlace ??= { start: 0, length: 0, programBase: 0 });
    if (place.start === 0 || place.length < length || place.start % alignment !== 0) {
      place.start = this.#take(length, alignment);
      place.length = length;
    }
    return place.start;
  }

  /** The base of a position-independent program. */
  program(cache: PageCache, random: RandomSource, alignment: number): number {
    const place = (cache.imagePlace ??= { start: 0, length: 0, programBase: 0 });
    if (place.programBase === 0 || place.programBase % alignment !== 0) {
      place.programBase = chooseProgramBase(random, alignment);
    }
    return place.programBase;
  }

  /** The next range of the area; when there is none left, it is given out again from its end. 0: it is too small. */
  #take(length: number, alignment: number): number {
    for (const end of [this.next, this.end]) {
      const start = Math.floor((end - length) / alignment) * alignment;
      if (start < this.start) continue;
      // A page between two images, so that they are two mappings and running over the end of one is noticed.
      this.next = start - PAGE_SIZE;
      return start;
    }
    return 0;
  }
}

/**
 * The address that mmap(2) without an address wishes for a private mapping of a file from its beginning: the place of
 * a shared object. 0: none.
 */
export function imageWish(space: MemoryMap, cache: PageCache, length: number): number {
  if (!space.isRandomized) return 0;
  const { images } = space.memory;
  if (images.next === 0) return 0; // nobody runs translated code
  if (cache.imagePlace === undefined && !isSharedObject(cache)) return 0;
  return images.library(cache, length);
}

/** The file begins like a shared object: its first page is read in, which a program that maps it will ask for soon. */
function isSharedObject(cache: PageCache): boolean {
  if (cache.store.size < PAGE_SIZE) return false;
  try {
    const bytes = cache.memory.physical.frame(cache.frame(0));
    for (let i = 0; i < ELF_MAGIC.length; i++) if (bytes[i] !== ELF_MAGIC.charCodeAt(i)) return false;
    return bytes[ELF_TYPE_OFFSET] === ET_DYN && bytes[ELF_TYPE_OFFSET + 1] === 0;
  } catch (error) {
    if (error instanceof Errno) return false; // whoever touches it will hear of it
    throw error;
  }
}
