import { expect, it } from 'vitest';
import type { GuestPages } from '../../machine.ts';
import { CPU_MXCSR, CPU_RIP, CPU_XMM, TRAP_DEBUG } from '../../../kernel/abi/cpu-context.ts';
import { X86Processor } from '../processor.ts';
import { sseConvertRows } from './sse-convert.ts';

const PAGE = 4096;
const CONTEXT = PAGE;
const CODE = 2 * PAGE;
const RCPPS = [0x0f, 0x53, 0xc1];
const RSQRTPS = [0x0f, 0x52, 0xc1];

const memory = new WebAssembly.Memory({ initial: 512, maximum: 512, shared: true });
const bytes = new Uint8Array(memory.buffer);
const view = new DataView(memory.buffer);
const processor = new X86Processor({ memory, rows: sseConvertRows, spaces: 1, arenas: 1 });
let free = 16;
processor.start(
  {
    allocate: order => {
      const page = free;
      free += 1 << order;
      return page * PAGE;
    },
    free: () => undefined,
  },
  () => 0,
);
const pages: GuestPages = { translate: address => (address >>> 12 === 2 ? address : 0) };
const space = processor.createSpace(pages);

/** Executes one instruction on xmm0 and xmm1; xmm0's lanes. */
function run(code: readonly number[], lanes: readonly number[]): number[] {
  processor.reset(CONTEXT);
  bytes.set(code, CODE);
  processor.codeChanged(CODE / PAGE);
  view.setBigUint64(CONTEXT + CPU_RIP, BigInt(CODE), true);
  for (const [i, lane] of lanes.entries()) view.setFloat32(CONTEXT + CPU_XMM + 16 + 4 * i, lane, true);
  expect(processor.step(CONTEXT, space)).toBe(TRAP_DEBUG);
  expect(view.getUint32(CONTEXT + CPU_MXCSR, true)).toBe(0x1f80);
  return lanes.map((_, i) => view.getFloat32(CONTEXT + CPU_XMM + 4 * i, true));
}

it('approximates reciprocals and reciprocal roots to 1.5 × 2^−12', () => {
  for (let i = 0; i < 500; i++) {
    const lanes = [0, 1, 2, 3].map(lane =>
      Math.fround((1 + Math.abs(Math.sin(i * 4 + lane))) * 2 ** ((i % 200) - 100)),
    );
    for (const [k, value] of run(RCPPS, lanes).entries())
      expect(Math.abs(value * lanes[k]! - 1)).toBeLessThan(1.5 * 2 ** -12);
    for (const [k, value] of run(RSQRTPS, lanes).entries())
      expect(Math.abs(value * Math.sqrt(lanes[k]!) - 1)).toBeLessThan(1.5 * 2 ** -12);
  }
});

it('gives zeros, infinities and NaNs where the approximations have no number', () => {
  expect(run(RCPPS, [0, -0, Infinity, -Infinity])).toEqual([Infinity, -Infinity, 0, -0]);
  expect(run(RCPPS, [1e-40, -1e-40, 1.5 * 2 ** 126, NaN])).toEqual([Infinity, -Infinity, 0, NaN]);
  expect(run(RSQRTPS, [0, -0, Infinity, -1])).toEqual([Infinity, -Infinity, 0, NaN]);
  expect(run(RSQRTPS, [1e-40, -1e-40, 4, NaN])).toEqual([Infinity, -Infinity, 0.5, NaN]);
});
