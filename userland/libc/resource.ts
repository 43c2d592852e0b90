/** Limits, usage and priorities: sys/resource.h. */
import { RlimitLayout, RusageLayout } from '../../kernel/abi/resource.ts';
import * as nr from '../../kernel/abi/syscall-numbers.ts';
import { withBuffer, withBytes } from './memory.ts';
import { syscall } from './native.ts';

export * from '../../kernel/abi/resource.ts';

/** Soft and hard limit; Infinity: none. */
export interface Limit {
  readonly soft: number;
  readonly hard: number;
}
const INFINITY = 2n ** 64n - 1n;
const toNumber = (value: bigint): number => (value === INFINITY ? Infinity : Number(value));
const toWord = (value: number): bigint => (value === Infinity ? INFINITY : BigInt(value));

export function getrlimit(resource: number, pid = 0): Limit {
  return withBuffer(RlimitLayout.size, buffer => {
    syscall(nr.SYS_prlimit64, pid, resource, 0, buffer.address);
    const { soft, hard } = RlimitLayout.decode(buffer.bytes);
    return { soft: toNumber(soft), hard: toNumber(hard) };
  });
}
export function setrlimit(resource: number, limit: Limit, pid = 0): void {
  const bytes = RlimitLayout.encode({ soft: toWord(limit.soft), hard: toWord(limit.hard) });
  withBytes(bytes, at => syscall(nr.SYS_prlimit64, pid, resource, at, 0));
}
/** `who`: RUSAGE_SELF, RUSAGE_CHILDREN. */
export function getrusage(who: number): ReturnType<typeof RusageLayout.decode> {
  return withBuffer(RusageLayout.size, buffer => {
    syscall(nr.SYS_getrusage, who, buffer.address);
    return RusageLayout.decode(buffer.bytes);
  });
}
export function getpriority(which: number, who: number): number {
  return 20 - syscall(nr.SYS_getpriority, which, who);
}
export function setpriority(which: number, who: number, priority: number): void {
  syscall(nr.SYS_setpriority, which, who, priority);
}
