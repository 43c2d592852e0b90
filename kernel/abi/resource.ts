/** Resource limits and usage: asm-generic/resource.h, getrlimit(2), getrusage(2), getpriority(2). */
import { layout } from './layout.ts';

export const RLIMIT_CPU = 0;
export const RLIMIT_FSIZE = 1;
export const RLIMIT_DATA = 2;
export const RLIMIT_STACK = 3;
export const RLIMIT_CORE = 4;
export const RLIMIT_RSS = 5;
export const RLIMIT_NPROC = 6;
export const RLIMIT_NOFILE = 7;
export const RLIMIT_MEMLOCK = 8;
export const RLIMIT_AS = 9;
export const RLIMIT_LOCKS = 10;
export const RLIMIT_SIGPENDING = 11;
export const RLIMIT_MSGQUEUE = 12;
export const RLIMIT_NICE = 13;
export const RLIMIT_RTPRIO = 14;
export const RLIMIT_RTTIME = 15;
export const RLIM_NLIMITS = 16;

/** RLIM_INFINITY. In the kernel limits are numbers and Infinity is infinity; this is its image in guest memory. */
export const RLIM_INFINITY = 0xffff_ffff_ffff_ffffn;

export const RUSAGE_SELF = 0;
export const RUSAGE_CHILDREN = -1;
export const RUSAGE_THREAD = 1;

export const PRIO_PROCESS = 0;
export const PRIO_PGRP = 1;
export const PRIO_USER = 2;

export const RlimitLayout = layout('rlimit', 16, { soft: [0, 'b64'], hard: [8, 'b64'] });

export const RusageLayout = layout('rusage', 144, {
  utimeSec: [0, 'i64'],
  utimeUsec: [8, 'i64'],
  stimeSec: [16, 'i64'],
  stimeUsec: [24, 'i64'],
  maxrss: [32, 'i64'],
  minflt: [64, 'i64'],
  majflt: [72, 'i64'],
  inblock: [88, 'i64'],
  oublock: [96, 'i64'],
  nvcsw: [128, 'i64'],
  nivcsw: [136, 'i64'],
});

/** struct tms, times(2): clock ticks. */
export const TmsLayout = layout('tms', 32, {
  utime: [0, 'i64'],
  stime: [8, 'i64'],
  cutime: [16, 'i64'],
  cstime: [24, 'i64'],
});
