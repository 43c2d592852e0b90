/** SSE's conversions done exactly, with all that MXCSR asks for. */
import type { Helper } from '../helper.ts';
import {
  integerTo32,
  integerTo64,
  narrow,
  operand32,
  operand64,
  roundToIntegral,
  toInteger,
  widen,
  type SseEnvironment,
} from '../softfloat/sse.ts';
import type { Shape } from '../table/float-paths.ts';
import { pack32, pack64 } from '../softfloat/pack.ts';
import { begin, finish, isSingle } from './sse-arithmetic.ts';
import { checkMmx, enterMmx, secondOf, setMmx, setVector, zeros } from './vector-operands.ts';

/** cvtsi2ss, cvtsi2sd */
export function helpFromInteger(isSingle: boolean): Helper {
  return (state, { operands: [to, from] }) => {
    const value = BigInt.asIntN(from!.width, state.get(from!));
    const env = begin(state);
    const result = zeros();
    if (isSingle) result.setUint32(0, integerTo32(env, value), true);
    else result.setBigUint64(0, integerTo64(env, value), true);
    finish(state, env);
    setVector(state, to!, result, isSingle ? 4 : 8);
  };
}

/** cvtss2si, cvttsd2si … */
export function helpToInteger(isSingle: boolean, isTruncating: boolean): Helper {
  return (state, { operands: [to, from] }) => {
    const view = secondOf(state, from!);
    const env = begin(state);
    const value = isSingle
      ? operand32(env, view.getUint32(0, true))
      : operand64(env, view.getBigUint64(0, true));
    const width = to!.width === 64 ? 64 : 32;
    const result = toInteger(env, value, width, isTruncating);
    finish(state, env);
    state.set(to!, BigInt.asUintN(width, result));
  };
}

/** A lane to a 32-bit integer. */
function laneToInteger(
  env: SseEnvironment,
  isSingle: boolean,
  from: DataView,
  lane: number,
  isTruncating: boolean,
): number {
  const value = isSingle
    ? operand32(env, from.getUint32(4 * lane, true))
    : operand64(env, from.getBigUint64(8 * lane, true));
  const result = Number(toInteger(env, value, 32, isTruncating));
  env.endLane();
  return result;
}

/** cvtps2dq, cvttpd2dq …; of doubles two, and zeros above. */
export function helpToIntegers(shape: 'f32x4' | 'f64x2', isTruncating: boolean): Helper {
  const single = isSingle(shape);
  return (state, { operands: [to, from] }) => {
    const view = secondOf(state, from!);
    const env = begin(state);
    const result = zeros();
    for (let i = 0; i < (single ? 4 : 2); i++)
      result.setInt32(4 * i, laneToInteger(env, single, view, i, isTruncating), true);
    finish(state, env);
    setVector(state, to!, result);
  };
}

/** cvtdq2ps */
export const helpFromIntegers: Helper = (state, { operands: [to, from] }) => {
  const view = secondOf(state, from!);
  const env = begin(state);
  const result = zeros();
  for (let i = 0; i < 4; i++) {
    result.setUint32(4 * i, integerTo32(env, BigInt(view.getInt32(4 * i, true))), true);
    env.endLane();
  }
  finish(state, env);
  setVector(state, to!, result);
};

/** cvtss2sd (one lane), cvtps2pd (two) */
export function helpWiden(lanes: number): Helper {
  return (state, { operands: [to, from] }) => {
    const view = secondOf(state, from!);
    const env = begin(state);
    const result = zeros();
    for (let i = 0; i < lanes; i++) {
      result.setBigUint64(8 * i, widen(env, view.getUint32(4 * i, true)), true);
      env.endLane();
    }
    finish(state, env);
    setVector(state, to!, result, 8 * lanes);
  };
}

/** cvtsd2ss (one lane), cvtpd2ps (two, and zeros above) */
export function helpNarrow(lanes: number): Helper {
  return (state, { operands: [to, from] }) => {
    const view = secondOf(state, from!);
    const env = begin(state);
    const result = zeros();
    for (let i = 0; i < lanes; i++) {
      result.setUint32(4 * i, narrow(env, view.getBigUint64(8 * i, true)), true);
      env.endLane();
    }
    finish(state, env);
    setVector(state, to!, result, lanes === 1 ? 4 : 16);
  };
}

/** roundps, roundsd … */
export function helpRound(shape: Shape): Helper {
  const single = isSingle(shape);
  const lanes = shape === 'f32x4' ? 4 : shape === 'f64x2' ? 2 : 1;
  return (state, { operands: [to, from, imm] }) => {
    const view = secondOf(state, from!);
    const env = begin(state);
    const result = zeros();
    const control = imm!.value & 15;
    for (let i = 0; i < lanes; i++) {
      const value = single
        ? operand32(env, view.getUint32(4 * i, true))
        : operand64(env, view.getBigUint64(8 * i, true));
      const rounded = roundToIntegral(env, value, control);
      if (rounded !== undefined && single) result.setUint32(4 * i, pack32(rounded), true);
      else if (rounded !== undefined) result.setBigUint64(8 * i, pack64(rounded), true);
      env.endLane();
    }
    finish(state, env);
    setVector(state, to!, result, lanes * (single ? 4 : 8));
  };
}

/** cvtpi2ps, cvttpd2pi …: by the name. */
export function helpMmx(name: string): Helper {
  const isFromMmx = name.startsWith('cvtpi');
  const isSingle = name.includes('ps');
  const isTruncating = name.startsWith('cvtt');
  return (state, { operands: [to, from] }) => {
    // x86: Intel's cvtpi2ps touches the x87 state even if it has its integers from memory; AMD's does not.
    const isMmx = !isFromMmx || from!.kind === 'mmx';
    if (isMmx) checkMmx(state);
    const view = secondOf(state, from!);
    if (isMmx) enterMmx(state);
    const env = begin(state);
    if (isFromMmx) {
      const result = zeros();
      for (let i = 0; i < 2; i++) {
        const value = BigInt(view.getInt32(4 * i, true));
        if (isSingle) result.setUint32(4 * i, integerTo32(env, value), true);
        else result.setBigUint64(8 * i, integerTo64(env, value), true);
        env.endLane();
      }
      finish(state, env);
      setVector(state, to!, result, isSingle ? 8 : 16);
      return;
    }
    const result = zeros();
    for (let i = 0; i < 2; i++)
      result.setInt32(4 * i, laneToInteger(env, isSingle, view, i, isTruncating), true);
    finish(state, env);
    setMmx(state, to!, result);
  };
}
