/** How the tools report system errors: «name: context: reason», and go on with the next operand. */
import { SysError } from '../../libc/native.ts';
import { warn } from '../../libc/stdlib.ts';

/** The text of a system error; anything else is no business of a tool and flies on. */
export function reason(error: unknown): string {
  if (error instanceof SysError) return error.message;
  throw error;
}

export function isError(error: unknown, ...codes: string[]): boolean {
  return error instanceof SysError && codes.includes(error.code);
}

/** Runs `action`; a system error is reported after `context` and answered with false. */
export function attempt(context: string, action: () => void): boolean {
  try {
    action();
    return true;
  } catch (error) {
    warn(`${context}: ${reason(error)}`);
    return false;
  }
}

/** The value of `action`, or undefined after a system error that is ignored. */
export function quietly<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    reason(error);
    return undefined;
  }
}
