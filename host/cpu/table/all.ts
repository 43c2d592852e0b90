/** The whole instruction table. */
import type { Row } from './row.ts';
import { arithmeticRows } from './arithmetic.ts';
import { bitRows } from './bits.ts';
import { controlRows } from './control.ts';
import { mmxRows } from './mmx.ts';
import { moveRows } from './moves.ts';
import { multiplyRows } from './multiply.ts';
import { shiftRows } from './shifts.ts';
import { sseConvertRows } from './sse-convert.ts';
import { sseFloatRows } from './sse-float.ts';
import { sseIntegerRows } from './sse-integer.ts';
import { sseMovesRows } from './sse-moves.ts';
import { sseShufflesRows } from './sse-shuffles.ts';
import { sseStringRows } from './sse-strings.ts';
import { stackRows } from './stack.ts';
import { stringRows } from './strings.ts';
import { systemRows } from './system.ts';
import { x87Rows } from './x87.ts';

export const allRows: readonly Row[] = [
  ...arithmeticRows,
  ...bitRows,
  ...controlRows,
  ...moveRows,
  ...multiplyRows,
  ...shiftRows,
  ...stackRows,
  ...stringRows,
  ...systemRows,
  ...mmxRows,
  ...sseConvertRows,
  ...sseFloatRows,
  ...sseIntegerRows,
  ...sseMovesRows,
  ...sseShufflesRows,
  ...sseStringRows,
  ...x87Rows,
];
