/**
 * A multi-call program: several tools in one bundle, hard-linked under their names; argv[0] says which one runs. The
 * default userland is a handful of them, one for each folder beside this file, so that an exec evaluates little more than
 * what it needs.
 */
import type { NativeThread } from './libc/native.ts';
import { type Main, start } from './libc/start.ts';
import { stderr } from './libc/stdio.ts';

/** What a bundle exports as `start`. */
export function multiCall(
  programs: Readonly<Record<string, Main>>,
): (thread: NativeThread, stackPointer: number) => void {
  const choose = (argv: string[]): Main => {
    const called = argv[0] ?? '';
    const name = called.slice(called.lastIndexOf('/') + 1).replace(/^-/, '');
    const main = Object.hasOwn(programs, name) ? programs[name] : undefined;
    return (
      main ??
      (() => {
        stderr.write(`${name}: applet not found\n`);
        return 127;
      })
    );
  };
  return (thread, stackPointer) => start(thread, stackPointer, choose);
}
