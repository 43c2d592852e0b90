/** Somebody at a terminal: types, and waits for what the screen shows. */
import type { Readable, Writable } from 'node:stream';

export interface Terminal {
  readonly output: Readable;
  readonly input: Writable;
}

export class Person {
  readonly #terminal: Terminal;
  /** What came since the last `sees`. */
  #unread = '';
  #changed: () => void = () => {};

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
    terminal.output.on('data', (chunk: Buffer) => {
      this.#unread += chunk.toString('latin1');
      this.#changed();
    });
  }

  types(text: string): void {
    this.#terminal.input.write(text);
  }

  /** Waits until the pattern occurs in what came since the last call; gives all up to its end. */
  async sees(pattern: RegExp, timeoutMs = 10_000): Promise<string> {
    const end = Date.now() + timeoutMs;
    for (;;) {
      const match = pattern.exec(this.#unread);
      if (match) {
        const upTo = match.index + match[0].length;
        const seen = this.#unread.slice(0, upTo);
        this.#unread = this.#unread.slice(upTo);
        return seen;
      }
      const left = end - Date.now();
      if (left <= 0) throw new Error(`waited for ${String(pattern)}, saw ${JSON.stringify(this.#unread)}`);
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, left);
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Types a command and waits for the next prompt; gives what was shown between, with plain newlines. */
  async runs(command: string, prompt = PROMPT): Promise<string> {
    this.types(`${command}\r`);
    await this.sees(/\n/);
    const seen = await this.sees(prompt);
    return seen.replaceAll('\r', '').replace(prompt, '');
  }
}

/** The prompt of root's shell, after which nothing has come yet. */
export const PROMPT = /[^\n]*# $/;
