/** The system's own programs by name: init, and the tools of its administrator. */
import type { Main } from '../libc/start.ts';
import { dmesg } from './dmesg.ts';
import { free } from './free.ts';
import { init } from './init.ts';
import { kill } from './kill.ts';
import { mount } from './mount.ts';
import { mountpoint } from './mountpoint.ts';
import { halt, poweroff, reboot } from './power.ts';
import { ps } from './ps/ps.ts';
import { strace } from './strace/strace.ts';
import { top } from './top/top.ts';
import { umount } from './umount.ts';
import { uptime } from './uptime.ts';

export const programs: Record<string, Main> = {
  dmesg,
  free,
  halt,
  init,
  kill,
  mount,
  mountpoint,
  poweroff,
  ps,
  reboot,
  strace,
  top,
  umount,
  uptime,
};
