/**
 * Descriptors that are events: eventfd(2) (linux/eventfd.h), timerfd_create(2) (linux/timerfd.h), signalfd(2)
 * (linux/signalfd.h).
 */
import { layout } from './layout.ts';

export const EFD_SEMAPHORE = 1;
export const EFD_CLOEXEC = 0o2000000;
export const EFD_NONBLOCK = 0o4000;

export const TFD_TIMER_ABSTIME = 1;
export const TFD_TIMER_CANCEL_ON_SET = 2;
export const TFD_CLOEXEC = 0o2000000;
export const TFD_NONBLOCK = 0o4000;
/** _IOW('T', 0, __u64) */
export const TFD_IOC_SET_TICKS = 0x40085400;

export const SFD_CLOEXEC = 0o2000000;
export const SFD_NONBLOCK = 0o4000;

/** struct signalfd_siginfo */
export const SignalfdSiginfo = layout('signalfd_siginfo', 128, {
  signo: [0, 'u32'],
  errno: [4, 'i32'],
  code: [8, 'i32'],
  pid: [12, 'u32'],
  uid: [16, 'u32'],
  fd: [20, 'i32'],
  tid: [24, 'u32'],
  band: [28, 'u32'],
  overrun: [32, 'u32'],
  trapno: [36, 'u32'],
  status: [40, 'i32'],
  int: [44, 'i32'],
  ptr: [48, 'b64'],
  utime: [56, 'u64'],
  stime: [64, 'u64'],
  addr: [72, 'b64'],
  addrLsb: [80, 'u16'],
});
