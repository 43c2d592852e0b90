/**
 * Flags. The six arithmetic flags are not computed when an instruction sets them: what is kept is a record of the
 * operation, its operands and its result, all sign-extended to 64 bits, so that the operand size no longer matters
 * (the top bit of a sign-extended sum carries as the operand's own top bit does). Here is how a flag is read from the
 * record: once as WebAssembly functions, once for the kernel's side.
 */
import type { Local, Node } from './wasm/node.ts';
import type { Module, Signature } from './wasm/module.ts';
import type { FlagOperation } from './emitter.ts';
import { Code } from './wasm/code.ts';
import { i32, i64, makeNode, call } from './wasm/node.ts';
import { wasmOp } from './wasm/ops.ts';

/** The result holds the flags themselves, at their places in RFLAGS. */
export const FLAGS_EXPLICIT = 0;
export const FLAGS_ADD = 1;
export const FLAGS_SUB = 2;
export const FLAGS_LOGIC = 3;
/** a is the operand, b the carry flag as it was. */
export const FLAGS_INC = 4;
export const FLAGS_DEC = 5;
/** a is the carry flag, b the overflow flag (each zero or not). */
export const FLAGS_CARRY = 6;
/** As FLAGS_SUB, but a borrow went in: a and b alone do not tell how they compare. */
export const FLAGS_SBB = 7;

export const FLAG_KINDS: Readonly<Record<FlagOperation, number>> = {
  add: FLAGS_ADD,
  sub: FLAGS_SUB,
  sbb: FLAGS_SBB,
  logic: FLAGS_LOGIC,
  inc: FLAGS_INC,
  dec: FLAGS_DEC,
  carry: FLAGS_CARRY,
};

export const CF = 1 << 0;
export const PF = 1 << 2;
export const AF = 1 << 4;
export const ZF = 1 << 6;
export const SF = 1 << 7;
export const OF = 1 << 11;
export const ARITHMETIC_FLAGS = CF | PF | AF | ZF | SF | OF;

export type FlagName = 'cf' | 'pf' | 'af' | 'zf' | 'sf' | 'of';
export const FLAG_NAMES: readonly FlagName[] = ['cf', 'pf', 'af', 'zf', 'sf', 'of'];
export const FLAG_SHIFT: Readonly<Record<FlagName, number>> = { cf: 0, pf: 2, af: 4, zf: 6, sf: 7, of: 11 };

/** A flag record as nodes: kind i32, the others i64. */
export interface FlagRecord {
  readonly kind: Node;
  readonly a: Node;
  readonly b: Node;
  readonly result: Node;
}

const SIGNATURE: Signature = { parameters: ['i32', 'i64', 'i64', 'i64'], result: 'i32' };

const op = (name: string, a: Node, b?: Node): Node => makeNode(wasmOp(name), a, b);

/** The functions that compute single flags, as a part of a module: (kind, a, b, result) → 0 or 1. */
export class FlagFunctions {
  readonly #index: Partial<Record<FlagName, number>> = {};
  readonly #all: number;

