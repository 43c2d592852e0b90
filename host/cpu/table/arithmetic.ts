/** Addition, subtraction, comparison, logic, exchange-and-add, compare-and-exchange. SDM volume 1, 7.3.2 and 7.3.3. */
import type { Row, Semantics } from './row.ts';
import type { Node } from '../wasm/node.ts';
import { row } from './row.ts';
import { update, widen, widthOf } from './integer.ts';
import { RAX, RBX, RCX, RDX } from '../../../kernel/abi/cpu-context.ts';

/** add and sub: what flags they leave follows from both operands. */
function sum(operation: 'add' | 'sub'): Semantics {
  return (e, to, from) => {
    const width = widthOf(to);
    const b = e.read(from, width);
    const place = e.place(to, 'modify');
    if (e.isLocked) {
      const old = place.atomic(operation, b);
      e.setFlags(operation, width, old, b, e.let(e[operation](old, b)));
      return;
    }
    const a = place.load();
    const result = e.let(e[operation](a, b));
    place.store(result);
    e.setFlags(operation, width, a, b, result);
  };
}

/** adc and sbb */
function sumWithCarry(operation: 'add' | 'sub'): Semantics {
  return (e, to, from) => {
    const width = widthOf(to);
    const b = e.read(from, width);
    const place = e.place(to, 'modify');
    const carry = e.let(widen(e, e.flag('cf'), width));
    const { old, result } = update(e, place, a => e[operation](e[operation](a, b), carry));
    e.setFlags(operation === 'sub' ? 'sbb' : 'add', width, old, b, result);
  };
}

function logic(operation: 'and' | 'or' | 'xor'): Semantics {
  return (e, to, from) => {
    const width = widthOf(to);
    const b = e.read(from, width);
    const place = e.place(to, 'modify');
    const a = e.isLocked ? place.atomic(operation, b) : place.load();
    const result = e.let(e[operation](a, b));
    if (!e.isLocked) place.store(result);
    e.setFlags('logic', width, a, b, result);
  };
}

const cmp: Semantics = (e, left, right) => {
  const width = widthOf(left);
  const a = e.read(left);
  const b = e.read(right, width);
  e.setFlags('sub', width, a, b, e.let(e.sub(a, b)));
};

const test: Semantics = (e, left, right) => {
  const width = widthOf(left);
  const a = e.read(left);
  const b = e.read(right, width);
  e.setFlags('logic', width, a, b, e.let(e.and(a, b)));
};

/** inc and dec keep the carry flag. */
function count(operation: 'add' | 'sub'): Semantics {
  return (e, to) => {
    const width = widthOf(to);
    const one = e.constant(width, 1);
    const place = e.place(to, 'modify');
    const a = e.isLocked ? place.atomic(operation, one) : place.load();
    const result = e.let(e[operation](a, one));
    if (!e.isLocked) place.store(result);
    e.setFlags(operation === 'add' ? 'inc' : 'dec', width, a, one, result);
  };
}

const neg: Semantics = (e, to) => {
  const width = widthOf(to);
  const zero = e.constant(width, 0);
  const { old, result } = update(e, e.place(to, 'modify'), a => e.sub(zero, a));
  e.setFlags('sub', width, zero, old, result);
};

const not: Semantics = (e, to) => {
  const place = e.place(to, 'modify');
  if (e.isLocked) place.atomic('xor', e.constant(to.width, -1));
  else place.store(e.not(place.load()));
};

const xadd: Semantics = (e, to, from) => {
  const width = widthOf(to);
  const b = e.read(from);
  const place = e.place(to, 'modify');
  const a = e.isLocked ? place.atomic('add', b) : place.load();
  const result = e.let(e.add(a, b));
  // The destination is written last: it may be the same register.
  e.write(from, a);
  if (!e.isLocked) place.store(result);
  e.setFlags('add', width, a, b, result);
};

/**
 * The destination is written in any case. A 32-bit register that keeps its value keeps its upper half too, as does eax
 * when the values are equal.
 */
const cmpxchg: Semantics = (e, to, from) => {
  const width = widthOf(to);
  const b = e.read(from);
  const accumulator = e.gpr(RAX, width);
  const place = e.place(to, 'modify');
  let old: Node;
  if (e.isLocked) {
    old = place.compareExchange(accumulator, b);
    e.if(e.ne(old, accumulator), () => e.setGpr(RAX, width, old));
  } else {
    old = place.load();
    const writesBack = to.kind === 'memory';
    const isEqual = e.let(e.eq(old, accumulator));
    if (writesBack) place.store(e.select(isEqual, b, old));
    e.if(
      isEqual,
      () => {
        if (!writesBack) place.store(b);
      },
      () => e.setGpr(RAX, width, old),
    );
  }
  e.setFlags('sub', width, accumulator, old, e.let(e.sub(accumulator, old)));
};

