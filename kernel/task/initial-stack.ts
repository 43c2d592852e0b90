/**
 * The stack that a program finds when it starts: argc, argv, environment, auxiliary vector, and the strings behind
 * them. Linux counterpart: create_elf_tables; the System V ABI's «Initial Process Stack», getauxval(3). Pure: addresses
 * and bytes, no memory.
 *
 *   top      8 zero bytes
 *            name of the file (AT_EXECFN), environment strings, argument strings
 *            a gap of random length
 *            "x86_64" (AT_PLATFORM), 16 random bytes (AT_RANDOM)
 *            auxiliary vector, a null pointer, envp, a null pointer, argv
 *   start    argc                                                        (16-byte aligned)
 */
import { AT_EXECFN, AT_NULL, AT_PLATFORM, AT_RANDOM } from '../abi/auxv.ts';
import { toBytes } from '../abi/byte-string.ts';
import { viewOf, write64 } from '../abi/layout.ts';

export interface StackContents {
  readonly argv: readonly string[];
  readonly envp: readonly string[];
  readonly fileName: string;
  readonly random: Uint8Array;
  /** Bytes that are left out below the strings, so that not even the distance to them can be guessed. */
  readonly gap: number;
  /** Key and value, in order. The values of AT_RANDOM, AT_EXECFN and AT_PLATFORM are put in, AT_NULL is added. */
  readonly auxv: readonly (readonly [number, number])[];
}

export interface InitialStack {
  /** The bytes from stackPointer to the top. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly stackPointer: number;
  /** /proc/PID/cmdline and environ. */
  readonly argStart: number;
  readonly argEnd: number;
  readonly envStart: number;
  readonly envEnd: number;
  /** The auxiliary vector, for /proc/PID/auxv. */
  readonly auxv: Uint8Array<ArrayBuffer>;
}

const PLATFORM = 'x86_64';
/** Room for the file's name, the auxiliary vector, and what else does not depend on the strings. */
const FIXED_ROOM = 8192;

/** Lays the stack out below `top` (16-byte aligned). */
export function buildInitialStack(top: number, contents: StackContents): InitialStack {
  const { argv, envp, fileName, random } = contents;
  const fileNameAt = top - 8 - (fileName.length + 1);
  const envStart = fileNameAt - lengthOf(envp);
  const argStart = envStart - lengthOf(argv);
  const stringsStart = Math.floor((argStart - contents.gap) / 16) * 16;
  const platformAt = stringsStart - (PLATFORM.length + 1);
  const randomAt = platformAt - random.length;
  const strings = new Map([
    [AT_RANDOM, randomAt],
    [AT_EXECFN, fileNameAt],
    [AT_PLATFORM, platformAt],
  ]);
  const auxv = [...contents.auxv, [AT_NULL, 0] as const];
  const words = 1 + argv.length + 1 + envp.length + 1 + auxv.length * 2;
  const stackPointer = Math.floor((randomAt - words * 8) / 16) * 16;

  const bytes = new Uint8Array(top - stackPointer);
  const view = viewOf(bytes);
  let at = 0;
  const word = (value: number): void => {
    write64(view, at, value);
    at += 8;
  };
  const pointers = (strings: readonly string[], start: number): void => {
    let pointer = start;
    for (const text of strings) {
      word(pointer);
      bytes.set(toBytes(text), pointer - stackPointer);
      pointer += text.length + 1;
    }
    word(0);
  };
  word(argv.length);
  pointers(argv, argStart);
  pointers(envp, envStart);
  const auxvAt = at;
  for (const [key, value] of auxv) {
    word(key);
    word(strings.get(key) ?? value);
  }
  const auxvBytes = bytes.slice(auxvAt, at);
  bytes.set(random, randomAt - stackPointer);
  bytes.set(toBytes(PLATFORM), platformAt - stackPointer);
  bytes.set(toBytes(fileName), fileNameAt - stackPointer);
  return {
    bytes,
    stackPointer,
    argStart,
    argEnd: envStart,
    envStart,
    envEnd: fileNameAt,
    auxv: auxvBytes,
  };
}

/** At least what the stack of these strings takes, without a gap. */
export function stackRoom(argv: readonly string[], envp: readonly string[]): number {
  return stringsRoom(argv, envp) + (argv.length + envp.length) * 8 + FIXED_ROOM;
}

/** What the strings alone take. */
export function stringsRoom(argv: readonly string[], envp: readonly string[]): number {
  return lengthOf(argv) + lengthOf(envp);
}

function lengthOf(strings: readonly string[]): number {
  let length = 0;
  for (const text of strings) length += text.length + 1;
  return length;
}