  constructor(module: Module) {
    for (const name of FLAG_NAMES) this.#index[name] = module.function(SIGNATURE, flagFunction(name));
    this.#all = module.function(SIGNATURE, this.#allFunction());
  }
  #allFunction(): Code {
    const code = new Code(SIGNATURE.parameters);
    const [kind, a, b, result] = [0, 1, 2, 3].map(i => code.parameter(i)) as [Local, Local, Local, Local];
    const explicit = op('i32.and', op('i32.wrap_i64', result), i32(ARITHMETIC_FLAGS));
    code.if(op('i32.eq', kind, i32(FLAGS_EXPLICIT)), () => code.return(explicit));
    let word: Node = i32(0);
    for (const name of FLAG_NAMES) {
      const bit = this.read(name, { kind, a, b, result });
      word = op('i32.or', word, op('i32.shl', bit, i32(FLAG_SHIFT[name])));
    }
    code.return(word);
    code.unreachable();
    return code;
  }

  read(name: FlagName, { kind, a, b, result }: FlagRecord): Node {
    return call(this.#index[name]!, 'i32', kind, a, b, result);
  }
  /** All six at their places in RFLAGS. */
  readAll({ kind, a, b, result }: FlagRecord): Node {
    return call(this.#all, 'i32', kind, a, b, result);
  }
}

/** A flag that an operation of a known kind left behind, as an expression over its record. */
export function flagAfter(name: FlagName, kind: number, { a, b, result: r }: Omit<FlagRecord, 'kind'>): Node {
  const negative = (value: Node): Node => op('i64.lt_s', value, i64(0));
  const not = (value: Node): Node => op('i64.xor', value, i64(-1));
  const bit = (value: Node, shift: number): Node =>
    op('i32.and', op('i32.wrap_i64', op('i64.shr_u', value, i64(shift))), i32(1));
  if (kind === FLAGS_EXPLICIT) return bit(r, FLAG_SHIFT[name]);
  switch (name) {
    case 'zf':
      return op('i64.eqz', r);
    case 'sf':
      return negative(r);
    case 'pf':
      return op(
        'i32.and',
        op('i32.xor', op('i32.popcnt', op('i32.and', op('i32.wrap_i64', r), i32(0xff))), i32(1)),
        i32(1),
      );
    case 'cf':
      switch (kind) {
        case FLAGS_SUB:
          return op('i64.lt_u', a, b);
        case FLAGS_SBB:
          return negative(op('i64.or', op('i64.and', not(a), b), op('i64.and', op('i64.or', not(a), b), r)));
        case FLAGS_ADD:
          return negative(op('i64.or', op('i64.and', a, b), op('i64.and', op('i64.or', a, b), not(r))));
        case FLAGS_LOGIC:
          return i32(0);
        case FLAGS_CARRY:
          return op('i64.ne', a, i64(0));
        default:
          return op('i64.ne', b, i64(0));
      }
    case 'of':
      switch (kind) {
        case FLAGS_SUB:
        case FLAGS_SBB:
          return negative(op('i64.and', op('i64.xor', a, b), op('i64.xor', a, r)));
        case FLAGS_ADD:
          return negative(op('i64.and', op('i64.xor', a, r), op('i64.xor', b, r)));
        case FLAGS_LOGIC:
          return i32(0);
        case FLAGS_CARRY:
          return op('i64.ne', b, i64(0));
        case FLAGS_INC:
          return negative(op('i64.and', not(a), r));
        default:
          return negative(op('i64.and', a, not(r)));
      }
    case 'af':
      switch (kind) {
        case FLAGS_ADD:
        case FLAGS_SUB:
        case FLAGS_SBB:
          return bit(op('i64.xor', op('i64.xor', a, b), r), 4);
        case FLAGS_INC:
        case FLAGS_DEC:
          return bit(op('i64.xor', op('i64.xor', a, r), i64(1)), 4);
        default:
          return i32(0);
      }
  }
}

/**
 * A condition (the code of jcc without its lowest bit, which negates) after a comparison (FLAGS_SUB), from the operands
 * themselves; undefined for overflow and parity, which nobody asks a comparison for.
 */
export function afterComparison(code: number, { a, b, result }: Omit<FlagRecord, 'kind'>): Node | undefined {
  switch (code) {
    case 1:
      return op('i64.lt_u', a, b);
    case 2:
      return op('i64.eqz', result);
    case 3:
      return op('i64.le_u', a, b);
    case 4:
      return op('i64.lt_s', result, i64(0));
    case 6:
      return op('i64.lt_s', a, b);
    case 7:
      return op('i64.le_s', a, b);
    default:
      return undefined;
  }
}

/** Kinds in the order in which a function asks for them: the frequent ones first. */
const KINDS = [
  FLAGS_SUB,
  FLAGS_LOGIC,
  FLAGS_ADD,
  FLAGS_EXPLICIT,
  FLAGS_INC,
  FLAGS_DEC,
  FLAGS_CARRY,
  FLAGS_SBB,
];

function flagFunction(name: FlagName): Code {
  const code = new Code(SIGNATURE.parameters);
  const [kind, a, b, result] = [0, 1, 2, 3].map(i => code.parameter(i)) as [Local, Local, Local, Local];
  const record = { a, b, result };
  if (name === 'zf' || name === 'sf' || name === 'pf') {
    // All kinds but one are alike.
    code.if(kind, () => code.return(flagAfter(name, FLAGS_SUB, record)));
    code.return(flagAfter(name, FLAGS_EXPLICIT, record));
  } else {
    for (const one of KINDS)
      code.if(op('i32.eq', kind, i32(one)), () => code.return(flagAfter(name, one, record)));
  }
  code.unreachable();
  return code;
}

/** The six flags of a record, at their places in RFLAGS. */
export function computeFlags(kind: number, a: bigint, b: bigint, result: bigint): number {
  if (kind === FLAGS_EXPLICIT) return Number(result & BigInt(ARITHMETIC_FLAGS));
  let flags = 0;
  if (result === 0n) flags |= ZF;
  if (result < 0n) flags |= SF;
  let low = Number(result & 0xffn);
  low ^= low >> 4;
  low ^= low >> 2;
  low ^= low >> 1;
  if ((low & 1) === 0) flags |= PF;
  let carry = false;
  let overflow = false;
  let adjust = 0n;
  switch (kind) {
    case FLAGS_ADD:
      carry = ((a & b) | ((a | b) & ~result)) < 0n;
      overflow = ((a ^ result) & (b ^ result)) < 0n;
      adjust = a ^ b ^ result;
      break;
    case FLAGS_SUB:
    case FLAGS_SBB:
      carry = ((~a & b) | ((~a | b) & result)) < 0n;
      overflow = ((a ^ b) & (a ^ result)) < 0n;
      adjust = a ^ b ^ result;
      break;
    case FLAGS_INC:
    case FLAGS_DEC:
      carry = b !== 0n;
      overflow = (kind === FLAGS_INC ? ~a & result : a & ~result) < 0n;
      adjust = a ^ 1n ^ result;
      break;
    case FLAGS_CARRY:
      carry = a !== 0n;
      overflow = b !== 0n;
      break;
    default:
  }
  if (carry) flags |= CF;
  if (overflow) flags |= OF;
  if ((adjust & 0x10n) !== 0n) flags |= AF;
  return flags;
}
