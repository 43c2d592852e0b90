/**
 * Undo and redo, many levels. The history keeps groups of line splices; a group is what one command did. It also knows
 * whether the text is what was last saved, and the line that U brings back.
 */
import type { Position } from './text.ts';

/** Lines `removed` at `line` were replaced by `inserted`. */
export interface Splice {
  readonly line: number;
  readonly removed: readonly string[];
  inserted: readonly string[];
}

interface Group {
  readonly id: number;
  readonly splices: Splice[];
  /** Where the cursor was before. */
  readonly cursor: Position;
}

export class UndoHistory {
  private done: Group[] = [];
  private undone: Group[] = [];
  private open: Group | undefined;
  private nextId = 1;
  private savedId = 0;
  /** The line that was changed last, as it was before all changes to it. */
  lineBefore: { line: number; text: string } | undefined;

  /** Notes a change. Later changes belong to the same group until `close`. */
  add(splice: Splice, cursor: Position): void {
    this.undone = [];
    this.open ??= this.begin(cursor);
    const last = this.open.splices.at(-1);
    if (last && isOneLine(last) && isOneLine(splice) && last.line === splice.line) {
      last.inserted = splice.inserted;
    } else this.open.splices.push(splice);
    this.noteLine(splice);
  }

  private begin(cursor: Position): Group {
    const group = { id: this.nextId++, splices: [], cursor };
    this.done.push(group);
    return group;
  }

  private noteLine(splice: Splice): void {
    if (!isOneLine(splice)) this.lineBefore = undefined;
    else if (this.lineBefore?.line !== splice.line)
      this.lineBefore = { line: splice.line, text: splice.removed[0]! };
  }

  /** The command is over. */
  close(): void {
    this.open = undefined;
  }

  /** The group to take back, in the order in which its splices are to be reversed. */
  undo(): { splices: Splice[]; cursor: Position } | undefined {
    this.close();
    const group = this.done.pop();
    if (!group) return undefined;
    this.undone.push(group);
    this.lineBefore = undefined;
    return { splices: group.splices.toReversed(), cursor: group.cursor };
  }

  redo(): { splices: Splice[]; cursor: Position } | undefined {
    const group = this.undone.pop();
    if (!group) return undefined;
    this.done.push(group);
    this.lineBefore = undefined;
    return group;
  }

  markSaved(): void {
    this.close();
    this.savedId = this.done.at(-1)?.id ?? 0;
  }

  /** Everything is undone. */
  get isAtStart(): boolean {
    return this.done.length === 0;
  }

  get isModified(): boolean {
    return (this.done.at(-1)?.id ?? 0) !== this.savedId;
  }

  /** The text is not what any file holds, whatever is undone. */
  markModified(): void {
    this.savedId = -1;
  }
}

function isOneLine(splice: Splice): boolean {
  return splice.removed.length === 1 && splice.inserted.length === 1;
}
