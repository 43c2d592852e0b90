/**
 * What the vector families share: immediates that are known in translated code but not in the interpreter, picking of
 * lanes, and the shapes of their rows.
 */
import type { Emitter } from '../emitter.ts';
import type { Operand, Options, Row, Semantics } from './row.ts';
import type { Node } from '../wasm/node.ts';
import { CPU_FCW, TRAP_X87 } from '../../../kernel/abi/cpu-context.ts';
import { row } from './row.ts';

/** From the destination and the source, both v128, to the new destination. */
export type Binary = (e: Emitter, a: Node, b: Node) => Node;
export type Unary = (e: Emitter, a: Node) => Node;

export const SSE3: Options = { feature: 'sse3' };
export const SSSE3: Options = { feature: 'ssse3' };
export const SSE41: Options = { feature: 'sse4_1' };
export const SSE42: Options = { feature: 'sse4_2' };

/** One WebAssembly instruction. */
export function wasm(name: string): Binary {
  return (e, a, b) => e.op(name, a, b);
}

/** The immediate byte, 0 … 255; a constant in translated code. */
export function immediate(e: Emitter, operand: Operand): Node {
  const value = e.read(operand, 32);
  return value.kind === 'constant' ? e.i32(value.immediate & 0xff) : e.let(e.and(value, e.i32(0xff)));
}

/** Some bits of an immediate. */
export function bitsOf(e: Emitter, value: Node, shift: number, mask: number): Node {
  if (value.kind === 'constant') return e.i32((value.immediate >> shift) & mask);
  return e.and(shift === 0 ? value : e.shrU(value, e.i32(shift)), e.i32(mask));
}

/** A vector constant from its bytes. */
export function bytesVector(e: Emitter, bytes: readonly number[]): Node {
  let halves = [0n, 0n];
  for (let i = 15; i >= 0; i--) {
    const half = i >> 3;
    halves = halves.map((value, at) => (at === half ? (value << 8n) | BigInt(bytes[i]! & 0xff) : value));
  }
  return e.v128(halves[0]!, halves[1]!);
}

/** A vector constant from lanes of 16 or 32 bits. */
export function lanesVector(e: Emitter, lanes: readonly number[]): Node {
  const size = 16 / lanes.length;
  return bytesVector(
    e,
    lanes.flatMap(lane => Array.from({ length: size }, (_, i) => (lane >> (8 * i)) & 0xff)),
  );
}

/** FSW.ES, in the upper half of the word that begins with the control word. */
const STATUS_EXCEPTION = 0x80;

const BYTE_NUMBERS = Array.from({ length: 16 }, (_, i) => i);

export function byteNumbers(e: Emitter): Node {
  return bytesVector(e, BYTE_NUMBERS);
}

export function zero(e: Emitter): Node {
  return e.v128(0n, 0n);
}

/** Lanes of `size` bytes by their numbers; b's follow a's. */
export function pick(e: Emitter, size: number, lanes: readonly number[], a: Node, b: Node = a): Node {
  const bytes = lanes.flatMap(lane => Array.from({ length: size }, (_, i) => lane * size + i));
  return e.shuffle(bytes, a, b);
}

/** The low part of a source: a whole xmm register, or less memory as a vector, its upper part unspecified. */
export function lowVector(e: Emitter, operand: Operand): Node {
  const value = e.read(operand);
  if (operand.width === 128) return value;
  return e.let(e.op(operand.width === 64 ? 'i64x2.splat' : 'i32x4.splat', value));
}

/** V = f(V, W) */
export function binaryRow(name: string, encoding: string, f: Binary, options: Options = {}): Row {
  return row(name, encoding, 'Vx Wx', binary(f), options);
}

function binary(f: Binary): Semantics {
  return (e, to, from) => {
    const b = e.read(from);
    e.write(to, f(e, e.read(to), b));
  };
}

/** V = f(W) */
export function unaryRow(name: string, encoding: string, f: Unary, options: Options = {}): Row {
  return row(name, encoding, 'Vx Wx', (e, to, from) => e.write(to, f(e, e.read(from))), options);
}

/** A helper's row: only the memory operand is checked before. */
export const onlyHelper: Semantics = (e, ...operands) => {
  for (const operand of operands) if (operand.kind === 'memory') e.place(operand, 'read');
  e.fallbackIf(e.i32(1));
};

/** Two rows for a source of which memory has only the low part: b, w, d, q. */
export function lowRows(
  name: string,
  encoding: string,
  to: string,
  memory: string,
  does: Semantics | undefined,
  options: Options = {},
): readonly Row[] {
  const [first, ...rest] = to.split(' ');
  const tail = rest.map(operand => ` ${operand}`).join('');
  return [
    row(name, encoding, `${first} Ux${tail}`, does, options),
    row(name, encoding, `${first} M${memory}${tail}`, does, options),
  ];
}

/** Pq = f(Pq, Qq), in a vector's low half. */
export function mmxRow(
  name: string,
  encoding: string,
  f: Binary,
  options: Options = {},
  operands = 'Pq Qq',
): Row {
  const does: Semantics = (e, to, from) => {
    const b = mmxSource(e, from);
    e.write(to, lowHalf(e, f(e, e.let(mmxVector(e, e.read(to))), b)));
  };
  return row(name, encoding, operands, does, options);
}

/** Traps if an x87 exception waits to be reported: before an MMX instruction looks at memory. */
export function checkMmx(e: Emitter): void {
  const words = e.field('i32', CPU_FCW);
  e.trapIf(e.and(words, e.i32(STATUS_EXCEPTION << 16)), TRAP_X87);
}

/**
 * The source of an MMX instruction, in both halves of a vector. A memory operand is read before the x87 state changes.
 */
export function mmxSource(e: Emitter, operand: Operand): Node {
  return e.let(mmxVector(e, mmxRead(e, operand)));
}

export function mmxRead(e: Emitter, operand: Operand): Node {
  checkMmx(e);
  if (operand.kind === 'mmx') e.enterMmx();
  const value = e.read(operand);
  if (operand.kind !== 'mmx') e.enterMmx();
  return value;
}

function mmxVector(e: Emitter, value: Node): Node {
  return e.op(value.type === 'i64' ? 'i64x2.splat' : 'i32x4.splat', value);
}

export function lowHalf(e: Emitter, value: Node): Node {
  return e.lane('i64x2.extract_lane', 0, value);
}
