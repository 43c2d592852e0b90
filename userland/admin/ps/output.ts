/**
 * Lines of ps: each column stands where the widths before it put it; one that is too long pushes the next ones until
 * blanks make up for it. The last column takes what is left of the line.
 */
import type { Process } from '../lib/process.ts';
import type { ShownColumn } from './formats.ts';
import type { Moment } from './values.ts';

interface Cell {
  readonly text: string;
  readonly align: 'left' | 'right';
  readonly width: number;
}

/** One line of cells; `limit` is the width of the screen. */
function joinCells(cells: readonly Cell[], limit: number): string {
  let line = '';
  let due = 0;
  cells.forEach(({ text, align, width }, i) => {
    const indent = align === 'right' ? Math.max(0, width - text.length) : 0;
    let blanks = due - line.length + indent;
    if (blanks < 1) blanks = i === 0 ? 0 : 1;
    line += ' '.repeat(blanks) + text;
    due += width + 1;
  });
  return line.length > limit ? line.slice(0, limit) : line;
}

export function headingLine(columns: readonly ShownColumn[], limit: number): string {
  if (columns.every(column => column.heading === '')) return '';
  const cells = columns.map(({ heading, align, width }, i) => ({
    text: heading,
    align,
    width: i === columns.length - 1 && align === 'left' ? heading.length : width,
  }));
  return `${joinCells(cells, limit)}\n`;
}

/** `prefix` stands before the command, in a forest. */
export function processLine(
  p: Process,
  columns: readonly ShownColumn[],
  moment: Moment,
  prefix: string,
  limit: number,
): string {
  const cells = columns.map((column, i) => {
    const isLast = i === columns.length - 1;
    let text = column.value(p, moment, column.width);
    if (column.kind === 'command') text = prefix + text;
    if (!isLast && column.kind === 'command') text = text.slice(0, column.width);
    return { text, align: column.align, width: column.width };
  });
  return `${joinCells(cells, limit)}\n`;
}
