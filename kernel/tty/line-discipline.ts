/**
 * N_TTY, the line discipline: what becomes of the bytes that come from a keyboard before a program reads them. Linux
 * counterpart: drivers/tty/n_tty.c; termios(3), c_iflag and c_lflag.
 *
 * Bytes enter by `receive` (from the driver), leave by `read` (to programs), and what is to be seen of them goes to
 * `host.echo`. The discipline knows nothing of tasks, sessions or devices.
 *
 * Invariants:
 *   1. tail ≤ lineEnd ≤ head ≤ tail + CAPACITY; byte n of the input lies at buffer[n % CAPACITY].
 *   2. In canonical mode only bytes before lineEnd may be read; those from lineEnd on are being edited. In raw mode
 *      lineEnd is not used and all bytes before head may be read.
 *   3. A mark stands only on a byte in [tail, lineEnd): DELIMITER on the last byte of a line, END_OF_FILE on a byte
 *      that ends a line and is itself not read. Leaving canonical mode takes all marks away.
 *   4. Editing (erase, kill, word erase) never goes back past lineEnd.
 *   5. A line holds at most LINE_LIMIT bytes and its delimiter: in canonical mode with no finished line every byte is
 *      consumed, further ones are dropped, so that a newline can always come in. In all other states a full buffer
 *      leaves bytes with the driver (throttling), nothing is lost.
 *   6. A character that acts (signal, flow control, erase …) is never in the buffer.
 */
import * as abi from '../abi/termios.ts';
import type { IoBuffer } from '../mm/io-buffer.ts';
import { WOULD_BLOCK } from '../errors.ts';
import { SIGINT, SIGQUIT, SIGTSTP } from '../abi/signal.ts';
import type { Termios } from './termios.ts';
import { LineEditor } from './line-editor.ts';
import type { OutputProcessor } from './output-processor.ts';

const CAPACITY = 4096;
const MASK = CAPACITY - 1;
const LINE_LIMIT = CAPACITY - 1;

const NO_MARK = 0;
const DELIMITER = 1;
const END_OF_FILE = 2;

const NL = 10;
const CR = 13;

/** What the discipline needs of its terminal. */
export interface DisciplineHost {
  readonly termios: Termios;
  readonly output: OutputProcessor;
  /** Output is stopped by a STOP character or TCOOFF. */
  readonly isStopped: boolean;
  stop(): void;
  /** Ends a stop that a STOP character made; TCOOFF's stays. */
  start(): void;
  /** Bytes to be shown, to be processed as output is; or as they are ('raw'). */
  echo(bytes: readonly number[], how: 'processed' | 'raw'): void;
  /** Sends a signal to the foreground process group. */
  signal(signo: number): void;
  /** Drops pending output and echo: a signal character without NOFLSH. */
  flushOutput(): void;
  /** Input was dropped: a pty's master is told in packet mode. */
  inputFlushed(): void;
  /** There may be something to read. */
  inputReady(): void;
}

export class LineDiscipline {
  readonly host: DisciplineHost;
  readonly editor: LineEditor;
  readonly buffer = new Uint8Array(CAPACITY);
  readonly marks = new Uint8Array(CAPACITY);
  /** Counters of bytes: see the invariants. */
  head = 0;
  tail = 0;
  lineEnd = 0;
  /** The next byte is taken as it is (VLNEXT came before). */
  isLiteralNext = false;
  /** No more input will come: reads of the empty buffer are the end. */
  isEnded = false;
  /** A reader was told of that end. */
  isEndSeen = false;

  constructor(host: DisciplineHost) {
    this.host = host;
    this.editor = new LineEditor(this);
  }

  get isCanonical(): boolean {
    return (this.host.termios.lflag & (abi.ICANON | abi.EXTPROC)) === abi.ICANON;
  }

  at(position: number): number {
    return this.buffer[position & MASK]!;
  }

  // ---- from the driver

  /** Takes bytes from the driver; returns how many, fewer when the buffer is full (the rest is offered again later). */
  receive(bytes: Uint8Array): number {
    const before = this.head;
    const { termios } = this.host;
    let n = 0;
    if (isTransparent(termios)) {
      n = Math.min(bytes.length, LINE_LIMIT - (this.head - this.tail));
      for (let i = 0; i < n; i++) this.buffer[(this.head + i) & MASK] = bytes[i]!;
      this.head += n;
    } else {
      while (n < bytes.length && this.#canTake()) this.#receiveByte(bytes[n++]!);
    }
    if (this.head !== before || n > 0) this.host.inputReady();
    return n;
  }

  /** Is there room for another byte from the driver? See invariant 5. */
  #canTake(): boolean {
    const size = (this.host.termios.iflag & abi.PARMRK) !== 0 ? 2 : 1;
    return this.head - this.tail + size <= LINE_LIMIT || (this.isCanonical && this.lineEnd === this.tail);
  }

