/** Integer instructions of SSE4.1 that are too rare for WebAssembly. */
import type { Helper } from '../helper.ts';
import { bytesOf, secondOf, setVector, zeros } from './vector-operands.ts';

/** phminposuw: the smallest 16-bit lane and, behind it, its number. */
export const helpHorizontalMinimum: Helper = (state, { operands: [to, from] }) => {
  const source = secondOf(state, from!);
  let index = 0;
  for (let i = 1; i < 8; i++) {
    if (source.getUint16(2 * i, true) < source.getUint16(2 * index, true)) index = i;
  }
  const result = zeros();
  result.setUint16(0, source.getUint16(2 * index, true), true);
  result.setUint8(2, index);
  setVector(state, to!, result);
};

/** mpsadbw: four bytes of the source against the destination's, at eight places. */
export const helpSumsOfDifferences: Helper = (state, { operands: [to, from, imm] }) => {
  const b = bytesOf(state, from!);
  const a = bytesOf(state, to!);
  const fromB = (imm!.value & 3) * 4;
  const fromA = (imm!.value & 4) === 0 ? 0 : 4;
  const result = zeros();
  for (let i = 0; i < 8; i++) {
    let sum = 0;
    for (let k = 0; k < 4; k++) sum += Math.abs(a[fromA + i + k]! - b[fromB + k]!);
    result.setUint16(2 * i, sum, true);
  }
  setVector(state, to!, result);
};
