/** The alternate signal stack of a thread: sigaltstack(2). Linux counterpart: sas_ss_flags, on_sig_stack. */
import type { AlternateStack, Task } from './task.ts';
import { EINVAL, ENOMEM, EPERM } from '../abi/errno.ts';
import { MINSIGSTKSZ, SS_AUTODISARM, SS_DISABLE, SS_ONSTACK } from '../abi/signal.ts';
import { fail } from '../errors.ts';

export const NO_STACK: AlternateStack = { sp: 0, size: 0, flags: SS_DISABLE };

/** Does a stack pointer lie in the alternate stack? */
export function isInAlternateStack({ altstack }: Task, sp: number): boolean {
  return sp > altstack.sp && sp - altstack.sp <= altstack.size;
}

/** Is the thread that has this stack pointer running on its alternate stack? One with SS_AUTODISARM never is. */
export function isOnAlternateStack(task: Task, sp: number): boolean {
  return (task.altstack.flags & SS_AUTODISARM) === 0 && isInAlternateStack(task, sp);
}

/** What sigaltstack(2) says of the state: SS_ONSTACK, SS_DISABLE, or 0. */
export function alternateStackState(task: Task, sp: number): number {
  if (task.altstack.size === 0) return SS_DISABLE;
  return isOnAlternateStack(task, sp) ? SS_ONSTACK : 0;
}

/** EPERM while the thread runs on it, EINVAL, ENOMEM. */
export function setAlternateStack(task: Task, wanted: AlternateStack, sp: number): void {
  if (isOnAlternateStack(task, sp)) fail(EPERM, 'sigaltstack: running on it');
  const mode = (wanted.flags & ~SS_AUTODISARM) >>> 0;
  if (mode !== SS_DISABLE && mode !== SS_ONSTACK && mode !== 0) fail(EINVAL, 'sigaltstack: flags');
  if (mode === SS_DISABLE) task.altstack = { ...NO_STACK, flags: wanted.flags };
  else if (wanted.size < MINSIGSTKSZ) fail(ENOMEM, 'sigaltstack: too small');
  else task.altstack = wanted;
}
