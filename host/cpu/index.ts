/** The processor's bundle: what the machine loads when the first x86-64 program runs, and the build step before. */
import { Decoder } from './decoder.ts';
import { buildInterpreter, firstFreeSlot } from './interpreter.ts';
import { REGION_SLOTS, X86Processor } from './processor.ts';
import { allRows } from './table/all.ts';

export interface CreateOptions {
  readonly memory: WebAssembly.Memory;
  /** A byte for each physical page of the memory, all 0. */
  readonly codePages: Uint8Array;
  /** What `interpreterModule` gave when the bundle was built; absent: it is made now. */
  readonly interpreter?: Uint8Array<ArrayBuffer>;
  /** Address spaces that keep their page maps at the same time; each takes 8 MiB of guest memory. */
  readonly spaces: number;
}

export function createProcessor(options: CreateOptions): X86Processor {
  return new X86Processor({ ...options, rows: allRows });
}

/** The interpreter as WebAssembly. */
export function interpreterModule(): Uint8Array<ArrayBuffer> {
  const { forms } = new Decoder(allRows);
  return buildInterpreter(forms, firstFreeSlot(forms) + REGION_SLOTS);
}
