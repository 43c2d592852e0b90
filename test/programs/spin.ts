/** Says so, then computes for ever without a system call. */
import { type NativeThread } from '../../userland/libc/native.ts';
import { start as startProgram } from '../../userland/libc/start.ts';
import { writeAll } from '../../userland/libc/unistd.ts';

function main(): number {
  writeAll(1, 'spinning\n');
  for (;;);
}

export function start(thread: NativeThread, stackPointer: number): void {
  startProgram(thread, stackPointer, () => main);
}
