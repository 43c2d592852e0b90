/**
 * The processor for x86-64 code, loaded when the first program needs it: its bundle and its interpreter are larger
 * than the kernel, and a guest that runs native programs only shall not wait for them.
 */
import type { CreateOptions } from './cpu/index.ts';
import { cpuid } from './cpu/cpuid.ts';
import type { GuestPages, PhysicalWindow, Processor, ProcessorMemory, ProcessorSpace } from './machine.ts';

/** The processor's bundle, and what its build prepared: see host/cpu/index.ts. */
export interface ProcessorParts {
  readonly create: (options: CreateOptions) => Processor;
  readonly prepared: NonNullable<CreateOptions['prepared']>;
}

const PAGE_SIZE = 4096;
/** Page maps take at most this part of guest memory. */
const MAP_SHARE = 16;
const MAP_BYTES = 8 << 20;
const MAX_SPACES = 24;
/** Decoded code takes at most this part. */
const CODE_SHARE = 16;
const ARENA_BYTES = 1 << 20;
const MAX_ARENAS = 32;

export class LazyProcessor implements Processor {
  readonly cpuid = cpuid;
  readonly codePages: Uint8Array;
  readonly #memory: WebAssembly.Memory;
  readonly #windowBytes: number;
  readonly #loadParts: () => ProcessorParts;
  #provider: ProcessorMemory | undefined;
  #tsc: (() => number) | undefined;
  #loaded: Processor | undefined;

  /** `memory` is all that the code can address; the kernel's window, a part of it, decides what the tables may take. */
  constructor(memory: WebAssembly.Memory, window: PhysicalWindow, loadParts: () => ProcessorParts) {
    this.#memory = memory;
    this.#windowBytes = window.length;
    this.#loadParts = loadParts;
    this.codePages = new Uint8Array(memory.buffer.byteLength / PAGE_SIZE);
  }

  start(memory: ProcessorMemory, tsc: () => number): void {
    this.#provider = memory;
    this.#tsc = tsc;
  }
  get #processor(): Processor {
    return (this.#loaded ??= this.#load());
  }
  #load(): Processor {
    const { create, prepared } = this.#loadParts();
    const spaces = Math.floor(this.#windowBytes / MAP_SHARE / MAP_BYTES);
    const arenas = Math.floor(this.#windowBytes / CODE_SHARE / ARENA_BYTES);
    const processor = create({
      memory: this.#memory,
      codePages: this.codePages,
      prepared,
      spaces: Math.max(1, Math.min(MAX_SPACES, spaces)),
      arenas: Math.max(1, Math.min(MAX_ARENAS, arenas)),
    });
    processor.start(this.#provider!, this.#tsc!);
    return processor;
  }

  reset(context: number): void {
    this.#processor.reset(context);
  }
  createSpace(pages: GuestPages): ProcessorSpace {
    return this.#processor.createSpace(pages);
  }
  run(context: number, space: ProcessorSpace, fuel: number): number {
    return this.#loaded!.run(context, space, fuel);
  }
  step(context: number, space: ProcessorSpace): number {
    return this.#loaded!.step(context, space);
  }
  readFlags(context: number): number {
    return this.#processor.readFlags(context);
  }
  writeFlags(context: number, flags: number): void {
    this.#processor.writeFlags(context, flags);
  }
  saveFloat(context: number, into: Uint8Array): void {
    this.#processor.saveFloat(context, into);
  }
  restoreFloat(context: number, from: Uint8Array): boolean {
    return this.#processor.restoreFloat(context, from);
  }
  describe(context: number, space: ProcessorSpace): string {
    return this.#processor.describe(context, space);
  }
  codeChanged(page: number): void {
    this.#loaded?.codeChanged(page);
  }
}
