/** Clocks and timers: linux/time.h, linux/time_types.h, clock_gettime(2), timer_create(2), adjtimex(2). */
import { layout } from './layout.ts';

export const CLOCK_REALTIME = 0;
export const CLOCK_MONOTONIC = 1;
export const CLOCK_PROCESS_CPUTIME_ID = 2;
export const CLOCK_THREAD_CPUTIME_ID = 3;
export const CLOCK_MONOTONIC_RAW = 4;
export const CLOCK_REALTIME_COARSE = 5;
export const CLOCK_MONOTONIC_COARSE = 6;
export const CLOCK_BOOTTIME = 7;
export const CLOCK_REALTIME_ALARM = 8;
export const CLOCK_BOOTTIME_ALARM = 9;
export const CLOCK_TAI = 11;

export const TIMER_ABSTIME = 1;

export const ITIMER_REAL = 0;
export const ITIMER_VIRTUAL = 1;
export const ITIMER_PROF = 2;

/** Clock ticks per second that times(2) and /proc count in (AT_CLKTCK). */
export const USER_HZ = 100;

export const TimespecLayout = layout('timespec', 16, { sec: [0, 'i64'], nsec: [8, 'i64'] });
export const TimevalLayout = layout('timeval', 16, { sec: [0, 'i64'], usec: [8, 'i64'] });
export const ItimerspecLayout = layout('itimerspec', 32, {
  intervalSec: [0, 'i64'],
  intervalNsec: [8, 'i64'],
  valueSec: [16, 'i64'],
  valueNsec: [24, 'i64'],
});
export const ItimervalLayout = layout('itimerval', 32, {
  intervalSec: [0, 'i64'],
  intervalUsec: [8, 'i64'],
  valueSec: [16, 'i64'],
  valueUsec: [24, 'i64'],
});
export const TimezoneLayout = layout('timezone', 8, { minutesWest: [0, 'i32'], dstTime: [4, 'i32'] });

export const ADJ_OFFSET = 0x0001;
export const ADJ_SETOFFSET = 0x0100;
export const ADJ_NANO = 0x2000;
export const ADJ_OFFSET_SINGLESHOT = 0x8001;
export const ADJ_OFFSET_SS_READ = 0xa001;
export const TIME_OK = 0;
export const TIME_ERROR = 5;
export const STA_UNSYNC = 0x0040;
/** struct timex */
export const TimexLayout = layout('timex', 208, {
  modes: [0, 'u32'],
  offset: [8, 'i64'],
  freq: [16, 'i64'],
  maxerror: [24, 'i64'],
  esterror: [32, 'i64'],
  status: [40, 'i32'],
  constant: [48, 'i64'],
  precision: [56, 'i64'],
  tolerance: [64, 'i64'],
  sec: [72, 'i64'],
  usec: [80, 'i64'],
  tick: [88, 'i64'],
});
