/** The whole instruction table. */
import type { Row } from './row.ts';
import { arithmeticRows } from './arithmetic.ts';
import { bitRows } from './bits.ts';
import { mmxRows } from './mmx.ts';
import { multiplyRows } from './multiply.ts';
import { shiftRows } from './shifts.ts';
import { sseIntegerRows } from './sse-integer.ts';
import { sseMovesRows } from './sse-moves.ts';
import { sseShufflesRows } from './sse-shuffles.ts';

export const allRows: readonly Row[] = [
  ...arithmeticRows,
  ...bitRows,
  ...multiplyRows,
  ...shiftRows,
  ...mmxRows,
  ...sseIntegerRows,
  ...sseMovesRows,
  ...sseShufflesRows,
];
