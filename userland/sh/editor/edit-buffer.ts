/** The line being edited: characters and a cursor. Pure. */
import { characters } from '../../libc/fnmatch.ts';

export class EditBuffer {
  chars: string[] = [];
  cursor = 0;
  /** What was cut last (Ctrl-K, Ctrl-U, Ctrl-W), for Ctrl-Y. */
  private cut: string[] = [];

  get text(): string {
    return this.chars.join('');
  }

  set(text: string, isUtf8: boolean): void {
    this.chars = Array.from(characters(text, isUtf8));
    this.cursor = this.chars.length;
  }

  insert(text: string, isUtf8: boolean): void {
    const added = Array.from(characters(text, isUtf8));
    this.chars.splice(this.cursor, 0, ...added);
    this.cursor += added.length;
  }

  move(by: number): void {
    this.cursor = Math.min(this.chars.length, Math.max(0, this.cursor + by));
  }

  home(): void {
    this.cursor = 0;
  }
  end(): void {
    this.cursor = this.chars.length;
  }
  wordLeft(): void {
    this.cursor = this.wordStart(/[A-Za-z0-9_\x80-\xff]/);
  }
  wordRight(): void {
    this.cursor = this.wordEnd();
  }

  deleteBefore(): void {
    if (this.cursor > 0) this.chars.splice(--this.cursor, 1);
  }
  deleteAt(): void {
    this.chars.splice(this.cursor, 1);
  }
  cutToEnd(): void {
    this.cutRange(this.cursor, this.chars.length);
  }
  cutToStart(): void {
    this.cutRange(0, this.cursor);
  }
  /** Ctrl-W: to the blank before. */
  cutBlankWord(): void {
    this.cutRange(this.wordStart(/\S/), this.cursor);
  }
  cutWordLeft(): void {
    this.cutRange(this.wordStart(/[A-Za-z0-9_\x80-\xff]/), this.cursor);
  }
  cutWordRight(): void {
    this.cutRange(this.cursor, this.wordEnd());
  }
  paste(): void {
    this.chars.splice(this.cursor, 0, ...this.cut);
    this.cursor += this.cut.length;
  }

  /** Ctrl-T: swaps the two characters before the cursor. */
  transpose(): void {
    if (this.chars.length < 2 || this.cursor === 0) return;
    const at = Math.min(this.cursor, this.chars.length - 1);
    [this.chars[at - 1], this.chars[at]] = [this.chars[at]!, this.chars[at - 1]!];
    this.cursor = at + 1;
  }

  private cutRange(from: number, to: number): void {
    if (from >= to) return;
    this.cut = this.chars.splice(from, to - from);
    this.cursor = from;
  }

  private wordStart(member: RegExp): number {
    let at = this.cursor;
    while (at > 0 && !member.test(this.chars[at - 1]!)) at--;
    while (at > 0 && member.test(this.chars[at - 1]!)) at--;
    return at;
  }

  private wordEnd(): number {
    const member = /[A-Za-z0-9_\x80-\xff]/;
    let at = this.cursor;
    while (at < this.chars.length && !member.test(this.chars[at]!)) at++;
    while (at < this.chars.length && member.test(this.chars[at]!)) at++;
    return at;
  }
}
