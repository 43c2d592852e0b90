/**
 * Floating-point instructions of SSE done exactly, with all that MXCSR asks for: where translated code does not know
 * what to do (table/float-paths.ts). An exception that is not masked leaves its flags in MXCSR, and nothing else.
 */
import { CPU_MXCSR, TRAP_SIMD } from '../../../kernel/abi/cpu-context.ts';
import { CpuFault, type Helper, type HelperState } from '../helper.ts';
import { INEXACT } from '../softfloat/environment.ts';
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
import { isExact, isQuick, quick32, quick64 } from './sse-quick.ts';
import { firstOf, secondOf, setVector, zeros } from './vector-operands.ts';

const ARITHMETIC_FLAGS = 0x8d5;

/** An environment that knows whether JavaScript's arithmetic will do. */
class QuickEnvironment extends SseEnvironment {
  isPlain = false;

  override begin(mxcsr: number): this {
    this.isPlain = isQuick(mxcsr);
    return super.begin(mxcsr);
  }
}
const ENVIRONMENT = new QuickEnvironment();

/** The environment of an instruction; helpers do not nest. */
export function begin({ view, context }: HelperState): QuickEnvironment {
  return ENVIRONMENT.begin(view.getUint32(context + CPU_MXCSR, true));
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
  env: QuickEnvironment,
  operation: number,
  isSingle: boolean,
  into: DataView,
  lane: number,
  a: DataView,
  laneA: number,
  b: DataView,
  laneB: number,
): void {
  if (env.isPlain) {
    const x = isSingle ? a.getFloat32(laneA * 4, true) : a.getFloat64(laneA * 8, true);
    const y = isSingle ? b.getFloat32(laneB * 4, true) : b.getFloat64(laneB * 8, true);
    const answer = isSingle ? quick32(operation, x, y) : quick64(operation, x, y);
    if (!Number.isNaN(answer)) {
      if (!isExact(operation, x, y, answer)) env.flags |= INEXACT;
      if (isSingle) into.setFloat32(lane * 4, answer, true);
      else into.setFloat64(lane * 8, answer, true);
      env.endLane();
      return;
    }
  }
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
    const b = secondOf(state, from!);
    const a = firstOf(state, to!);
    const env = begin(state);
    for (let i = 0; i < lanes; i++) doLane(env, operation, single, a, i, a, i, b, i);
    finish(state, env);
    setVector(state, to!, a);
  };
}

export type LaneRule = 'add neighbours' | 'subtract neighbours' | 'alternate';

/** haddps, hsubpd, addsubps … */
export function helpNeighbours(shape: 'f32x4' | 'f64x2', rule: LaneRule): Helper {
  const single = isSingle(shape);
  const lanes = lanesOf(shape);
  const half = lanes / 2;
  return (state, { operands: [to, from] }) => {
    const b = secondOf(state, from!);
    const a = firstOf(state, to!);
    const result = zeros();
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
    setVector(state, to!, result);
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
    const b = secondOf(state, from!);
    const a = firstOf(state, to!);
    const control = imm!.value;
    const sums = zeros();
    let env = begin(state);
    for (let i = 0; i < lanes; i++) {
      if (((control >> (4 + i)) & 1) !== 0) doLane(env, SSE_MULTIPLY, single, sums, i, a, i, b, i);
    }
    env = nextStep(state, env);
    for (let i = 0; i < lanes; i += 2) doLane(env, SSE_ADD, single, sums, i, sums, i, sums, i + 1);
    env = nextStep(state, env);
    if (lanes === 4) doLane(env, SSE_ADD, single, sums, 0, sums, 0, sums, 2);
    finish(state, env);
    const words = 4 / lanes;
    for (let i = 0; i < 4; i++) {
      const isNamed = ((control >> Math.floor(i / words)) & 1) !== 0;
      a.setInt32(4 * i, isNamed ? sums.getInt32(4 * (i % words)) : 0);
    }
    setVector(state, to!, a);
  };
}

/** The exceptions of a step stay noted, whatever the next one traps with. */
function nextStep(state: HelperState, env: SseEnvironment): QuickEnvironment {
  finish(state, env);
  return begin(state);
}

/** cmpps …: the predicate is the immediate's low three bits. */
export function helpCompare(shape: Shape): Helper {
  const single = isSingle(shape);
  const lanes = lanesOf(shape);
  return (state, { operands: [to, from, imm] }) => {
    const b = secondOf(state, from!);
    const a = firstOf(state, to!);
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
    setVector(state, to!, a);
  };
}

/** ucomiss, comisd … */
export function helpCompareFlags(shape: Shape, isQuiet: boolean): Helper {
  const single = isSingle(shape);
  const invalidFrom = isQuiet ? QUIET : SIGNALLING;
  return (state, { operands: [first, second] }) => {
    const b = secondOf(state, second!);
    const a = firstOf(state, first!);
    const env = begin(state);
    const x = single ? operand32(env, a.getUint32(0, true)) : operand64(env, a.getBigUint64(0, true));
    const y = single ? operand32(env, b.getUint32(0, true)) : operand64(env, b.getBigUint64(0, true));
    const flags = compareFlags(env, x, y, invalidFrom);
    finish(state, env);
    state.writeFlags((state.readFlags() & ~ARITHMETIC_FLAGS) | flags);
  };
}
