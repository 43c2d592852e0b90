/**
 * Processor: runs x86-64 code. It decodes blocks, lets the interpreter run them, does in TypeScript what WebAssembly
 * cannot, and asks the kernel about memory (GuestPages). It knows no kernel: bytes in, bytes out.
 *
 * Everything in guest RAM that belongs to it (page maps, jump caches, records) is a cache and may be dropped at any
 * time; the truth is the context record and the guest's pages.
 */
import type { Processor, ProcessorMemory, ProcessorSpace, GuestPages } from '../machine.ts';
import type { CodePiece, CodeUnit } from './code-cache.ts';
import type { FormIndex } from './decoder.ts';
import type { Row } from './table/row.ts';
import * as layout from '../../kernel/abi/cpu-context.ts';
import * as access from './access.ts';
import { BlockDecoder } from './block-decoder.ts';
import { cpuid } from './cpuid.ts';
import { CodeCache } from './code-cache.ts';
import { DECODED, Decoder, Instruction, MAX_LENGTH } from './decoder.ts';
import { disassemble } from './disassembler.ts';
import { loadFloatState, storeFloatState } from './float-state.ts';
import { ARITHMETIC_FLAGS, FLAGS_EXPLICIT, computeFlags } from './flags.ts';
import { HelperCalls } from './helper-calls.ts';
import { buildInterpreter, firstFreeSlot } from './interpreter.ts';
import { NO_MEMORY } from './no-memory.ts';
import { ADDRESS_END, PAGE, Running } from './running.ts';
import { SlowAccess } from './slow-access.ts';
import { Space, Spaces } from './space.ts';
import { HOT_TURNS, Tiers } from './tiers.ts';

/** Flags that popf and the kernel may set beside the arithmetic ones: TF, DF, AC, ID. */
export const OTHER_FLAGS = 0x0024_0500;
/** Always set: bit 1, and IF. */
const FIXED_FLAGS = 0x202;
const MXCSR_INITIAL = 0x1f80;
const FCW_INITIAL = 0x37f;
/** Places of the table for translated regions. */
export const REGION_SLOTS = 8192;

type Enter = (context: number, record: number, slot: number) => number;

interface Options {
  readonly memory: WebAssembly.Memory;
  readonly rows: readonly Row[];
  /** Page-map slots at most. */
  readonly spaces?: number;
  /** Pieces of the record arena at most. */
  readonly arenas?: number;
  /** Turns after which code is translated; 0: the interpreter does everything. */
  readonly hotTurns?: number;
  /** Places for translated regions; no more than the interpreter has been built for. */
  readonly regionSlots?: number;
  readonly codePages?: Uint8Array;
  readonly interpreter?: Uint8Array<ArrayBuffer>;
  readonly index?: FormIndex;
}

export class X86Processor implements Processor {
  readonly decoder: Decoder;
  readonly cpuid = cpuid;
  readonly codePages: Uint8Array;
  readonly #options: Options;
  #enter: Enter = undefined as never;
  #running: Running = undefined as never;
  #spaces: Spaces = undefined as never;
  #code: CodeCache = undefined as never;
  #blocks: BlockDecoder = undefined as never;
  #helpers: HelperCalls = undefined as never;
  #tiers: Tiers = undefined as never;
  readonly #hotTurns: number;

  constructor(options: Options) {
    const { memory, rows, index, codePages, hotTurns = HOT_TURNS } = options;
    this.#options = options;
    this.#hotTurns = hotTurns;
    this.decoder = new Decoder(rows, index);
    this.codePages = codePages ?? new Uint8Array(memory.buffer.byteLength / PAGE);
  }

