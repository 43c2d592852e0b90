/**
 * Credentials of a task: credentials(7), capabilities(7). A value is never changed in place: a call that changes
 * credentials replaces `task.credentials`, so that whoever kept the old value (an open file) keeps the old rights.
 */
export interface Credentials {
  readonly uid: number;
  readonly gid: number;
  readonly euid: number;
  readonly egid: number;
  readonly suid: number;
  readonly sgid: number;
  readonly fsuid: number;
  readonly fsgid: number;
  readonly groups: readonly number[];
  /** Capability sets as bit masks (bit = CAP_*), 41 bits. */
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
  readonly bounding: bigint;
  readonly ambient: bigint;
  readonly securebits: number;
}

export const CAP_CHOWN = 0;
export const CAP_DAC_OVERRIDE = 1;
export const CAP_DAC_READ_SEARCH = 2;
export const CAP_FOWNER = 3;
export const CAP_FSETID = 4;
export const CAP_KILL = 5;
export const CAP_SETGID = 6;
export const CAP_SETUID = 7;
export const CAP_SETPCAP = 8;
export const CAP_LINUX_IMMUTABLE = 9;
export const CAP_NET_BIND_SERVICE = 10;
export const CAP_NET_ADMIN = 12;
export const CAP_NET_RAW = 13;
export const CAP_IPC_LOCK = 14;
export const CAP_IPC_OWNER = 15;
export const CAP_SYS_CHROOT = 18;
export const CAP_SYS_PTRACE = 19;
export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_BOOT = 22;
export const CAP_SYS_NICE = 23;
export const CAP_SYS_RESOURCE = 24;
export const CAP_SYS_TIME = 25;
export const CAP_SYS_TTY_CONFIG = 26;
export const CAP_MKNOD = 27;
export const CAP_LEASE = 28;
export const CAP_SETFCAP = 31;
export const CAP_SYSLOG = 34;
export const CAP_WAKE_ALARM = 35;
export const CAP_LAST = 40;

export const ALL_CAPABILITIES = (1n << BigInt(CAP_LAST + 1)) - 1n;

export const ROOT: Credentials = {
  uid: 0,
  gid: 0,
  euid: 0,
  egid: 0,
  suid: 0,
  sgid: 0,
  fsuid: 0,
  fsgid: 0,
  groups: [],
  effective: ALL_CAPABILITIES,
  permitted: ALL_CAPABILITIES,
  inheritable: 0n,
  bounding: ALL_CAPABILITIES,
  ambient: 0n,
  securebits: 0,
};

/** Whoever has these ids and nothing else: with all capabilities for user 0, without any for others. */
export function userCredentials(uid: number, gid: number, groups: readonly number[] = []): Credentials {
  const ids = { uid, euid: uid, suid: uid, fsuid: uid, gid, egid: gid, sgid: gid, fsgid: gid, groups };
  return uid === 0 ? { ...ROOT, ...ids } : { ...ROOT, ...ids, effective: 0n, permitted: 0n };
}

export function isCapable(credentials: Credentials, capability: number): boolean {
  if (credentials.effective === ALL_CAPABILITIES) return true;
  return (credentials.effective & (1n << BigInt(capability))) !== 0n;
}

export function isInGroup(credentials: Credentials, gid: number): boolean {
  return credentials.fsgid === gid || credentials.groups.includes(gid);
}
