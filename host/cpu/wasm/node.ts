/**
 * Nodes: WebAssembly expressions as trees. A node has no place in time: it is computed where a statement uses it, and
 * twice if it is used twice. `Code.let` pins one down in a local.
 */
import type { ValueType, WasmOp } from './ops.ts';
import { wasmOp } from './ops.ts';

export interface Node {
  readonly type: ValueType;
  /** What the node is, for the writer; undefined for locals and constants. */
  readonly op: WasmOp | undefined;
  readonly a: Node | undefined;
  readonly b: Node | undefined;
  readonly c: Node | undefined;
  /** Fourth argument of a call. */
  readonly d?: Node;
  /** Offset of a load, lane, index of a local, or the constant. */
  readonly immediate: number;
  /** An i64 constant that is no safe integer; 16 bytes of lanes or of a vector constant. */
  readonly wide: bigint | Uint8Array | undefined;
  readonly kind: 'op' | 'local' | 'constant' | 'load' | 'lane' | 'lanes' | 'select' | 'call';
}

export interface Local extends Node {
  readonly kind: 'local';
}

export function makeNode(op: WasmOp, a?: Node, b?: Node, c?: Node): Node {
  return { type: op.result!, op, a, b, c, immediate: 0, wide: undefined, kind: 'op' };
}
export function makeLocal(type: ValueType, index: number): Local {
  return {
    type,
    op: undefined,
    a: undefined,
    b: undefined,
    c: undefined,
    immediate: index,
    wide: undefined,
    kind: 'local',
  };
}
export function i32(value: number): Node {
  return constant('i32', value | 0, undefined);
}
export function i64(value: number | bigint): Node {
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return constant('i64', value, undefined);
    value = BigInt(value);
  }
  const signed = BigInt.asIntN(64, value);
  return constant('i64', Number(signed), signed);
}
/** From two 32-bit words, signed or not. */
export function i64FromWords(low: number, high: number): Node {
  const value = (high | 0) * 2 ** 32 + (low >>> 0);
  if (Number.isSafeInteger(value)) return constant('i64', value, undefined);
  return i64((BigInt(high) << 32n) | BigInt(low >>> 0));
}
function constant(type: ValueType, immediate: number, wide: bigint | Uint8Array | undefined): Node {
  return { type, op: undefined, a: undefined, b: undefined, c: undefined, immediate, wide, kind: 'constant' };
}
const V128_CONST = wasmOp('v128.const');
/** A vector constant from its 16 bytes. */
export function v128(bytes: Uint8Array): Node {
  return {
    type: 'v128',
    op: V128_CONST,
    a: undefined,
    b: undefined,
    c: undefined,
    immediate: 0,
    wide: bytes,
    kind: 'lanes',
  };
}
export function load(op: WasmOp, address: Node, offset: number): Node {
  return {
    type: op.result!,
    op,
    a: address,
    b: undefined,
    c: undefined,
    immediate: offset,
    wide: undefined,
    kind: 'load',
  };
}
/** extract_lane and replace_lane. */
export function lane(op: WasmOp, index: number, a: Node, b?: Node): Node {
  return { type: op.result!, op, a, b, c: undefined, immediate: index, wide: undefined, kind: 'lane' };
}
const SHUFFLE = wasmOp('i8x16.shuffle');
export function shuffle(lanes: readonly number[], a: Node, b: Node): Node {
  const wide = Uint8Array.from(lanes);
  return { type: 'v128', op: SHUFFLE, a, b, c: undefined, immediate: 0, wide, kind: 'lanes' };
}
export function select(condition: Node, a: Node, b: Node): Node {
  return { type: a.type, op: undefined, a, b, c: condition, immediate: 0, wide: undefined, kind: 'select' };
}
/** A call of function `index` with up to four arguments and one result. */
export function call(index: number, type: ValueType, a?: Node, b?: Node, c?: Node, d?: Node): Node {
  return { type, op: undefined, a, b, c, ...(d && { d }), immediate: index, wide: undefined, kind: 'call' };
}
