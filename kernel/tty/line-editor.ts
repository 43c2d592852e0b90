/**
 * Editing of the line that is being typed, and its echo: VERASE, VWERASE, VKILL, VREPRINT, VLNEXT with ECHOE, ECHOK,
 * ECHOKE, ECHOCTL, ECHOPRT and IUTF8. Works on the unfinished line of its LineDiscipline, the bytes from lineEnd to
 * head; it alone moves head back. Linux counterpart: eraser and echo_char in n_tty.c.
 */
import * as abi from '../abi/termios.ts';
import type { LineDiscipline } from './line-discipline.ts';
import { isContinuation, isControl } from './output-processor.ts';

const BS = 8;
const TAB = 9;
const NL = 10;
const SPACE = 32;
const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const CARET = 0x5e;

export class LineEditor {
  readonly #line: LineDiscipline;
  /** ECHOPRT: erased characters are being printed between \ and /. */
  isErasing = false;

  constructor(line: LineDiscipline) {
    this.#line = line;
  }

  reset(): void {
    this.isErasing = false;
  }

  /** Shows a character as ECHO asks: control characters as ^X with ECHOCTL. */
  echo(c: number): void {
    const { host } = this.#line;
    if ((host.termios.lflag & abi.ECHOCTL) !== 0 && isControl(c) && c !== TAB) {
      host.echo([CARET, c ^ 0x40], 'raw');
      host.output.column += 2;
    } else host.echo([c], 'processed');
  }

  /** Shows a character that goes into the line. */
  echoTyped(c: number): void {
    const line = this.#line;
    const { host } = line;
    this.finishErasing();
    if (line.head === line.lineEnd) host.output.lineColumn = host.output.column;
    this.echo(c);
  }

  /** VLNEXT: the caret that the next character will overwrite. */
  announceLiteral(): void {
    this.finishErasing();
    if (this.#has(abi.ECHOCTL)) this.#line.host.echo([CARET, BS], 'raw');
  }

  /** VERASE: one character. */
  erase(): void {
    this.#eraseOne('erase');
  }

  /** VWERASE: a word and what follows it. */
  eraseWord(): void {
    const line = this.#line;
    let hasSeenWord = false;
    while (line.head > line.lineEnd) {
      const isWord = isWordByte(line.at(this.#lastCharacter()));
      if (!isWord && hasSeenWord) break;
      hasSeenWord ||= isWord;
      this.#eraseOne('word');
    }
  }

  /** VKILL: the line. */
  kill(c: number): void {
    const line = this.#line;
    if (line.head === line.lineEnd) return;
    if (!this.#has(abi.ECHO)) {
      line.head = line.lineEnd;
      return;
    }
    if (this.#has(abi.ECHOK) && this.#has(abi.ECHOKE) && this.#has(abi.ECHOE)) {
      while (line.head > line.lineEnd) this.#eraseOne('word');
      return;
    }
    line.head = line.lineEnd;
    this.finishErasing();
    this.echo(c);
    if (this.#has(abi.ECHOK)) line.host.echo([NL], 'processed');
  }

  /** VREPRINT: the line once more. */
  reprint(c: number): void {
    const line = this.#line;
    this.finishErasing();
    this.echo(c);
    line.host.echo([NL], 'processed');
    for (let i = line.lineEnd; i < line.head; i++) this.echo(line.at(i));
  }

  finishErasing(): void {
    if (!this.isErasing) return;
    this.isErasing = false;
    this.#line.host.echo([SLASH], 'processed');
  }

  #has(flag: number): boolean {
    return (this.#line.host.termios.lflag & flag) !== 0;
  }

  /** Where the last character begins: with IUTF8 before its continuation bytes. */
  #lastCharacter(): number {
    const line = this.#line;
    let at = line.head - 1;
    while (at > line.lineEnd && isContinuation(line.host.termios, line.at(at))) at--;
    return at;
  }

  #eraseOne(how: 'erase' | 'word'): void {
    const line = this.#line;
    const { host } = line;
    if (line.head === line.lineEnd) return;
    const at = this.#lastCharacter();
    // A line of nothing but continuation bytes has no character to erase.
    if (isContinuation(host.termios, line.at(at))) return;
    const c = line.at(at);
    const end = line.head;
    line.head = at;
    if (!this.#has(abi.ECHO)) return;
    if (this.#has(abi.ECHOPRT)) {
      if (!this.isErasing) host.echo([BACKSLASH], 'processed');
      this.isErasing = true;
      this.echo(c);
      for (let i = at + 1; i < end; i++) host.echo([line.at(i)], 'raw');
    } else if (how === 'erase' && !this.#has(abi.ECHOE)) {
      this.echo(host.termios.cc[abi.VERASE]!);
    } else if (c === TAB) this.#eraseTab();
    else {
      const columns = isControl(c) ? (this.#has(abi.ECHOCTL) ? 2 : 0) : 1;
      for (let i = 0; i < columns; i++) this.#back(SPACE);
    }
  }

  /** Goes back over a tab: as many columns as it took, which depends on all that stands before it in the line. */
  #eraseTab(): void {
    const line = this.#line;
    const { output } = line.host;
    let column = output.lineColumn;
    for (let i = line.lineEnd; i < line.head; i++) column = this.#columnAfter(column, line.at(i));
    const columns = this.#columnAfter(column, TAB) - column;
    for (let i = 0; i < columns; i++) this.#back(undefined);
  }

  #columnAfter(column: number, c: number): number {
    if (c === TAB) return (column | 7) + 1;
    if (isControl(c)) return column + (this.#has(abi.ECHOCTL) ? 2 : 0);
    return isContinuation(this.#line.host.termios, c) ? column : column + 1;
  }

  /** One column back, over a character that is wiped out, or not. */
  #back(wipe: number | undefined): void {
    const { host } = this.#line;
    host.echo(wipe === undefined ? [BS] : [BS, wipe, BS], 'raw');
    if (host.output.column > 0) host.output.column--;
  }
}

function isWordByte(c: number): boolean {
  return (
    (c >= 0x30 && c <= 0x39) ||
    (c >= 0x41 && c <= 0x5a) ||
    (c >= 0x61 && c <= 0x7a) ||
    c === 0x5f ||
    c >= 0xc0
  );
}
