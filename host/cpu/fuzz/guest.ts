/** Runs blocks on our processor: the counterpart of native.c. */
import type { GuestPages, ProcessorSpace } from '../../machine.ts';
import type { Row } from '../table/row.ts';
import type { Layout } from './layout.ts';
import * as record from '../../../kernel/abi/cpu-context.ts';
import { X86Processor } from '../processor.ts';
import { PAGE } from './layout.ts';
import * as state from './state.ts';

const MEMORY_PAGES = 2048;
const WASM_PAGE = 65_536;
/** Blocks that a test may run before it counts as hung: more than the mapped bytes, for repeated instructions. */
const FUEL = 3_000_000;
const MOST_STEPS = 600_000;
const LINE = 64;
const CRASHED = -1;

/** What a block did: its state, and the lines of data that it changed. */
export interface Outcome {
  readonly state: state.State;
  readonly changes: ReadonlyMap<number, Uint8Array>;
  /** The processor threw an exception of its own. */
  readonly crash?: string;
}

/** The interpreter, the translator, or the interpreter with a stop after each instruction. */
export type Tier = 0 | 1 | 'step';

interface Batch {
  readonly layout: Layout;
  readonly space: ProcessorSpace;
  readonly code: number;
  readonly data: number;
}

const EXCEPTIONS: Readonly<Record<number, number>> = {
  [record.TRAP_PAGE_FAULT]: state.EXCEPTION_PAGE_FAULT,
  [record.TRAP_DIVIDE]: state.EXCEPTION_DIVIDE,
  [record.TRAP_DEBUG]: state.EXCEPTION_DEBUG,
  [record.TRAP_BREAKPOINT]: state.EXCEPTION_BREAKPOINT,
  [record.TRAP_INVALID_OPCODE]: state.EXCEPTION_INVALID_OPCODE,
  [record.TRAP_PROTECTION]: state.EXCEPTION_PROTECTION,
  [record.TRAP_X87]: state.EXCEPTION_X87,
  [record.TRAP_SIMD]: state.EXCEPTION_SIMD,
  [record.TRAP_INTERRUPT]: state.HUNG,
};

export class GuestRunner {
  readonly tier: Tier;
  readonly processor: X86Processor;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #context: number;
  /** By address of the code. */
  readonly #batches = new Map<number, Batch>();
  #batch: Batch = undefined as never;
  #image = new Uint8Array(0);
  #data: Buffer = undefined as never;
  #free = PAGE;
  #runs = 0;

  /** With tier 1 the code is translated, as far as it can be, before it runs. */
  constructor(rows: readonly Row[], tier: Tier) {
    this.tier = tier;
    const memory = new WebAssembly.Memory({
      initial: (MEMORY_PAGES * 16 * PAGE) / WASM_PAGE,
      maximum: (MEMORY_PAGES * 16 * PAGE) / WASM_PAGE,
      shared: true,
    });
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.processor = new X86Processor({ memory, rows, spaces: 4, arenas: 8, hotTurns: 0 });
    const free: number[][] = [];
    this.processor.start(
      {
        allocate: order => free[order]?.pop() ?? this.#allocate(1 << order),
        free: (at, order) => void (free[order] ??= []).push(at),
      },
      () => 1,
    );
    this.#context = this.#allocate(1);
  }

