/**
 * The multi-call program: all tools of the default userland in one bundle, hard-linked under their names. argv[0] says
 * which one runs; `lodger-userland NAME args…` runs one by name.
 */
import { programs as admin } from './admin/programs.ts';
import { programs as archive } from './archive/programs.ts';
import { programs as coreutils } from './coreutils/programs.ts';
import { programs as diff } from './diff/programs.ts';
import { programs as editor } from './editor/programs.ts';
import { programs as find } from './find/programs.ts';
import { programs as sh } from './sh/programs.ts';
import { programs as text } from './text/programs.ts';
import type { NativeThread } from './libc/native.ts';
import { type Main, start as startProgram } from './libc/start.ts';
import { stderr } from './libc/stdio.ts';

export const programs: Readonly<Record<string, Main>> = {
  ...admin,
  ...archive,
  ...coreutils,
  ...diff,
  ...editor,
  ...find,
  ...sh,
  ...text,
};

function choose(argv: string[]): Main {
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
}

export function start(thread: NativeThread, stackPointer: number): void {
  startProgram(thread, stackPointer, choose);
}
