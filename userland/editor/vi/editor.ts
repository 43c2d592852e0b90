/**
 * The editor's state: the text, the cursor, modes, registers, files. It knows nothing of terminals: keys come from a
 * KeyQueue, files and programs from a System, and a view reads what is to be shown.
 */
import type { Regex } from '../../libc/regex.ts';
import { TextBuffer } from './buffer.ts';
import { type Key, KeyQueue } from './keys.ts';
import { Registers } from './registers.ts';
import { type Settings, defaultSettings } from './settings.ts';
import type { System } from './system.ts';
import {
  type Position,
  characterStart,
  columnAtDisplay,
  displayColumn,
  firstNonBlank,
  lastColumn,
} from './text.ts';

export type Mode = 'normal' | 'insert' | 'replace' | 'visual' | 'command';

/** What is under edit at the bottom: a command or a pattern. */
export interface PromptState {
  prefix: string;
  text: string;
  cursor: number;
}

export interface Repeat {
  readonly count: number | undefined;
  readonly register: string | undefined;
  readonly keys: readonly Key[];
}

export class Editor {
  buffer = new TextBuffer();
  readonly system: System;
  readonly keys: KeyQueue;
  readonly registers = new Registers();
  readonly settings: Settings = defaultSettings();

  cursor: Position = { line: 0, column: 0 };
  /** Screen column that j and k aim at. */
  wantedDisplay = 0;
  mode: Mode = 'normal';
  visual: { anchor: Position; kind: 'v' | 'V' } | undefined;
  lastVisual: { from: Position; to: Position; kind: 'v' | 'V' } | undefined;
  prompt: PromptState | undefined;

  /** The message in the last row, until the next one. */
  message = '';
  isError = false;
  /** Lines of output that take more than the last row: shown before the next key. */
  output: string[] = [];

  /** First line and row within it on the screen; the view keeps the cursor inside. */
  top = { line: 0, row: 0 };
  /** Rows for text. */
  rows = 23;
  /** For H M L: the last line shown entirely. Set by the view. */
  bottomLine = 22;
  /** Where z. and the like want the cursor's row. */
  scrollHint: 'top' | 'middle' | 'bottom' | undefined;
  scrollAmount: number | undefined;

  fileName: string | undefined;
  alternateName: string | undefined;
  isNewFile = false;
  arguments: string[] = [];
  argumentIndex = 0;

  lastSearch: { pattern: string; isForward: boolean; offset: string } | undefined;
  isHighlighted = false;
  lastFind: { key: string; char: string } | undefined;
  lastSubstitute: { pattern: string; replacement: string; flags: string } | undefined;
  lastCommand: string | undefined;
  lastShell: string | undefined;
  lastRegex: { key: string; regex: Regex } | undefined;
  lastInserted = '';
  /** The line that was begun with an automatic indent, while it has nothing else. */
  freshIndent: { line: number; text: string } | undefined;
  macroRegister = '';
  lastMacro: string | undefined;
  repeat: Repeat | undefined;
  /** The command under way changed the text and is what . repeats. */
  isChange = false;
  /** The command under way keeps wantedDisplay. */
  keepsWanted = false;
  readonly histories: Record<string, string[]> = { ':': [], '/': [], '!': [] };

  /** -R: everything is opened read-only. */
  isViewing = false;
  /** :q was told once that there are more files. */
  hasBeenWarned = false;
  /** :g is at work. */
  isInGlobal = false;
  /** :normal is at work. */
  isNested = false;
  isQuitting = false;
  exitStatus = 0;
  /** Ctrl-Z; does nothing without a terminal. */
  suspend: () => void = () => {};
  /** Draws everything again; does nothing without a terminal. */
  redraw: () => void = () => {};

  constructor(system: System, readTyped: () => Key) {
    this.system = system;
    this.keys = new KeyQueue(readTyped);
  }

  get text(): string {
    return this.buffer.line(this.cursor.line);
  }

  tell(message: string): void {
    this.message = message;
    this.isError = false;
  }
  complain(message: string): void {
    this.message = message;
    this.isError = true;
  }

  moveTo(line: number, column: number): void {
    const target = Math.max(0, Math.min(line, this.buffer.lineCount - 1));
    this.cursor = { line: target, column: characterStart(this.buffer.line(target), Math.max(0, column)) };
  }

  /** To a line's first character that is no blank. */
  moveToLine(line: number): void {
    const target = Math.max(0, Math.min(line, this.buffer.lineCount - 1));
    this.moveTo(target, firstNonBlank(this.buffer.line(target)));
  }

  /** Moves within the wanted screen column. */
  moveVertically(line: number): void {
    const target = Math.max(0, Math.min(line, this.buffer.lineCount - 1));
    this.moveTo(target, this.columnFor(target));
    this.keepsWanted = true;
  }

  /** The column of a line for the wanted screen column. */
  columnFor(line: number): number {
    const text = this.buffer.line(line);
    if (this.wantedDisplay === Infinity) return lastColumn(text);
    return Math.min(columnAtDisplay(text, this.wantedDisplay, this.settings.tabstop), lastColumn(text));
  }

  noteWanted(): void {
    this.wantedDisplay = displayColumn(this.text, this.cursor.column, this.settings.tabstop);
  }

  /** Keeps the cursor on a character, as normal mode wants it. */
  clampCursor(): void {
    const line = Math.max(0, Math.min(this.cursor.line, this.buffer.lineCount - 1));
    const text = this.buffer.line(line);
    const last = this.mode === 'visual' ? text.length : lastColumn(text);
    this.cursor = { line, column: Math.min(characterStart(text, this.cursor.column), last) };
  }

  setMark(name: string, at: Position = this.cursor): void {
    this.buffer.marks.set(name === '`' ? "'" : name, at);
  }

  /** For `` and '' : called before far jumps. */
  rememberJump(): void {
    this.setMark("'");
  }

  /** Opens what was read; the cursor goes to the top. */
  setText(text: string): void {
    this.buffer = new TextBuffer(text);
    this.cursor = { line: 0, column: 0 };
    this.top = { line: 0, row: 0 };
    this.wantedDisplay = 0;
    this.visual = undefined;
  }
}

/** «3 fewer lines» and the like, as vim says it for more than two lines. */
export function lineReport(editor: Editor, change: number): void {
  if (change > 2) editor.tell(`${change} more lines`);
  else if (change < -2) editor.tell(`${-change} fewer lines`);
}
