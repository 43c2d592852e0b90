/**
 * Processor: runs x86-64 code. It decodes blocks, lets the interpreter run them, does in TypeScript what WebAssembly
 * cannot, and asks the kernel about memory (GuestPages). It knows no kernel: bytes in, bytes out.
 *
 * Everything in guest RAM that belongs to it (page maps, jump caches, records) is a cache and may be dropped at any
 * time; the truth is the context record and the guest's pages.
 */
import type { Processor, ProcessorMemory, ProcessorSpace, GuestPages } from '../machine.ts';
import type { Form } from './form.ts';
import type { CodePiece, CodeUnit } from './code-cache.ts';
import type { HelperInstruction, HelperOperand } from './helper.ts';
import type { Row } from './table/row.ts';
import type { Slot } from './space.ts';
import * as layout from '../../kernel/abi/cpu-context.ts';
import * as access from './access.ts';
import { CodeCache } from './code-cache.ts';
import type { FormIndex } from './decoder.ts';
import { DECODED, Decoder, Instruction, MAX_LENGTH, SHORT, TOO_LONG } from './decoder.ts';
import { disassemble } from './disassembler.ts';
import { loadFloatState, storeFloatState } from './float-state.ts';
import { ARITHMETIC_FLAGS, FLAGS_EXPLICIT, computeFlags } from './flags.ts';
import { CpuFault } from './helper.ts';
import { ContextState } from './context-state.ts';
import {
  SLOT_GOTO,
  SLOT_STOP,
  SLOT_TOO_LONG,
  SLOT_UNKNOWN,
  buildInterpreter,
  firstFreeSlot,
  slotOf,
} from './interpreter.ts';
import type { Region } from './region.ts';
import { Space, Spaces } from './space.ts';
import { HOT_TURNS, Tiers, URGENT_TURNS, type CompiledRegion } from './tiers.ts';

const PAGE = 4096;
/** fpu tsc cx8 cmov clflush mmx fxsr sse sse2 */
const HWCAP = 0x0788_8111;
/** Flags that popf and the kernel may set beside the arithmetic ones: TF, DF, AC, ID. */
export const OTHER_FLAGS = 0x0024_0500;
/** Always set: bit 1, and IF. */
const FIXED_FLAGS = 0x202;
const MXCSR_INITIAL = 0x1f80;
const FCW_INITIAL = 0x37f;
/** A block has at most so many instructions. */
const MAX_BLOCK = 64;
/** Records are kept in pieces of 1 MiB; all code is forgotten when there are so many. */
const ARENA_ORDER = 8;
const ARENA_BYTES = PAGE << ARENA_ORDER;
/** Read accesses that are staged lie in the three upper quarters of CPU_BOUNCE in turn. */
const BOUNCE_QUARTER = 16;
const MODIFY = 1 << 16;

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
  /** False: the interpreter does everything. */
  readonly isTranslating?: boolean;
  readonly codePages?: Uint8Array;
  readonly interpreter?: Uint8Array<ArrayBuffer>;
  readonly index?: FormIndex;
}

export class X86Processor implements Processor {
  readonly decoder: Decoder;
  /** CPUID leaf 1, EDX. */
  readonly hwcap = HWCAP;
  readonly #memory: WebAssembly.Memory;
  readonly #bytes: Uint8Array;
  readonly #words: Int32Array;
  readonly #view: DataView;
  readonly #maxSpaces: number;
  readonly #maxArenas: number;
  #provider: ProcessorMemory = undefined as never;
  #tsc: () => number = () => 0;
  #enter: Enter = undefined as never;
  #spaces: Spaces = undefined as never;
  #code: CodeCache = undefined as never;
  #tiers: Tiers = undefined as never;
  #table: WebAssembly.Table = undefined as never;
  /** Places of the table without a region. */
  readonly #freeSlots: number[] = [];
  readonly #isTranslating: boolean;
  #state: ContextState = undefined as never;
  readonly codePages: Uint8Array;
  readonly #interpreter: Uint8Array<ArrayBuffer> | undefined;

