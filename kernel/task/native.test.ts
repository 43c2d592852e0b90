import { describe, expect, it } from 'vitest';
import type { ContextIndex, NativeProcessors } from '../../host/machine.ts';
import type { FrameNumber } from '../mm/physical-memory.ts';
import * as trap from '../abi/trap.ts';
import { testMemory } from '../mm/testing.ts';
import { Attention } from './native-attention.ts';
import { ComputingMemory } from './native-memory.ts';
import { ContextTimes } from './native-time.ts';

const A = 1 as ContextIndex;
const B = 2 as ContextIndex;
const AT = trap.CONTEXT_WORDS;

class Processors implements NativeProcessors {
  readonly count = 4;
  readonly records = new Int32Array(new SharedArrayBuffer(4 * trap.CONTEXT_WORDS * 4));
  readonly terminated: number[] = [];
  readonly waiting = new Set<number>();
  waited = 0;
  takeIdle(): undefined {}
  want(): void {}
  takeTrapped(): void {}
  resume(): void {}
  release(): void {}
  terminate(context: ContextIndex): void {
    this.terminated.push(context);
  }
  isWaiting(context: ContextIndex): boolean {
    return this.waiting.has(context);
  }
  waitedNs(): number {
    return this.waited;
  }
}

describe('attention', () => {
  const setUp = (): { processors: Processors; memory: Int32Array; attention: Attention } => {
    const processors = new Processors();
    const memory = new Int32Array(new SharedArrayBuffer(64));
    return { processors, memory, attention: new Attention(processors, memory) };
  };

  it('rings the doorbell that a program has named', () => {
    const { processors, memory, attention } = setUp();
    attention.call(A);
    expect(processors.records[AT + trap.ATTENTION]).toBe(1);
    processors.records[AT + trap.DOORBELL] = 3;
    processors.records[AT + trap.DOORBELL_BITS] = 0x50;
    memory[3] = 1;
    attention.call(A);
    expect(memory[3]).toBe(0x51);
  });

  it('rings nothing outside of its memory', () => {
    const { processors, memory, attention } = setUp();
    processors.records[AT + trap.DOORBELL_BITS] = -1;
    for (const word of [-1, 0, 16, 0x7fffffff, -0x80000000]) {
      processors.records[AT + trap.DOORBELL] = word;
      attention.call(A);
    }
    expect(memory.every(word => word === 0)).toBe(true);
  });

  it('ends a thread that has not trapped after its grace, and no other', () => {
    const { processors, attention } = setUp();
    const { records, terminated } = processors;
    records[AT + trap.STATE] = trap.STATE_RUNNING;
    records[2 * AT + trap.STATE] = trap.STATE_RUNNING;
    attention.beginGrace(A, 100);
    attention.beginGrace(B, 200);
    attention.beginGrace(A, 9e6); // it does not begin again
    expect(attention.nextDeadlineNs).toBe(100 + 5e6);
    attention.expire(5e6);
    expect(terminated).toEqual([]);
    attention.endGrace(B);
    attention.expire(9e9);
    expect(terminated).toEqual([A]);
    expect(attention.nextDeadlineNs).toBe(Infinity);
  });
});

describe('the time of a native program', () => {
  it('is what it computed, without what it slept by itself', () => {
    const processors = new Processors();
    const times = new ContextTimes(processors);
    times.reset(A);
    times.resumed(A, 1000);
    expect(times.trapped(A, 1500)).toBe(500);
    times.resumed(A, 2000);
    processors.records[AT + trap.WAITING] = 2;
    processors.waited = 900;
    expect(times.trapped(A, 3000)).toBe(100);
    times.resumed(A, 4000);
    expect(times.trapped(A, 4010)).toBe(10);
  });

  it('is never less than nothing, whatever the record says', () => {
    const processors = new Processors();
    const times = new ContextTimes(processors);
    times.reset(A);
    [1e18, -5, NaN].forEach((nonsense, i) => {
      times.resumed(A, 1000);
      processors.records[AT + trap.WAITING] = i + 1;
      processors.waited = nonsense;
      const computed = times.trapped(A, 1500);
      expect(computed >= 0 && computed <= 500).toBe(true);
    });
  });
});

describe('memory in which native programs compute', () => {
  it('keeps frames that are taken away until no thread of it computes', () => {
    const { memory } = testMemory(256);
    const processors = new Processors();
    const computing = new ComputingMemory(processors);
    const space = memory.createAddressSpace();
    const release = (): FrameNumber => {
      const frame = memory.frames.allocate();
      space.releaseFrame(frame);
      return frame;
    };
    computing.enter(A, space);
    computing.enter(B, space);
    const frame = release();
    expect(memory.frames.count(frame)).toBe(1);
    computing.leave(A);
    expect(memory.frames.count(frame)).toBe(1);
    processors.waiting.add(B);
    computing.enter(A, space);
    computing.leave(A);
    expect(memory.frames.count(frame)).toBe(0);
    computing.leave(B);
    computing.leave(B);
    expect(space.computingThreads).toBe(0);
    const other = release();
    expect(memory.frames.count(other)).toBe(0);
    space.put();
  });
});