  #receiveByte(c: number): void {
    const { termios } = this.host;
    const { iflag, lflag } = termios;
    if ((iflag & abi.ISTRIP) !== 0) c &= 0x7f;
    if ((iflag & abi.IUCLC) !== 0 && (lflag & abi.IEXTEN) !== 0 && c >= 0x41 && c <= 0x5a) c += 32;
    if (this.isLiteralNext) {
      this.isLiteralNext = false;
      this.#ordinary(c);
    } else if ((lflag & abi.EXTPROC) !== 0) this.#put(c);
    else if (!this.#flowControl(c) && !this.#signalCharacter(c)) this.#mapped(c);
  }

  #flowControl(c: number): boolean {
    const { host } = this;
    const { termios } = host;
    if ((termios.iflag & abi.IXON) !== 0) {
      if (is(termios, abi.VSTART, c)) {
        host.start();
        return true;
      }
      if (is(termios, abi.VSTOP, c)) {
        host.stop();
        return true;
      }
    }
    return false;
  }

  #signalCharacter(c: number): boolean {
    const { host } = this;
    const { termios } = host;
    if ((termios.lflag & abi.ISIG) === 0) return false;
    let signo = 0;
    if (is(termios, abi.VINTR, c)) signo = SIGINT;
    else if (is(termios, abi.VQUIT, c)) signo = SIGQUIT;
    else if (is(termios, abi.VSUSP, c)) signo = SIGTSTP;
    if (signo === 0) return false;
    if ((termios.lflag & abi.NOFLSH) === 0) {
      this.flush();
      host.flushOutput();
    }
    host.signal(signo);
    if ((termios.iflag & abi.IXON) !== 0) host.start();
    if ((termios.lflag & abi.ECHO) !== 0) this.editor.echo(c);
    return true;
  }

  /** CR and NL mapping, then editing in canonical mode. */
  #mapped(c: number): void {
    const { host } = this;
    const { iflag, lflag } = host.termios;
    if (host.isStopped && (iflag & abi.IXON) !== 0 && (iflag & abi.IXANY) !== 0) host.start();
    let isMapped = false;
    if (c === CR) {
      if ((iflag & abi.IGNCR) !== 0) return;
      isMapped = (iflag & abi.ICRNL) !== 0;
      if (isMapped) c = NL;
    } else if (c === NL && (iflag & abi.INLCR) !== 0) c = CR;
    if ((lflag & abi.ICANON) !== 0 && this.#canonicalCharacter(c)) return;
    this.#ordinary(c, isMapped ? 'mapped' : 'typed');
  }

  #canonicalCharacter(c: number): boolean {
    const { host, editor } = this;
    const { termios } = host;
    const { lflag } = termios;
    const isExtended = (lflag & abi.IEXTEN) !== 0;
    const isEchoing = (lflag & abi.ECHO) !== 0;
    if (is(termios, abi.VERASE, c)) editor.erase();
    else if (is(termios, abi.VKILL, c)) editor.kill(c);
    else if (isExtended && is(termios, abi.VWERASE, c)) editor.eraseWord();
    else if (isExtended && is(termios, abi.VLNEXT, c)) {
      this.isLiteralNext = true;
      if (isEchoing) editor.announceLiteral();
    } else if (isExtended && isEchoing && is(termios, abi.VREPRINT, c)) editor.reprint(c);
    else if (c === NL) {
      if ((lflag & (abi.ECHO | abi.ECHONL)) !== 0) host.echo([NL], 'processed');
      this.#endLine(c, DELIMITER);
    } else if (is(termios, abi.VEOF, c)) this.#endLine(0, END_OF_FILE);
    else if (is(termios, abi.VEOL, c) || (isExtended && is(termios, abi.VEOL2, c))) {
      if (isEchoing) editor.echoTyped(c);
      this.#endLine(c, DELIMITER);
    } else return false;
    return true;
  }

  #endLine(c: number, mark: number): void {
    this.marks[this.head & MASK] = mark;
    this.buffer[this.head++ & MASK] = c;
    this.lineEnd = this.head;
  }

  /** A character for the program. */
  #ordinary(c: number, how: 'typed' | 'mapped' = 'typed'): void {
    const { termios } = this.host;
    const isDoubled = c === 0xff && (termios.iflag & abi.PARMRK) !== 0;
    if (this.head - this.tail + (isDoubled ? 2 : 1) > LINE_LIMIT) return;
    if ((termios.lflag & abi.ECHO) !== 0) {
      // Outside of canonical mode a newline that was typed is shown as ^J, one that a CR became as a newline.
      if (how === 'mapped') this.host.echo([c], 'processed');
      else this.editor.echoTyped(c);
    }
    if (isDoubled) this.#put(c);
    this.#put(c);
  }

  #put(c: number): void {
    this.buffer[this.head++ & MASK] = c;
  }

  // ---- to programs

  /** Bytes that programs could read now: FIONREAD. */
  get readableBytes(): number {
    if (!this.isCanonical) return this.head - this.tail;
    let count = 0;
    for (let i = this.tail; i < this.lineEnd; i++) if (this.marks[i & MASK] !== END_OF_FILE) count++;
    return count;
  }

  /** Would a read give something (in raw mode: at least `minimum` bytes)? */
  hasInput(minimum: number): boolean {
    if (this.isCanonical) return this.lineEnd !== this.tail;
    return this.head - this.tail >= Math.max(1, minimum);
  }

  /** Reads a line or what fits of it (canonical), or what is there (raw). 0: end of file. */
  read(into: IoBuffer): number {
    if (!this.hasInput(1)) {
      if (this.isEnded) this.isEndSeen = true;
      return this.isEnded ? 0 : WOULD_BLOCK;
    }
    if (!this.isCanonical) {
      const count = Math.min(into.remaining, this.head - this.tail);
      this.#copy(into, count);
      return count;
    }
    const limit = Math.min(this.lineEnd, this.tail + into.remaining);
    let end = this.tail;
    let mark = NO_MARK;
    while (end < limit && mark === NO_MARK) mark = this.marks[end++ & MASK]!;
    const count = end - this.tail - (mark === END_OF_FILE ? 1 : 0);
    this.#copy(into, count);
    // An end of file is gone with the line that it ends, also when the reader's buffer was full just before it.
    const next = this.tail & MASK;
    if (mark !== DELIMITER && this.tail < this.lineEnd && this.marks[next] === END_OF_FILE) {
      this.marks[next] = NO_MARK;
      this.tail++;
    }
    return count;
  }

  #copy(into: IoBuffer, count: number): void {
    const at = this.tail & MASK;
    const first = Math.min(count, CAPACITY - at);
    into.put(this.buffer.subarray(at, at + first));
    if (first < count) into.put(this.buffer.subarray(0, count - first));
    this.marks.fill(NO_MARK, at, at + first);
    this.marks.fill(NO_MARK, 0, count - first);
    this.tail += count;
  }

  // ---- control

  /** Forgets all input: TCIFLUSH, a signal character. */
  flush(): void {
    this.tail = this.lineEnd = this.head;
    this.marks.fill(NO_MARK);
    this.isLiteralNext = false;
    this.editor.reset();
    this.host.inputFlushed();
  }

  /** The outside will send no more: an unfinished line can be read, then the end. */
  end(): void {
    this.isEnded = true;
    this.lineEnd = this.head;
    this.host.inputReady();
  }

  /** The settings changed from `old`. What was typed in one mode is readable in the other. */
  termiosChanged(old: Termios): void {
    const changed = old.lflag ^ this.host.termios.lflag;
    if ((changed & (abi.ICANON | abi.EXTPROC)) === 0) return;
    this.marks.fill(NO_MARK);
    this.isLiteralNext = false;
    this.editor.reset();
    if (this.isCanonical && this.head !== this.tail) {
      this.marks[(this.head - 1) & MASK] = DELIMITER;
      this.lineEnd = this.head;
    } else this.lineEnd = this.tail;
    if (this.hasInput(1)) this.host.inputReady();
  }
}

/** Is `c` the control character `index`? A disabled one (0) never is. */
function is(termios: Termios, index: number, c: number): boolean {
  return c !== abi.POSIX_VDISABLE && termios.cc[index] === c;
}

const INPUT_MAPPING = abi.ISTRIP | abi.IUCLC | abi.IXON | abi.IGNCR | abi.ICRNL | abi.INLCR | abi.PARMRK;

/** Nothing happens to input but being read: raw mode as cfmakeraw(3) sets it. */
function isTransparent(termios: Termios): boolean {
  return (
    (termios.lflag & (abi.ICANON | abi.ISIG | abi.ECHO | abi.EXTPROC)) === 0 &&
    (termios.iflag & INPUT_MAPPING) === 0
  );
}
