/** File modes, device numbers, struct stat and struct statx: linux/stat.h, asm/stat.h, inode(7). */
import { layout } from './layout.ts';

export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
export const S_ISUID = 0o4000;
export const S_ISGID = 0o2000;
export const S_ISVTX = 0o1000;
export const S_IXGRP = 0o010;

/** The number that stands for a device in stat, mknod and the kernel (new_encode_dev, glibc's makedev). */
export function makedev(major: number, minor: number): number {
  return ((minor & 0xff) | (major << 8) | ((minor & 0xfff00) << 12)) >>> 0;
}
export function majorOf(device: number): number {
  return (device >>> 8) & 0xfff;
}
export function minorOf(device: number): number {
  return (device & 0xff) | ((device >>> 12) & 0xfff00);
}

/** struct stat, x86-64. */
export const Stat = layout('stat', 144, {
  dev: [0, 'u64'],
  ino: [8, 'u64'],
  nlink: [16, 'u64'],
  mode: [24, 'u32'],
  uid: [28, 'u32'],
  gid: [32, 'u32'],
  rdev: [40, 'u64'],
  size: [48, 'i64'],
  blksize: [56, 'i64'],
  blocks: [64, 'i64'],
  atimeSec: [72, 'i64'],
  atimeNsec: [80, 'i64'],
  mtimeSec: [88, 'i64'],
  mtimeNsec: [96, 'i64'],
  ctimeSec: [104, 'i64'],
  ctimeNsec: [112, 'i64'],
});

/** struct statx. */
export const Statx = layout('statx', 256, {
  mask: [0, 'u32'],
  blksize: [4, 'u32'],
  attributes: [8, 'u64'],
  nlink: [16, 'u32'],
  uid: [20, 'u32'],
  gid: [24, 'u32'],
  mode: [28, 'u16'],
  ino: [32, 'u64'],
  size: [40, 'u64'],
  blocks: [48, 'u64'],
  attributesMask: [56, 'u64'],
  atimeSec: [64, 'i64'],
  atimeNsec: [72, 'u32'],
  btimeSec: [80, 'i64'],
  btimeNsec: [88, 'u32'],
  ctimeSec: [96, 'i64'],
  ctimeNsec: [104, 'u32'],
  mtimeSec: [112, 'i64'],
  mtimeNsec: [120, 'u32'],
  rdevMajor: [128, 'u32'],
  rdevMinor: [132, 'u32'],
  devMajor: [136, 'u32'],
  devMinor: [140, 'u32'],
  mntId: [144, 'u64'],
});

export const STATX_BASIC_STATS = 0x7ff;
export const STATX_BTIME = 0x800;
export const STATX_MNT_ID = 0x1000;
export const STATX__RESERVED = 0x80000000;
export const STATX_ATTR_MOUNT_ROOT = 0x2000;

export const UTIME_NOW = 0x3fffffff;
export const UTIME_OMIT = 0x3ffffffe;
