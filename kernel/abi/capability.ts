/** capget(2), capset(2), securebits: linux/capability.h, linux/securebits.h. CAP_* are in kernel/task/credentials.ts. */
import { layout } from './layout.ts';

export const _LINUX_CAPABILITY_VERSION_1 = 0x1998_0330;
export const _LINUX_CAPABILITY_VERSION_2 = 0x2007_1026;
export const _LINUX_CAPABILITY_VERSION_3 = 0x2008_0522;

export const CapHeaderLayout = layout('cap_user_header', 8, { version: [0, 'u32'], pid: [4, 'i32'] });
/** One 32-bit half; versions 2 and 3 take two of them, low half first. */
export const CapDataLayout = layout('cap_user_data', 12, {
  effective: [0, 'u32'],
  permitted: [4, 'u32'],
  inheritable: [8, 'u32'],
});

export const SECBIT_NOROOT = 1 << 0;
export const SECBIT_NOROOT_LOCKED = 1 << 1;
export const SECBIT_NO_SETUID_FIXUP = 1 << 2;
export const SECBIT_NO_SETUID_FIXUP_LOCKED = 1 << 3;
export const SECBIT_KEEP_CAPS = 1 << 4;
export const SECBIT_KEEP_CAPS_LOCKED = 1 << 5;
export const SECBIT_NO_CAP_AMBIENT_RAISE = 1 << 6;
export const SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED = 1 << 7;
export const SECURE_ALL_BITS = 0x55;
export const SECURE_ALL_LOCKS = 0xaa;
