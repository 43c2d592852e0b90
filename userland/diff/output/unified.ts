/** The unified format, -u. */
import { extentOf, groupChanges } from '../hunks.ts';
import { FunctionFinder, markedLine, type Output } from './lines.ts';

/** `5,3`, `5`, `4,0`. */
function range(first: number, last: number): string {
  if (last < first) return `${last + 1},0`;
  return last === first ? String(first + 1) : `${first + 1},${last - first + 1}`;
}

export function printUnified(output: Output): void {
  const { write, style, sides } = output;
  const { context, paint } = style;
  const finder = new FunctionFinder(sides[0].file.lines, style.functionLine);
  let isFirst = true;
  for (const group of groupChanges(output.changes, context)) {
    const extent = extentOf(group);
    if (!extent) continue;
    if (isFirst) {
      write(paint('header', `--- ${sides[0].header}\n+++ ${sides[1].header}\n`));
      isFirst = false;
    }
    const first0 = Math.max(0, extent.first0 - context);
    const first1 = Math.max(0, extent.first1 - context);
    const last0 = Math.min(sides[0].file.lines.length - 1, extent.last0 + context);
    const last1 = Math.min(sides[1].file.lines.length - 1, extent.last1 + context);
    const head = paint('range', `@@ -${range(first0, last0)} +${range(first1, last1)} @@`);
    write(`${head}${finder.before(first0)}\n`);
    let line = first0;
    for (const change of group) {
      for (; line < change.line0; line++) write(markedLine(output, 0, line, ' '));
      for (let i = 0; i < change.deleted; i++) write(paint('delete', markedLine(output, 0, line++, '-')));
      for (let i = 0; i < change.inserted; i++) {
        write(paint('add', markedLine(output, 1, change.line1 + i, '+')));
      }
    }
    for (; line <= last0; line++) write(markedLine(output, 0, line, ' '));
  }
}
