/** Descriptor control and locks: fcntl.h, sys/file.h. */
import { F_GETFD, F_GETFL, F_SETFD, F_SETFL, FD_CLOEXEC, O_NONBLOCK } from '../../kernel/abi/fcntl.ts';
import { SYS_fcntl, SYS_flock } from '../../kernel/abi/syscall-numbers.ts';
import { syscall } from './native.ts';

export * from '../../kernel/abi/fcntl.ts';

export function fcntl(fd: number, command: number, argument = 0): number {
  return syscall(SYS_fcntl, fd, command, argument);
}
export function flock(fd: number, operation: number): void {
  syscall(SYS_flock, fd, operation);
}
export function setCloseOnExec(fd: number, setting: 'set' | 'clear'): void {
  const flags = fcntl(fd, F_GETFD);
  fcntl(fd, F_SETFD, setting === 'set' ? flags | FD_CLOEXEC : flags & ~FD_CLOEXEC);
}
export function setNonblocking(fd: number, setting: 'set' | 'clear'): void {
  const flags = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, setting === 'set' ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}