  /** Makes code and data be what the next blocks find. `entries`: addresses at which code may be translated. */
  begin(layout: Layout, code: Uint8Array, image: Uint8Array<ArrayBuffer>, entries: readonly number[]): void {
    let batch = this.#batches.get(layout.code);
    if (batch === undefined) {
      const [code, data] = [this.#allocate(layout.codeBytes / PAGE), this.#allocate(layout.dataBytes / PAGE)];
      const pages: GuestPages = {
        translate: (address, access) => translate(layout, code, data, address, access),
      };
      batch = { layout, code, data, space: this.processor.createSpace(pages) };
      this.#batches.set(layout.code, batch);
    }
    this.#batch = batch;
    this.#bytes.set(code, batch.code);
    for (let page = batch.code / PAGE; page < (batch.code + layout.codeBytes) / PAGE; page++)
      if (this.processor.codePages[page] !== 0) this.processor.codeChanged(page);
    if (this.tier === 1) this.processor.translate(this.#context, batch.space, entries);
    this.#image = image;
    this.#bytes.set(image, batch.data);
    this.#data = Buffer.from(this.#bytes.buffer, batch.data, layout.dataBytes);
  }

  run(before: state.State): Outcome {
    const { processor } = this;
    const context = this.#context;
    const view = this.#view;
    const after = new state.State();
    processor.reset(context);
    this.#bytes.set(before.bytes.subarray(state.STATE_GPR, state.STATE_GPR + 128), context + record.CPU_GPR);
    view.setBigUint64(context + record.CPU_RIP, before.rip, true);
    view.setBigUint64(context + record.CPU_FS_BASE, before.fsBase, true);
    view.setBigUint64(context + record.CPU_GS_BASE, before.gsBase, true);
    processor.writeFlags(context, before.flags);
    if (!processor.restoreFloat(context, before.floating)) throw new Error('MXCSR is not valid');
    // Some blocks find no translation of an address, as after a fork or a munmap.
    const { layout, space } = this.#batch;
    if (this.#runs++ % 8 === 0) space.invalidate(layout.data / PAGE, (layout.data + layout.dataBytes) / PAGE);
    let trap: number;
    let crash: string | undefined;
    try {
      trap = this.tier === 'step' ? this.#step() : processor.run(context, this.#batch.space, FUEL);
    } catch (error) {
      trap = CRASHED;
      crash = error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    after.bytes.set(
      this.#bytes.subarray(context + record.CPU_GPR, context + record.CPU_GPR + 128),
      state.STATE_GPR,
    );
    after.rip = view.getBigUint64(context + record.CPU_RIP, true);
    after.flags = processor.readFlags(context) & (state.ARITHMETIC_FLAGS | state.FLAG_DF);
    after.fsBase = view.getBigUint64(context + record.CPU_FS_BASE, true);
    after.gsBase = view.getBigUint64(context + record.CPU_GS_BASE, true);
    after.trap = EXCEPTIONS[trap] ?? 1000 + trap;
    if (trap === record.TRAP_PAGE_FAULT)
      after.address = view.getBigUint64(context + record.CPU_FAULT_ADDRESS, true);
    processor.saveFloat(context, after.floating);
    return { state: after, changes: this.#takeChanges(), ...(crash !== undefined && { crash }) };
  }

  #step(): number {
    for (let steps = 0; steps < MOST_STEPS; steps++) {
      const trap = this.processor.step(this.#context, this.#batch.space);
      if (trap !== record.TRAP_DEBUG) return trap;
    }
    return record.TRAP_INTERRUPT;
  }

  #takeChanges(): ReadonlyMap<number, Uint8Array> {
    const changes = new Map<number, Uint8Array>();
    const image = this.#image;
    const data = this.#data;
    if (data.compare(image) === 0) return changes;
    for (let page = 0; page < data.length; page += PAGE) {
      if (data.compare(image, page, page + PAGE, page, page + PAGE) === 0) continue;
      for (let at = page; at < page + PAGE; at += LINE)
        if (data.compare(image, at, at + LINE, at, at + LINE) !== 0)
          changes.set(at / LINE, Uint8Array.from(data.subarray(at, at + LINE)));
    }
    data.set(image);
    return changes;
  }

  #allocate(pages: number): number {
    const at = this.#free;
    this.#free += pages * PAGE;
    if (this.#free > this.#bytes.length) throw new Error('out of memory');
    return at;
  }
}

function translate(layout: Layout, code: number, data: number, address: number, access: number): number {
  const inData = address - layout.data;
  if (inData >= 0 && inData < layout.dataBytes) {
    if (access === record.ACCESS_EXECUTE) return 0;
    if (access === record.ACCESS_WRITE && inData >= layout.dataBytes - layout.readOnlyBytes) return 0;
    return data + inData;
  }
  const inCode = address - layout.code;
  const isAllowed = access !== record.ACCESS_WRITE || layout.isCodeWritable;
  return inCode >= 0 && inCode < layout.codeBytes && isAllowed ? code + inCode : 0;
}
