/**
 * Floating-point arithmetic of SSE, from SSE to SSE4.1: what it computes where float-paths.ts allows it. The helpers
 * do the rest.
 */
import type { Emitter } from '../emitter.ts';
import type { Node } from '../wasm/node.ts';
import type { Operand, Options, Row, Semantics } from './row.ts';
import * as helpers from '../helpers/sse-arithmetic.ts';
import {
  SSE_ADD,
  SSE_DIVIDE,
  SSE_MAXIMUM,
  SSE_MINIMUM,
  SSE_MULTIPLY,
  SSE_SQUARE_ROOT,
  SSE_SUBTRACT,
} from '../softfloat/sse.ts';
import {
  either,
  floatConstant,
  inAllLanes,
  isScalar,
  lowLane,
  requireExact,
  requireFinite,
  requireNormal,
  requireNumbers,
  requirePlain,
  source,
  vectorOf,
  withLowLane,
  type Shape,
} from './float-paths.ts';
import { row } from './row.ts';
import { andNot } from './vector-integer.ts';
import { SSE3, SSE41, binaryRow, onlyHelper, pick, wasm } from './vector.ts';

/** Computes; falls back if it must not. a and b are pinned down. */
type Operation = (e: Emitter, shape: Shape, a: Node, b: Node) => Node;

const isZero = (e: Emitter, shape: Shape, a: Node): Node =>
  e.op(`${shape}.eq`, a, floatConstant(e, shape, 0n));

const sum: (name: string) => Operation = name => (e, shape, a, b) => {
  requirePlain(e);
  const result = e.let(e.op(`${shape}.${name}`, a, b));
  requireFinite(e, shape, result);
  return result;
};
const multiply: Operation = (e, shape, a, b) => {
  requirePlain(e);
  const result = e.let(e.op(`${shape}.mul`, a, b));
  requireNormal(e, shape, result, () => either(e, isZero(e, shape, a), isZero(e, shape, b)));
  return result;
};
const divide: Operation = (e, shape, a, b) => {
  requirePlain(e);
  const result = e.let(e.op(`${shape}.div`, a, b));
  const infinity = vectorOf(shape) === 'f32x4' ? 0x7f80_0000n : 0x7ff0_0000_0000_0000n;
  const isInfinite = (value: Node): Node =>
    e.op(`${shape}.eq`, e.op(`${shape}.abs`, value), floatConstant(e, shape, infinity));
  requireNormal(e, shape, result, () => either(e, isZero(e, shape, a), isInfinite(b)));
  return result;
};
const squareRoot: Operation = (e, shape, _, b) => {
  requirePlain(e);
  e.fallbackIf(e.eqz(inAllLanes(e, shape, e.op(`${shape}.ge`, b, floatConstant(e, shape, 0n)))));
  return e.op(`${shape}.sqrt`, b);
};
/** The second operand, unless the first one is less (greater). */
function extremum(name: 'min' | 'max'): Operation {
  return (e, shape, a, b) => {
    requireExact(e);
    requireNumbers(e, shape, a, b);
    if (!isScalar(shape)) return e.op(`${shape}.p${name}`, b, a);
    // Without a branch, as select would have one.
    const vector = vectorOf(shape);
    const [x, y] = [a, b].map(value => e.op(`${vector}.splat`, value));
    return lowLane(e, shape, e.op(`${vector}.p${name}`, y, x));
  };
}

function arithmetic(shape: Shape, operation: Operation): Semantics {
  return (e, to, from) => {
    const b = source(e, shape, from);
    const old = e.read(to);
    if (!isScalar(shape)) e.write(to, operation(e, shape, old, b));
    else e.write(to, withLowLane(e, shape, old, operation(e, shape, lowLane(e, shape, old), b)));
  };
}

/** Each shape's prefix, and the suffix of its names. */
const KINDS = [
  ['np', 'ps', 'f32x4'],
  ['66', 'pd', 'f64x2'],
  ['f3', 'ss', 'f32'],
  ['f2', 'sd', 'f64'],
] as const;

