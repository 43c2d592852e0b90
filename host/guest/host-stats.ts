/**
 * Attributes of files as Node's fs gives them: the numbers of Stats or BigIntStats, by statx(2), which knows the birth
 * time. What hostfs does not use (Date objects, milliseconds, isFile()) is left out.
 */
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW } from '../../kernel/abi/fcntl.ts';
import { EINTR, ENOENT } from '../../kernel/abi/errno.ts';
import { STATX_BASIC_STATS, STATX_BTIME, Statx, makedev } from '../../kernel/abi/stat.ts';
import { SYS_statx } from '../../kernel/abi/syscall-numbers.ts';
import { withBuffer, withString } from '../../userland/libc/memory.ts';
import { syscallRaw } from '../../userland/libc/native.ts';
import type { FileStatus } from '../../userland/libc/stat.ts';
import { HostError, type HostPath, bytesOf } from './host-error.ts';

export interface StatOptions {
  readonly bigint?: boolean;
  /** False: a name that is not there is undefined instead of an exception. */
  readonly throwIfNoEntry?: boolean;
}

export type NumberStats = Omit<FileStatus, 'atime' | 'mtime' | 'ctime'>;

/** With times in nanoseconds, as only the `bigint` form has them. */
export type BigStats = { readonly [K in keyof NumberStats]: bigint } & {
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
};

export const follow = 0;
export const noFollow = AT_SYMLINK_NOFOLLOW;

/** stat(2) or lstat(2). */
export function statPath(
  syscall: string,
  path: HostPath,
  flags: number,
  options: StatOptions = {},
): NumberStats | BigStats | undefined {
  return statx(syscall, AT_FDCWD, bytesOf(path), flags, options, path);
}

/** fstat(2). */
export function statDescriptor(descriptor: number, options: StatOptions = {}): NumberStats | BigStats {
  return statx('fstat', descriptor, '', AT_EMPTY_PATH, { bigint: options.bigint === true }, undefined)!;
}

function statx(
  syscall: string,
  descriptor: number,
  path: string,
  flags: number,
  options: StatOptions,
  shown: HostPath | undefined,
): NumberStats | BigStats | undefined {
  return withString(path, at =>
    withBuffer(Statx.size, buffer => {
      const mask = STATX_BASIC_STATS | STATX_BTIME;
      let result: number;
      do result = syscallRaw(SYS_statx, descriptor, at, flags, mask, buffer.address);
      while (result === -EINTR);
      if (result < 0) {
        if (result === -ENOENT && options.throwIfNoEntry === false) return undefined;
        throw new HostError(-result, syscall, shown);
      }
      const raw = Statx.decode(buffer.bytes);
      return options.bigint === true ? bigStats(raw) : numberStats(raw);
    }),
  );
}

type RawStatx = ReturnType<typeof Statx.decode>;

function numberStats(raw: RawStatx): NumberStats {
  return {
    dev: makedev(raw.devMajor, raw.devMinor),
    ino: raw.ino,
    mode: raw.mode,
    nlink: raw.nlink,
    uid: raw.uid,
    gid: raw.gid,
    rdev: makedev(raw.rdevMajor, raw.rdevMinor),
    size: raw.size,
    blksize: raw.blksize,
    blocks: raw.blocks,
  };
}

function bigStats(raw: RawStatx): BigStats {
  const stats = numberStats(raw);
  return {
    dev: BigInt(stats.dev),
    ino: BigInt(stats.ino),
    mode: BigInt(stats.mode),
    nlink: BigInt(stats.nlink),
    uid: BigInt(stats.uid),
    gid: BigInt(stats.gid),
    rdev: BigInt(stats.rdev),
    size: BigInt(stats.size),
    blksize: BigInt(stats.blksize),
    blocks: BigInt(stats.blocks),
    atimeNs: nanoseconds(raw.atimeSec, raw.atimeNsec),
    mtimeNs: nanoseconds(raw.mtimeSec, raw.mtimeNsec),
    ctimeNs: nanoseconds(raw.ctimeSec, raw.ctimeNsec),
    birthtimeNs: nanoseconds(raw.btimeSec, raw.btimeNsec),
  };
}

function nanoseconds(sec: number, nsec: number): bigint {
  return BigInt(sec) * 1_000_000_000n + BigInt(nsec);
}
