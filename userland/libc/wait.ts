/** Wait statuses: sys/wait.h. */
import { wExitStatus, wIfExited, wTermSignal } from '../../kernel/abi/wait.ts';

export * from '../../kernel/abi/wait.ts';
export {
  wExitStatus as WEXITSTATUS,
  wIfExited as WIFEXITED,
  wIfSignaled as WIFSIGNALED,
  wIfStopped as WIFSTOPPED,
  wStopSignal as WSTOPSIG,
  wTermSignal as WTERMSIG,
} from '../../kernel/abi/wait.ts';

/** $? of a shell for a program that has ended: 128 + n if signal n ended it. */
export function shellStatus(status: number): number {
  return wIfExited(status) ? wExitStatus(status) : 128 + wTermSignal(status);
}