/** Rows of a shape: scalar instructions have less memory than register. `more`: operands that follow. */
function shaped(
  shape: Shape,
  name: string,
  encoding: string,
  does: Semantics,
  options: Options,
  more = '',
): Row[] {
  if (!isScalar(shape)) return [row(name, encoding, `Vx Wx${more}`, does, options)];
  const memory = shape === 'f32' ? 'Md' : 'Mq';
  return [
    row(name, encoding, `Vx Ux${more}`, does, options),
    row(name, encoding, `Vx ${memory}${more}`, does, options),
  ];
}

function fourKinds(name: string, opcode: string, number: number, operation: Operation): Row[] {
  return KINDS.flatMap(([prefix, suffix, shape]) =>
    shaped(shape, `${name}${suffix}`, `${prefix} 0f ${opcode}`, arithmetic(shape, operation), {
      helper: helpers.helpArithmetic(number, shape),
    }),
  );
}

// ---- comparisons

/** The predicates of cmpps: 0 =, 1 <, 2 ≤, 3 unordered, and the negation of each. */
const COMPARISONS = ['eq', 'lt', 'le', undefined, 'ne', 'ge', 'gt', undefined] as const;

/** A mask of all ones where the predicate holds; a and b are numbers. */
function compareLanes(e: Emitter, shape: 'f32x4' | 'f64x2', a: Node, b: Node, predicate: Operand): Node {
  const number = e.read(predicate, 32);
  const byNumber = (value: number): Node => {
    const name = COMPARISONS[value];
    if (name === undefined) return value === 3 ? e.v128(0n, 0n) : e.v128(-1n, -1n);
    // Not less is greater or equal, of numbers.
    return e.op(`${shape}.${name}`, a, b);
  };
  if (number.kind === 'constant') return byNumber(number.immediate & 7);
  const low = e.let(e.and(number, e.i32(3)));
  const lowest = e.select(low, byNumber(1), byNumber(0));
  const positive = e.select(
    e.ltU(low, e.i32(2)),
    lowest,
    e.select(e.and(low, e.i32(1)), byNumber(3), byNumber(2)),
  );
  const negation = e.op('i32x4.splat', e.sub(e.i32(0), e.and(e.shrU(number, e.i32(2)), e.i32(1))));
  return e.op('v128.xor', positive, negation);
}

function compare(shape: Shape): Semantics {
  const vector = vectorOf(shape);
  return (e, to, from, predicate) => {
    const b = source(e, shape, from);
    const old = e.read(to);
    requireExact(e);
    if (!isScalar(shape)) {
      requireNumbers(e, shape, old, b);
      e.write(to, compareLanes(e, vector, old, b, predicate));
      return;
    }
    requireNumbers(e, shape, lowLane(e, shape, old), b);
    const mask = compareLanes(e, vector, old, e.let(e.op(`${vector}.splat`, b)), predicate);
    const size = shape === 'f32' ? 4 : 8;
    e.write(to, pick(e, size, size === 4 ? [4, 1, 2, 3] : [2, 1], old, e.let(mask)));
  };
}

/** comis and ucomis: ZF, PF and CF; they differ in which NaNs are invalid. */
function compareFlags(shape: 'f32' | 'f64'): Semantics {
  return (e, first, second) => {
    const b = source(e, shape, second);
    const a = source(e, shape, first);
    requireExact(e);
    requireNumbers(e, shape, a, b);
    const clear = e.i32(0);
    e.updateFlags({
      cf: e.let(e.op(`${shape}.lt`, a, b)),
      pf: clear,
      af: clear,
      zf: e.let(e.op(`${shape}.eq`, a, b)),
      sf: clear,
      of: clear,
    });
  };
}

