/** What a terminal's row shows: cells with a style. Pure data, for the screen that knows how to draw them. */

export interface Cell {
  /** The character's bytes; '' for the second half of a wide one. */
  text: string;
  /** SGR parameters: '' plain, '7' reverse, '1;31' … */
  style: string;
}

export type Row = Cell[];

export function isSameCell(a: Cell | undefined, b: Cell | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && a.text === b.text && a.style === b.style);
}

export function isSameRow(a: Row, b: Row): boolean {
  return a.length === b.length && a.every((cell, i) => isSameCell(cell, b[i]));
}

/** Appends text that is one column a byte. */
export function appendPlain(row: Row, text: string, style = ''): void {
  for (const char of text) row.push({ text: char, style });
}

/** Appends one character and the empty cells of its width; combining ones join the cell before. */
export function appendCharacter(row: Row, text: string, width: number, style: string): void {
  if (width === 0) {
    const last = row.findLast(cell => cell.text !== '');
    if (last) last.text += text;
    return;
  }
  row.push({ text, style });
  for (let i = 1; i < width; i++) row.push({ text: '', style });
}
