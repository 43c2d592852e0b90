/**
 * The guest's RAM as the kernel sees it: typed views over the machine's window. Frames are 4 KiB; frame 0 is never
 * handed out, so 0 can mean «none».
 */
import type { PhysicalWindow } from '../../host/machine.ts';

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 4096;

/** The page that an address is in. Pages of user memory have up to 35 bits: no shift can do it. */
export function pageOf(at: number): number {
  return Math.floor(at / PAGE_SIZE);
}

/** Index of a 4 KiB frame in the window. */
export type FrameNumber = number & { readonly __brand: 'FrameNumber' };

export class PhysicalMemory {
  /** All bytes of the window. Physical addresses are offsets into this array. */
  readonly bytes: Uint8Array<SharedArrayBuffer>;
  /** The same as 32-bit words, for futex words and page maps. */
  readonly words: Int32Array<SharedArrayBuffer>;
  readonly frameCount: number;
  readonly length: number;

  constructor(window: PhysicalWindow) {
    this.bytes = new Uint8Array(window.buffer, window.offset, window.length);
    this.words = new Int32Array(window.buffer, window.offset, window.length >>> 2);
    this.length = window.length;
    this.frameCount = Math.floor(window.length / PAGE_SIZE);
  }

  /** A view of one frame. */
  frame(frame: FrameNumber): Uint8Array<SharedArrayBuffer> {
    return this.bytes.subarray(frame * PAGE_SIZE, (frame + 1) * PAGE_SIZE);
  }
}

/** Never written. */
const ZEROS = new Uint8Array(64 * 1024);

/** Zeroes bytes[from, to). In shared memory a copy of zeros is seven times as fast as `fill`. */
export function clearBytes(bytes: Uint8Array, from: number, to: number): void {
  let at = from;
  while (to - at >= ZEROS.length) {
    bytes.set(ZEROS, at);
    at += ZEROS.length;
  }
  const left = to - at;
  if (left === PAGE_SIZE) bytes.set(ZERO_PAGE, at);
  else if (left < 64) bytes.fill(0, at, to);
  else bytes.set(ZEROS.subarray(0, left), at);
}

const ZERO_PAGE = new Uint8Array(PAGE_SIZE);
