/** What the screen shows of the editor: the window over the text, the message row, the ruler, the cursor. */
import { type Row, appendPlain } from '../terminal/cells.ts';
import type { Editor } from './editor.ts';
import { type LineLayout, type Styling, layoutLine, numberWidth, textRow } from './layout.ts';
import { EditorError, compile, matchesIn } from './search.ts';
import { comparePositions, displayColumn } from './text.ts';

export interface Picture {
  readonly rows: Row[];
  readonly cursor: { row: number; column: number };
}

const RULER_WIDTH = 18;

export class View {
  private readonly editor: Editor;
  columns: number;
  /** Layouts of plain lines, by their text and number. */
  private cache = new Map<string, LineLayout>();
  private cacheKey = '';

  constructor(editor: Editor, rows: number, columns: number) {
    this.editor = editor;
    this.columns = columns;
    editor.rows = Math.max(1, rows - 1);
  }

  resize(rows: number, columns: number): void {
    this.editor.rows = Math.max(1, rows - 1);
    this.columns = columns;
    this.cache.clear();
  }

  /** The picture of now; moves the window so that the cursor is inside. */
  picture(): Picture {
    const { editor } = this;
    this.follow();
    const rows: Row[] = [];
    let { line } = editor.top;
    let skip = editor.top.row;
    let cursor = { row: 0, column: 0 };
    editor.bottomLine = line;
    for (; rows.length < editor.rows && line < editor.buffer.lineCount; line++) {
      const layout = this.layout(line);
      if (line === editor.cursor.line) {
        const place = layout.place(this.cursorColumn());
        cursor = { row: rows.length + place.row - skip, column: place.column };
      }
      for (let i = skip; i < layout.rows.length && rows.length < editor.rows; i++) rows.push(layout.rows[i]!);
      if (line === editor.cursor.line && cursor.row >= rows.length && rows.length < editor.rows)
        rows.push([]);
      if (
        rows.length < editor.rows ||
        layout.rows.length - skip <= editor.rows - rows.length + layout.rows.length
      )
        editor.bottomLine = line;
      skip = 0;
    }
    while (rows.length < editor.rows) rows.push([{ text: '~', style: '' }]);
    const last = this.lastRow();
    rows.push(last.row);
    if (last.cursor !== undefined) cursor = { row: editor.rows, column: last.cursor };
    return { rows, cursor };
  }

  private cursorColumn(): number {
    return this.editor.cursor.column;
  }

  /** Rows that a line takes, the one of the cursor behind its end included. */
  private height(line: number): number {
    const { editor } = this;
    const layout = this.layout(line);
    if (line !== editor.cursor.line) return layout.rows.length;
    return Math.max(layout.rows.length, layout.place(this.cursorColumn()).row + 1);
  }

  private follow(): void {
    const { editor } = this;
    const { top, cursor } = editor;
    top.line = Math.max(0, Math.min(top.line, editor.buffer.lineCount - 1));
    const inLine = this.layout(cursor.line).place(this.cursorColumn()).row;
    const hint = editor.scrollHint;
    editor.scrollHint = undefined;
    if (hint) {
      this.place(
        inLine,
        hint === 'top' ? 0 : hint === 'bottom' ? editor.rows - 1 : Math.floor(editor.rows / 2),
      );
      return;
    }
    const isAbove = cursor.line < top.line || (cursor.line === top.line && inLine < top.row);
    const distance = isAbove
      ? this.rowsBetween(cursor.line, inLine, top.line, top.row)
      : this.rowsBetween(top.line, top.row, cursor.line, inLine);
    const far = Math.max(2, Math.floor(editor.rows / 2));
    if (isAbove) this.place(inLine, distance <= far ? 0 : Math.floor(editor.rows / 2));
    else if (distance >= editor.rows)
      this.place(inLine, distance < editor.rows + far ? editor.rows - 1 : Math.floor(editor.rows / 2));
    else if (top.row >= this.height(top.line)) top.row = 0;
    if (isAbove || distance >= editor.rows) this.fillBottom();
  }

  /** A jump near the end shows no empty rows below the text. */
  private fillBottom(): void {
    const { editor } = this;
    const last = editor.buffer.lineCount - 1;
    const rows = this.rowsBetween(editor.top.line, editor.top.row, last, this.height(last));
    if (rows >= editor.rows) return;
    let { line, row } = editor.top;
    row -= editor.rows - rows;
    while (row < 0 && line > 0) {
      line--;
      row += this.height(line);
    }
    editor.top = { line, row: Math.max(0, row) };
  }

  /** Rows from one place to a later one; stops counting when it is far enough. */
  private rowsBetween(fromLine: number, fromRow: number, toLine: number, toRow: number): number {
    if (fromLine === toLine) return toRow - fromRow;
    let rows = -fromRow;
    const enough = this.editor.rows * 3;
    for (let line = fromLine; line < toLine; line++) {
      rows += this.height(line);
      if (rows > enough) return rows;
    }
    return rows + toRow;
  }

