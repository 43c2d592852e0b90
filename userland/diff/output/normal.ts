/** The normal format (`5,7c8`), and the scripts of -e, -f and -n. */
import type { Change } from '../algorithm/changes.ts';
import { type Extent, extentOf } from '../hunks.ts';
import { markedLine, type Output } from './lines.ts';

/** `5,7`, `5`; an empty range is the line before it. */
function range(first: number, last: number, separator = ','): string {
  return last > first ? `${first + 1}${separator}${last + 1}` : String(last + 1);
}

function letterOf({ deletes, inserts }: Extent): 'a' | 'c' | 'd' {
  return deletes ? (inserts ? 'c' : 'd') : 'a';
}

export function printNormal(output: Output): void {
  const { write, style } = output;
  for (const change of output.changes) {
    const extent = extentOf([change]);
    if (!extent) continue;
    const { first0, last0, first1, last1 } = extent;
    write(style.paint('range', `${range(first0, last0)}${letterOf(extent)}${range(first1, last1)}`) + '\n');
    for (let i = first0; i <= last0; i++) write(style.paint('delete', markedLine(output, 0, i, '< ')));
    if (extent.deletes && extent.inserts) write('---\n');
    for (let i = first1; i <= last1; i++) write(style.paint('add', markedLine(output, 1, i, '> ')));
  }
}

/** -e: for ed(1), from the end to the beginning. A line that is a single dot needs a detour. */
export function printEd(output: Output): void {
  const { write } = output;
  const { lines } = output.sides[1].file;
  for (const change of output.changes.toReversed()) {
    const extent = extentOf([change]);
    if (!extent) continue;
    const { first0, last0, first1, last1 } = extent;
    write(`${range(first0, last0)}${letterOf(extent)}\n`);
    if (!extent.inserts) continue;
    let isOpen = true;
    for (let i = first1; i <= last1; i++) {
      if (!isOpen) {
        write('a\n');
        isOpen = true;
      }
      if (lines[i] === '.') {
        write('..\n.\ns/.//\n');
        isOpen = false;
      } else write(`${lines[i]}\n`);
    }
    if (isOpen) write('.\n');
  }
}

/** -f: like -e from the beginning, for people to read. */
export function printForwardEd(output: Output): void {
  const { lines } = output.sides[1].file;
  for (const change of output.changes) {
    const extent = extentOf([change]);
    if (!extent) continue;
    const { first0, last0, first1, last1 } = extent;
    output.write(`${letterOf(extent)}${range(first0, last0, ' ')}\n`);
    if (!extent.inserts) continue;
    for (let i = first1; i <= last1; i++) output.write(`${lines[i]}\n`);
    output.write('.\n');
  }
}

/** -n: as RCS keeps deltas. */
export function printRcs(output: Output): void {
  const { lines, missesNewline } = output.sides[1].file;
  const print = ({ line0, line1, deleted, inserted, isIgnored }: Change) => {
    if (isIgnored) return;
    if (deleted > 0) output.write(`d${line0 + 1} ${deleted}\n`);
    if (inserted === 0) return;
    output.write(`a${line0 + deleted} ${inserted}\n`);
    for (let i = line1; i < line1 + inserted; i++) {
      output.write(lines[i]! + (missesNewline && i === lines.length - 1 ? '' : '\n'));
    }
  };
  output.changes.forEach(print);
}
