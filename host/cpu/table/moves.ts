/** Moving data without changing it: mov, extension, lea, exchange, bswap, cmov. SDM volume 1, 7.3.1. */
import type { Emitter } from '../emitter.ts';
import type { Node } from '../wasm/node.ts';
import type { Operand, Row, Semantics, Width } from './row.ts';
import { CONDITIONS, widthOf } from './integer.ts';
import { row } from './row.ts';
import { CPU_FS_BASE, CPU_GS_BASE, RAX, RBX, RDX, TRAP_PROTECTION } from '../../../kernel/abi/cpu-context.ts';

const mov: Semantics = (e, to, from) => e.write(to, e.read(from, to.width as Width));

const movzx: Semantics = (e, to, from) => {
  const value = e.read(from);
  e.write(to, to.width === 64 ? e.zeroExtend(value, widthOf(from)) : value);
};
const movsx: Semantics = (e, to, from) => {
  const value = e.read(from);
  const width = widthOf(from);
  e.write(to, to.width === 64 ? e.signExtend(value, width) : e.signExtend32(value, width));
};

const lea: Semantics = (e, to, from) => {
  const address = e.address(from);
  e.write(to, to.width === 64 ? address : e.narrow(address));
};

/** With a memory operand it is atomic, also without a lock prefix. */
const xchg: Semantics = (e, left, right) => {
  const b = e.read(right);
  const place = e.place(left, 'modify');
  if (left.kind === 'memory') {
    e.write(right, place.atomic('xchg', b));
    return;
  }
  const a = place.load();
  place.store(b);
  e.write(right, a);
};

/** The bytes of an integer in opposite order. */
export function swapBytes(e: Emitter, value: Node, width: 8 | 16 | 32 | 64): Node {
  if (width === 16) return e.or(e.shrU(value, e.i32(8)), e.shl(e.and(value, e.i32(0xff)), e.i32(8)));
  if (width === 32) {
    const odd = e.and(e.rotl(value, e.i32(8)), e.i32(0x00ff_00ff));
    return e.or(odd, e.and(e.rotr(value, e.i32(8)), e.i32(0xff00_ff00)));
  }
  const exchange = (of: Node, mask: bigint, by: number): Node => {
    const low = e.shl(e.and(of, e.i64(mask)), e.i64(by));
    return e.let(e.or(low, e.and(e.shrU(of, e.i64(by)), e.i64(mask))));
  };
  const pairs = exchange(value, 0x00ff_00ff_00ff_00ffn, 8);
  return e.rotl(exchange(pairs, 0x0000_ffff_0000_ffffn, 16), e.i64(32));
}

/** With 16-bit operands it is undefined; processors clear the register's low half. */
const bswap: Semantics = (e, to) => {
  const width = widthOf(to);
  const place = e.place(to, 'modify');
  place.store(width === 16 ? e.i32(0) : swapBytes(e, place.load(), width));
};

const movbe: Semantics = (e, to, from) => e.write(to, swapBytes(e, e.read(from), widthOf(from)));

/** The source is read in any case; a 32-bit destination is cleared above in any case. */
function cmov(code: number): Semantics {
  return (e, to, from) => {
    const value = e.read(from);
    const place = e.place(to, 'modify');
    place.store(e.select(e.condition(code), value, place.load()));
  };
}

/** al = [rbx + al] */
const xlat: Semantics = e => {
  const index = e.zeroExtend(e.gpr(RAX, 8), 8);
  const address = e.add(e.gpr(RBX, 64), index);
  const linear = e.addressSize === 32 ? e.and(address, e.i64(0xffff_ffff)) : address;
  e.setGpr(RAX, 8, e.memory(linear, 8, 'read', 'operand').load());
};

/** cbw, cwde, cdqe: the accumulator's lower half, sign-extended. */
function extendAccumulator(width: 16 | 32 | 64): Semantics {
  return e => {
    const value = e.gpr(RAX, (width / 2) as 8 | 16 | 32);
    const half = (width / 2) as 8 | 16 | 32;
    e.setGpr(RAX, width, width === 64 ? e.signExtend(value, half) : e.signExtend32(value, half));
  };
}
/** cwd, cdq, cqo: the accumulator's sign in dx, edx, rdx. */
function signToData(width: 16 | 32 | 64): Semantics {
  return e => {
    const value = e.gpr(RAX, width);
    const sign = width === 64 ? e.shrS(value, e.i64(63)) : e.shrS(e.signExtend32(value, width), e.i32(31));
    e.setGpr(RDX, width, sign);
  };
}

const nothing: Semantics = () => {};

/** The segment registers in the order of their numbers, and what they hold in a 64-bit program. */
const SEGMENTS: readonly [name: string, selector: number][] = [
  ['es', 0],
  ['cs', 0x33],
  ['ss', 0x2b],
  ['ds', 0],
  ['fs', 0],
  ['gs', 0],
];

