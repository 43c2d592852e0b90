/**
 * Output processing of a terminal: what OPOST and its flags make of the bytes that programs write and that are echoed,
 * and the column in which the cursor then is. Linux counterpart: do_output_char in n_tty.c; termios(3), c_oflag.
 */
import { IUTF8, OCRNL, OLCUC, ONLCR, ONLRET, ONOCR, OPOST, TABDLY, XTABS } from '../abi/termios.ts';
import type { Termios } from './termios.ts';

const BS = 8;
const TAB = 9;
const NL = 10;
const CR = 13;
const SPACE = 32;

/** Most bytes that one byte becomes: a tab of 8 spaces. */
export const MAX_EXPANSION = 8;

export class OutputProcessor {
  /** Column of the cursor, from 0. */
  column = 0;
  /** Column where the echo of the line being typed began; owned by the line discipline. */
  lineColumn = 0;
  /** Bytes that the last `process` wrote. */
  produced = 0;

  /** Processes bytes of `input` into `out` while their results fit; returns how many bytes were consumed. */
  process(termios: Termios, input: Uint8Array, out: Uint8Array): number {
    let at = 0;
    let i = 0;
    for (; i < input.length && at < out.length; i++) {
      const c = input[i]!;
      if (c >= SPACE && c < 0x7f && (termios.oflag & OLCUC) === 0) {
        this.column++;
        out[at++] = c;
        continue;
      }
      const size = this.#put(termios, c, out, at);
      if (size < 0) break;
      at += size;
    }
    this.produced = at;
    return i;
  }

  /** Writes one byte's result; how many bytes, or -1 when they do not fit. */
  #put(termios: Termios, c: number, out: Uint8Array, at: number): number {
    const { oflag } = termios;
    const room = out.length - at;
    switch (c) {
      case NL:
        if ((oflag & ONLCR) !== 0) {
          if (room < 2) return -1;
          this.column = this.lineColumn = 0;
          out[at] = CR;
          out[at + 1] = NL;
          return 2;
        }
        if ((oflag & ONLRET) !== 0) this.column = 0;
        this.lineColumn = this.column;
        break;
      case CR:
        if ((oflag & ONOCR) !== 0 && this.column === 0) return 0;
        if ((oflag & OCRNL) !== 0) {
          c = NL;
          if ((oflag & ONLRET) !== 0) this.column = this.lineColumn = 0;
          break;
        }
        this.column = this.lineColumn = 0;
        break;
      case TAB: {
        const spaces = 8 - (this.column & 7);
        if ((oflag & TABDLY) === XTABS) {
          if (room < spaces) return -1;
          this.column += spaces;
          out.fill(SPACE, at, at + spaces);
          return spaces;
        }
        this.column += spaces;
        break;
      }
      case BS:
        if (this.column > 0) this.column--;
        break;
      default:
        if (isControl(c)) break;
        if ((oflag & OLCUC) !== 0 && c >= 0x61 && c <= 0x7a) c -= 32;
        if (!isContinuation(termios, c)) this.column++;
    }
    out[at] = c;
    return 1;
  }
}

export function isProcessing(termios: Termios): boolean {
  return (termios.oflag & OPOST) !== 0;
}

export function isControl(c: number): boolean {
  return c < SPACE || c === 0x7f;
}

/** A byte of a UTF-8 character after its first: takes no column. */
export function isContinuation(termios: Termios, c: number): boolean {
  return (termios.iflag & IUTF8) !== 0 && (c & 0xc0) === 0x80;
}