  /** The context and space that run now. */
  #context = 0;
  #space: Space = undefined as never;
  #slot: Slot = undefined as never;
  /** A staged store: where it belongs. */
  #bounceAddress = 0;
  #bounceBytes = 0;
  #bounceTurn = 1;
  #hasOverwrittenCode = false;

  readonly #arenas: number[] = [];
  /** Where the next record goes, in the last arena. */
  #arenaUsed = ARENA_BYTES;
  /** Two records for single steps. */
  #stepRecord = 0;
  readonly #instruction = new Instruction();
  readonly #straddle = new Uint8Array(MAX_LENGTH);
  readonly #helperInstructions = new Map<number, HelperInstruction & { form: Form }>();

  constructor({
    memory,
    rows,
    spaces = 4,
    arenas = 32,
    codePages,
    interpreter,
    index,
    isTranslating = true,
  }: Options) {
    this.#isTranslating = isTranslating;
    this.#memory = memory;
    this.decoder = new Decoder(rows, index);
    this.#bytes = new Uint8Array(memory.buffer);
    this.#words = new Int32Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#maxSpaces = spaces;
    this.#maxArenas = arenas;
    this.codePages = codePages ?? new Uint8Array(this.#bytes.length / PAGE);
    this.#interpreter = interpreter;
  }

  start(memory: ProcessorMemory, tsc: () => number): void {
    this.#provider = memory;
    this.#tsc = tsc;
    this.#spaces = new Spaces(memory, this.#words, this.#maxSpaces);
    this.#code = new CodeCache(this.#spaces, this.codePages, region => this.#releaseSlot(region.slot));
    this.#tiers = new Tiers(this.#memory, this.decoder);
    this.#state = new ContextState(this.#view, this.#bytes, {
      load: (address: bigint, into: Uint8Array) => this.#load(address, into),
      checkStore: (address, length) => this.#check(address, length, layout.ACCESS_WRITE),
      store: (address, from) => this.#store(address, from),
      timeStamp: () => this.#tsc(),
    });
    const firstSlot = firstFreeSlot(this.decoder.formCount);
    const bytes = this.#interpreter ?? buildInterpreter(this.decoder.allForms(), firstSlot + REGION_SLOTS);
    const module = new WebAssembly.Module(bytes);
    const { exports } = new WebAssembly.Instance(module, {
      m: {
        memory: this.#memory,
        slow: (context: number, kind: number) => this.#slow(context >>> 0, kind),
        commit: () => this.#commit(),
        help: (context: number, record: number) => this.#help(context >>> 0, record >>> 0),
      },
    });
    this.#enter = exports['enter'] as Enter;
    this.#table = exports['table'] as WebAssembly.Table;
    for (let slot = this.#table.length - 1; slot >= firstSlot; slot--) this.#freeSlots.push(slot);
  }

  reset(context: number): void {
    this.#bytes.fill(0, context, context + layout.CONTEXT_BYTES);
    this.#view.setUint32(context + layout.CPU_MXCSR, MXCSR_INITIAL, true);
    this.#view.setUint16(context + layout.CPU_FCW, FCW_INITIAL, true);
    this.writeFlags(context, 0);
  }

