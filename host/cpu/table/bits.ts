/** Single bits, bit scans and counts, set on condition, crc32. SDM volume 1, 7.3.7 and 7.3.8. */
import type { Emitter, Place } from '../emitter.ts';
import type { Node } from '../wasm/node.ts';
import type { Operand, Row, Semantics } from './row.ts';
import { CONDITIONS, bitOf, cutAddress, widthOf } from './integer.ts';
import { row } from './row.ts';

/** What bts, btr and btc do: an atomic operation with a mask, or with its complement. */
type Change = { readonly operation: 'and' | 'or' | 'xor'; readonly isInverted: boolean };

/** Where the bit is. A register as bit number reaches beyond a memory operand, to both sides. */
function bitPlace(e: Emitter, base: Operand, index: Operand, access: 'read' | 'modify'): [Place, bit: Node] {
  const width = widthOf(base);
  const number = e.read(index, width);
  const bit = e.let(e.and(number, e.constant(width, width - 1)));
  if (base.kind !== 'memory' || index.kind === 'immediate') return [e.place(base, access), bit];
  const unit = e.shrS(e.signExtend(number, width), e.i64(Math.log2(width)));
  const offset = e.shl(unit, e.i64(Math.log2(width / 8)));
  const address = cutAddress(e, e.add(e.address(base), offset));
  return [e.memory(address, width, access, 'operand'), bit];
}
function testBit(change?: Change): Semantics {
  return (e, base, index) => {
    const width = widthOf(base);
    const [place, bit] = bitPlace(e, base, index, change ? 'modify' : 'read');
    let old: Node;
    if (!change) old = place.load();
    else {
      const mask = e.shl(e.constant(width, 1), bit);
      const operand = e.let(e.cut(change.isInverted ? e.not(mask) : mask, width));
      if (e.isLocked) old = place.atomic(change.operation, operand);
      else {
        old = place.load();
        place.store(e[change.operation](old, operand));
      }
    }
    // The flags but cf and zf are undefined; processors keep them.
    e.updateFlags({ cf: e.let(bitOf(e, e.shrU(old, bit), 0)) });
  };
}

/** bsf and bsr: the destination stays as it is (also its upper half) when there is no bit. */
function scan(isForward: boolean): Semantics {
  return (e, to, from) => {
    const width = widthOf(to);
    const value = e.read(from);
    const isZero = e.let(e.eqz(value));
    const last = width === 64 ? e.i64(63) : e.i32(31);
    const index = e.let(isForward ? e.ctz(value) : e.xor(e.clz(value), last));
    e.if(e.eqz(isZero), () => e.write(to, index));
    e.setFlags('logic', width, value, value, value);
  };
}

/** tzcnt and lzcnt: cf says that there is no bit. */
function countZeros(isTrailing: boolean): Semantics {
  return (e, to, from) => {
    const width = widthOf(to);
    const value = e.read(from);
    let zeros: Node;
    if (isTrailing) zeros = e.ctz(width === 16 ? e.or(value, e.i32(0x1_0000)) : value);
    else zeros = width === 16 ? e.sub(e.clz(value), e.i32(16)) : e.clz(value);
    const result = e.let(zeros);
    e.write(to, result);
    e.setFlags('carry', width, e.let(e.eqz(value)), e.i32(0), result);
  };
}

const popcnt: Semantics = (e, to, from) => {
  const value = e.read(from);
  e.write(to, e.popcnt(value));
  const clear = e.i32(0);
  e.updateFlags({ cf: clear, pf: clear, af: clear, zf: e.let(e.eqz(value)), sf: clear, of: clear });
};

/** The polynomial 0x11edc6f41, bits reversed. */
const CASTAGNOLI = 0x82f6_3b78;

const crc32: Semantics = (e, to, from) => {
  const width = widthOf(from);
  const data = e.zeroExtend(e.read(from), width);
  const state = e.variable(e.xor(e.zeroExtend(e.read(to), 32), data));
  const turns = e.variable(e.i32(width));
  e.loop(again => {
    const out = e.and(state, e.i64(1));
    const reduced = e.and(e.sub(e.i64(0), out), e.i64(CASTAGNOLI));
    e.set(state, e.xor(e.shrU(state, e.i64(1)), reduced));
    e.set(turns, e.sub(turns, e.i32(1)));
    e.branchTo(again, turns);
  });
  e.write(to, to.width === 64 ? state : e.narrow(state));
};

const LOGIC = { undefined: 'osapc' };
const COUNT = { undefined: 'osap' };
const BIT = { undefined: 'osap' };

const BIT_TESTS: readonly [name: string, opcode: string, extension: number, change?: Change][] = [
  ['bt', 'a3', 4],
  ['bts', 'ab', 5, { operation: 'or', isInverted: false }],
  ['btr', 'b3', 6, { operation: 'and', isInverted: true }],
  ['btc', 'bb', 7, { operation: 'xor', isInverted: false }],
];

export const bitRows: readonly Row[] = [
  ...BIT_TESTS.flatMap(([name, opcode, extension, change]) => {
    const options = { ...BIT, ...(change && { lock: true }) };
    return [
      row(name, `0f ${opcode}`, 'Ev Gv', testBit(change), { ...options, isAddressSized: true }),
      row(name, `0f ba /${extension}`, 'Ev Ib', testBit(change), options),
    ];
  }),
  row('bsf', '0f bc', 'Gv Ev', scan(true), LOGIC),
  row('bsr', '0f bd', 'Gv Ev', scan(false), LOGIC),
  // Where BMI1 is not announced this is bsf on a processor; compilers write it for both.
  row('tzcnt', 'f3 0f bc', 'Gv Ev', countZeros(true), COUNT),
  row('lzcnt', 'f3 0f bd', 'Gv Ev', countZeros(false), { ...COUNT, feature: 'lzcnt' }),
  row('popcnt', 'f3 0f b8', 'Gv Ev', popcnt, { feature: 'popcnt' }),
  ...CONDITIONS.map((name, code) =>
    row(`set${name}`, `0f ${(0x90 + code).toString(16)}`, 'Eb', (e, to) => e.write(to, e.condition(code))),
  ),
  row('crc32', 'f2 0f38 f0', 'Gy Eb', crc32, { feature: 'sse4_2' }),
  row('crc32', 'f2 0f38 f1', 'Gy Ev', crc32, { feature: 'sse4_2' }),
];
