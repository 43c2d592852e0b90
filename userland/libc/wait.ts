/** Wait statuses: sys/wait.h. */
export * from '../../kernel/abi/wait.ts';
export {
  wExitStatus as WEXITSTATUS,
  wIfExited as WIFEXITED,
  wIfSignaled as WIFSIGNALED,
  wIfStopped as WIFSTOPPED,
  wStopSignal as WSTOPSIG,
  wTermSignal as WTERMSIG,
} from '../../kernel/abi/wait.ts';
