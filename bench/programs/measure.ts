/**
 * The guest's half of the benchmarks: `measure WHAT [COUNT]` prints nanoseconds, one number a line.
 */
import { O_CREAT, O_RDWR, O_TRUNC } from '../../userland/libc/fcntl.ts';
import { alloc } from '../../userland/libc/memory.ts';
import { syscallRaw, type NativeThread } from '../../userland/libc/native.ts';
import { spawn, waitpid } from '../../userland/libc/process.ts';
import { start as startProgram } from '../../userland/libc/start.ts';
import { stdout } from '../../userland/libc/stdio.ts';
import { clockGettime } from '../../userland/libc/time.ts';
import { close, lseek, open, pipe2, read, write } from '../../userland/libc/unistd.ts';
import { SYS_getppid } from '../../kernel/abi/syscall-numbers.ts';

const CLOCK_MONOTONIC = 1;
const CHUNK = 65536;

function nowNs(): number {
  const { sec, nsec } = clockGettime(CLOCK_MONOTONIC);
  return sec * 1e9 + nsec;
}

/** Nanoseconds for one call, in batches of 100. */
function nullCall(count: number): void {
  for (let i = 0; i < count; i++) {
    const before = nowNs();
    for (let j = 0; j < 100; j++) syscallRaw(SYS_getppid);
    stdout.write(`${(nowNs() - before) / 100}\n`);
  }
}

function spawnTrue(count: number): void {
  for (let i = 0; i < count; i++) {
    const before = nowNs();
    waitpid(spawn('/bin/true', ['true']), 0);
    stdout.write(`${nowNs() - before}\n`);
  }
}

/** Nanoseconds for `megabytes` MiB through a pipe in 64 KiB writes, from a child to this process. */
function pipe(megabytes: number): void {
  const [reader, writer] = pipe2();
  const pid = spawn('/bin/measure', ['measure', 'fill', String(megabytes)], {
    fds: [[1, writer]],
    close: [reader],
  });
  close(writer);
  const buffer = alloc(CHUNK);
  let total = read(reader, buffer.bytes);
  const before = nowNs();
  for (;;) {
    const count = read(reader, buffer.bytes);
    if (count === 0) break;
    total += count;
  }
  const elapsed = nowNs() - before;
  waitpid(pid, 0);
  stdout.write(`${elapsed / (total / 2 ** 20)}\n`);
}

function fill(megabytes: number): void {
  const buffer = alloc(CHUNK);
  for (let left = megabytes * 2 ** 20; left > 0;) left -= write(1, buffer.bytes);
}

/** Nanoseconds per MiB for writing and then reading `megabytes` MiB of a tmpfs file. */
function tmpfs(megabytes: number): void {
  const fd = open('/tmp/measure', O_CREAT | O_RDWR | O_TRUNC, 0o600);
  const buffer = alloc(CHUNK);
  const calls = megabytes * 16;
  let before = nowNs();
  for (let i = 0; i < calls; i++) write(fd, buffer.bytes);
  const first = nowNs() - before;
  lseek(fd, 0, 0);
  before = nowNs();
  for (let i = 0; i < calls; i++) write(fd, buffer.bytes);
  const writing = nowNs() - before;
  lseek(fd, 0, 0);
  before = nowNs();
  for (let i = 0; i < calls; i++) read(fd, buffer.bytes);
  const reading = nowNs() - before;
  stdout.write(`${first / megabytes}\n${writing / megabytes}\n${reading / megabytes}\n`);
}

function main(argv: string[]): number {
  const count = Number(argv[2] ?? '100');
  switch (argv[1]) {
    case 'null':
      nullCall(count);
      return 0;
    case 'spawn':
      spawnTrue(count);
      return 0;
    case 'pipe':
      pipe(count);
      return 0;
    case 'fill':
      fill(count);
      return 0;
    case 'tmpfs':
      tmpfs(count);
      return 0;
    default:
      return 2;
  }
}

export function start(thread: NativeThread, stackPointer: number): void {
  startProgram(thread, stackPointer, () => main);
}
