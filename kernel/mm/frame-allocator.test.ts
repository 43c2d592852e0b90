import { describe, expect, test } from 'vitest';
import type { FrameNumber } from './physical-memory.ts';
import { FrameAllocator } from './frame-allocator.ts';
import { random } from './testing.ts';

describe('the frame allocator', () => {
  test('gives all frames once and never frame 0', () => {
    const frames = new FrameAllocator(0, 100);
    const seen = new Set<number>();
    for (let frame = frames.allocate(); frame !== 0; frame = frames.allocate()) seen.add(frame);
    expect(seen.size).toBe(99);
    expect(seen.has(0)).toBe(false);
    expect(frames.freeFrames).toBe(0);
    for (const frame of seen) frames.put(frame as FrameNumber);
    frames.verify();
    expect(frames.freeFrames).toBe(99);
  });

  test('gives neighbours to a sequence of single allocations', () => {
    const frames = new FrameAllocator(1, 4096);
    const block = frames.allocate(5);
    const first = frames.allocate();
    for (let i = 1; i < 16; i++) expect(frames.allocate()).toBeLessThan(first + 64);
    expect(block % 32).toBe(0);
  });

  test('a block given back in pieces becomes one block again', () => {
    const frames = new FrameAllocator(1024, 2048);
    const block = frames.allocate(10);
    expect(frames.allocate()).toBe(0);
    for (let i = 0; i < 1024; i++) frames.put((block + ((i * 37) & 1023)) as FrameNumber);
    expect(frames.freeBlocks()[10]).toBe(1);
    expect(frames.allocate(10)).toBe(block);
  });

  test('a frame is free when its last reference is put, and not before', () => {
    const frames = new FrameAllocator(1, 64);
    const frame = frames.allocate();
    frames.get(frame);
    frames.put(frame);
    expect(frames.count(frame)).toBe(1);
    expect(frames.freeFrames).toBe(62);
    frames.put(frame);
    expect(frames.freeFrames).toBe(63);
    expect(() => frames.put(frame)).toThrow(/more often/);
    expect(() => frames.get(frame)).toThrow(/free/);
  });

  test('gives fixed blocks from the end, in the highest place that is free', () => {
    const frames = new FrameAllocator(1, 4090);
    const next = random(5);
    expect(frames.allocateHigh(0)).toBe(4089);
    expect(frames.allocateHigh(0)).toBe(4088);
    expect(frames.allocateHigh(4)).toBe(4064);
    expect(frames.allocateHigh(2)).toBe(4084);
    frames.put(4089 as FrameNumber);
    expect(frames.allocateHigh(0)).toBe(4089);
    expect(frames.allocateHigh(9)).toBe(3072);
    expect(frames.allocateHigh(12)).toBe(0);
    frames.verify();
    const taken: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const order = next(4);
      const block = next(2) === 0 ? frames.allocateHigh(order) : frames.allocate(order);
      if (block === 0) continue;
      expect(block % (1 << order)).toBe(0);
      for (let j = 0; j < 1 << order; j++) taken.push(block + j);
      while (next(3) === 0 && taken.length > 0)
        frames.put(taken.splice(next(taken.length), 1)[0] as FrameNumber);
      if (i % 100 === 0) frames.verify();
    }
    expect(new Set(taken).size).toBe(taken.length);
    frames.verify();
    while (frames.allocateHigh(0) !== 0);
    expect(frames.freeFrames).toBe(0);
  });

  test('gives a run of any length, the highest there is, and keeps what is left of the blocks', () => {
    const frames = new FrameAllocator(1, 4096);
    const low = frames.allocate();
    const run = frames.allocateRun(1000, 512);
    expect(run).toBe(3072);
    expect(frames.allocateRun(96, 1)).toBe(2976);
    expect(frames.allocateRun(24, 1)).toBe(4072);
    frames.verify();
    expect(frames.freeFrames).toBe(4095 - 1 - 1000 - 96 - 24);
    expect(frames.allocateRun(4000, 1)).toBe(0);
    for (let i = 0; i < 1000; i++) frames.put((run + i) as FrameNumber);
    for (let i = 0; i < 96; i++) frames.put((2976 + i) as FrameNumber);
    for (let i = 0; i < 24; i++) frames.put((4072 + i) as FrameNumber);
    frames.verify();
    frames.put(low);
    expect(frames.allocateRun(4095, 1)).toBe(1);
    frames.verify();
  });

  test('random allocation keeps the invariants, and nothing is lost', () => {
    const next = random(42);
    const frames = new FrameAllocator(3, 3000);
    const held: { frame: number; size: number }[] = [];
    const owner = new Uint8Array(3000);
    for (let step = 0; step < 4000; step++) {
      if (next(3) !== 0) {
        const order = next(10) === 0 ? next(8) : 0;
        const frame = frames.allocate(order);
        if (frame === 0) continue;
        expect(frame % (1 << order)).toBe(0);
        for (let i = 0; i < 1 << order; i++) {
          if (owner[frame + i] !== 0) throw new Error(`frame ${frame + i} was given twice`);
          owner[frame + i] = 1;
        }
        held.push({ frame, size: 1 << order });
      } else if (held.length > 0) {
        const [block] = held.splice(next(held.length), 1);
        for (let i = 0; i < block!.size; i++) {
          owner[block!.frame + i] = 0;
          frames.put((block!.frame + i) as FrameNumber);
        }
      }
      if (step % 500 === 0) frames.verify();
    }
    for (const { frame, size } of held) for (let i = 0; i < size; i++) frames.put((frame + i) as FrameNumber);
    frames.verify();
    expect(frames.freeFrames).toBe(2997);
  });
});
