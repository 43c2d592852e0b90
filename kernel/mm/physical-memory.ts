/**
 * The guest's RAM as the kernel sees it: typed views over the machine's window. Frames are 4 KiB; frame 0 is never
 * handed out, so 0 can mean «none».
 */
import type { PhysicalWindow } from '../../host/machine.ts';

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 4096;

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
