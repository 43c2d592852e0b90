/** Takes memory until there is none: `eat MEGABYTES` maps them and has the kernel fill them. Prints what it got. */
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from '../../kernel/abi/mman.ts';
import { SYS_mmap, SYS_read } from '../../kernel/abi/syscall-numbers.ts';
import { O_RDONLY } from '../../userland/libc/fcntl.ts';
import { syscall, type NativeThread } from '../../userland/libc/native.ts';
import { start as startProgram } from '../../userland/libc/start.ts';
import { stdout } from '../../userland/libc/stdio.ts';
import { open } from '../../userland/libc/unistd.ts';

const MEGABYTE = 2 ** 20;

function main(argv: string[]): number {
  const megabytes = Number(argv[1]);
  const zero = open('/dev/zero', O_RDONLY);
  for (let i = 0; i < megabytes; i++) {
    const at = syscall(SYS_mmap, 0, MEGABYTE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    syscall(SYS_read, zero, at, MEGABYTE);
  }
  stdout.write(`${megabytes}\n`);
  return 0;
}

export function start(thread: NativeThread, stackPointer: number): void {
  startProgram(thread, stackPointer, () => main);
}
