import { describe, expect, it } from 'vitest';
import { fromBytes, toBytes } from '../abi/byte-string.ts';
import { SIGINT } from '../abi/signal.ts';
import * as abi from '../abi/termios.ts';
import { WOULD_BLOCK } from '../errors.ts';
import { IoBuffer } from '../mm/io-buffer.ts';
import { LineDiscipline, type DisciplineHost } from './line-discipline.ts';
import { OutputProcessor, isProcessing } from './output-processor.ts';
import { standardTermios, type Termios } from './termios.ts';

/** A terminal that writes down what it is told. */
class Screen implements DisciplineHost {
  termios: Termios = standardTermios();
  readonly output = new OutputProcessor();
  isStopped = false;
  shown = '';
  signals: number[] = [];
  readonly line = new LineDiscipline(this);

  stop(): void {
    this.isStopped = true;
  }
  start(): void {
    this.isStopped = false;
  }
  echo(bytes: readonly number[], how: 'processed' | 'raw'): void {
    if (how === 'raw' || !isProcessing(this.termios)) {
      this.shown += String.fromCharCode(...bytes);
      return;
    }
    const out = new Uint8Array(64);
    this.output.process(this.termios, Uint8Array.from(bytes), out);
    this.shown += fromBytes(out.subarray(0, this.output.produced));
  }
  signal(signo: number): void {
    this.signals.push(signo);
  }
  flushOutput(): void {}
  inputFlushed(): void {}
  inputReady(): void {}

  type(text: string): number {
    return this.line.receive(toBytes(text));
  }
  /** What a read of `length` bytes gives; undefined: it would block. */
  read(length = 4096): string | undefined {
    const bytes = new Uint8Array(length);
    const count = this.line.read(IoBuffer.of(bytes));
    return count === WOULD_BLOCK ? undefined : fromBytes(bytes.subarray(0, count));
  }
  /** What was shown since the last time. */
  takeShown(): string {
    const { shown } = this;
    this.shown = '';
    return shown;
  }
  set(change: Partial<Termios>): void {
    const old = this.termios;
    this.termios = { ...old, ...change };
    this.line.termiosChanged(old);
  }
}

// The expected bytes were written by Linux 6.18 for the same input.
describe('canonical mode', () => {
  it('gives nothing before the line is complete, and one line at a time', () => {
    const tty = new Screen();
    tty.type('one');
    expect(tty.read()).toBeUndefined();
    tty.type('\rtwo\r');
    expect(tty.read()).toBe('one\n');
    expect(tty.read(2)).toBe('tw');
    expect(tty.read()).toBe('o\n');
    expect(tty.read()).toBeUndefined();
  });

  it('ends input at VEOF, which is not read, and gives 0 only when nothing stands before it', () => {
    const tty = new Screen();
    tty.type('ab\x04cd\r\x04');
    expect(tty.read(2)).toBe('ab');
    expect(tty.read()).toBe('cd\n');
    expect(tty.read()).toBe('');
    expect(tty.read()).toBeUndefined();
  });

  it('erases over a tab as many columns as it took', () => {
    const tty = new Screen();
    tty.output.column = 0;
    tty.type('x\ty\x7f\x7fz\r');
    expect(tty.takeShown()).toBe('x\ty\b \b\b\b\b\b\b\b\bz\r\n');
    expect(tty.read()).toBe('xz\n');
  });

  it('erases a word, and what follows it', () => {
    const tty = new Screen();
    tty.type('foo bar  \x17!\r');
    expect(tty.takeShown()).toBe(`foo bar  ${'\b \b'.repeat(5)}!\r\n`);
    expect(tty.read()).toBe('foo !\n');
  });

  it('kills the line', () => {
    const tty = new Screen();
    tty.type('a\x02\x15b\r');
    expect(tty.takeShown()).toBe('a^B\b \b\b \b\b \bb\r\n');
    expect(tty.read()).toBe('b\n');
  });

  it('erases a whole UTF-8 character with IUTF8, and a byte without', () => {
    const tty = new Screen();
    tty.set({ iflag: tty.termios.iflag | abi.IUTF8 });
    tty.type('a\xc3\xa4\x7f\r');
    expect(tty.takeShown()).toBe('a\xc3\xa4\b \b\r\n');
    expect(tty.read()).toBe('a\n');
    tty.set({ iflag: tty.termios.iflag & ~abi.IUTF8 });
    tty.type('a\xc3\xa4\x7f\r');
    expect(tty.read()).toBe('a\xc3\n');
  });

  it('takes the next character as it is after VLNEXT', () => {
    const tty = new Screen();
    tty.type('a\x16\x03b\r');
    expect(tty.takeShown()).toBe('a^\b^Cb\r\n');
    expect(tty.read()).toBe('a\x03b\n');
    expect(tty.signals).toEqual([]);
  });

  it('shows the line again at VREPRINT', () => {
    const tty = new Screen();
    tty.type('abc\x12d\r');
    expect(tty.takeShown()).toBe('abc^R\r\nabcd\r\n');
  });

  it('shows a newline that is no line end as ^J', () => {
    const tty = new Screen();
    tty.set({ lflag: tty.termios.lflag & ~abi.ICANON });
    tty.type('a\r\n\x01\t\x7f');
    expect(tty.takeShown()).toBe('a\r\n^J^A\t^?');
    expect(tty.read()).toBe('a\n\n\x01\t\x7f');
  });

  it('goes back over control characters and tabs by what they took', () => {
    const tty = new Screen();
    tty.type('\x01\t\x7f\x7fx\r');
    expect(tty.takeShown()).toBe(`^A\t${'\b'.repeat(6)}\b \b\b \bx\r\n`);
  });

  it('prints erased characters between \\ and / with ECHOPRT', () => {
    const tty = new Screen();
    tty.set({ lflag: tty.termios.lflag | abi.ECHOPRT });
    tty.type('abc\x7f\x7fd\r');
    expect(tty.takeShown()).toBe('abc\\cb/d\r\n');
  });

  it('keeps 4095 bytes of a line that is too long, and its newline', () => {
    const tty = new Screen();
    expect(tty.type('q'.repeat(5000))).toBe(5000);
    tty.type('\r');
    const line = tty.read(5000)!;
    expect(line.length).toBe(4096);
    expect(line.endsWith('q\n')).toBe(true);
  });

  it('leaves bytes with the driver when whole lines fill the buffer', () => {
    const tty = new Screen();
    tty.type('x\r');
    expect(tty.type('y'.repeat(5000))).toBeLessThan(4096);
    expect(tty.read()).toBe('x\n');
    expect(tty.type('z')).toBe(1);
  });
});