const cmpxchg8b: Semantics = (e, to) => {
  const pair = (high: number, low: number): Node =>
    e.let(e.or(e.shl(e.zeroExtend(e.gpr(high, 32), 32), e.i64(32)), e.zeroExtend(e.gpr(low, 32), 32)));
  const expected = pair(RDX, RAX);
  const replacement = pair(RCX, RBX);
  const place = e.place(to, 'modify');
  const old = e.isLocked ? place.compareExchange(expected, replacement) : place.load();
  const isEqual = e.let(e.eq(old, expected));
  if (!e.isLocked) place.store(e.select(isEqual, replacement, old));
  e.if(e.eqz(isEqual), () => {
    e.setGpr(RAX, 32, e.narrow(old));
    e.setGpr(RDX, 32, e.narrow(e.shrU(old, e.i64(32))));
  });
  e.updateFlags({ zf: isEqual });
};

/** WebAssembly has no atomic access of 128 bits: with a lock prefix this is atomic only among tasks of one processor. */
const cmpxchg16b: Semantics = (e, to) => {
  const place = e.place(to, 'modify');
  const old = place.load();
  const [low, high] = [0, 1].map(i => e.let(e.lane('i64x2.extract_lane', i, old))) as [Node, Node];
  const [expectedLow, expectedHigh] = [e.gpr(RAX, 64), e.gpr(RDX, 64)];
  const isEqual = e.let(e.and(e.eq(low, expectedLow), e.eq(high, expectedHigh)));
  const replacement = e.lane('i64x2.replace_lane', 1, e.op('i64x2.splat', e.gpr(RBX, 64)), e.gpr(RCX, 64));
  place.store(e.select(isEqual, replacement, old));
  e.if(e.eqz(isEqual), () => {
    e.setGpr(RAX, 64, low);
    e.setGpr(RDX, 64, high);
  });
  e.updateFlags({ zf: isEqual });
};

/** The eight operations of the one-byte map's first four columns, and of group 1. */
const GROUP1: readonly [name: string, does: Semantics, canLock: boolean, undefinedFlags?: string][] = [
  ['add', sum('add'), true],
  ['or', logic('or'), true, 'a'],
  ['adc', sumWithCarry('add'), true],
  ['sbb', sumWithCarry('sub'), true],
  ['and', logic('and'), true, 'a'],
  ['sub', sum('sub'), true],
  ['xor', logic('xor'), true, 'a'],
  ['cmp', cmp, false],
];

function group1(): Row[] {
  return GROUP1.flatMap(([name, does, lock, undefinedFlags], number) => {
    const options = { ...(undefinedFlags !== undefined && { undefined: undefinedFlags }) };
    const toMemory = { ...options, ...(lock && { lock }) };
    const code = (low: number): string => (number * 8 + low).toString(16).padStart(2, '0');
    return [
      row(name, code(0), 'Eb Gb', does, toMemory),
      row(name, code(1), 'Ev Gv', does, toMemory),
      row(name, code(2), 'Gb Eb', does, options),
      row(name, code(3), 'Gv Ev', does, options),
      row(name, code(4), 'al Ib', does, options),
      row(name, code(5), 'rAX Iz', does, options),
      row(name, `80 /${number}`, 'Eb Ib', does, toMemory),
      row(name, `81 /${number}`, 'Ev Iz', does, toMemory),
      row(name, `83 /${number}`, 'Ev Ib', does, toMemory),
    ];
  });
}

/** A row for bytes, and one for the other widths with the opcode after it. */
function both(name: string, code: string, suffix: string, does: Semantics, options: object = {}): Row[] {
  const words = code.split(' ');
  const next = (Number.parseInt(words.at(-1)!, 16) + 1).toString(16).padStart(2, '0');
  const second = [...words.slice(0, -1), next].join(' ');
  const [extension, ...operands] = suffix.split(' ');
  const encode = (opcode: string): string => (extension === '' ? opcode : `${opcode} ${extension}`);
  return [
    row(name, encode(code), operands.map(letter => `${letter}b`).join(' '), does, options),
    row(name, encode(second), operands.map(letter => `${letter}v`).join(' '), does, options),
  ];
}

export const arithmeticRows: readonly Row[] = [
  ...group1(),
  ...both('inc', 'fe', '/0 E', count('add'), { lock: true }),
  ...both('dec', 'fe', '/1 E', count('sub'), { lock: true }),
  ...both('not', 'f6', '/2 E', not, { lock: true }),
  ...both('neg', 'f6', '/3 E', neg, { lock: true }),
  ...both('test', '84', ' E G', test, { undefined: 'a' }),
  row('test', 'a8', 'al Ib', test, { undefined: 'a' }),
  row('test', 'a9', 'rAX Iz', test, { undefined: 'a' }),
  // /1 is the same as /0.
  ...['/0', '/1'].flatMap(extension => [
    row('test', `f6 ${extension}`, 'Eb Ib', test, { undefined: 'a' }),
    row('test', `f7 ${extension}`, 'Ev Iz', test, { undefined: 'a' }),
  ]),
  ...both('xadd', '0f c0', ' E G', xadd, { lock: true }),
  ...both('cmpxchg', '0f b0', ' E G', cmpxchg, { lock: true }),
  row('cmpxchg8b', 'rex0 0f c7 /1', 'Mq', cmpxchg8b, { lock: true }),
  row('cmpxchg16b', 'rexw 0f c7 /1', 'Mx', cmpxchg16b, { lock: true, feature: 'cx16' }),
];
