/**
 * Where to break a paragraph's lines: dynamic programming over words from the last to the first, with the costs that
 * GNU fmt uses. Lines should be near the goal, as long as their neighbours, and end at sentences and punctuation.
 */
export interface Word {
  readonly text: string;
  /** Columns of space behind it. */
  readonly space: number;
  readonly isOpening: boolean;
  readonly isPunctuated: boolean;
  isPeriod: boolean;
  isFinal: boolean;
}

const square = (n: number): number => n * n;
const LINE_COST = square(70);
const NO_BREAK_COST = square(600);
const SENTENCE_BONUS = square(50);
const PUNCTUATION_BONUS = square(40);
const PAREN_BONUS = square(40);
const shortCost = (n: number): number => square(n * 10);
const raggedCost = (n: number): number => Math.trunc(shortCost(n) / 2);
const widowCost = (n: number): number => Math.trunc(square(200) / (n + 2));
const orphanCost = (n: number): number => Math.trunc(square(150) / (n + 2));

/** What it costs to begin a line with word `at`. */
function startCost(words: readonly Word[], at: number): number {
  let cost = LINE_COST;
  const before = words[at - 1];
  if (before) {
    if (before.isPeriod) cost += before.isFinal ? -SENTENCE_BONUS : NO_BREAK_COST;
    else if (before.isPunctuated) cost -= PUNCTUATION_BONUS;
    else if (at > 1 && words[at - 2]!.isFinal) cost += widowCost(before.text.length);
  }
  const word = words[at]!;
  if (word.isOpening) cost -= PAREN_BONUS;
  else if (word.isFinal) cost += orphanCost(word.text.length);
  return cost;
}

export function breakLines(
  words: readonly Word[],
  firstIndent: number,
  otherIndent: number,
  width: number,
  goal: number,
): Word[][] {
  const count = words.length;
  const best = new Float64Array(count + 1);
  const nextBreak = new Int32Array(count + 1).fill(count);
  const lineLength = new Int32Array(count + 1);
  for (let start = count - 1; start >= 0; start--) {
    let least = Infinity;
    let length = (start === 0 ? firstIndent : otherIndent) + words[start]!.text.length;
    for (let next = start + 1; ; next++) {
      let cost = best[next]!;
      if (next < count) {
        cost += shortCost(goal - length);
        if (nextBreak[next]! < count) cost += raggedCost(length - lineLength[next]!);
      }
      if (cost < least) {
        least = cost;
        nextBreak[start] = next;
        lineLength[start] = length;
      }
      if (next === count) break;
      length += words[next - 1]!.space + words[next]!.text.length;
      if (length >= width) break;
    }
    best[start] = least + startCost(words, start);
  }
  const lines: Word[][] = [];
  for (let at = 0; at < count; at = nextBreak[at]!) lines.push(words.slice(at, nextBreak[at]));
  return lines;
}
