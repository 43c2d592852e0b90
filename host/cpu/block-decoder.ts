/** Blocks: stretches of code as records for the interpreter (layout in access.ts), in arenas of guest memory. */
import type { ProcessorMemory } from '../machine.ts';
import type { CodeCache, CodePiece, CodeUnit } from './code-cache.ts';
import type { Decoder } from './decoder.ts';
import type { Running } from './running.ts';
import * as layout from '../../kernel/abi/cpu-context.ts';
import * as access from './access.ts';
import { DECODED, Instruction, SHORT, TOO_LONG } from './decoder.ts';
import { SLOT_GOTO, SLOT_STOP, SLOT_TOO_LONG, SLOT_UNKNOWN, slotOf } from './interpreter.ts';
import { NO_MEMORY } from './no-memory.ts';
import { PAGE, putAddress } from './running.ts';

/** A block has at most so many instructions. */
const MAX_BLOCK = 64;
/** Records are kept in pieces of 1 MiB. */
const ARENA_ORDER = 8;
const ARENA_BYTES = PAGE << ARENA_ORDER;
const NO_PIECES: readonly CodePiece[] = [];

export class BlockDecoder {
  readonly #running: Running;
  readonly #decoder: Decoder;
  readonly #code: CodeCache;
  readonly #memory: ProcessorMemory;
  readonly #maxArenas: number;
  readonly #recordsForgotten: () => void;
  readonly #arenas: number[] = [];
  /** Where the next record goes, in the last arena. */
  #arenaUsed = ARENA_BYTES;
  /** Two records for single steps; 0: not there yet. */
  #stepRecord = 0;
  readonly #instruction = new Instruction();
  /** The block ends with the instruction that was written last; and that never goes on to the record behind it. */
  #endsBlock = false;
  #leavesBlock = false;

  /** When `maxArenas` are full all blocks are dropped, and `recordsForgotten` is told. */
  constructor(
    running: Running,
    decoder: Decoder,
    code: CodeCache,
    memory: ProcessorMemory,
    maxArenas: number,
    recordsForgotten: () => void,
  ) {
    this.#running = running;
    this.#decoder = decoder;
    this.#code = code;
    this.#memory = memory;
    this.#maxArenas = maxArenas;
    this.#recordsForgotten = recordsForgotten;
  }

  /**
   * Decodes the block at RIP, which lies at `physical`: up to the end of the flow, of the page, or MAX_BLOCK
   * instructions. Undefined: its first instruction reaches into a page that cannot be fetched (TRAP_PAGE_FAULT).
   */
  decode(pc: number, physical: number): CodeUnit | undefined {
    const record = this.#newRecords(MAX_BLOCK + 1);
    let at = record;
    let here = pc;
    let secondPage = 0;
    let isOver = false;
    for (let count = 0; count < MAX_BLOCK && !isOver; count++) {
      if (here - pc >= PAGE - (pc & (PAGE - 1))) break;
      const second = this.#writeRecord(at, here, physical + (here - pc));
      if (second < 0) {
        if (count === 0) {
          this.#arenaUsed -= (MAX_BLOCK + 1) * access.RECORD_BYTES;
          return undefined;
        }
        this.#leavesBlock = false;
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
    const inFirst = Math.min(length, PAGE - (pc & (PAGE - 1)));
    const block: CodeUnit = {
      pc,
      physical,
      length: inFirst,
      pieces:
        secondPage === 0
          ? NO_PIECES
          : [
              {
                virtualPage: Math.floor(pc / PAGE) + 1,
                physicalPage: secondPage,
                from: 0,
                to: length - inFirst,
              },
            ],
      isRegion: false,
      record,
      slot: this.#running.words[record >>> 2]!,
      isDropped: false,
      next: undefined,
    };
    this.#code.add(block);
    return block;
  }

  /** The instruction at RIP alone, for a single step: its record; 0: it cannot be fetched. */
  decodeStep(pc: number, physical: number): number {
    if (this.#stepRecord === 0) this.#stepRecord = this.#newRecords(2);
    if (this.#writeRecord(this.#stepRecord, pc, physical) < 0) return 0;
    this.#writeEnd(this.#stepRecord + access.RECORD_BYTES, SLOT_STOP, pc + this.#instruction.length);
    return this.#stepRecord;
  }

  /** Returns the physical page that the instruction reaches into behind its first (0: none), or -1. */
  #writeRecord(at: number, pc: number, physical: number): number {
    const instruction = this.#instruction;
    const running = this.#running;
    const inPage = PAGE - (physical & (PAGE - 1));
    let status = this.#decoder.decode(running.bytes, physical, inPage, pc, instruction);
    let second = 0;
    if (status === SHORT) {
      const code = running.code(pc);
      if (code.secondPage === 0) {
        running.fault(BigInt(pc + inPage), layout.ACCESS_EXECUTE);
        return -1;
      }
      second = code.secondPage;
      status = this.#decoder.decode(code.bytes, code.at, code.available, pc, instruction);
    }
    if (status !== DECODED) {
      this.#writeEnd(at, status === TOO_LONG ? SLOT_TOO_LONG : SLOT_UNKNOWN, pc);
      this.#endsBlock = true;
      this.#leavesBlock = true;
      return second;
    }
    const { form, values, base, index, segment, scale, isAddress32 } = instruction;
    const { words } = running;
    const w = at >>> 2;
    const isPlain = index === layout.CPU_ZERO && segment === layout.CPU_ZERO && !isAddress32;
    words[w] = slotOf(form, form.hasAddress && !isPlain);
    putAddress(words, w + 2, pc);
    words[w + 4] = (values[0]! & 0xffff) | (values[1]! << 16);
    words[w + 5] = (values[2]! & 0xffff) | (values[3]! << 16);
    words[w + 6] = base | (index << 16);
    const scaling = scale | (isAddress32 ? access.SCALE_ADDRESS32 : 0);
    words[w + 7] = segment | (scaling << 16) | (instruction.length << 24);
    words[w + 8] = instruction.displacement;
    words[w + 9] = instruction.displacementHigh;
    const { immediate, secondImmediate } = form;
    if (immediate >= 0) {
      words[w + 10] = values[immediate]!;
      words[w + 11] = instruction.immediateHigh;
      if (secondImmediate >= 0) words[w + 1] = values[secondImmediate]!;
    }
    this.#endsBlock = form.endsBlock;
    this.#leavesBlock = form.hasFlow;
    return second;
  }
  #writeEnd(at: number, slot: number, pc: number): void {
    const { words } = this.#running;
    const w = at >>> 2;
    words[w] = slot;
    putAddress(words, w + 2, pc);
  }

  /** Room for records, in one piece. */
  #newRecords(count: number): number {
    const bytes = count * access.RECORD_BYTES;
    if (this.#arenaUsed + bytes > ARENA_BYTES) {
      const arena = this.#arenas.length < this.#maxArenas ? this.#memory.allocate(ARENA_ORDER) : 0;
      if (arena === 0) this.#forgetRecords();
      else this.#arenas.push(arena);
      this.#arenaUsed = 0;
    }
    const at = this.#arenas.at(-1)! + this.#arenaUsed;
    this.#arenaUsed += bytes;
    return at;
  }
  #forgetRecords(): void {
    if (this.#arenas.length === 0) throw NO_MEMORY;
    this.#code.dropAll(false);
    this.#recordsForgotten();
    this.#stepRecord = 0;
    while (this.#arenas.length > 1) this.#memory.free(this.#arenas.pop()!, ARENA_ORDER);
  }
}
