/** Resource limits of a process: getrlimit(2). Infinity stands for RLIM_INFINITY. */
import {
  RLIMIT_CORE,
  RLIMIT_MEMLOCK,
  RLIMIT_MSGQUEUE,
  RLIMIT_NICE,
  RLIMIT_NOFILE,
  RLIMIT_NPROC,
  RLIMIT_RTPRIO,
  RLIMIT_SIGPENDING,
  RLIMIT_STACK,
  RLIM_NLIMITS,
} from '../abi/resource.ts';

export interface ResourceLimit {
  readonly soft: number;
  readonly hard: number;
}

/** By RLIMIT_*. Owned by a ThreadGroup; prlimit(2) replaces entries. */
export type ResourceLimits = ResourceLimit[];

const UNLIMITED: ResourceLimit = { soft: Infinity, hard: Infinity };

/** The limits that init starts with; include/asm-generic/resource.h. `threadsMax` is the kernel's limit of tasks. */
export function initialLimits(threadsMax: number): ResourceLimits {
  const limits: ResourceLimits = new Array<ResourceLimit>(RLIM_NLIMITS).fill(UNLIMITED);
  const tasks = Math.floor(threadsMax / 2);
  limits[RLIMIT_STACK] = { soft: 8 << 20, hard: Infinity };
  limits[RLIMIT_CORE] = { soft: 0, hard: Infinity };
  limits[RLIMIT_NPROC] = { soft: tasks, hard: tasks };
  limits[RLIMIT_NOFILE] = { soft: 1024, hard: 4096 };
  limits[RLIMIT_MEMLOCK] = { soft: 8 << 20, hard: 8 << 20 };
  limits[RLIMIT_SIGPENDING] = { soft: tasks, hard: tasks };
  limits[RLIMIT_MSGQUEUE] = { soft: 819200, hard: 819200 };
  limits[RLIMIT_NICE] = { soft: 0, hard: 0 };
  limits[RLIMIT_RTPRIO] = { soft: 0, hard: 0 };
  return limits;
}
