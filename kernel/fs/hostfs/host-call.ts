/**
 * The host's side of hostfs: what a call of Node's fs API takes and gives, in the kernel's terms. Errors come back by
 * name (`ENOENT`), because numbers differ between hosts; a name that Linux does not have is EIO.
 */
import type { HostFs } from '../../../host/machine.ts';
import { Errno, fail } from '../../errors.ts';
import { EAGAIN, EINVAL, EIO, ENFILE, EOPNOTSUPP, errnoByName } from '../../abi/errno.ts';

/** A path as Node takes it: text, or bytes where a name may be no UTF-8. */
export type HostPath = Parameters<HostFs['lstatSync']>[0];

/** What the `bigint` form of stat gives: Node's BigIntStats without its methods, which memfs lacks. */
export interface HostStats {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly mode: bigint;
  readonly nlink: bigint;
  readonly uid: bigint;
  readonly gid: bigint;
  /** memfs has none. */
  readonly rdev?: bigint;
  readonly size: bigint;
  readonly blocks: bigint;
  readonly blksize: bigint;
  readonly atimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  readonly birthtimeNs: bigint;
}

/** Open flags of the host. A memfs Volume has no `constants` and uses Linux's numbers. */
export interface HostOpenFlags {
  readonly O_RDONLY: number;
  readonly O_WRONLY: number;
  readonly O_RDWR: number;
  readonly O_CREAT: number;
  readonly O_EXCL: number;
  readonly O_NOCTTY: number;
  readonly O_NONBLOCK: number;
  readonly O_DIRECTORY: number;
  readonly O_NOFOLLOW: number;
}

export const LINUX_OPEN_FLAGS: HostOpenFlags = {
  O_RDONLY: 0,
  O_WRONLY: 1,
  O_RDWR: 2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_NOCTTY: 0o400,
  O_NONBLOCK: 0o4000,
  O_DIRECTORY: 0o200000,
  O_NOFOLLOW: 0o400000,
};

export function openFlagsOf(fs: HostFs): HostOpenFlags {
  const constants = fs.constants as Partial<HostOpenFlags> | undefined;
  return { ...LINUX_OPEN_FLAGS, ...constants };
}

/** Names that mean another number on Linux than their own, or none of their own. */
const ALIASES: Record<string, number> = {
  ENOTSUP: EOPNOTSUPP,
  EWOULDBLOCK: EAGAIN,
  EMFILE: ENFILE, // the host process is short of descriptors, not the guest's task
  ERR_OUT_OF_RANGE: EINVAL,
};

/** The guest's error number for what a host call threw; undefined for an exception that is no host error. */
export function errnoOfHost(error: unknown): number | undefined {
  if (error instanceof Errno) return error.errno;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string') return undefined;
  return ALIASES[code] ?? errnoByName(code) ?? EIO;
}

/** Ends a `catch` around a host call: the host's error becomes the guest's; a bug stays a bug. */
export function rethrow(error: unknown): never {
  if (error instanceof Errno) throw error;
  const errno = errnoOfHost(error);
  if (errno === undefined) throw error;
  return fail(errno, 'the host says so');
}
