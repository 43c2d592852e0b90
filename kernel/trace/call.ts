/**
 * A system call as a line of strace: the part known at its entry, and the rest with the result when it is over.
 */
import { errnoName, strerror } from '../abi/errno.ts';
import { type FormatOptions, type Reader, argumentText, isAbsent } from './arguments.ts';
import { CONSTANTS, FLAGS, constantText, flagText, octal, openFlagText } from './flags.ts';
import { pollText } from './structs.ts';
import { RESULTS, SIGNATURES } from './signatures.ts';

const MAX_POLLED = 1024;

/** Codes that never reach a program: the call is restarted, or ends with EINTR. */
const RESTARTS: Readonly<Record<number, string>> = {
  512: 'ERESTARTSYS (To be restarted if SA_RESTART is set)',
  513: 'ERESTARTNOINTR (To be restarted)',
  514: 'ERESTARTNOHAND (To be restarted if no handler)',
  516: 'ERESTART_RESTARTBLOCK (Interrupted by signal)',
};

function wordsOf(name: string): string[] {
  const signature = Object.hasOwn(SIGNATURES, name) ? SIGNATURES[name]! : 'hex0 hex0 hex0 hex0 hex0 hex0';
  return signature === '' ? [] : signature.split(' ');
}

/** `openat(AT_FDCWD, "x", O_RDONLY`: as far as it can be told before the call runs. `shown` arguments are in it. */
export function entryText(
  name: string,
  reader: Reader,
  options: FormatOptions,
): { text: string; shown: number } {
  const words = wordsOf(name);
  const parts: string[] = [];
  let shown = 0;
  for (const word of words) {
    if (word.startsWith('>')) break;
    if (!isAbsent(word, reader)) parts.push(argumentText(word, shown, reader, options));
    shown++;
  }
  const isOpen = shown < words.length && shown > 0;
  return { text: `${name}(${parts.join(', ')}${isOpen ? ', ' : ''}`, shown };
}

/** What follows `entryText` up to the closing parenthesis. */
export function exitText(
  name: string,
  shown: number,
  reader: Reader,
  options: FormatOptions,
  result: number,
): string {
  const parts: string[] = [];
  wordsOf(name).forEach((word, n) => {
    if (n < shown || isAbsent(word, reader)) return;
    // Inputs after an output are shown whatever became of the call.
    parts.push(argumentText(word, n, reader, options, result));
  });
  return `${parts.join(', ')})`;
}

/** `3`, `0x1 (flags FD_CLOEXEC)`, `-1 ENOENT (No such file or directory)`, `? ERESTARTSYS (…)`. */
export function resultText(name: string, result: number, reader: Reader): string {
  if (result < 0 && result >= -4095) {
    const restart = RESTARTS[-result];
    return restart === undefined ? `-1 ${errnoName(-result)} (${strerror(-result)})` : `? ${restart}`;
  }
  switch (RESULTS[name]) {
    case 'hex':
      return `0x${result.toString(16)}`;
    case 'octal':
      return octal(result);
    case 'fcntl':
      return fcntlResult(Number(BigInt.asIntN(32, reader.argument(1))), result);
    case 'poll': {
      if (result === 0) return '0 (Timeout)';
      const count = Math.min(MAX_POLLED, Number(BigInt.asUintN(32, reader.argument(1))));
      const bytes = reader.read(Number(reader.argument(0)), count * 8);
      return bytes ? `${result} (${pollText(bytes, 'revents')})` : String(result);
    }
  }
  return String(result);
}

function fcntlResult(command: number, result: number): string {
  const hex = result === 0 ? '0' : `0x${result.toString(16)}`;
  switch (constantText(CONSTANTS.fcntl, command)) {
    case 'F_GETFD':
      return result === 0 ? '0' : `${hex} (flags ${flagText(FLAGS.fdFlags, result)})`;
    case 'F_GETFL':
      return `${hex} (flags ${openFlagText(result)})`;
    default:
      return String(result);
  }
}
