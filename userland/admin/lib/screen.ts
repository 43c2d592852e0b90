/**
 * A terminal taken over for a while: keys come one by one, and the screen is drawn from its top. For top and watch.
 */
import { EINTR } from '../../../kernel/abi/errno.ts';
import { SysError } from '../../libc/native.ts';
import { POLLIN, poll } from '../../libc/poll.ts';
import { SIGINT, SIGTERM, SIGWINCH, signal } from '../../libc/signal.ts';
import { stdout } from '../../libc/stdio.ts';
import {
  ECHO,
  ICANON,
  type Termios,
  VMIN,
  VTIME,
  tcgetattr,
  tcsetattr,
  winsize,
} from '../../libc/termios.ts';
import { isatty, read } from '../../libc/unistd.ts';
import { env } from '../../libc/stdlib.ts';
import { unlessFailed } from './files.ts';

export const CLEAR = '\x1b[H\x1b[2J';
const HOME = '\x1b[H';
const CLEAR_LINE = '\x1b[K';
const CLEAR_REST = '\x1b[J';
export const REVERSE = '\x1b[7m';
export const BOLD = '\x1b[1m';
export const NORMAL = '\x1b[m';

export function screenSize(): { rows: number; columns: number } {
  const size = unlessFailed(() => winsize(1));
  return {
    rows: size?.rows || Number(env.get('LINES')) || 24,
    columns: size?.columns || Number(env.get('COLUMNS')) || 80,
  };
}

export class Screen {
  #saved: Termios | undefined;
  isInterrupted = false;

  /** Keys without waiting for a newline, and without echo. */
  open(): void {
    if (isatty(0)) {
      this.#saved = tcgetattr(0);
      const cc = this.#saved.cc.slice();
      cc[VMIN] = 1;
      cc[VTIME] = 0;
      tcsetattr(0, 'now', { ...this.#saved, lflag: this.#saved.lflag & ~(ICANON | ECHO), cc });
    }
    const interrupt = (): void => {
      this.isInterrupted = true;
    };
    signal(SIGINT, interrupt);
    signal(SIGTERM, interrupt);
    signal(SIGWINCH, () => {});
    stdout.setBuffering('full');
    stdout.write(`\x1b[?25l${CLEAR}`);
  }

  close(): void {
    if (this.#saved) tcsetattr(0, 'drain', this.#saved);
    stdout.write(`\x1b[${screenSize().rows};1H\x1b[?25h\x1b[K\n`);
    stdout.flush();
  }

  draw(lines: readonly string[]): void {
    stdout.write(HOME + lines.map(line => line + CLEAR_LINE).join('\r\n') + CLEAR_REST);
    stdout.flush();
  }

  /** The next key, or undefined after so many seconds, a change of the window's size or an interrupt. */
  key(seconds: number): string | undefined {
    try {
      const [events] = poll(
        [{ fd: 0, events: POLLIN }],
        seconds === Infinity ? -1 : Math.ceil(seconds * 1000),
      );
      if (!events) return undefined;
      const byte = new Uint8Array(1);
      if (read(0, byte) === 0) {
        this.isInterrupted = true;
        return undefined;
      }
      return String.fromCharCode(byte[0]!);
    } catch (error) {
      if (error instanceof SysError && error.errno === EINTR) return undefined;
      throw error;
    }
  }

  /** Asks for a line in a row of the screen; undefined: Escape. */
  ask(row: number, question: string): string | undefined {
    let answer = '';
    for (;;) {
      stdout.write(`\x1b[${row};1H${BOLD}${question}${NORMAL} ${answer}${CLEAR_LINE}\x1b[?25h`);
      stdout.flush();
      const key = this.key(Infinity);
      if (this.isInterrupted || key === '\x1b') break;
      if (key === '\r' || key === '\n') {
        stdout.write('\x1b[?25l');
        return answer.trim();
      }
      if (key === '\x7f' || key === '\b') answer = answer.slice(0, -1);
      else if (key !== undefined && key >= ' ') answer += key;
    }
    stdout.write('\x1b[?25l');
    return undefined;
  }
}
