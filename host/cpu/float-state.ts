/** The 512 bytes of fxsave as the kernel sees them: x87, MMX and SSE state of a context (x87/image.ts). */
import { updatePlainFloat } from './helpers/mxcsr.ts';
import { fxrstor, fxsave } from './x87/image.ts';

/** Writes the image; what hardware leaves alone (the last 96 bytes) stays. `is64`: fxsave64's instruction pointers. */
export function storeFloatState(view: DataView, context: number, image: DataView, is64: boolean): void {
  fxsave(view, context, image, is64);
}

/** Takes an image over. False, and nothing is changed: MXCSR has bits that it must not have (#GP). */
export function loadFloatState(view: DataView, context: number, image: DataView, is64: boolean): boolean {
  if (!fxrstor(view, context, image, is64)) return false;
  updatePlainFloat({ view, context });
  return true;
}
