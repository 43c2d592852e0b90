/** The 512 bytes of fxsave: x87, MMX and SSE state as programs see it (SDM volume 1, 10.5.1). */
import * as layout from '../../kernel/abi/cpu-context.ts';
import { updatePlainFloat } from './helpers/mxcsr.ts';

/** Bits of MXCSR that may be set. */
export const MXCSR_MASK = 0xffff;

/** Writes the image; what hardware leaves alone (the last 96 bytes) stays. `is64`: fxsave64's instruction pointers. */
export function storeFloatState(view: DataView, context: number, image: DataView, is64: boolean): void {
  const status = view.getUint16(context + layout.CPU_FSW, true);
  const top = (status >> 11) & 7;
  image.setUint16(0, view.getUint16(context + layout.CPU_FCW, true), true);
  image.setUint16(2, status, true);
  image.setUint16(4, view.getUint16(context + layout.CPU_FTW, true) & 0xff, true);
  image.setUint16(6, view.getUint16(context + layout.CPU_FOP, true), true);
  const fip = view.getBigUint64(context + layout.CPU_FIP, true);
  const fdp = view.getBigUint64(context + layout.CPU_FDP, true);
  image.setBigUint64(8, is64 ? fip : fip & 0xffff_ffffn, true);
  image.setBigUint64(16, is64 ? fdp : fdp & 0xffff_ffffn, true);
  image.setUint32(24, view.getUint32(context + layout.CPU_MXCSR, true), true);
  image.setUint32(28, MXCSR_MASK, true);
  for (let i = 0; i < 8; i++) {
    const from = context + layout.CPU_X87 + ((top + i) & 7) * 16;
    image.setBigUint64(32 + i * 16, view.getBigUint64(from, true), true);
    image.setBigUint64(40 + i * 16, BigInt(view.getUint16(from + 8, true)), true);
  }
  for (let i = 0; i < 256; i += 8)
    image.setBigUint64(160 + i, view.getBigUint64(context + layout.CPU_XMM + i, true), true);
}

/** Takes an image over. False, and nothing is changed: MXCSR has bits that it must not have (#GP). */
export function loadFloatState(view: DataView, context: number, image: DataView, is64: boolean): boolean {
  const mxcsr = image.getUint32(24, true);
  if ((mxcsr & ~MXCSR_MASK) !== 0) return false;
  const status = image.getUint16(2, true);
  const top = (status >> 11) & 7;
  view.setUint16(context + layout.CPU_FCW, (image.getUint16(0, true) & 0x1f7f) | 0x40, true);
  view.setUint16(context + layout.CPU_FSW, status, true);
  view.setUint16(context + layout.CPU_FTW, image.getUint8(4), true);
  view.setUint16(context + layout.CPU_FOP, image.getUint16(6, true) & 0x7ff, true);
  const pointer = (at: number): bigint =>
    is64 ? image.getBigUint64(at, true) : BigInt(image.getUint32(at, true));
  view.setBigUint64(context + layout.CPU_FIP, pointer(8), true);
  view.setBigUint64(context + layout.CPU_FDP, pointer(16), true);
  view.setUint32(context + layout.CPU_MXCSR, mxcsr, true);
  for (let i = 0; i < 8; i++) {
    const to = context + layout.CPU_X87 + ((top + i) & 7) * 16;
    view.setBigUint64(to, image.getBigUint64(32 + i * 16, true), true);
    view.setUint16(to + 8, image.getUint16(40 + i * 16, true), true);
  }
  for (let i = 0; i < 256; i += 8)
    view.setBigUint64(context + layout.CPU_XMM + i, image.getBigUint64(160 + i, true), true);
  updatePlainFloat({ view, context });
  return true;
}
