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

  constructor(module: Module) {
    for (const name of ['cf', 'pf', 'af', 'zf', 'sf', 'of'] as const)
      this.#index[name] = module.function(SIGNATURE, flagFunction(name));
  }

  read(name: FlagName, { kind, a, b, result }: FlagRecord): Node {
    return call(this.#index[name]!, 'i32', kind, a, b, result);
  }
}

function flagFunction(name: FlagName): Code {
  const code = new Code(SIGNATURE.parameters);
  const [kind, a, b, r] = [0, 1, 2, 3].map(i => code.parameter(i)) as [Local, Local, Local, Local];
  const is = (value: number): Node => op('i32.eq', kind, i32(value));
  const negative = (value: Node): Node => op('i64.lt_s', value, i64(0));
  const not = (value: Node): Node => op('i64.xor', value, i64(-1));
  const answer = (condition: Node, value: Node): void => code.if(condition, () => code.return(value));
  const explicit = op('i32.and', op('i32.wrap_i64', op('i64.shr_u', r, i64(FLAG_SHIFT[name]))), i32(1));
  const bit4 = (value: Node): Node =>
    op('i32.and', op('i32.wrap_i64', op('i64.shr_u', value, i64(4))), i32(1));
  switch (name) {
    case 'cf':
      answer(
        op('i32.or', is(FLAGS_SUB), is(FLAGS_SBB)),
        negative(op('i64.or', op('i64.and', not(a), b), op('i64.and', op('i64.or', not(a), b), r))),
      );
      answer(
        is(FLAGS_ADD),
        negative(op('i64.or', op('i64.and', a, b), op('i64.and', op('i64.or', a, b), not(r)))),
      );
      answer(is(FLAGS_LOGIC), i32(0));
      answer(is(FLAGS_CARRY), op('i64.ne', a, i64(0)));
      answer(is(FLAGS_EXPLICIT), explicit);
      code.return(op('i64.ne', b, i64(0)));
      break;
    case 'of':
      answer(
        op('i32.or', is(FLAGS_SUB), is(FLAGS_SBB)),
        negative(op('i64.and', op('i64.xor', a, b), op('i64.xor', a, r))),
      );
      answer(is(FLAGS_ADD), negative(op('i64.and', op('i64.xor', a, r), op('i64.xor', b, r))));
      answer(is(FLAGS_LOGIC), i32(0));
      answer(is(FLAGS_CARRY), op('i64.ne', b, i64(0)));
      answer(is(FLAGS_EXPLICIT), explicit);
      answer(is(FLAGS_INC), negative(op('i64.and', not(a), r)));
      code.return(negative(op('i64.and', a, not(r))));
      break;
    case 'af':
      answer(is(FLAGS_EXPLICIT), explicit);
      answer(
        op('i32.or', op('i32.le_u', kind, i32(FLAGS_SUB)), is(FLAGS_SBB)),
        bit4(op('i64.xor', op('i64.xor', a, b), r)),
      );
      answer(op('i32.or', is(FLAGS_INC), is(FLAGS_DEC)), bit4(op('i64.xor', op('i64.xor', a, r), i64(1))));
      code.return(i32(0));
      break;
    case 'zf':
      answer(is(FLAGS_EXPLICIT), explicit);
      code.return(op('i64.eqz', r));
      break;
    case 'sf':
      answer(is(FLAGS_EXPLICIT), explicit);
      code.return(negative(r));
      break;
    case 'pf':
      answer(is(FLAGS_EXPLICIT), explicit);
      code.return(
        op(
          'i32.and',
          op('i32.xor', op('i32.popcnt', op('i32.and', op('i32.wrap_i64', r), i32(0xff))), i32(1)),
          i32(1),
        ),
      );
      break;
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
