/** A parsed sed script: what the parser makes and the machine runs. POSIX sed; GNU sed's manual, chapters 3–5. */
import type { Regex } from '../../libc/regex.ts';
import type { Replacement } from './replacement.ts';

export type Address =
  | { readonly kind: 'line'; readonly line: number }
  | { readonly kind: 'last' }
  /** `regex` undefined: the last one used. */
  | { readonly kind: 'regex'; readonly regex: Regex | undefined }
  | { readonly kind: 'step'; readonly first: number; readonly step: number }
  /** Only as a second address: addr,+N and addr,~N. */
  | { readonly kind: 'count'; readonly count: number }
  | { readonly kind: 'multiple'; readonly of: number };

export interface Substitution {
  readonly regex: Regex | undefined;
  readonly replacement: Replacement;
  readonly isGlobal: boolean;
  /** Which match to replace first. */
  readonly number: number;
  /** p given before e prints before evaluating: 1 = p, 2 = p behind e. */
  readonly isPrinted: boolean;
  readonly isEvaluated: boolean;
  readonly file: string | undefined;
}

export interface Command {
  readonly name: string;
  readonly first: Address | undefined;
  readonly second: Address | undefined;
  readonly isNegated: boolean;
  /** Text of a i c, label of b t T :, file name of r R w W, command of e. */
  text: string;
  /** Number of q Q l L; NaN if absent. */
  number: number;
  substitution: Substitution | undefined;
  /** y: from character to character. */
  map: ReadonlyMap<string, string> | undefined;
  /** Index of the matching } for {, of the label for b t T (the end of the script if there is none). */
  target: number;
  /** The range's state, which lives as long as the script runs. */
  range: 'inactive' | 'active' | 'closed';
  rangeEnd: number;
}

export interface Script {
  readonly commands: Command[];
  /** The script began with «#n». */
  isQuiet: boolean;
}

/** Ends sed with a message; status 1 for a faulty script, 4 for what only shows when it runs. */
export class ScriptError extends Error {
  readonly status: number;
  constructor(message: string, status = 1) {
    super(message);
    this.status = status;
  }
}
