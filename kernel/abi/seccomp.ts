/** seccomp(2): linux/seccomp.h. */
import { layout } from './layout.ts';

export const SECCOMP_MODE_DISABLED = 0;
export const SECCOMP_MODE_STRICT = 1;
export const SECCOMP_MODE_FILTER = 2;

export const SECCOMP_SET_MODE_STRICT = 0;
export const SECCOMP_SET_MODE_FILTER = 1;
export const SECCOMP_GET_ACTION_AVAIL = 2;
export const SECCOMP_GET_NOTIF_SIZES = 3;

export const SECCOMP_FILTER_FLAG_TSYNC = 1;
export const SECCOMP_FILTER_FLAG_LOG = 2;
export const SECCOMP_FILTER_FLAG_SPEC_ALLOW = 4;
export const SECCOMP_FILTER_FLAG_NEW_LISTENER = 8;
export const SECCOMP_FILTER_FLAG_TSYNC_ESRCH = 16;
export const SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV = 32;

export const SECCOMP_RET_KILL_PROCESS = 0x80000000;
export const SECCOMP_RET_KILL_THREAD = 0x00000000;
export const SECCOMP_RET_TRAP = 0x00030000;
export const SECCOMP_RET_ERRNO = 0x00050000;
export const SECCOMP_RET_USER_NOTIF = 0x7fc00000;
export const SECCOMP_RET_TRACE = 0x7ff00000;
export const SECCOMP_RET_LOG = 0x7ffc0000;
export const SECCOMP_RET_ALLOW = 0x7fff0000;
export const SECCOMP_RET_ACTION_FULL = 0xffff0000;
export const SECCOMP_RET_DATA = 0x0000ffff;

/** struct seccomp_data: what a filter looks at. */
export const SeccompData = layout('seccomp_data', 64, {
  nr: [0, 'i32'],
  arch: [4, 'u32'],
  instructionPointer: [8, 'u64'],
});
export const SECCOMP_DATA_ARGS = 16;

/** struct seccomp_notif: the seccomp_data follows its head. */
export const SeccompNotif = layout('seccomp_notif', 80, {
  id: [0, 'b64'],
  pid: [8, 'u32'],
  flags: [12, 'u32'],
  data: [16, 'bytes', 64],
});
export const SeccompNotifResp = layout('seccomp_notif_resp', 24, {
  id: [0, 'b64'],
  val: [8, 'i64'],
  error: [16, 'i32'],
  flags: [20, 'u32'],
});
export const SeccompNotifAddfd = layout('seccomp_notif_addfd', 24, {
  id: [0, 'b64'],
  flags: [8, 'u32'],
  srcfd: [12, 'u32'],
  newfd: [16, 'u32'],
  newfdFlags: [20, 'u32'],
});
export const SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1;
export const SECCOMP_ADDFD_FLAG_SETFD = 1;
export const SECCOMP_ADDFD_FLAG_SEND = 2;
export const SECCOMP_IOCTL_NOTIF_RECV = 0xc0502100;
export const SECCOMP_IOCTL_NOTIF_SEND = 0xc0182101;
export const SECCOMP_IOCTL_NOTIF_ID_VALID = 0x40082102;
export const SECCOMP_IOCTL_NOTIF_ADDFD = 0x40182103;
export const SECCOMP_IOCTL_NOTIF_SET_FLAGS = 0x40082104;
