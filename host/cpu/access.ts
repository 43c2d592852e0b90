/**
 * How guest memory is reached. An address space that runs has two flat maps, one for reading and one for writing, a
 * 32-bit entry for each page below 4 GiB:
 *
 *   entry = physical − virtual − 1        0: ask the kernel
 *
 * so the byte at `t` lies at t + entry + 1, and the 1 is the offset of the load or store instruction. It is there so
 * that no valid entry is 0: both addresses begin at a page, so entry + 1 is a multiple of 4096.
 */
import type { Width } from './table/row.ts';
import type { WasmOp } from './wasm/ops.ts';
import { wasmOp } from './wasm/ops.ts';

/** Offset of every load and store through the map. */
export const MAP_BIAS = 1;
/** The write map follows the read map. */
export const WRITE_MAP = 4 << 20;
/** Pages of both maps together, as a power of two. */
export const MAPS_ORDER = 11;

/**
 * Entries of the jump cache: program counter (inverted), table slot, record, turns until it is hot. An address is in the
 * entry that its hash says, or in the one beside that (their offsets differ in JUMP_ENTRY_BYTES alone).
 */
export const JUMP_ENTRIES = 1 << 16;
export const JUMP_ENTRY_BYTES = 16;
export const JUMP_CACHE_ORDER = 8;

/** A record of the interpreter: one instruction of a decoded block. Byte offsets. */
export const RECORD_BYTES = 48;
export const RECORD_SLOT = 0;
export const RECORD_PC = 4;
export const RECORD_NEXT = 8;
/** Four operands: u16 offsets in the context record. */
export const RECORD_OPERANDS = 12;
/** u16 offsets in the context record. */
export const RECORD_BASE = 20;
export const RECORD_INDEX = 22;
export const RECORD_SEGMENT = 24;
export const RECORD_SCALE = 26;
export const RECORD_ADDRESS32 = 27;
/** A second immediate (enter). */
export const RECORD_SECOND = 28;
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