function flagRows(name: string, opcode: string, isQuiet: boolean): Row[] {
  return (['f32', 'f64'] as const).flatMap(shape =>
    shaped(
      shape,
      `${name}${shape === 'f32' ? 'ss' : 'sd'}`,
      `${shape === 'f32' ? 'np' : '66'} 0f ${opcode}`,
      compareFlags(shape),
      { helper: helpers.helpCompareFlags(shape, isQuiet) },
    ),
  );
}

// ---- neighbours

/** hadd, hsub: even lanes of both, and odd lanes of both. */
const horizontal: (name: 'add' | 'sub') => Operation = name => (e, shape, a, b) => {
  const [size, even, odd] = shape === 'f32x4' ? [4, [0, 2, 4, 6], [1, 3, 5, 7]] : [8, [0, 2], [1, 3]];
  return sum(name)(e, shape, e.let(pick(e, size, even, a, b)), e.let(pick(e, size, odd, a, b)));
};
/** addsub: subtracts in the even lanes, adds in the odd ones. */
const alternating: Operation = (e, shape, a, b) => {
  const signs = shape === 'f32x4' ? [0x8000_0000n, 0x8000_0000n] : [1n << 63n, 0n];
  return sum('add')(e, shape, a, e.let(e.op('v128.xor', b, e.v128(signs[0]!, signs[1]!))));
};

function neighbours(name: string, opcode: string, operation: Operation, help: helpers.LaneRule): Row[] {
  return (['f32x4', 'f64x2'] as const).map(shape =>
    row(
      `${name}${shape === 'f32x4' ? 'ps' : 'pd'}`,
      `${shape === 'f32x4' ? 'f2' : '66'} 0f ${opcode}`,
      'Vx Wx',
      arithmetic(shape, operation),
      { ...SSE3, helper: helpers.helpNeighbours(shape, help) },
    ),
  );
}

// ---- bits

function logic(name: string, opcode: string, operation: typeof andNot): Row[] {
  return [
    binaryRow(`${name}ps`, `np 0f ${opcode}`, operation),
    binaryRow(`${name}pd`, `66 0f ${opcode}`, operation),
  ];
}

export const sseFloatRows: readonly Row[] = [
  ...fourKinds('add', '58', SSE_ADD, sum('add')),
  ...fourKinds('mul', '59', SSE_MULTIPLY, multiply),
  ...fourKinds('sub', '5c', SSE_SUBTRACT, sum('sub')),
  ...fourKinds('min', '5d', SSE_MINIMUM, extremum('min')),
  ...fourKinds('div', '5e', SSE_DIVIDE, divide),
  ...fourKinds('max', '5f', SSE_MAXIMUM, extremum('max')),
  ...fourKinds('sqrt', '51', SSE_SQUARE_ROOT, squareRoot),

  ...KINDS.flatMap(([prefix, suffix, shape]) =>
    shaped(
      shape,
      `cmp${suffix}`,
      `${prefix} 0f c2`,
      compare(shape),
      { helper: helpers.helpCompare(shape) },
      ' Ib',
    ),
  ),
  ...flagRows('ucomi', '2e', true),
  ...flagRows('comi', '2f', false),

  ...neighbours('hadd', '7c', horizontal('add'), 'add neighbours'),
  ...neighbours('hsub', '7d', horizontal('sub'), 'subtract neighbours'),
  ...neighbours('addsub', 'd0', alternating, 'alternate'),
  row('dpps', '66 0f3a 40', 'Vx Wx Ib', onlyHelper, {
    ...SSE41,
    helper: helpers.helpDotProduct('f32x4'),
    isInterpreted: true,
  }),
  row('dppd', '66 0f3a 41', 'Vx Wx Ib', onlyHelper, {
    ...SSE41,
    helper: helpers.helpDotProduct('f64x2'),
    isInterpreted: true,
  }),

  ...logic('and', '54', wasm('v128.and')),
  ...logic('andn', '55', andNot),
  ...logic('or', '56', wasm('v128.or')),
  ...logic('xor', '57', wasm('v128.xor')),
];
