/**
 * Terminals for tests: system calls of tasks on ptys (TtyCaller), and a pty pair that strings drive (TestTerminal).
 */
import type { Port } from '../../host/machine.ts';
import { fromBytes, toBytes } from '../abi/byte-string.ts';
import { O_NOCTTY, O_RDWR } from '../abi/fcntl.ts';
import { FIONREAD, TCGETS, TCSETS, TIOCSPTLCK, TIOCSWINSZ } from '../abi/ioctl.ts';
import { TermiosStruct } from '../abi/termios.ts';
import { mountAt } from '../boot.ts';
import { devptsType } from '../fs/devpts.ts';
import { devtmpfsType } from '../fs/devtmpfs.ts';
import { Caller, type Result, type Text } from '../syscall/testing.ts';

/** A port whose outside is two strings. */
export class StringPort implements Port {
  input = '';
  output = '';
  capacity = 1000;
  isInputEnded = false;
  isOutputClosed = false;
  windowSize = { rows: 25, columns: 80 };

  get readableBytes(): number {
    return this.input.length;
  }
  get writableBytes(): number {
    return this.capacity - this.output.length;
  }
  read(into: Uint8Array): number {
    const bytes = toBytes(this.input.slice(0, into.length));
    into.set(bytes);
    this.input = this.input.slice(bytes.length);
    return bytes.length;
  }
  write(from: Uint8Array): number {
    const count = Math.min(from.length, this.writableBytes);
    this.output += fromBytes(from.subarray(0, count));
    return count;
  }
  endOutput(): void {}
  closeInput(): void {
    this.isInputEnded = true;
  }
}

/** System calls of init in a kernel with /dev, /dev/pts, and a console on a StringPort. */
export class TtyCaller extends Caller {
  readonly port = new StringPort();

  constructor() {
    super();
    const { kernel, ports } = this.guest;
    ports.set(0, this.port);
    for (const type of [devtmpfsType, devptsType]) kernel.vfs.registerType(type);
    mountAt(kernel, 'devtmpfs', '/dev', 'devtmpfs', 0, '');
    mountAt(kernel, 'devpts', '/dev/pts', 'devpts', 0, 'gid=5,mode=620,ptmxmode=666');
  }

  /** Opens a master and unlocks its slave. */
  master(): number {
    const fd = this.open('/dev/ptmx', O_RDWR | O_NOCTTY) as number;
    if (this.ioctlSet(fd, TIOCSPTLCK, 0) !== 0) throw new Error('TIOCSPTLCK failed');
    return fd;
  }
  /** A child that leads a session whose terminal is /dev/pts/0. */
  leader(): { leader: Caller; fd: number } {
    const leader = this.fork();
    leader.call('setsid');
    return { leader, fd: leader.open('/dev/pts/0', O_RDWR) as number };
  }
  portMoved(): void {
    this.guest.kernel.ttys.portChanged(0);
    this.guest.pump();
  }
}

type Decoded = ReturnType<typeof TermiosStruct.decode>;
/** struct termios to change. */
export type TermiosFields = { -readonly [K in keyof Decoded]: Decoded[K] };

/** tcgetattr, `edit`, tcsetattr. */
export function changeTermios(c: Caller, fd: number, edit: (termios: TermiosFields) => void): void {
  c.call('ioctl', fd, TCGETS, c.out);
  const termios = TermiosStruct.decode(c.task.memory.copyIn(c.out, TermiosStruct.size));
  edit(termios);
  c.bytes(TermiosStruct.encode(termios), c.out);
  const result = c.call('ioctl', fd, TCSETS, c.out);
  if (result !== 0) throw new Error(`TCSETS: ${String(result)}`);
}

/**
 * A pty pair with its line discipline: a person at the master, who types and looks at the screen, and a program at the
 * slave, which leads the session (^C is a SIGINT for it).
 *
 *   const terminal = new TestTerminal();
 *   terminal.type('helo\x7flo\n');
 *   terminal.read();   // 'hello\n'
 *   terminal.screen;   // 'helo\b \blo\r\n'
 */
export class TestTerminal {
  readonly person = new TtyCaller();
  readonly program: Caller;
  readonly #master: number;
  readonly #slave: number;
  #screen = '';

  constructor() {
    this.#master = this.person.master();
    const { leader, fd } = this.person.leader();
    this.program = leader;
    this.#slave = fd;
  }

  /** Types at the keyboard: how many bytes the terminal took. */
  type(text: string): Result {
    return this.person.write(this.#master, text);
  }
  /** All that the terminal has shown so far: output and echo. */
  get screen(): string {
    while (this.person.ioctlInt(this.#master, FIONREAD) !== 0)
      this.#screen += String(this.person.read(this.#master));
    return this.#screen;
  }
  resize(rows: number, columns: number): void {
    const { person } = this;
    person.bytes(new Uint8Array(Uint16Array.of(rows, columns, 0, 0).buffer), person.out);
    person.call('ioctl', this.#master, TIOCSWINSZ, person.out);
  }

  /** The program writes: the result, or undefined while it sleeps. */
  write(text: string): Result {
    return this.program.write(this.#slave, text);
  }
  /** The program reads: text, or -errno, or undefined while it sleeps (`program.readLater()` has it then). */
  read(length?: number): Text {
    return this.program.read(this.#slave, length);
  }
  /** The program changes its terminal's modes. */
  change(edit: (termios: TermiosFields) => void): void {
    changeTermios(this.program, this.#slave, edit);
  }
}
