/**
 * Fragments memory: `fragment FOLDER COUNT` writes files of eight pages, each with a content of its own, and then removes
 * every second one: what is free is nowhere contiguous. With an argument more it looks whether the others are unchanged.
 */
import { O_CREAT, O_RDWR } from '../../userland/libc/fcntl.ts';
import { alloc } from '../../userland/libc/memory.ts';
import type { NativeThread } from '../../userland/libc/native.ts';
import { start as startProgram } from '../../userland/libc/start.ts';
import { stdout } from '../../userland/libc/stdio.ts';
import { close, open, read, unlink, write } from '../../userland/libc/unistd.ts';

const LENGTH = 32768;

function main(argv: string[]): number {
  const folder = argv[1]!;
  const count = Number(argv[2]);
  const { bytes } = alloc(LENGTH);
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, LENGTH / 4);
  const isCheck = argv[3] !== undefined;
  for (let i = isCheck ? 1 : 0; i < count; i += isCheck ? 2 : 1) {
    const fd = open(`${folder}/${i}`, O_CREAT | O_RDWR, 0o600);
    if (isCheck) read(fd, bytes);
    for (let at = 0; at < words.length; at++) {
      const word = (Math.imul(i + 1, 2654435761) + at) >>> 0;
      if (!isCheck) words[at] = word;
      else if (words[at] !== word) throw new Error(`file ${i} has changed at ${at * 4}: ${words[at]}`);
    }
    if (!isCheck) write(fd, bytes);
    close(fd);
  }
  if (isCheck) stdout.write('unchanged\n');
  else for (let i = 0; i < count; i += 2) unlink(`${folder}/${i}`);
  return 0;
}

export function start(thread: NativeThread, stackPointer: number): void {
  startProgram(thread, stackPointer, () => main);
}
