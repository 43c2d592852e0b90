/**
 * lodger/testing: parts of the kernel without a machine, for tests of kernel code. See docs/testing-the-kernel.md.
 *
 * The project's own tests stand on the same fixtures; they live beside what they build.
 */
export {
  type TestKernel,
  USER,
  makeTestKernel as createVfs,
  readText,
  writeText,
} from '../../kernel/fs/testing.ts';
export {
  type TestMemory,
  TestStore,
  anonymous,
  testFile as createMappableFile,
  testMemory as createMemory,
  verifySpace,
} from '../../kernel/mm/testing.ts';
export { StringPort, TestTerminal, TtyCaller, changeTermios } from '../../kernel/tty/testing.ts';
export { Caller, type Result, TestPipe, type Text } from '../../kernel/syscall/testing.ts';
export { SCRATCH, TestGuest, setHandler } from '../../kernel/task/testing.ts';
export { errnoOf, errorOf } from '../../kernel/testing.ts';

export { Errno, SLEEP, WOULD_BLOCK, fail } from '../../kernel/errors.ts';
export { IoBuffer } from '../../kernel/mm/io-buffer.ts';
export { PageCache } from '../../kernel/mm/page-cache.ts';
export type { Kernel } from '../../kernel/kernel.ts';
export type { Task } from '../../kernel/task/task.ts';
export type { Handler } from '../../kernel/syscall/table.ts';
/** Numbers as C's headers have them: `errno.ENOENT`, `fcntl.O_CREAT`. */
export * as errno from '../../kernel/abi/errno.ts';
export * as fcntl from '../../kernel/abi/fcntl.ts';
export * as mman from '../../kernel/abi/mman.ts';
export * as signal from '../../kernel/abi/signal.ts';
export * as termios from '../../kernel/abi/termios.ts';
