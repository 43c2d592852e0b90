/** What a built-in command is. */
import type { Shell } from '../shell.ts';

export interface Builtin {
  /** `args[0]` is the name. The result is the exit status. */
  readonly run: (shell: Shell, args: readonly string[]) => number;
  /** XCU 2.14: errors end the shell, assignments before it stay, found before functions. */
  readonly isSpecial?: boolean;
  /** Arguments of the form name=value are expanded as assignments. */
  readonly takesAssignments?: boolean;
}

/** A built-in failed: «sh: 1: name: message». Ends a shell that is not interactive if the built-in is special. */
export class BuiltinError extends Error {
  readonly status: number;
  constructor(message: string, status = 2) {
    super(message);
    this.status = status;
  }
}

/** Reads the option letters of a built-in without option arguments: the letters seen, and the operands. */
export function parseLetters(
  args: readonly string[],
  allowed: string,
): { letters: Set<string>; operands: string[] } {
  const letters = new Set<string>();
  let i = 1;
  for (; i < args.length; i++) {
    const arg = args[i]!;
    if (arg === '--') {
      i++;
      break;
    }
    if (!/^-./.test(arg)) break;
    for (const letter of arg.slice(1)) {
      if (!allowed.includes(letter)) throw new BuiltinError(`Illegal option -${letter}`);
      letters.add(letter);
    }
  }
  return { letters, operands: args.slice(i) };
}

/** A non-negative number operand. */
export function parseNumber(text: string): number {
  if (!/^[0-9]+$/.test(text)) throw new BuiltinError(`Illegal number: ${text}`);
  return Number(text);
}
