/** The terminal that lodger was typed in, lent to the new guest: raw while it is lent, and given back as it was. */
import { type Termios, cfmakeraw, tcgetattr, tcsetattr } from '../libc/termios.ts';

export class LentTerminal {
  readonly #fd: number;
  readonly #before: Termios;

  /** `fd` is a terminal, and stays open. */
  constructor(fd: number) {
    this.#fd = fd;
    this.#before = tcgetattr(fd);
    this.setRaw();
  }

  /** Also to be called when the program goes on after it was stopped: the shell has set it its own way. */
  setRaw(): void {
    tcsetattr(this.#fd, 'now', cfmakeraw(this.#before));
  }
  giveBack(): void {
    tcsetattr(this.#fd, 'drain', this.#before);
  }
}
