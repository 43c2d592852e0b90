/** The processor's bundle: what the machine loads when the first x86-64 program runs, and the build step before. */
import type { FormIndex } from './decoder.ts';
import { Decoder, indexForms } from './decoder.ts';
import { buildInterpreter, firstFreeSlot } from './interpreter.ts';
import { REGION_SLOTS, X86Processor } from './processor.ts';
import { allRows } from './table/all.ts';

export interface CreateOptions {
  readonly memory: WebAssembly.Memory;
  /** A byte for each physical page of the memory, all 0. */
  readonly codePages: Uint8Array;
  /** What `prepare` gave when the bundle was built; absent: it is made now. */
  readonly prepared?: Prepared;
  /** Address spaces that keep their page maps at the same time; each takes 8 MiB of guest memory. */
  readonly spaces: number;
  /** Pieces of 1 MiB for decoded code at most. */
  readonly arenas: number;
}

export function createProcessor(options: CreateOptions): X86Processor {
  const { prepared, ...rest } = options;
  return new X86Processor({ ...rest, ...prepared, rows: allRows });
}

/** What takes long to make and depends on the table alone. */
export interface Prepared {
  /** The interpreter as WebAssembly. */
  readonly interpreter: Uint8Array<ArrayBuffer>;
  readonly index: FormIndex;
}

export function prepare(): Prepared {
  const index = indexForms(allRows);
  const forms = new Decoder(allRows, index).allForms();
  return { interpreter: buildInterpreter(forms, firstFreeSlot(forms.length) + REGION_SLOTS), index };
}
