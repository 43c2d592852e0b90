/**
 * How guest memory is reached. An address space that runs has two maps, one for reading and one for writing. A page's
 * entry is found by bits 12 to 30 of its address, so pages whose addresses differ by a multiple of 2 GiB share one, and
 * the last one asked for has it. Two 32-bit words:
 *
 *   distance = physical − virtual, modulo 2^32
 *   tag      = (virtual >> 31) + 1           0: no entry
 *
 * The sum that a tag is compared with is of 64 bits, so that no address whatever matches an empty entry.
 */
import type { Width } from './table/row.ts';
import type { WasmOp } from './wasm/ops.ts';
import { wasmOp } from './wasm/ops.ts';

export const MAP_ENTRIES = 1 << 19;
export const MAP_ENTRY_BYTES = 8;
export const MAP_TAG = 4;
/** So far is an address shifted for its tag: the entry's place says the bits between this and the page. */
export const MAP_TAG_SHIFT = 31;
/** The write map follows the read map. */
export const WRITE_MAP = MAP_ENTRIES * MAP_ENTRY_BYTES;
/** Pages of both maps together, as a power of two. */
export const MAPS_ORDER = 11;

/**
 * Entries of the jump cache. An address is in the entry that its hash says, or in the one beside that (their offsets
 * differ in JUMP_ENTRY_BYTES alone). Byte offsets: the address's lower 32 bits; its upper ones plus 1 as u16 (0: no
 * entry; compared as 64 bits, like the tag of a page); table slot as u16; record; turns until the code is hot.
 */
export const JUMP_ENTRIES = 1 << 16;
export const JUMP_ENTRY_BYTES = 16;
export const JUMP_LOW = 0;
export const JUMP_UPPER = 4;
export const JUMP_SLOT = 6;
export const JUMP_RECORD = 8;
export const JUMP_TURNS = 12;
export const JUMP_CACHE_ORDER = 8;

/** A record of the interpreter: one instruction of a decoded block. Byte offsets. */
export const RECORD_BYTES = 48;
export const RECORD_SLOT = 0;
/** A second immediate (enter). */
export const RECORD_SECOND = 4;
/** 64 bits. */
export const RECORD_PC = 8;
/** Four operands: u16 offsets in the context record. */
export const RECORD_OPERANDS = 16;
/** u16 offsets in the context record. */
export const RECORD_BASE = 24;
export const RECORD_INDEX = 26;
export const RECORD_SEGMENT = 28;
/** A shift of 64 bits counts by its lower 6: the address size is in the one above them. */
export const RECORD_SCALE = 30;
export const SCALE_ADDRESS32 = 0x80;
/** Bytes of the instruction. */
export const RECORD_LENGTH = 31;
export const RECORD_DISPLACEMENT = 32;
export const RECORD_IMMEDIATE = 40;

/** Answers of code to the loop that runs it, beside TRAP_*. */
/** On at RIP. */
export const EXIT_DISPATCH = 0;
/** The jump cache does not know RIP. */
export const EXIT_LOOKUP = 64;
/** The code at RIP has become hot. */
export const EXIT_HOT = 65;
/** Code was overwritten: what comes next is to be decoded anew. */
export const EXIT_RESYNC = 66;
/** The interpreter is to do the instruction at RIP. */
export const EXIT_INTERPRET = 67;

const LOADS: Readonly<Record<number, WasmOp>> = {
  8: wasmOp('i32.load8_u'),
  16: wasmOp('i32.load16_u'),
  32: wasmOp('i32.load'),
  64: wasmOp('i64.load'),
  128: wasmOp('v128.load'),
};
const STORES: Readonly<Record<string, WasmOp>> = {
  'i32.8': wasmOp('i32.store8'),
  'i32.16': wasmOp('i32.store16'),
  'i32.32': wasmOp('i32.store'),
  'i64.8': wasmOp('i64.store8'),
  'i64.16': wasmOp('i64.store16'),
  'i64.32': wasmOp('i64.store32'),
  'i64.64': wasmOp('i64.store'),
  'v128.128': wasmOp('v128.store'),
  'f32.32': wasmOp('f32.store'),
  'f64.64': wasmOp('f64.store'),
};

/** The instruction that loads an integer of this width, zero-extended to i32, or i64, or a v128. */
export function loadOp(width: Width): WasmOp {
  return LOADS[width]!;
}
/** The instruction that stores the low `width` bits of a value of this type. */
export function storeOp(type: string, width: Width): WasmOp {
  const op = STORES[`${type}.${width}`];
  if (op === undefined) throw new Error(`no store of ${width} bits from ${type}`);
  return op;
}
export function atomicOp(operation: string, width: Width): WasmOp {
  return wasmOp(
    width === 64
      ? `i64.atomic.rmw.${operation}`
      : width === 32
        ? `i32.atomic.rmw.${operation}`
        : `i32.atomic.rmw${width}.${operation}_u`,
  );
}
