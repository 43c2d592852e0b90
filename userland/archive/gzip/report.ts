/** What gzip says and the exit status that it leads to: 1 after an error, 2 after a warning only. */
import { type FormatError, problemsOf } from './header.ts';
import { stderr, stdout } from '../../libc/stdio.ts';

export const OK = 0;
export const ERROR = 1;
export const WARNING = 2;

export class Report {
  readonly #isQuiet: boolean;
  status = OK;

  constructor(isQuiet: boolean) {
    this.#isQuiet = isQuiet;
  }
  /** An error; `before` is the newline that ends a verbose line begun. */
  error(text: string, before = ''): void {
    stdout.flush();
    stderr.write(`${before}gzip: ${text}\n`);
    this.status = ERROR;
  }
  /** What is wrong with the content of a compressed file. */
  damage(name: string, error: FormatError): void {
    for (const message of problemsOf(error)) this.error(`${name}: ${message}`, '\n');
  }
  warning(text: string, before = ''): void {
    stdout.flush();
    if (!this.#isQuiet) stderr.write(`${before}gzip: ${text}\n`);
    if (this.status === OK) this.status = WARNING;
  }
}

/** How much smaller: `num` of `den` bytes were saved. */
export function ratio(num: number, den: number): string {
  return `${(den === 0 ? 0 : (100 * num) / den).toFixed(1).padStart(5)}%`;
}