/** Loading a selector. Selectors are not kept; fs and gs lose their base when they get a flat segment. */
export function loadSegment(e: Emitter, number: number, selector: Node): void {
  const name = SEGMENTS[number]![0];
  if (name === 'ss') {
    e.trapIf(e.ne(selector, e.i32(0x2b)), TRAP_PROTECTION);
    return;
  }
  const index = e.let(e.and(selector, e.i32(0xfffc)));
  const isFlat = e.let(e.op('i32.le_u', e.sub(index, e.i32(0x20)), e.i32(0x10)));
  // 0x24 and 0x2c would be in the local descriptor table.
  const isLocal = e.and(index, e.i32(4));
  e.trapIf(e.or(isLocal, e.and(e.ne(index, e.i32(0)), e.eqz(isFlat))), TRAP_PROTECTION);
  if (name !== 'fs' && name !== 'gs') return;
  const base = name === 'fs' ? CPU_FS_BASE : CPU_GS_BASE;
  e.if(isFlat, () => e.setField(base, e.i64(0)));
}

const segmentRows: readonly Row[] = SEGMENTS.flatMap(([name, selector], number) => {
  const store: Semantics = (e: Emitter, to?: Operand) => e.write(to!, e.constant(to!.width, selector));
  return [
    row('mov', `8c /${number}`, `Rv ${name}`, store, { isNotFuzzed: true }),
    row('mov', `8c /${number}`, `Mw ${name}`, store, { isNotFuzzed: true }),
    ...(name === 'cs'
      ? []
      : [
          row('mov', `8e /${number}`, `${name} Ew`, (e, _to, from) => loadSegment(e, number, e.read(from)), {
            isNotFuzzed: true,
          }),
        ]),
  ];
});

export const moveRows: readonly Row[] = [
  row('mov', '88', 'Eb Gb', mov),
  row('mov', '89', 'Ev Gv', mov),
  row('mov', '8a', 'Gb Eb', mov),
  row('mov', '8b', 'Gv Ev', mov),
  row('mov', 'a0', 'al Ob', mov),
  row('mov', 'a1', 'rAX Ov', mov),
  row('mov', 'a2', 'Ob al', mov),
  row('mov', 'a3', 'Ov rAX', mov),
  row('mov', 'b0+r', 'Zb Ib', mov),
  row('mov', 'b8+r', 'Zv Iv', mov),
  row('mov', 'c6 /0', 'Eb Ib', mov),
  row('mov', 'c7 /0', 'Ev Iz', mov),
  ...segmentRows,
  row('movzx', '0f b6', 'Gv Eb', movzx),
  row('movzx', '0f b7', 'Gv Ew', movzx),
  row('movsx', '0f be', 'Gv Eb', movsx),
  row('movsx', '0f bf', 'Gv Ew', movsx),
  row('movsxd', '63', 'Gv Ed', movsx),
  row('lea', '8d', 'Gv Mn', lea),
  // 90 with REX.B exchanges r8.
  row('nop', 'rexb0 90', '', nothing),
  row('pause', 'f3 90', '', nothing),
  row('xchg', '90+r', 'Zv rAX', xchg),
  row('xchg', '86', 'Eb Gb', xchg, { lock: true }),
  row('xchg', '87', 'Ev Gv', xchg, { lock: true }),
  row('bswap', '0f c8+r', 'Zv', bswap),
  // With f2 it is crc32, with f3 nothing.
  ...['f0', 'f1'].flatMap(opcode =>
    [
      ['np', 'Gy My'],
      ['66 rex0', 'Gw Mw'],
      ['66 rexw', 'Gq Mq'],
    ].map(([prefix, operands]) =>
      row(
        'movbe',
        `${prefix} 0f38 ${opcode}`,
        opcode === 'f0' ? operands! : operands!.split(' ').toReversed().join(' '),
        movbe,
        { feature: 'movbe' },
      ),
    ),
  ),
  row('movnti', 'np 0f c3', 'My Gy', mov),
  ...CONDITIONS.map((name, code) =>
    row(`cmov${name}`, `0f ${(0x40 + code).toString(16)}`, 'Gv Ev', cmov(code)),
  ),
  row('xlat', 'd7', '', xlat, { isAddressSized: true }),
  row('cbw', '66 rex0 98', '', extendAccumulator(16)),
  row('cwde', 'rex0 98', '', extendAccumulator(32)),
  row('cdqe', 'rexw 98', '', extendAccumulator(64)),
  row('cwd', '66 rex0 99', '', signToData(16)),
  row('cdq', 'rex0 99', '', signToData(32)),
  row('cqo', 'rexw 99', '', signToData(64)),
];