  start(provider: ProcessorMemory, tsc: () => number): void {
    const { memory, spaces = 4, arenas = 32, regionSlots = REGION_SLOTS, interpreter } = this.#options;
    const { decoder, codePages } = this;
    this.#spaces = new Spaces(provider, new Int32Array(memory.buffer), spaces);
    this.#code = new CodeCache(this.#spaces, codePages, region => this.#tiers.release(region.slot));
    const running = new Running(memory.buffer, this.#code);
    this.#running = running;
    this.#helpers = new HelperCalls(running, decoder, tsc);
    this.#blocks = new BlockDecoder(running, decoder, this.#code, provider, arenas, () =>
      this.#helpers.forgetAll(),
    );
    const slow = new SlowAccess(running, this.#spaces, codePages);
    const firstSlot = firstFreeSlot(decoder.formCount);
    const module = interpreter ?? buildInterpreter(decoder.allForms(), firstSlot + regionSlots);
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module), {
      m: {
        memory,
        slow: (_context: number, kind: number) => slow.slow(kind),
        commit: () => slow.commit(),
        help: (_context: number, record: number) => this.#helpers.help(record >>> 0),
      },
    });
    this.#enter = exports['enter'] as Enter;
    const table = exports['table'] as WebAssembly.Table;
    this.#tiers = new Tiers(memory, decoder, running, this.#spaces, this.#code, table, firstSlot);
  }

  reset(context: number): void {
    const { bytes, view } = this.#running;
    bytes.fill(0, context, context + layout.CONTEXT_BYTES);
    view.setUint32(context + layout.CPU_MXCSR, MXCSR_INITIAL, true);
    view.setUint16(context + layout.CPU_FCW, FCW_INITIAL, true);
    this.writeFlags(context, 0);
  }

  createSpace(pages: GuestPages): ProcessorSpace {
    return new Space(this.#spaces, pages);
  }

  run(context: number, space: ProcessorSpace, fuel: number): number {
    try {
      return this.#run(context, space as Space, fuel);
    } catch (error) {
      return withoutMemory(error);
    }
  }
  #run(context: number, space: Space, fuel: number): number {
    this.#activate(context, space, fuel);
    const { words } = this.#running;
    for (;;) {
      const entry = this.#entry();
      if (entry < 0) return words[(context + layout.CPU_TRAP) >>> 2]!;
      let answer = this.#enter(context, words[entry + 2]!, words[entry + 1]! >>> 16);
      if (answer === access.EXIT_INTERPRET) answer = this.#interpret();
      if (answer === access.EXIT_HOT) this.#tiers.heat(this.#running.rip);
      else if (answer < access.EXIT_LOOKUP) return this.#trapped(answer);
    }
  }

  /** Translates the code at these addresses at once, however often it was executed: for tests of the translator. */
  translate(context: number, space: ProcessorSpace, addresses: readonly number[]): void {
    this.#activate(context, space as Space, 0);
    this.#tiers.translate(addresses);
  }

  /** Runs the block at RIP by the interpreter, whatever the jump cache knows. */
  #interpret(): number {
    for (;;) {
      const block = this.#unit(false);
      if (block === undefined) return layout.TRAP_PAGE_FAULT;
      this.#spaces.noteExecuted(this.#running.slot, block);
      const answer = this.#enter(this.#running.context, block.record, block.slot);
      if (answer !== access.EXIT_INTERPRET) return answer;
    }
  }

  step(context: number, space: ProcessorSpace): number {
    try {
      return this.#step(context, space as Space);
    } catch (error) {
      return withoutMemory(error);
    }
  }
  #step(context: number, space: Space): number {
    this.#activate(context, space, 0);
    const physical = this.#running.fetch();
    const record = physical === 0 ? 0 : this.#blocks.decodeStep(this.#running.rip, physical);
    if (record === 0) return layout.TRAP_PAGE_FAULT;
    this.#helpers.forget(record);
    const answer = this.#enter(context, record, this.#running.words[record >>> 2]!);
    // Without fuel a jump ends in TRAP_INTERRUPT; what goes straight on finds the record that stops.
    const isDone = answer >= access.EXIT_LOOKUP || answer === layout.TRAP_INTERRUPT;
    return this.#trapped(isDone ? layout.TRAP_DEBUG : answer);
  }

  readFlags(context: number): number {
    const view = this.#running.view;
    const flags = computeFlags(
      view.getUint32(context + layout.CPU_FLAGS_KIND, true),
      view.getBigInt64(context + layout.CPU_FLAGS_A, true),
      view.getBigInt64(context + layout.CPU_FLAGS_B, true),
      view.getBigInt64(context + layout.CPU_FLAGS_RESULT, true),
    );
    return flags | (view.getUint32(context + layout.CPU_FLAGS_REST, true) & OTHER_FLAGS) | FIXED_FLAGS;
  }
  writeFlags(context: number, flags: number): void {
    const view = this.#running.view;
    view.setUint32(context + layout.CPU_FLAGS_KIND, FLAGS_EXPLICIT, true);
    view.setBigInt64(context + layout.CPU_FLAGS_RESULT, BigInt(flags & ARITHMETIC_FLAGS), true);
    view.setUint32(context + layout.CPU_FLAGS_REST, flags & OTHER_FLAGS, true);
  }
  saveFloat(context: number, into: Uint8Array): void {
    storeFloatState(
      this.#running.view,
      context,
      new DataView(into.buffer, into.byteOffset, into.byteLength),
      true,
    );
  }
  restoreFloat(context: number, from: Uint8Array): boolean {
    return loadFloatState(
      this.#running.view,
      context,
      new DataView(from.buffer, from.byteOffset, from.byteLength),
      true,
    );
  }

  describe(context: number, space: ProcessorSpace): string {
    const rip = Number(this.#running.view.getBigUint64(context + layout.CPU_RIP, true));
    const bytes = new Uint8Array(MAX_LENGTH);
    let available = 0;
    for (; available < MAX_LENGTH && rip + available < ADDRESS_END; available++) {
      const physical = (space as Space).pages.translate(rip + available, layout.ACCESS_EXECUTE);
      if (physical === 0) break;
      bytes[available] = this.#running.bytes[physical]!;
    }
    const instruction = new Instruction();
    const isKnown = this.decoder.decode(bytes, 0, available, rip, instruction) === DECODED;
    const shown = bytes.subarray(0, isKnown ? instruction.length : available);
    const hex = Array.from(shown, byte => byte.toString(16).padStart(2, '0')).join(' ');
    return isKnown ? `${hex}: ${disassemble(instruction)}` : `${hex}: (unknown)`;
  }

  codeChanged(page: number): void {
    this.#code.dropPage(page);
  }

  #activate(context: number, space: Space, fuel: number): void {
    const running = this.#running;
    const { words } = running;
    running.context = context;
    running.space = space;
    space.hasLostCode = false;
    running.slot = this.#spaces.activate(space);
    words[(context + layout.CPU_MAP) >>> 2] = running.slot.maps;
    words[(context + layout.CPU_JUMP_CACHE) >>> 2] = running.slot.jumps;
    words[(context + layout.CPU_FUEL) >>> 2] = fuel;
  }
  #trapped(trap: number): number {
    this.#running.words[(this.#running.context + layout.CPU_TRAP) >>> 2] = trap;
    return trap;
  }

  /** The jump cache's entry for RIP, made if need be; -1: the fetch trapped. */
  #entry(): number {
    const { rip, slot } = this.#running;
    const entry = Number.isNaN(rip) ? -1 : this.#spaces.findJump(slot, rip);
    if (entry >= 0) return entry;
    const unit = this.#unit(true);
    return unit === undefined ? -1 : this.#spaces.enterJump(slot, unit, unit.isRegion ? 0 : this.#hotTurns);
  }

  /** The code at RIP; a translated region only if it is wanted. Undefined: the fetch trapped. */
  #unit(isRegionWanted: boolean): CodeUnit | undefined {
    const physical = this.#running.fetch();
    if (physical === 0) return undefined;
    const { rip } = this.#running;
    return this.#code.find(rip, physical, isRegionWanted, this.#isSame) ?? this.#blocks.decode(rip, physical);
  }
  readonly #isSame = ({ virtualPage, physicalPage }: CodePiece): boolean =>
    this.#running.translate(virtualPage * PAGE, layout.ACCESS_EXECUTE) >>> 12 === physicalPage;
}

function withoutMemory(error: unknown): number {
  if (error === NO_MEMORY) return layout.TRAP_NO_MEMORY;
  throw error;
}
