/** The matchers of lodger/vitest: toExitWith, toPrint, toHaveFile. Importing lodger/vitest registers them. */
import { expect } from 'vitest';
import type { Guest } from '../api/index.ts';
import { type Check, type PrintOptions, checkExit, checkFile, checkPrint } from './checks.ts';

/** What expect() has more. */
export interface GuestMatchers {
  /** A result of guest.exec or guest.sh: the command exited with this status, or was ended by this signal. */
  toExitWith(status: number | string): void;
  /** A result of guest.exec or guest.sh: the text is in what it wrote to stdout (or stderr), or matches it. */
  toPrint(text: string | RegExp, options?: PrintOptions): void;
  /** A guest: there is such a file, with this content if one is given. `await expect(guest).toHaveFile(…)` */
  toHaveFile(path: string, content?: string | RegExp | Uint8Array): Promise<void>;
}

declare module 'vitest' {
  // The type parameter is Vitest's.
  // oxlint-disable-next-line typescript/no-explicit-any, typescript/no-empty-object-type
  interface Matchers<T = any> extends GuestMatchers {}
}

interface Outcome {
  pass: boolean;
  message: () => string;
  expected?: unknown;
  actual?: unknown;
}

function outcome({ isMet, message, negated, ...difference }: Check, isNot: boolean): Outcome {
  return { pass: isMet, message: () => (isNot ? negated : message), ...(isNot ? {} : difference) };
}

/** Makes expect() know them. */
export function registerMatchers(): void {
  expect.extend({
    toExitWith(received: unknown, status: number | string) {
      return outcome(checkExit(received, status), this.isNot);
    },
    toPrint(received: unknown, text: string | RegExp, options?: PrintOptions) {
      return outcome(checkPrint(received, text, options), this.isNot);
    },
    async toHaveFile(received: unknown, path: string, content?: string | RegExp | Uint8Array) {
      return outcome(await checkFile(received as Guest, path, content), this.isNot);
    },
  });
}
