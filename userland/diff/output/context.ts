/** The context format, -c. */
import type { Change } from '../algorithm/changes.ts';
import { extentOf, groupChanges } from '../hunks.ts';
import { FunctionFinder, markedLine, type Output } from './lines.ts';

function range(first: number, last: number): string {
  return last <= first ? String(last + 1) : `${first + 1},${last + 1}`;
}

export function printContext(output: Output): void {
  const { write, style, sides } = output;
  const { context, paint } = style;
  const finder = new FunctionFinder(sides[0].file.lines, style.functionLine);
  let isFirst = true;
  for (const group of groupChanges(output.changes, context)) {
    const extent = extentOf(group);
    if (!extent) continue;
    if (isFirst) {
      write(paint('header', `*** ${sides[0].header}\n--- ${sides[1].header}\n`));
      isFirst = false;
    }
    const first0 = Math.max(0, extent.first0 - context);
    const first1 = Math.max(0, extent.first1 - context);
    const last0 = Math.min(sides[0].file.lines.length - 1, extent.last0 + context);
    const last1 = Math.min(sides[1].file.lines.length - 1, extent.last1 + context);
    write(`***************${finder.before(first0)}\n`);
    write(paint('range', `*** ${range(first0, last0)} ****`) + '\n');
    if (extent.deletes) printSide(output, 0, group, first0, last0);
    write(paint('range', `--- ${range(first1, last1)} ----`) + '\n');
    if (extent.inserts) printSide(output, 1, group, first1, last1);
  }
}

/** All lines of one file in the hunk: `!` for those that replace others, `-` or `+` for the rest of the changes. */
function printSide(output: Output, side: 0 | 1, group: readonly Change[], first: number, last: number): void {
  const { write, style } = output;
  let line = first;
  for (const change of group) {
    const start = side === 0 ? change.line0 : change.line1;
    const count = side === 0 ? change.deleted : change.inserted;
    const isReplaced = change.deleted > 0 && change.inserted > 0;
    const mark = isReplaced ? '! ' : side === 0 ? '- ' : '+ ';
    for (; line < start; line++) write(markedLine(output, side, line, '  '));
    for (let i = 0; i < count; i++) {
      write(style.paint(side === 0 ? 'delete' : 'add', markedLine(output, side, line++, mark)));
    }
  }
  for (; line <= last; line++) write(markedLine(output, side, line, '  '));
}
