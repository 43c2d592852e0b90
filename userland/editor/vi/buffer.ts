/**
 * The text under edit: lines without their newlines, never none; marks that move with them; and the undo history, which
 * hears of every change because all changes are `splice`.
 */
import { type Position, comparePositions } from './text.ts';
import { UndoHistory } from './undo.ts';

export class TextBuffer {
  /** At least one line; change them by `splice` only. */
  readonly lines: string[];
  /** The file ended in the middle of a line: it is written so again. */
  hasFinalNewline: boolean;
  /** An empty file has one empty line here and none on disk. */
  isEmptyFile: boolean;
  private readonly startedEmpty: boolean;
  readonly marks = new Map<string, Position>();
  readonly undoHistory = new UndoHistory();
  /** Line numbers that follow their lines (:g); -1 when the line is gone. In order. */
  tracked: number[] = [];
  /** Where the cursor is, for the history. */
  cursorBefore: Position = { line: 0, column: 0 };

  constructor(text = '') {
    this.hasFinalNewline = text === '' || text.endsWith('\n');
    this.isEmptyFile = text === '';
    this.startedEmpty = this.isEmptyFile;
    this.lines = (text.endsWith('\n') ? text.slice(0, -1) : text).split('\n');
  }

  get lineCount(): number {
    return this.lines.length;
  }

  line(number: number): string {
    return this.lines[number] ?? '';
  }

  /** What the file is to contain. */
  text(from = 0, to = this.lines.length - 1): string {
    if (this.isEmptyFile && this.lines.length === 1 && this.lines[0] === '') return '';
    const text = this.lines.slice(from, to + 1).join('\n');
    return to === this.lines.length - 1 && !this.hasFinalNewline ? text : `${text}\n`;
  }

  get isModified(): boolean {
    return this.undoHistory.isModified;
  }

  /** Replaces `count` lines at `line`. */
  splice(line: number, count: number, inserted: readonly string[]): void {
    const removed = this.lines.slice(line, line + count);
    if (count === 1 && inserted.length === 1 && removed[0] === inserted[0]) return;
    let lines = inserted;
    if (removed.length === this.lines.length && inserted.length === 0) {
      lines = [''];
      this.isEmptyFile = true;
    } else this.isEmptyFile = false;
    this.undoHistory.add({ line, removed, inserted: lines }, this.cursorBefore);
    this.apply(line, removed.length, lines);
  }

  setLine(line: number, text: string): void {
    this.splice(line, 1, [text]);
  }

  private apply(line: number, count: number, inserted: readonly string[]): void {
    // In pieces: a call takes only so many arguments.
    if (inserted.length < 10_000) this.lines.splice(line, count, ...inserted);
    else {
      const behind = this.lines.slice(line + count);
      this.lines.length = line;
      for (const text of inserted) this.lines.push(text);
      for (const text of behind) this.lines.push(text);
    }
    const shift = inserted.length - count;
    if (shift !== 0) this.moveMarks(line + Math.min(count, inserted.length), count - inserted.length, shift);
  }

  private moveMarks(from: number, gone: number, shift: number): void {
    if (this.tracked.length > 0)
      this.tracked = this.tracked.map(at => (at < from ? at : at < from + gone ? -1 : at + shift));
    for (const [name, at] of this.marks) {
      if (at.line < from) continue;
      if (at.line < from + gone) this.marks.delete(name);
      else this.marks.set(name, { line: at.line + shift, column: at.column });
    }
  }

  /** Lines changed places (:m): marks go with them. */
  renumber(place: (line: number) => number): void {
    this.tracked = this.tracked.map(line => (line < 0 ? line : place(line)));
    for (const [name, at] of this.marks) this.marks.set(name, { ...at, line: place(at.line) });
  }

  /** The text between two positions, `to` not included, as pieces of lines. */
  slice(from: Position, to: Position): string[] {
    if (from.line === to.line) return [this.line(from.line).slice(from.column, to.column)];
    return [
      this.line(from.line).slice(from.column),
      ...this.lines.slice(from.line + 1, to.line),
      this.line(to.line).slice(0, to.column),
    ];
  }

  /** Replaces the text between two positions by pieces of lines; gives the position behind them. */
  replace(from: Position, to: Position, pieces: readonly string[]): Position {
    const [start, end] = comparePositions(from, to) <= 0 ? [from, to] : [to, from];
    const before = this.line(start.line).slice(0, start.column);
    const after = this.line(end.line).slice(end.column);
    const lines = [...pieces];
    lines[0] = before + (lines[0] ?? '');
    const last = lines.length - 1;
    const column = lines[last]!.length;
    lines[last] += after;
    this.splice(start.line, end.line - start.line + 1, lines);
    return { line: start.line + last, column };
  }

  /** Takes back the last group of changes; where the cursor goes, or undefined if there is none. */
  undo(): Position | undefined {
    const group = this.undoHistory.undo();
    if (!group) return undefined;
    for (const { line, removed, inserted } of group.splices) this.apply(line, inserted.length, removed);
    return this.afterUndo(Math.min(...group.splices.map(splice => splice.line)), group.cursor);
  }

  redo(): Position | undefined {
    const group = this.undoHistory.redo();
    if (!group) return undefined;
    for (const { line, removed, inserted } of group.splices) this.apply(line, removed.length, inserted);
    return this.afterUndo(Math.min(...group.splices.map(splice => splice.line)), group.cursor);
  }

  /** As vim: to where the cursor was if that was the changed line or the one above, else to the changed line. */
  private afterUndo(line: number, before: Position): Position {
    this.isEmptyFile = this.startedEmpty && this.undoHistory.isAtStart;
    if (before.line === line || before.line + 1 === line) return before;
    const target = Math.min(line, this.lines.length - 1);
    return { line: target, column: Math.max(0, this.line(target).search(/[^ \t]|$/)) };
  }
}
