/** Runs the table of host-fs-cases.ts with the files of the guest: `host-fs DIRECTORY`. */
import { guestFs } from '../../host/guest/host-fs.ts';
import { fromText } from '../../kernel/abi/byte-string.ts';
import type { NativeThread } from '../../userland/libc/native.ts';
import { start as startProgram } from '../../userland/libc/start.ts';
import { stdout } from '../../userland/libc/stdio.ts';
import { runHostFsCases } from './host-fs-cases.ts';

function main(argv: string[]): number {
  runHostFsCases(guestFs, argv[1]!, line => stdout.write(fromText(`${line}\n`)));
  return 0;
}

export function start(thread: NativeThread, stackPointer: number): void {
  startProgram(thread, stackPointer, () => main);
}
