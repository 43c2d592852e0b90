/** Waiting for children: linux/wait.h, wait(2), waitid(2). */
export const WNOHANG = 0x1;
export const WUNTRACED = 0x2;
export const WSTOPPED = WUNTRACED;
export const WEXITED = 0x4;
export const WCONTINUED = 0x8;
export const WNOWAIT = 0x0100_0000;
/** Only children of the calling thread. */
export const __WNOTHREAD = 0x2000_0000;
/** Children of any kind, however they announce their end. */
export const __WALL = 0x4000_0000;
/** Only children that announce their end with another signal than SIGCHLD. */
export const __WCLONE = 0x8000_0000;

export const P_ALL = 0;
export const P_PID = 1;
export const P_PGID = 2;
export const P_PIDFD = 3;

/** Bit of a status: a core dump was (or would have been) written. */
export const WCOREFLAG = 0x80;
export const STATUS_CONTINUED = 0xffff;

/** Status of a process that ended with exit(code). */
export function exitedStatus(code: number): number {
  return (code & 0xff) << 8;
}
/** Status of a stopped process. `event` is ptrace's, 0 without. */
export function stoppedStatus(signo: number, event = 0): number {
  return (event << 16) | (signo << 8) | 0x7f;
}
export function wIfExited(status: number): boolean {
  return (status & 0x7f) === 0;
}
export function wExitStatus(status: number): number {
  return (status >> 8) & 0xff;
}
export function wIfStopped(status: number): boolean {
  return (status & 0xff) === 0x7f;
}
export function wStopSignal(status: number): number {
  return (status >> 8) & 0xff;
}
export function wIfSignaled(status: number): boolean {
  return !wIfExited(status) && !wIfStopped(status) && status !== STATUS_CONTINUED;
}
export function wTermSignal(status: number): number {
  return status & 0x7f;
}