  createSpace(pages: GuestPages): ProcessorSpace {
    return new Space(this.#spaces, pages);
  }

  run(context: number, space: ProcessorSpace, fuel: number): number {
    const slot = this.#activate(context, space as Space);
    const words = this.#words;
    words[(context + layout.CPU_FUEL) >>> 2] = fuel;
    for (;;) {
      const entry = this.#entry(slot);
      if (entry < 0) return this.#trapped(words[(context + layout.CPU_TRAP) >>> 2]!);
      const answer = this.#enter(context, words[entry + 2]!, words[entry + 1]!);
      switch (answer) {
        case access.EXIT_LOOKUP:
        case access.EXIT_RESYNC:
          continue;
        case access.EXIT_HOT:
          this.#heat(this.#rip());
          continue;
        case access.EXIT_INTERPRET: {
          const trap = this.#interpret();
          if (trap !== access.EXIT_DISPATCH) return this.#trapped(trap);
          continue;
        }
        default:
          return this.#trapped(answer);
      }
    }
  }

  /** Translates the code at these addresses at once, however often it was executed: for tests of the translator. */
  translate(context: number, space: ProcessorSpace, addresses: readonly number[]): void {
    this.#activate(context, space as Space);
    this.#install(this.#tiers.translate(addresses, { fetch: at => this.#fetchBytes(at) }));
  }

  /** The block at RIP by the interpreter, whatever the jump cache knows; EXIT_DISPATCH: go on at RIP. */
  #interpret(): number {
    for (;;) {
      const block = this.#block(this.#rip(), false);
      if (block === undefined) return this.#words[(this.#context + layout.CPU_TRAP) >>> 2]!;
      const answer = this.#enter(this.#context, block.record, block.slot);
      switch (answer) {
        case access.EXIT_INTERPRET:
          continue;
        case access.EXIT_LOOKUP:
        case access.EXIT_RESYNC:
          return access.EXIT_DISPATCH;
        case access.EXIT_HOT:
          this.#heat(this.#rip());
          return access.EXIT_DISPATCH;
        default:
          return answer;
      }
    }
  }

