/**
 * Floating-point instructions of SSE done exactly, with all that MXCSR asks for: where translated code does not know
 * what to do (table/float-paths.ts). An exception that is not masked leaves its flags in MXCSR, and nothing else.
 */
import { CPU_MXCSR, TRAP_SIMD } from '../../../kernel/abi/cpu-context.ts';
import { CpuFault, type Helper, type HelperState } from '../helper.ts';
import { QUIET, SIGNALLING } from '../softfloat/compare.ts';
import {
  SSE_ADD,
  SSE_MULTIPLY,
  SSE_SUBTRACT,
  SseEnvironment,
  compareFlags,
  holds,
  operand32,
  operand64,
  sse32,
  sse64,
} from '../softfloat/sse.ts';
import type { Shape } from '../table/float-paths.ts';
import { raiseFlags } from './mxcsr.ts';
import { isQuick, quick32, quick64 } from './sse-quick.ts';
import { setBytes, viewOf } from './vector-operands.ts';

const ARITHMETIC_FLAGS = 0x8d5;

export function begin({ view, context }: HelperState): SseEnvironment {
  return new SseEnvironment().begin(view.getUint32(context + CPU_MXCSR, true));
}

/** Notes the exceptions; throws if one is not masked. After it the destination is written. */
export function finish(state: HelperState, env: SseEnvironment): void {
  raiseFlags(state, env.exceptions);
  if (env.isTrapped) throw new CpuFault(TRAP_SIMD);
}

export function isSingle(shape: Shape): boolean {
  return shape === 'f32' || shape === 'f32x4';
}
function lanesOf(shape: Shape): number {
  return shape === 'f32x4' ? 4 : shape === 'f64x2' ? 2 : 1;
}

/** One lane: into[lane] = a[laneA] OP b[laneB]. */
function doLane(
  env: SseEnvironment,
  operation: number,
  isSingle: boolean,
  into: DataView,
  lane: number,
  a: DataView,
  laneA: number,
  b: DataView,
  laneB: number,
): void {
  if (isSingle) {
    const x = a.getUint32(laneA * 4, true);
    const y = b.getUint32(laneB * 4, true);
    into.setUint32(lane * 4, sse32(env, operation, x, y), true);
  } else {
    const x = a.getBigUint64(laneA * 8, true);
    const y = b.getBigUint64(laneB * 8, true);
    into.setBigUint64(lane * 8, sse64(env, operation, x, y), true);
  }
  env.endLane();
}

/** addps, sqrtsd …: `operation` is SSE_ADD … SSE_SQUARE_ROOT. */
export function helpArithmetic(operation: number, shape: Shape): Helper {
  const single = isSingle(shape);
  const lanes = lanesOf(shape);
  return (state, { operands: [to, from] }) => {
    const b = viewOf(state, from!);
    const a = viewOf(state, to!);
    const mxcsr = state.view.getUint32(state.context + CPU_MXCSR, true);
    if (lanes === 1 && isQuick(mxcsr)) {
      const flags = single ? quick32(operation, a, b) : quick64(operation, a, b);
      if (flags >= 0) {
        raiseFlags(state, flags);
        setBytes(state, to!, new Uint8Array(a.buffer));
        return;
      }
    }
    const env = begin(state);
    for (let i = 0; i < lanes; i++) doLane(env, operation, single, a, i, a, i, b, i);
    finish(state, env);
    setBytes(state, to!, new Uint8Array(a.buffer));
  };
}

export type LaneRule = 'add neighbours' | 'subtract neighbours' | 'alternate';

