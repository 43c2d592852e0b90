/** What the makers of primaries get: the words of the expression, the settings, and how to complain. */
import { quote } from '../coreutils/lib/quote.ts';
import type { Primary, Test } from './expression.ts';
import { fatal, say } from './report.ts';
import type { Settings } from './settings.ts';

export class Arguments {
  readonly settings: Settings;
  readonly #words: readonly string[];
  #at: number;
  /** The primary that is being read, as it was written. */
  name = '';

  constructor(words: readonly string[], at: number, settings: Settings) {
    this.#words = words;
    this.#at = at;
    this.settings = settings;
  }

  /** The next word of the command line, or undefined at its end. */
  next(): string | undefined {
    return this.#words[this.#at++];
  }
  peek(): string | undefined {
    return this.#words[this.#at];
  }
  /** The argument of this primary. */
  argument(): string {
    return this.next() ?? fatal(`missing argument to \`${this.name}'`);
  }
  invalid(argument: string): never {
    return fatal(`invalid argument \`${argument}' to \`${this.name}'`);
  }
  warn(text: string): void {
    if (this.settings.hasWarnings) say(`warning: ${text}`);
  }

  test(cost: Primary['cost'], test: Test): Primary {
    return { kind: 'primary', name: this.name, test, cost };
  }

  /** What an option is in the expression. */
  always(): Primary {
    return this.test(1, () => true);
  }

  /** The argument of -maxdepth and -mindepth. */
  depth(): number {
    const text = this.argument();
    if (/^\d+$/.test(text)) return Number(text);
    return fatal(`Expected a positive decimal integer argument to ${this.name}, but got ${quote(text)}`);
  }
}

/** Makes a primary, or for an option changes the settings and makes what is always true. */
export type Maker = (args: Arguments) => Primary;
export type Makers = Readonly<Record<string, Maker>>;