  /** Sets the window so that the cursor's row is the given row of the screen. */
  private place(inLine: number, screenRow: number): void {
    const { editor } = this;
    let { line } = editor.cursor;
    let row = inLine - screenRow;
    while (row < 0 && line > 0) {
      line--;
      row += this.height(line);
    }
    editor.top = { line, row: Math.max(0, row) };
  }

  private layout(line: number): LineLayout {
    const { editor, columns } = this;
    const { settings, buffer } = editor;
    const text = buffer.line(line);
    const gutter = numberWidth(settings, buffer.lineCount);
    const styling = this.styling(line, text);
    if (styling) return layoutLine(text, line, columns, gutter, settings, styling);
    const context = `${columns},${gutter},${settings.list},${settings.tabstop}`;
    if (context !== this.cacheKey || this.cache.size > 500) {
      this.cache.clear();
      this.cacheKey = context;
    }
    const key = gutter > 0 ? `${line}:${text}` : text;
    let layout = this.cache.get(key);
    if (!layout) {
      layout = layoutLine(text, line, columns, gutter, settings, undefined);
      this.cache.set(key, layout);
    }
    return layout;
  }

  private styling(line: number, text: string): Styling {
    const { editor } = this;
    const { visual } = editor;
    if (editor.mode === 'visual' && visual) {
      const [from, to] =
        comparePositions(visual.anchor, editor.cursor) <= 0
          ? [visual.anchor, editor.cursor]
          : [editor.cursor, visual.anchor];
      if (line >= from.line && line <= to.line) {
        if (visual.kind === 'V') return () => '7';
        const first = line === from.line ? from.column : 0;
        const last = line === to.line ? to.column : Infinity;
        return column => (column >= first && column <= last ? '7' : '');
      }
    }
    if (!editor.settings.hlsearch || !editor.isHighlighted || !editor.lastSearch) return undefined;
    try {
      const matches = matchesIn(compile(editor, editor.lastSearch.pattern), text);
      if (matches.length === 0) return undefined;
      return column => (matches.some(({ start, end }) => column >= start && column < end) ? '30;43' : '');
    } catch (error) {
      if (error instanceof EditorError) return undefined;
      throw error;
    }
  }

  private lastRow(): { row: Row; cursor: number | undefined } {
    const { editor, columns } = this;
    const { prompt } = editor;
    if (prompt) {
      const before = textRow(prompt.prefix + prompt.text.slice(0, prompt.cursor), Infinity);
      const all = textRow(prompt.prefix + prompt.text, Infinity);
      // A command that is too long shows the part around its cursor.
      const from = Math.max(0, before.length - columns + 1);
      return { row: all.slice(from, from + columns), cursor: before.length - from };
    }
    const width = editor.settings.ruler && columns > RULER_WIDTH * 2 ? columns - RULER_WIDTH : columns;
    const style = editor.isError && editor.message !== '' ? '37;41' : '';
    const row =
      editor.message === '' && editor.settings.showmode
        ? textRow(modeText(editor), width, '1')
        : textRow(editor.message, editor.message.length < width ? width : columns - 1, style);
    if (width < columns && row.length <= width) {
      while (row.length < width) row.push({ text: ' ', style: '' });
      appendPlain(row, this.ruler());
    }
    return { row, cursor: undefined };
  }

  /** `line,column  Top`, as vim has it. */
  private ruler(): string {
    const { buffer, cursor, settings, top, bottomLine } = this.editor;
    const display = displayColumn(buffer.line(cursor.line), cursor.column, settings.tabstop) + 1;
    const byte = cursor.column + 1;
    const isEmpty = buffer.line(cursor.line) === '';
    const column = isEmpty ? '0-1' : byte === display ? String(byte) : `${byte}-${display}`;
    const isTop = top.line === 0 && top.row === 0;
    const isBottom = bottomLine >= buffer.lineCount - 1;
    const above = top.line;
    const below = buffer.lineCount - 1 - bottomLine;
    const where = isTop
      ? isBottom
        ? 'All'
        : 'Top'
      : isBottom
        ? 'Bot'
        : `${Math.floor((above * 100) / Math.max(1, above + below))}%`;
    return `${`${cursor.line + 1},${column}`.padEnd(13)} ${where}`;
  }
}

function modeText(editor: Editor): string {
  const recording = editor.keys.macro ? `recording @${editor.macroRegister}` : '';
  switch (editor.mode) {
    case 'insert':
      return `-- INSERT --${recording}`;
    case 'replace':
      return `-- REPLACE --${recording}`;
    case 'visual':
      return `${editor.visual?.kind === 'V' ? '-- VISUAL LINE --' : '-- VISUAL --'}${recording}`;
    default:
      return recording;
  }
}
