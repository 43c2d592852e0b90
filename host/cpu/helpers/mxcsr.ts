/**
 * MXCSR, the control and status register of SSE's arithmetic (Intel SDM vol. 1, 10.2.3), and what translated code is
 * told of it. WebAssembly rounds to nearest and reports no exceptions: CPU_PLAIN_FLOAT says when that is enough.
 *
 * Whoever writes CPU_MXCSR calls updatePlainFloat, or sets CPU_PLAIN_FLOAT to 0, which is always right: the first
 * instruction that then takes the long way sets it.
 */
import { CPU_MXCSR, CPU_PLAIN_FLOAT } from '../../../kernel/abi/cpu-context.ts';
import type { HelperState } from '../helper.ts';

export const MXCSR_DEFAULT = 0x1f80;
const PRECISION_FLAG = 0x20;
const DENORMALS_ARE_ZERO = 0x40;
const DENORMAL_MASK = 0x100;
const ALL_MASKS = 0x1f80;
const ROUNDING = 0x6000;
const FLUSH_TO_ZERO = 0x8000;

/** Every instruction must look at MXCSR. */
export const PLAIN_NONE = 0;
/** Results with no exception but inexact need no look. */
export const PLAIN_ALL = 1;
/** Only comparisons and other instructions that neither round nor are inexact need no look. */
export const PLAIN_EXACT = 2;

export function plainFloat(mxcsr: number): number {
  if ((mxcsr & DENORMALS_ARE_ZERO) !== 0 || (mxcsr & DENORMAL_MASK) === 0) return PLAIN_NONE;
  const isPlain =
    (mxcsr & ALL_MASKS) === ALL_MASKS &&
    (mxcsr & (ROUNDING | FLUSH_TO_ZERO)) === 0 &&
    (mxcsr & PRECISION_FLAG) !== 0;
  return isPlain ? PLAIN_ALL : PLAIN_EXACT;
}

/** Makes CPU_PLAIN_FLOAT fit CPU_MXCSR. */
export function updatePlainFloat({ view, context }: Pick<HelperState, 'view' | 'context'>): void {
  view.setUint32(context + CPU_PLAIN_FLOAT, plainFloat(view.getUint32(context + CPU_MXCSR, true)), true);
}

/** Adds exception flags to MXCSR. */
export function raiseFlags(state: Pick<HelperState, 'view' | 'context'>, flags: number): void {
  const at = state.context + CPU_MXCSR;
  state.view.setUint32(at, state.view.getUint32(at, true) | flags, true);
  updatePlainFloat(state);
}