describe('signal and flow characters', () => {
  it('send a signal, drop what was typed, and are shown', () => {
    const tty = new Screen();
    tty.type('abc\x03d\r');
    expect(tty.signals).toEqual([SIGINT]);
    expect(tty.takeShown()).toBe('abc^Cd\r\n');
    expect(tty.read()).toBe('d\n');
  });

  it('keep what was typed with NOFLSH, and are ordinary without ISIG', () => {
    const tty = new Screen();
    tty.set({ lflag: tty.termios.lflag | abi.NOFLSH });
    tty.type('ab\x03c\r');
    expect(tty.read()).toBe('abc\n');
    tty.set({ lflag: tty.termios.lflag & ~abi.ISIG });
    tty.type('\x03\r');
    expect(tty.read()).toBe('\x03\n');
  });

  it('stop and start output, and any character starts it with IXANY', () => {
    const tty = new Screen();
    tty.type('\x13');
    expect(tty.isStopped).toBe(true);
    tty.type('a');
    expect(tty.isStopped).toBe(true);
    tty.type('\x11');
    expect(tty.isStopped).toBe(false);
    tty.set({ iflag: tty.termios.iflag | abi.IXANY });
    tty.type('\x13b');
    expect(tty.isStopped).toBe(false);
    tty.type('\r');
    expect(tty.read()).toBe('ab\n');
  });
});

describe('raw mode', () => {
  it('gives bytes as they come and throttles at 4095', () => {
    const tty = new Screen();
    tty.set({ iflag: 0, lflag: 0 });
    expect(tty.type('\x03\r\x7f')).toBe(3);
    expect(tty.read()).toBe('\x03\r\x7f');
    expect(tty.type('q'.repeat(5000))).toBe(4095);
    expect(tty.line.readableBytes).toBe(4095);
    expect(tty.takeShown()).toBe('');
  });

  it('makes what was typed in raw mode a line when canonical mode comes back', () => {
    const tty = new Screen();
    tty.set({ lflag: tty.termios.lflag & ~abi.ICANON });
    tty.type('abc');
    tty.set({ lflag: tty.termios.lflag | abi.ICANON });
    expect(tty.read()).toBe('abc');
    tty.type('typed');
    tty.set({ lflag: tty.termios.lflag & ~abi.ICANON });
    expect(tty.read()).toBe('typed');
  });

  it('maps, strips and doubles bytes as c_iflag says', () => {
    const tty = new Screen();
    tty.set({ lflag: 0, iflag: abi.INLCR | abi.IGNCR });
    tty.type('a\r\n');
    expect(tty.read()).toBe('a\r');
    tty.set({ iflag: abi.PARMRK });
    tty.type('\xff');
    expect(tty.read()).toBe('\xff\xff');
    tty.set({ iflag: abi.ISTRIP });
    tty.type('\xe1');
    expect(tty.read()).toBe('a');
  });
});

describe('output processing', () => {
  const process = (oflag: number, text: string): string => {
    const out = new Uint8Array(100);
    const output = new OutputProcessor();
    expect(output.process({ ...standardTermios(), oflag }, toBytes(text), out)).toBe(text.length);
    return fromBytes(out.subarray(0, output.produced));
  };

  it('does what each flag of c_oflag says', () => {
    expect(process(abi.OPOST | abi.ONLCR, 'a\nb')).toBe('a\r\nb');
    expect(process(abi.OPOST | abi.OCRNL, 'a\rb')).toBe('a\nb');
    expect(process(abi.OPOST | abi.ONOCR, '\ra\r')).toBe('a\r');
    expect(process(abi.OPOST | abi.OLCUC, 'aB1')).toBe('AB1');
    expect(process(abi.OPOST | abi.XTABS, 'ab\tc\t')).toBe('ab      c       ');
  });

  it('takes no byte whose result does not fit', () => {
    const output = new OutputProcessor();
    expect(output.process(standardTermios(), toBytes('ab\n'), new Uint8Array(3))).toBe(2);
    expect(output.produced).toBe(2);
  });
});
