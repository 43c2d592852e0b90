import { expect, it } from 'vitest';
import { INEXACT } from '../softfloat/environment.ts';
import { SSE_ADD, SSE_DIVIDE, SSE_MULTIPLY, SSE_SQUARE_ROOT, SSE_SUBTRACT } from '../softfloat/sse.ts';
import { SseEnvironment, sse32, sse64 } from '../softfloat/sse.ts';
import { MXCSR_DEFAULT, PLAIN_ALL, PLAIN_EXACT, PLAIN_NONE, plainFloat } from './mxcsr.ts';
import { isExact, quick32, quick64 } from './sse-quick.ts';

const OPERATIONS = [SSE_ADD, SSE_SUBTRACT, SSE_MULTIPLY, SSE_DIVIDE, SSE_SQUARE_ROOT];

/** Numbers of few bits, whose results are often exact, and of many. */
function sample(i: number): number {
  const few = ((i * 7919) % 64) - 20;
  return i % 3 === 0 ? few : i % 3 === 1 ? few / 8 : Math.sin(i) * 2 ** ((i % 97) - 48);
}

it('finds the same doubles and flags as exact arithmetic', () => {
  let exact = 0;
  const wrong: unknown[] = [];
  for (let i = 0; i < 3000; i++) {
    const operation = OPERATIONS[i % 5]!;
    const [a, b] = [new DataView(new ArrayBuffer(16)), new DataView(new ArrayBuffer(16))];
    a.setFloat64(0, sample(i), true);
    b.setFloat64(0, sample(i * 31 + 7), true);
    const env = new SseEnvironment().begin(MXCSR_DEFAULT);
    const wanted = sse64(env, operation, a.getBigUint64(0, true), b.getBigUint64(0, true));
    const [x, y] = [a.getFloat64(0, true), b.getFloat64(0, true)];
    const answer = quick64(operation, x, y);
    if (Number.isNaN(answer)) continue;
    const flags = isExact(operation, x, y, answer) ? 0 : INEXACT;
    a.setFloat64(0, answer, true);
    if (a.getBigUint64(0, true) !== wanted || flags !== env.exceptions) wrong.push([i, operation, wanted]);
    if (flags === 0) exact++;
  }
  expect(wrong).toEqual([]);
  expect(exact).toBeGreaterThan(500);
});

it('finds the same singles and flags as exact arithmetic', () => {
  let exact = 0;
  const wrong: unknown[] = [];
  for (let i = 0; i < 3000; i++) {
    const operation = OPERATIONS[i % 5]!;
    const [a, b] = [new DataView(new ArrayBuffer(16)), new DataView(new ArrayBuffer(16))];
    a.setFloat32(0, sample(i), true);
    b.setFloat32(0, sample(i * 31 + 7), true);
    const env = new SseEnvironment().begin(MXCSR_DEFAULT);
    const wanted = sse32(env, operation, a.getUint32(0, true), b.getUint32(0, true));
    const [x, y] = [a.getFloat32(0, true), b.getFloat32(0, true)];
    const answer = quick32(operation, x, y);
    if (Number.isNaN(answer)) continue;
    const flags = isExact(operation, x, y, answer) ? 0 : INEXACT;
    a.setFloat32(0, answer, true);
    if (a.getUint32(0, true) !== wanted || flags !== env.exceptions) wrong.push([i, operation, wanted]);
    if (flags === 0) exact++;
  }
  expect(wrong).toEqual([]);
  expect(exact).toBeGreaterThan(500);
});

it('tells translated code when it need not look at MXCSR', () => {
  expect(plainFloat(MXCSR_DEFAULT)).toBe(PLAIN_EXACT);
  expect(plainFloat(MXCSR_DEFAULT | 0x20)).toBe(PLAIN_ALL);
  expect(plainFloat(0x3fa0)).toBe(PLAIN_EXACT);
  expect(plainFloat(MXCSR_DEFAULT | 0x60)).toBe(PLAIN_NONE);
  expect(plainFloat((MXCSR_DEFAULT | 0x20) & ~0x100)).toBe(PLAIN_NONE);
});
