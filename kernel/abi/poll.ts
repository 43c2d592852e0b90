/**
 * poll(2) and select(2): asm-generic/poll.h, linux/posix_types.h.
 */
import { layout } from './layout.ts';

export const POLLIN = 0x001;
export const POLLPRI = 0x002;
export const POLLOUT = 0x004;
export const POLLERR = 0x008;
export const POLLHUP = 0x010;
export const POLLNVAL = 0x020;
export const POLLRDNORM = 0x040;
export const POLLRDBAND = 0x080;
export const POLLWRNORM = 0x100;
export const POLLWRBAND = 0x200;
export const POLLMSG = 0x400;
export const POLLRDHUP = 0x2000;

/** struct pollfd */
export const Pollfd = layout('pollfd', 8, { fd: [0, 'i32'], events: [4, 'u16'], revents: [6, 'u16'] });

/** Bits of an fd_set that a C library declares; the kernel itself takes any size that `nfds` says. */
export const FD_SETSIZE = 1024;