/** haddps, hsubpd, addsubps … */
export function helpNeighbours(shape: 'f32x4' | 'f64x2', rule: LaneRule): Helper {
  const single = isSingle(shape);
  const lanes = lanesOf(shape);
  const half = lanes / 2;
  return (state, { operands: [to, from] }) => {
    const b = viewOf(state, from!);
    const a = viewOf(state, to!);
    const result = new DataView(new ArrayBuffer(16));
    const env = begin(state);
    for (let i = 0; i < lanes; i++) {
      if (rule === 'alternate') {
        doLane(env, i % 2 === 0 ? SSE_SUBTRACT : SSE_ADD, single, result, i, a, i, b, i);
        continue;
      }
      const from = i < half ? a : b;
      const first = (i % half) * 2;
      const operation = rule === 'add neighbours' ? SSE_ADD : SSE_SUBTRACT;
      doLane(env, operation, single, result, i, from, first, from, first + 1);
    }
    finish(state, env);
    setBytes(state, to!, new Uint8Array(result.buffer));
  };
}

/**
 * dpps, dppd: products of the lanes that bits 4 to 7 of the immediate name, summed up pair by pair, to the lanes that
 * bits 0 to 3 name.
 */
export function helpDotProduct(shape: 'f32x4' | 'f64x2'): Helper {
  const single = isSingle(shape);
  const lanes = lanesOf(shape);
  return (state, { operands: [to, from, imm] }) => {
    const b = viewOf(state, from!);
    const a = viewOf(state, to!);
    const control = imm!.value;
    const sums = new DataView(new ArrayBuffer(16));
    const env = begin(state);
    for (let i = 0; i < lanes; i++) {
      if (((control >> (4 + i)) & 1) !== 0) doLane(env, SSE_MULTIPLY, single, sums, i, a, i, b, i);
    }
    stopIfTrapped(state, env);
    for (let i = 0; i < lanes; i += 2) doLane(env, SSE_ADD, single, sums, i, sums, i, sums, i + 1);
    stopIfTrapped(state, env);
    if (lanes === 4) doLane(env, SSE_ADD, single, sums, 0, sums, 0, sums, 2);
    finish(state, env);
    const size = 16 / lanes;
    const result = new Uint8Array(16);
    for (let i = 0; i < lanes; i++) {
      if (((control >> i) & 1) !== 0) result.set(new Uint8Array(sums.buffer, 0, size), i * size);
    }
    setBytes(state, to!, result);
  };
}

function stopIfTrapped(state: HelperState, env: SseEnvironment): void {
  if (env.isTrapped) finish(state, env);
}

/** cmpps …: the predicate is the immediate's low three bits. */
export function helpCompare(shape: Shape): Helper {
  const single = isSingle(shape);
  const lanes = lanesOf(shape);
  return (state, { operands: [to, from, imm] }) => {
    const b = viewOf(state, from!);
    const a = viewOf(state, to!);
    const predicate = imm!.value & 7;
    const env = begin(state);
    for (let i = 0; i < lanes; i++) {
      if (single) {
        const x = operand32(env, a.getUint32(4 * i, true));
        const y = operand32(env, b.getUint32(4 * i, true));
        a.setInt32(4 * i, holds(env, predicate, x, y) ? -1 : 0, true);
      } else {
        const x = operand64(env, a.getBigUint64(8 * i, true));
        const y = operand64(env, b.getBigUint64(8 * i, true));
        a.setBigInt64(8 * i, holds(env, predicate, x, y) ? -1n : 0n, true);
      }
      env.endLane();
    }
    finish(state, env);
    setBytes(state, to!, new Uint8Array(a.buffer));
  };
}

/** ucomiss, comisd … */
export function helpCompareFlags(shape: Shape, isQuiet: boolean): Helper {
  const single = isSingle(shape);
  const invalidFrom = isQuiet ? QUIET : SIGNALLING;
  return (state, { operands: [first, second] }) => {
    const b = viewOf(state, second!);
    const a = viewOf(state, first!);
    const env = begin(state);
    const x = single ? operand32(env, a.getUint32(0, true)) : operand64(env, a.getBigUint64(0, true));
    const y = single ? operand32(env, b.getUint32(0, true)) : operand64(env, b.getBigUint64(0, true));
    const flags = compareFlags(env, x, y, invalidFrom);
    finish(state, env);
    state.writeFlags((state.readFlags() & ~ARITHMETIC_FLAGS) | flags);
  };
}
