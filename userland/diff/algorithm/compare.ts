/**
 * The shortest way from one sequence to another: Myers' linear-space algorithm («An O(ND) Difference Algorithm and Its
 * Variations», 1986), with the order of ties and the limit on effort of GNU diff, so that hunks are the same.
 *
 * The search goes from both ends at once. fd[d] is how far x has come on diagonal d = x - y from the front, bd[d] from
 * the back; where they meet the problem is cut in two.
 */

/** Sequences of class numbers; the marks say which elements are deleted and inserted. */
export interface Sequences {
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly deleted: (index: number) => void;
  readonly inserted: (index: number) => void;
}

interface Cut {
  x: number;
  y: number;
  isLowMinimal: boolean;
  isHighMinimal: boolean;
}

const FAR = 0x7fffffff;
/** Steps after which an approximate answer will do. */
const LEAST_EFFORT = 4096;

export function compareSequences(sequences: Sequences, isMinimal: boolean): void {
  const { x, y } = sequences;
  const diagonals = x.length + y.length + 3;
  const forward = new Int32Array(diagonals);
  const backward = new Int32Array(diagonals);
  const zero = y.length + 1;
  let effort = 1;
  for (let n = diagonals; n !== 0; n >>= 2) effort <<= 1;
  const tooExpensive = Math.max(LEAST_EFFORT, effort);

  const solve = (xFrom: number, xTo: number, yFrom: number, yTo: number, isExact: boolean): void => {
    let x0 = xFrom;
    let x1 = xTo;
    let y0 = yFrom;
    let y1 = yTo;
    while (x0 < x1 && y0 < y1 && x[x0] === y[y0]) {
      x0++;
      y0++;
    }
    while (x0 < x1 && y0 < y1 && x[x1 - 1] === y[y1 - 1]) {
      x1--;
      y1--;
    }
    if (x0 === x1) while (y0 < y1) sequences.inserted(y0++);
    else if (y0 === y1) while (x0 < x1) sequences.deleted(x0++);
    else {
      const cut = findCut(x0, x1, y0, y1, isExact);
      solve(x0, cut.x, y0, cut.y, cut.isLowMinimal);
      solve(cut.x, x1, cut.y, y1, cut.isHighMinimal);
    }
  };

  const findCut = (x0: number, x1: number, y0: number, y1: number, isExact: boolean): Cut => {
    const least = x0 - y1;
    const most = x1 - y0;
    const frontMiddle = x0 - y0;
    const backMiddle = x1 - y1;
    let frontLow = frontMiddle;
    let frontHigh = frontMiddle;
    let backLow = backMiddle;
    let backHigh = backMiddle;
    const isOdd = ((frontMiddle - backMiddle) & 1) !== 0;
    forward[zero + frontMiddle] = x0;
    backward[zero + backMiddle] = x1;
    for (let cost = 1; ; cost++) {
      if (frontLow > least) forward[zero + --frontLow - 1] = -1;
      else frontLow++;
      if (frontHigh < most) forward[zero + ++frontHigh + 1] = -1;
      else frontHigh--;
      for (let d = frontHigh; d >= frontLow; d -= 2) {
        const low = forward[zero + d - 1]!;
        const high = forward[zero + d + 1]!;
        let px = low < high ? high : low + 1;
        let py = px - d;
        while (px < x1 && py < y1 && x[px] === y[py]) {
          px++;
          py++;
        }
        forward[zero + d] = px;
        if (isOdd && backLow <= d && d <= backHigh && backward[zero + d]! <= px) {
          return { x: px, y: py, isLowMinimal: true, isHighMinimal: true };
        }
      }
      if (backLow > least) backward[zero + --backLow - 1] = FAR;
      else backLow++;
      if (backHigh < most) backward[zero + ++backHigh + 1] = FAR;
      else backHigh--;
      for (let d = backHigh; d >= backLow; d -= 2) {
        const low = backward[zero + d - 1]!;
        const high = backward[zero + d + 1]!;
        let px = low < high ? low : high - 1;
        let py = px - d;
        while (x0 < px && y0 < py && x[px - 1] === y[py - 1]) {
          px--;
          py--;
        }
        backward[zero + d] = px;
        if (!isOdd && frontLow <= d && d <= frontHigh && px <= forward[zero + d]!) {
          return { x: px, y: py, isLowMinimal: true, isHighMinimal: true };
        }
      }
      if (!isExact && cost >= tooExpensive) {
        return bestSoFar({ x0, x1, y0, y1, frontLow, frontHigh, backLow, backHigh });
      }
    }
  };

  /** The effort is spent: cut where one of the searches has come farthest. */
  const bestSoFar = (at: {
    x0: number;
    x1: number;
    y0: number;
    y1: number;
    frontLow: number;
    frontHigh: number;
    backLow: number;
    backHigh: number;
  }): Cut => {
    let frontSum = -1;
    let frontX = 0;
    for (let d = at.frontHigh; d >= at.frontLow; d -= 2) {
      let px = Math.min(forward[zero + d]!, at.x1);
      let py = px - d;
      if (at.y1 < py) {
        px = at.y1 + d;
        py = at.y1;
      }
      if (frontSum < px + py) {
        frontSum = px + py;
        frontX = px;
      }
    }
    let backSum = FAR;
    let backX = 0;
    for (let d = at.backHigh; d >= at.backLow; d -= 2) {
      let px = Math.max(at.x0, backward[zero + d]!);
      let py = px - d;
      if (py < at.y0) {
        px = at.y0 + d;
        py = at.y0;
      }
      if (px + py < backSum) {
        backSum = px + py;
        backX = px;
      }
    }
    return at.x1 + at.y1 - backSum < frontSum - (at.x0 + at.y0)
      ? { x: frontX, y: frontSum - frontX, isLowMinimal: true, isHighMinimal: false }
      : { x: backX, y: backSum - backX, isLowMinimal: false, isHighMinimal: true };
  };

  solve(0, x.length, 0, y.length, isMinimal);
}
