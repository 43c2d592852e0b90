/** The tools of the system's administrator, by name. */
import type { Main } from '../libc/start.ts';
import { chroot } from './chroot.ts';
import { dmesg } from './dmesg.ts';
import { findmnt } from './findmnt.ts';
import { free } from './free.ts';
import { fuser } from './fuser.ts';
import { getent } from './getent.ts';
import { kill } from './kill.ts';
import { killall } from './killall.ts';
import { lsof } from './lsof.ts';
import { mount } from './mount.ts';
import { mountpoint } from './mountpoint.ts';
import { nc } from './nc/nc.ts';
import { pgrep, pkill } from './pgrep.ts';
import { pidof } from './pidof.ts';
import { ps } from './ps/ps.ts';
import { chrt, ionice, renice, taskset } from './scheduling.ts';
import { setsid } from './setsid.ts';
import { strace } from './strace/strace.ts';
import { su } from './su.ts';
import { sysctl } from './sysctl.ts';
import { clear, mesg, reset, tput } from './terminal.ts';
import { time } from './time.ts';
import { top } from './top/top.ts';
import { umount } from './umount.ts';
import { uptime } from './uptime.ts';
import { vmstat } from './vmstat.ts';
import { w } from './w.ts';
import { watch } from './watch.ts';
import { which } from './which.ts';

export const programs: Record<string, Main> = {
  chroot,
  chrt,
  clear,
  dmesg,
  findmnt,
  free,
  fuser,
  getent,
  ionice,
  kill,
  killall,
  lsof,
  mesg,
  mount,
  mountpoint,
  nc,
  netcat: nc,
  pgrep,
  pidof,
  pkill,
  ps,
  renice,
  reset,
  setsid,
  strace,
  su,
  sysctl,
  taskset,
  time,
  top,
  tput,
  umount,
  uptime,
  vmstat,
  w,
  watch,
  which,
};
