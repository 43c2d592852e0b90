/** Integer arithmetic on xmm registers, from SSE2 to SSE4.2. */
import type { Row, Semantics } from './row.ts';
import { helpHorizontalMinimum, helpSumsOfDifferences } from '../helpers/sse-integer.ts';
import { row } from './row.ts';
import { bytesDown, bytesUp } from './shuffles.ts';
import {
  SHARED_OPERATIONS,
  SHIFTS,
  SSSE3_OPERATIONS,
  multiplyEven,
  shiftLanes,
  type ShiftOperation,
} from './vector-integer.ts';
import { SSE41, SSE42, SSSE3, binaryRow, immediate, lowRows, lowVector, onlyHelper, wasm } from './vector.ts';

function shiftBySource(shift: ShiftOperation): Semantics {
  return (e, to, from) => {
    const count = e.let(e.lane('i64x2.extract_lane', 0, e.read(from)));
    e.write(to, shiftLanes(e, shift, e.read(to), count));
  };
}

function shiftByImmediate(shift: ShiftOperation): Semantics {
  return (e, to, imm) => e.write(to, shiftLanes(e, shift, e.read(to), immediate(e, imm)));
}

function sse41(entries: string): readonly Row[] {
  return entries
    .trim()
    .split(/\s*;\s*/)
    .map(entry => {
      const [name, code, operation] = entry.split(' ');
      return binaryRow(name!, `66 0f38 ${code}`, wasm(operation!), SSE41);
    });
}

/** pmovsx and pmovzx: lanes made so much wider in steps; memory has only as many as there are. */
function widen(name: string, code: number, memory: string, steps: readonly string[]): readonly Row[] {
  return (['s', 'u'] as const).flatMap(sign =>
    lowRows(
      `pmov${sign === 's' ? 's' : 'z'}x${name}`,
      `66 0f38 ${(code + (sign === 's' ? 0x20 : 0x30)).toString(16)}`,
      'Vx',
      memory,
      (e, to, from) => {
        const value = steps.reduce((node, step) => e.op(`${step}_${sign}`, node), lowVector(e, from));
        e.write(to, value);
      },
      SSE41,
    ),
  );
}
const WORDS = 'i16x8.extend_low_i8x16';
const DWORDS = 'i32x4.extend_low_i16x8';
const QWORDS = 'i64x2.extend_low_i32x4';

export const sseIntegerRows: readonly Row[] = [
  ...SHARED_OPERATIONS.map(({ name, code, does }) => binaryRow(name, `66 ${code}`, does)),
  ...SSSE3_OPERATIONS.map(({ name, code, does }) => binaryRow(name, `66 ${code}`, does, SSSE3)),
  ...SHIFTS.flatMap(shift => [
    row(shift.name, `66 ${shift.code}`, 'Vx Wx', shiftBySource(shift)),
    row(shift.name, `66 ${shift.immediate}`, 'Ux Ib', shiftByImmediate(shift)),
  ]),
  row('psrldq', '66 0f 73 /3', 'Ux Ib', (e, to, imm) =>
    e.write(to, bytesDown(e, e.read(to), immediate(e, imm))),
  ),
  row('pslldq', '66 0f 73 /7', 'Ux Ib', (e, to, imm) =>
    e.write(to, bytesUp(e, e.read(to), immediate(e, imm))),
  ),

  ...sse41(`packusdw 2b i16x8.narrow_i32x4_u; pcmpeqq 29 i64x2.eq; pmulld 40 i32x4.mul;
    pminsb 38 i8x16.min_s; pminsd 39 i32x4.min_s; pminuw 3a i16x8.min_u; pminud 3b i32x4.min_u;
    pmaxsb 3c i8x16.max_s; pmaxsd 3d i32x4.max_s; pmaxuw 3e i16x8.max_u; pmaxud 3f i32x4.max_u`),
  binaryRow('pmuldq', '66 0f38 28', multiplyEven('s'), SSE41),
  binaryRow('pcmpgtq', '66 0f38 37', wasm('i64x2.gt_s'), SSE42),
  ...widen('bw', 0, 'q', [WORDS]),
  ...widen('bd', 1, 'd', [WORDS, DWORDS]),
  ...widen('bq', 2, 'w', [WORDS, DWORDS, QWORDS]),
  ...widen('wd', 3, 'q', [DWORDS]),
  ...widen('wq', 4, 'd', [DWORDS, QWORDS]),
  ...widen('dq', 5, 'q', [QWORDS]),
  row('phminposuw', '66 0f38 41', 'Vx Wx', onlyHelper, {
    ...SSE41,
    helper: helpHorizontalMinimum,
    isInterpreted: true,
  }),
  row('mpsadbw', '66 0f3a 42', 'Vx Wx Ib', onlyHelper, {
    ...SSE41,
    helper: helpSumsOfDifferences,
    isInterpreted: true,
  }),
];
