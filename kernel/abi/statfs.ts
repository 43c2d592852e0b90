/** struct statfs (asm-generic/statfs.h) and file-system magic numbers (linux/magic.h): statfs(2). */
import { layout } from './layout.ts';

export const Statfs = layout('statfs', 120, {
  type: [0, 'i64'],
  bsize: [8, 'i64'],
  blocks: [16, 'u64'],
  bfree: [24, 'u64'],
  bavail: [32, 'u64'],
  files: [40, 'u64'],
  ffree: [48, 'u64'],
  fsid: [56, 'u64'],
  namelen: [64, 'i64'],
  frsize: [72, 'i64'],
  flags: [80, 'i64'],
});

export const TMPFS_MAGIC = 0x01021994;
export const RAMFS_MAGIC = 0x858458f6;
export const PIPEFS_MAGIC = 0x50495045;
export const SOCKFS_MAGIC = 0x534f434b;
export const ANON_INODE_FS_MAGIC = 0x09041934;
export const PROC_SUPER_MAGIC = 0x9fa0;
export const SYSFS_MAGIC = 0x62656572;
export const DEVPTS_SUPER_MAGIC = 0x1cd1;
export const OVERLAYFS_SUPER_MAGIC = 0x794c7630;
export const HOSTFS_SUPER_MAGIC = 0x00c0ffee;

export const ST_RDONLY = 0x0001;
export const ST_NOSUID = 0x0002;
export const ST_NODEV = 0x0004;
export const ST_NOEXEC = 0x0008;
export const ST_SYNCHRONOUS = 0x0010;
export const ST_VALID = 0x0020;
export const ST_NOATIME = 0x0400;
export const ST_NODIRATIME = 0x0800;
export const ST_RELATIME = 0x1000;
export const ST_NOSYMFOLLOW = 0x2000;
