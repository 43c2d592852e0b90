/**
 * lodger/program: what a native program is written with (docs/native-programs.md). The functions are those of a C
 * library, by the names of C; a failure is a SysError. Strings are byte strings: `toText` and `fromText` convert.
 *
 *   import { writeAll } from 'lodger/program';
 *   export function main(argv: string[]): number {
 *     writeAll(1, `hello ${argv[1]}\n`);
 *     return 0;
 *   }
 *
 * guest.install() makes a bundle of such a file. Whoever bundles by other means exports `start` instead, see `program`.
 */
import type { NativeThread } from './libc/native.ts';
import { type Main, start } from './libc/start.ts';

/** What a bundle exports as `start`: `export const start = program(main)`. */
export function program(main: Main): (thread: NativeThread, stackPointer: number) => void {
  return (thread, stackPointer) => start(thread, stackPointer, () => main);
}

export type { Main, NativeThread };
export { start };
export { SysError, syscall, syscallRaw } from './libc/native.ts';
export { fromText, toText } from '../kernel/abi/byte-string.ts';
export * from '../kernel/abi/errno.ts';
// Two headers have each of these.
export {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  F_OK,
  R_OK,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  W_OK,
  X_OK,
} from './libc/fcntl.ts';
export * from './libc/dirent.ts';
export * from './libc/fcntl.ts';
export * from './libc/getopt.ts';
export * from './libc/memory.ts';
export * from './libc/mount.ts';
export * from './libc/poll.ts';
export * from './libc/process.ts';
export * from './libc/pwd.ts';
export * from './libc/resource.ts';
export * from './libc/signal.ts';
export * from './libc/stat.ts';
export * from './libc/stdio.ts';
export * from './libc/stdlib.ts';
export * from './libc/termios.ts';
export * from './libc/time.ts';
export * from './libc/unistd.ts';
export * from './libc/utsname.ts';
export * from './libc/wait.ts';
