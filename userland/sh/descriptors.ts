/** Descriptors of the shell's own: high numbers, closed on exec. */
import { EINVAL } from '../../kernel/abi/errno.ts';
import { fcntl, F_DUPFD_CLOEXEC } from '../libc/fcntl.ts';
import { SysError } from '../libc/native.ts';
import { close } from '../libc/unistd.ts';

/** Descriptors that the shell keeps for itself begin here, out of the way of scripts. */
const PRIVATE_FD = 64;
const DASH_PRIVATE_FD = 10;

/** Moves a descriptor of the shell's own out of the way, closed on exec. */
export function makePrivate(fd: number): number {
  const moved = duplicatePrivate(fd);
  close(fd);
  return moved;
}

/** A private copy of a descriptor. */
export function duplicatePrivate(fd: number): number {
  try {
    return fcntl(fd, F_DUPFD_CLOEXEC, PRIVATE_FD);
  } catch (error) {
    if (!(error instanceof SysError) || error.errno !== EINVAL) throw error;
    return fcntl(fd, F_DUPFD_CLOEXEC, DASH_PRIVATE_FD);
  }
}