  /** The code at `pc` has had its turns: perhaps it is translated now. */
  #heat(pc: number): void {
    const entry = this.#spaces.jumpEntry(this.#slot, pc);
    const compiled = this.#tiers.heat(pc, this.#space.hot, { fetch: at => this.#fetchBytes(at) });
    if (compiled.length === 0 && this.#space.hot.size > 0) this.#words[entry + 3] = URGENT_TURNS;
    this.#install(compiled);
  }
  #install(compiled: readonly CompiledRegion[]): void {
    for (const { region, run } of compiled) {
      const slot = this.#freeSlots.pop();
      if (slot === undefined) return;
      const unit = this.#regionUnit(region, slot);
      if (unit === undefined) {
        this.#freeSlots.push(slot);
        continue;
      }
      this.#table.set(slot, run);
      this.#code.add(unit);
      this.#spaces.enterJump(this.#slot, region.entry.pc, slot, 0, 0);
    }
  }
  #releaseSlot(slot: number): void {
    this.#table.set(slot, null);
    this.#freeSlots.push(slot);
  }
  /** A region with the places that its code came from; undefined if one of them is gone. */
  #regionUnit({ entry, spans }: Region, slot: number): CodeUnit | undefined {
    const pieces: CodePiece[] = [];
    for (const { from, to } of spans)
      for (let at = from; at < to;) {
        const physical = this.#space.pages.translate(at, layout.ACCESS_EXECUTE);
        if (physical === 0) return undefined;
        const end = Math.min(to, at + PAGE - (at & (PAGE - 1)));
        const inPage = at & (PAGE - 1);
        pieces.push({
          virtualPage: at >>> 12,
          physicalPage: physical >>> 12,
          from: inPage,
          to: inPage + end - at,
        });
        at = end;
      }
    const physical = this.#space.pages.translate(entry.pc, layout.ACCESS_EXECUTE);
    return { pc: entry.pc, physical, pieces, isRegion: true, record: 0, slot, isDropped: false };
  }
  /** Code at an address, without a fault if there is none. */
  #fetchBytes(pc: number): { bytes: Uint8Array; at: number; available: number } {
    const { pages } = this.#space;
    const physical = pc < 2 ** 32 ? pages.translate(pc, layout.ACCESS_EXECUTE) : 0;
    if (physical === 0) return { bytes: this.#straddle, at: 0, available: 0 };
    const inPage = PAGE - (pc & (PAGE - 1));
    if (inPage >= MAX_LENGTH) return { bytes: this.#bytes, at: physical, available: inPage };
    const next = pc + inPage < 2 ** 32 ? pages.translate(pc + inPage, layout.ACCESS_EXECUTE) : 0;
    if (next === 0) return { bytes: this.#bytes, at: physical, available: inPage };
    this.#straddle.set(this.#bytes.subarray(physical, physical + inPage));
    this.#straddle.set(this.#bytes.subarray(next, next + MAX_LENGTH - inPage), inPage);
    return { bytes: this.#straddle, at: 0, available: MAX_LENGTH };
  }

  #trapped(trap: number): number {
    this.#words[(this.#context + layout.CPU_TRAP) >>> 2] = trap;
    return trap;
  }

  step(context: number, space: ProcessorSpace): number {
    const slot = this.#activate(context, space as Space);
    const rip = this.#rip();
    const physical = this.#fetch(rip);
    if (physical === 0) return this.#trapped(this.#words[(context + layout.CPU_TRAP) >>> 2]!);
    if (this.#stepRecord === 0) this.#stepRecord = this.#newRecords(2);
    const second = this.#writeRecord(this.#stepRecord, rip, physical);
    if (second < 0) return this.#trapped(layout.TRAP_PAGE_FAULT);
    this.#helperInstructions.delete(this.#stepRecord);
    this.#writeEnd(this.#stepRecord + access.RECORD_BYTES, SLOT_STOP, rip + this.#instruction.length);
    this.#words[(context + layout.CPU_FUEL) >>> 2] = 0;
    void slot;
    const answer = this.#enter(context, this.#stepRecord, this.#words[this.#stepRecord >>> 2]!);
    const isDone =
      answer === access.EXIT_LOOKUP || answer === access.EXIT_RESYNC || answer === layout.TRAP_INTERRUPT;
    return this.#trapped(isDone ? layout.TRAP_DEBUG : answer);
  }

  readFlags(context: number): number {
    const view = this.#view;
    const flags = computeFlags(
      view.getUint32(context + layout.CPU_FLAGS_KIND, true),
      view.getBigInt64(context + layout.CPU_FLAGS_A, true),
      view.getBigInt64(context + layout.CPU_FLAGS_B, true),
      view.getBigInt64(context + layout.CPU_FLAGS_RESULT, true),
    );
    return flags | (view.getUint32(context + layout.CPU_FLAGS_REST, true) & OTHER_FLAGS) | FIXED_FLAGS;
  }
  writeFlags(context: number, flags: number): void {
    const view = this.#view;
    view.setUint32(context + layout.CPU_FLAGS_KIND, FLAGS_EXPLICIT, true);
    view.setBigInt64(context + layout.CPU_FLAGS_RESULT, BigInt(flags & ARITHMETIC_FLAGS), true);
    view.setUint32(context + layout.CPU_FLAGS_REST, flags & OTHER_FLAGS, true);
  }
  saveFloat(context: number, into: Uint8Array): void {
    storeFloatState(this.#view, context, new DataView(into.buffer, into.byteOffset, into.byteLength), true);
  }
  restoreFloat(context: number, from: Uint8Array): boolean {
    return loadFloatState(
      this.#view,
      context,
      new DataView(from.buffer, from.byteOffset, from.byteLength),
      true,
    );
  }

  describe(context: number, space: ProcessorSpace): string {
    const rip = Number(this.#view.getBigUint64(context + layout.CPU_RIP, true));
    const bytes = new Uint8Array(MAX_LENGTH);
    let available = 0;
    for (; available < MAX_LENGTH && rip + available < 2 ** 32; available++) {
      const physical = (space as Space).pages.translate(rip + available, layout.ACCESS_EXECUTE);
      if (physical === 0) break;
      bytes[available] = this.#bytes[physical]!;
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

  #activate(context: number, space: Space): Slot {
    const slot = this.#spaces.activate(space);
    this.#context = context;
    this.#space = space;
    this.#slot = slot;
    this.#words[(context + layout.CPU_MAP) >>> 2] = slot.maps;
    this.#words[(context + layout.CPU_JUMP_CACHE) >>> 2] = slot.jumps;
    return slot;
  }

  /** RIP, or NaN if it is beyond all addresses. */
  #rip(): number {
    const at = (this.#context + layout.CPU_RIP) >>> 2;
    return this.#words[at + 1] === 0 ? this.#words[at]! >>> 0 : NaN;
  }

  /** Physical address of the instruction at `pc`; 0: the fetch faults, and the context says so. */
  #fetch(pc: number): number {
    const physical = Number.isNaN(pc) ? 0 : this.#space.pages.translate(pc, layout.ACCESS_EXECUTE);
    if (physical === 0) {
      const address = this.#view.getBigUint64(this.#context + layout.CPU_RIP, true);
      this.#fault(address, layout.ACCESS_EXECUTE);
    }
    return physical;
  }
  #fault(address: bigint, kind: number): void {
    this.#view.setBigUint64(this.#context + layout.CPU_FAULT_ADDRESS, address, true);
    this.#view.setUint32(this.#context + layout.CPU_FAULT_ACCESS, kind, true);
    this.#view.setUint32(this.#context + layout.CPU_TRAP, layout.TRAP_PAGE_FAULT, true);
  }

  /** The jump cache's entry for RIP, made if need be; -1: the fetch trapped. */
  #entry(slot: Slot): number {
    const pc = this.#rip();
    if (!Number.isNaN(pc)) {
      const entry = this.#spaces.jumpEntry(slot, pc);
      if (this.#words[entry] === ~pc) return entry;
    }
    const unit = this.#block(pc, true);
    if (unit === undefined) return -1;
    const turns = this.#isTranslating && !unit.isRegion ? HOT_TURNS : 0;
    this.#spaces.enterJump(slot, pc, unit.slot, unit.record, turns);
    return this.#spaces.jumpEntry(slot, pc);
  }

  /** The code at `pc`; a translated region only if it is wanted. Undefined: the fetch trapped. */
  #block(pc: number, isRegionWanted: boolean): CodeUnit | undefined {
    const physical = this.#fetch(pc);
    if (physical === 0) return undefined;
    const region = isRegionWanted ? this.#code.find(pc, physical, true, this.#isSame) : undefined;
    return region ?? this.#code.find(pc, physical, false, this.#isSame) ?? this.#decode(pc, physical);
  }
  readonly #isSame = ({ virtualPage, physicalPage }: CodePiece): boolean =>
    this.#space.pages.translate(virtualPage * PAGE, layout.ACCESS_EXECUTE) >>> 12 === physicalPage;

  /** Decodes a block: up to the end of the flow, of the page, or MAX_BLOCK instructions. */
  #decode(pc: number, physical: number): CodeUnit | undefined {
    const record = this.#newRecords(MAX_BLOCK + 1);
    let at = record;
    let here = pc;
    let secondPage = 0;
    let isOver = false;
    for (let count = 0; count < MAX_BLOCK && !isOver; count++) {
      const place = physical + (here - pc);
      if (here - pc >= PAGE - (pc & (PAGE - 1))) break;
      const second = this.#writeRecord(at, here, place);
      if (second < 0) {
        // The instruction reaches into a page that cannot be fetched.
        if (count === 0) return undefined;
        break;
      }
      secondPage = second;
      at += access.RECORD_BYTES;
      here += this.#instruction.length;
      isOver = this.#endsBlock || second !== 0;
    }
    if (!this.#leavesBlock || !isOver) {
      this.#writeEnd(at, SLOT_GOTO, here);
      at += access.RECORD_BYTES;
    }
    this.#arenaUsed -= record + (MAX_BLOCK + 1) * access.RECORD_BYTES - at;
    const length = Math.max(1, here - pc);
    const start = pc & (PAGE - 1);
    const inFirst = Math.min(length, PAGE - start);
    const pieces: CodePiece[] = [
      { virtualPage: pc >>> 12, physicalPage: physical >>> 12, from: start, to: start + inFirst },
    ];
    if (secondPage !== 0)
      pieces.push({ virtualPage: (pc >>> 12) + 1, physicalPage: secondPage, from: 0, to: length - inFirst });
    const block: CodeUnit = {
      pc,
      physical,
      pieces,
      isRegion: false,
      record,
      slot: this.#words[record >>> 2]!,
      isDropped: false,
    };
    this.#code.add(block);
    return block;
  }
  /** The block ends with the instruction that was written last; and that never goes on to the record behind it. */
  #endsBlock = false;
  #leavesBlock = false;

  /**
   * Decodes the instruction at `pc` and writes its record. Returns the physical page that it reaches into behind its
   * first (0: none), or -1: that page cannot be fetched (TRAP_PAGE_FAULT).
   */
  #writeRecord(at: number, pc: number, physical: number): number {
    const instruction = this.#instruction;
    const inPage = PAGE - (physical & (PAGE - 1));
    let status = this.decoder.decode(this.#bytes, physical, inPage, pc, instruction);
    let second = 0;
    if (status === SHORT) {
      const next = this.#space.pages.translate(pc + inPage, layout.ACCESS_EXECUTE);
      if (next === 0) {
        this.#fault(BigInt(pc + inPage), layout.ACCESS_EXECUTE);
        return -1;
      }
      second = next >>> 12;
      this.#straddle.set(this.#bytes.subarray(physical, physical + inPage));
      this.#straddle.set(this.#bytes.subarray(next, next + MAX_LENGTH - inPage), inPage);
      status = this.decoder.decode(this.#straddle, 0, MAX_LENGTH, pc, instruction);
    }
    if (status !== DECODED) {
      this.#writeEnd(at, status === TOO_LONG ? SLOT_TOO_LONG : SLOT_UNKNOWN, pc);
      this.#endsBlock = true;
      this.#leavesBlock = true;
      return second;
    }
    const { form, values } = instruction;
    const words = this.#words;
    const w = at >>> 2;
    const isGeneral =
      form.memoryOperand >= 0 || form.row.repeat !== undefined
        ? instruction.index !== layout.CPU_ZERO ||
          instruction.segment !== layout.CPU_ZERO ||
          instruction.isAddress32
        : false;
    words[w] = slotOf(form, isGeneral);
    words[w + 1] = pc;
    words[w + 2] = instruction.next | 0;
    words[w + 3] = (values[0]! & 0xffff) | (values[1]! << 16);
    words[w + 4] = (values[2]! & 0xffff) | (values[3]! << 16);
    words[w + 5] = instruction.base | (instruction.index << 16);
    words[w + 6] = instruction.segment | (instruction.scale << 16) | (instruction.isAddress32 ? 1 << 24 : 0);
    words[w + 8] = instruction.displacement;
    words[w + 9] = instruction.displacementHigh;
    let isFirst = true;
    for (let i = 0; i < form.operands.length; i++) {
      if (form.operands[i]!.kind !== 'immediate') continue;
      if (isFirst) {
        words[w + 10] = values[i]!;
        words[w + 11] = instruction.immediateHigh;
      } else words[w + 7] = values[i]!;
      isFirst = false;
    }
    this.#endsBlock = form.endsBlock;
    this.#leavesBlock = form.row.flow !== undefined;
    return second;
  }
  #writeEnd(at: number, slot: number, pc: number): void {
    const w = at >>> 2;
    this.#words[w] = slot;
    this.#words[w + 1] = pc;
    this.#words[w + 2] = pc;
  }

  /** Room for records, in one piece. */
  #newRecords(count: number): number {
    const bytes = count * access.RECORD_BYTES;
    if (this.#arenaUsed + bytes > ARENA_BYTES) {
      const arena = this.#arenas.length < this.#maxArenas ? this.#provider.allocate(ARENA_ORDER) : 0;
      if (arena === 0) this.#forgetCode();
      else this.#arenas.push(arena);
      this.#arenaUsed = 0;
    }
    const at = this.#arenas.at(-1)! + this.#arenaUsed;
    this.#arenaUsed += bytes;
    return at;
  }
  /** All records are given up: there is no room for more. */
  #forgetCode(): void {
    if (this.#arenas.length === 0) throw new Error('no memory for decoded code');
    this.#code.dropBlocks();
    this.#helperInstructions.clear();
    this.#stepRecord = 0;
    while (this.#arenas.length > 1) this.#provider.free(this.#arenas.pop()!, ARENA_ORDER);
  }

  // ---- what the interpreter asks for

  #slow(context: number, kind: number): number {
    const view = this.#view;
    const length = kind & 0xff;
    const isWrite = ((kind >> 8) & 0xff) === layout.ACCESS_WRITE;
    const accessKind = isWrite ? layout.ACCESS_WRITE : layout.ACCESS_READ;
    const at = (context + layout.CPU_FAULT_ADDRESS) >>> 2;
    const address = this.#words[at]! >>> 0;
    const { pages } = this.#space;
    const upper = this.#words[at + 1]!;
    if (!isCanonical(upper) || (address + length > 2 ** 32 && upper !== -1 && !isCanonical(upper + 1))) {
      this.#words[(context + layout.CPU_TRAP) >>> 2] = layout.TRAP_PROTECTION;
      return 0;
    }
    const isHigh = upper !== 0 || address + length > 2 ** 32;
    const physical = isHigh ? 0 : pages.translate(address, accessKind);
    if (physical === 0) {
      this.#fault(view.getBigUint64(context + layout.CPU_FAULT_ADDRESS, true), accessKind);
      return 0;
    }
    const inPage = PAGE - (address & (PAGE - 1));
    if (inPage < length) {
      if (pages.translate(address + inPage, accessKind) === 0) {
        this.#fault(BigInt(address + inPage), accessKind);
        return 0;
      }
      return this.#bounce(context, address, length, isWrite, (kind & MODIFY) !== 0);
    }
    if (!isWrite) {
      this.#spaces.enter(this.#slot, address, physical, false);
      return physical - access.MAP_BIAS;
    }
    const isMisaligned = (kind & MODIFY) !== 0 && (address & (length - 1)) !== 0;
    const isCode = this.codePages[physical >>> 12] !== 0;
    if (!isCode) {
      this.#spaces.enter(this.#slot, address, physical, true);
      this.#spaces.enter(this.#slot, address, physical, false);
    }
    if (isCode || isMisaligned) return this.#bounce(context, address, length, true, (kind & MODIFY) !== 0);
    return physical - access.MAP_BIAS;
  }

  /** Stages an access in CPU_BOUNCE: stores in the first quarter, loads in the others in turn. */
  #bounce(context: number, address: number, length: number, isWrite: boolean, isModify: boolean): number {
    let at = context + layout.CPU_BOUNCE;
    if (isWrite) {
      this.#bounceAddress = address;
      this.#bounceBytes = length;
    } else {
      at += BOUNCE_QUARTER * this.#bounceTurn;
      this.#bounceTurn = (this.#bounceTurn % 3) + 1;
    }
    if (!isWrite || isModify) this.#load(address, this.#bytes.subarray(at, at + length));
    return at - access.MAP_BIAS;
  }

  /** The store in CPU_BOUNCE is done: it is brought home. 1: code was overwritten. */
  #commit(): number {
    const at = this.#context + layout.CPU_BOUNCE;
    this.#store(this.#bounceAddress, this.#bytes.subarray(at, at + this.#bounceBytes));
    const hasOverwritten = this.#hasOverwrittenCode;
    this.#hasOverwrittenCode = false;
    return hasOverwritten ? 1 : 0;
  }

  #help(context: number, record: number): number {
    const instruction = this.#helperInstruction(record);
    const state = this.#state;
    state.begin(context, this.#instruction);
    try {
      instruction.form.row.helper!(state, instruction);
    } catch (error) {
      if (!(error instanceof CpuFault)) throw error;
      this.#setRip(instruction.pc);
      return error.trap;
    }
    if (!this.#hasOverwrittenCode) return 0;
    this.#hasOverwrittenCode = false;
    this.#setRip(instruction.next);
    return access.EXIT_RESYNC;
  }

  /** The instruction of a record, for its helper. Leaves it decoded in #instruction as well. */
  #helperInstruction(record: number): HelperInstruction & { form: Form } {
    const pc = this.#words[(record + access.RECORD_PC) >>> 2]! >>> 0;
    const known = this.#helperInstructions.get(record);
    // The memory operand's parts are read from the record: state.begin wants only those.
    const instruction = this.#instruction;
    this.#readRecord(record, instruction);
    if (known !== undefined) return known;
    const bytes = new Uint8Array(MAX_LENGTH);
    const inPage = Math.min(MAX_LENGTH, PAGE - (pc & (PAGE - 1)));
    this.#load(pc, bytes.subarray(0, inPage));
    const length = (this.#words[(record + access.RECORD_NEXT) >>> 2]! >>> 0) - pc;
    if (length > inPage) this.#load(pc + inPage, bytes.subarray(inPage, length));
    if (this.decoder.decode(bytes, 0, MAX_LENGTH, pc, instruction) !== DECODED)
      throw new Error('an instruction changed under its helper');
    const { form, values, modrm } = instruction;
    const made = {
      form,
      name: form.row.name,
      opcode: form.opcode,
      modrm,
      operandSize: form.operandSize,
      pc,
      next: instruction.next,
      operands: form.operands.map(({ kind, width }, i): HelperOperand => ({
        kind,
        width,
        value: values[i]!,
      })),
    };
    this.#helperInstructions.set(record, made);
    return made;
  }
  #readRecord(record: number, into: Instruction): void {
    const words = this.#words;
    const w = record >>> 2;
    into.base = words[w + 5]! & 0xffff;
    into.index = words[w + 5]! >>> 16;
    into.segment = words[w + 6]! & 0xffff;
    into.scale = (words[w + 6]! >>> 16) & 3;
    into.isAddress32 = words[w + 6]! >>> 24 !== 0;
    into.displacement = words[w + 8]!;
    into.displacementHigh = words[w + 9]!;
  }
  #setRip(pc: number): void {
    this.#view.setBigUint64(this.#context + layout.CPU_RIP, BigInt(pc), true);
  }

  // ---- guest memory, for helpers and staged accesses

  /** Throws CpuFault unless all of the range may be accessed. */
  #check(address: bigint | number, length: number, kind: number): void {
    const from = Number(address);
    if (from + length > 2 ** 32) {
      const upper = (at: bigint): number => Number(BigInt.asIntN(32, at >> 32n));
      const last = BigInt(address) + BigInt(length - 1);
      if (!isCanonical(upper(BigInt(address))) || !isCanonical(upper(last)))
        throw new CpuFault(layout.TRAP_PROTECTION);
      this.#fault(BigInt(address), kind);
      throw new CpuFault(layout.TRAP_PAGE_FAULT);
    }
    for (let at = from; at < from + length; at += PAGE - (at % PAGE)) {
      if (this.#space.pages.translate(at, kind) !== 0) continue;
      this.#fault(BigInt(at), kind);
      throw new CpuFault(layout.TRAP_PAGE_FAULT);
    }
  }
  #load(address: bigint | number, into: Uint8Array): void {
    this.#check(address, into.length, layout.ACCESS_READ);
    let from = Number(address);
    for (let done = 0; done < into.length;) {
      const physical = this.#space.pages.translate(from, layout.ACCESS_READ);
      const length = Math.min(into.length - done, PAGE - (from & (PAGE - 1)));
      into.set(this.#bytes.subarray(physical, physical + length), done);
      done += length;
      from += length;
    }
  }
  #store(address: bigint | number, from: Uint8Array): void {
    this.#check(address, from.length, layout.ACCESS_WRITE);
    let to = Number(address);
    for (let done = 0; done < from.length;) {
      const physical = this.#space.pages.translate(to, layout.ACCESS_WRITE);
      const length = Math.min(from.length - done, PAGE - (to & (PAGE - 1)));
      this.#bytes.set(from.subarray(done, done + length), physical);
      const page = physical >>> 12;
      if (this.codePages[page] !== 0 && this.#code.stored(page, physical & (PAGE - 1), length))
        this.#hasOverwrittenCode = true;
      done += length;
      to += length;
    }
  }
}

/** Bits 47 to 63 of an address are alike; `upper` is its upper half. */
function isCanonical(upper: number): boolean {
  const sign = upper >> 15;
  return sign === 0 || sign === -1;
}
