/**
 * Changing identity: the rules of setuid(2) and its family, and what capabilities lose and gain with user ids. Linux
 * counterpart: kernel/sys.c, cap_task_fix_setuid in security/commoncap.c; credentials(7), capabilities(7). Pure: old
 * credentials in, new ones out.
 */
import type { Credentials } from './credentials.ts';
import { EPERM } from '../abi/errno.ts';
import { SECBIT_KEEP_CAPS, SECBIT_NO_SETUID_FIXUP } from '../abi/capability.ts';
import { fail } from '../errors.ts';
import * as caps from './credentials.ts';

/** -1 as an argument: leave it as it is. */
export const KEEP = 0xffff_ffff;

/** Capabilities that go with the file-system user id. */
const FILE_SYSTEM_CAPABILITIES = [
  caps.CAP_CHOWN,
  caps.CAP_MKNOD,
  caps.CAP_DAC_OVERRIDE,
  caps.CAP_DAC_READ_SEARCH,
  caps.CAP_FOWNER,
  caps.CAP_FSETID,
  caps.CAP_LINUX_IMMUTABLE,
  32, // CAP_MAC_OVERRIDE
].reduce((set, capability) => set | (1n << BigInt(capability)), 0n);

/** After user ids changed: root that becomes nobody loses its capabilities, unless it asked to keep them. */
function fixCapabilities(old: Credentials, next: Credentials): Credentials {
  if ((old.securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return next;
  const hadRoot = old.uid === 0 || old.euid === 0 || old.suid === 0;
  const hasRoot = next.uid === 0 || next.euid === 0 || next.suid === 0;
  let { permitted, effective, ambient } = next;
  if (hadRoot && !hasRoot) {
    if ((old.securebits & SECBIT_KEEP_CAPS) === 0) {
      permitted = 0n;
      effective = 0n;
    }
    ambient = 0n;
  }
  if (old.euid === 0 && next.euid !== 0) effective = 0n;
  if (old.euid !== 0 && next.euid === 0) effective = permitted;
  return { ...next, permitted, effective, ambient };
}

/** setuid(2) */
export function setUid(old: Credentials, uid: number): Credentials {
  if (caps.isCapable(old, caps.CAP_SETUID)) {
    return fixCapabilities(old, { ...old, uid, euid: uid, suid: uid, fsuid: uid });
  }
  if (uid !== old.uid && uid !== old.suid) fail(EPERM, 'setuid');
  return fixCapabilities(old, { ...old, euid: uid, fsuid: uid });
}

/** setreuid(2) */
export function setReuid(old: Credentials, ruid: number, euid: number): Credentials {
  const isCapable = caps.isCapable(old, caps.CAP_SETUID);
  const next = { ...old };
  if (ruid !== KEEP) {
    if (ruid !== old.uid && ruid !== old.euid && !isCapable) fail(EPERM, 'setreuid: real');
    next.uid = ruid;
  }
  if (euid !== KEEP) {
    if (euid !== old.uid && euid !== old.euid && euid !== old.suid && !isCapable)
      fail(EPERM, 'setreuid: effective');
    next.euid = euid;
  }
  if (ruid !== KEEP || (euid !== KEEP && euid !== old.uid)) next.suid = next.euid;
  next.fsuid = next.euid;
  return fixCapabilities(old, next);
}

/** setresuid(2) */
export function setResuid(old: Credentials, ruid: number, euid: number, suid: number): Credentials {
  if (!caps.isCapable(old, caps.CAP_SETUID)) {
    for (const wanted of [ruid, euid, suid]) {
      if (wanted !== KEEP && ![old.uid, old.euid, old.suid].includes(wanted)) fail(EPERM, 'setresuid');
    }
  }
  const next = { ...old };
  if (ruid !== KEEP) next.uid = ruid;
  if (euid !== KEEP) next.euid = euid;
  if (suid !== KEEP) next.suid = suid;
  next.fsuid = next.euid;
  return fixCapabilities(old, next);
}

/** setfsuid(2): no error, ever. */
export function setFsuid(old: Credentials, fsuid: number): Credentials {
  const isAllowed =
    [old.uid, old.euid, old.suid, old.fsuid].includes(fsuid) || caps.isCapable(old, caps.CAP_SETUID);
  if (!isAllowed || fsuid === KEEP || fsuid === old.fsuid) return old;
  let { effective } = old;
  if ((old.securebits & SECBIT_NO_SETUID_FIXUP) === 0) {
    if (old.fsuid === 0 && fsuid !== 0) effective &= ~FILE_SYSTEM_CAPABILITIES;
    if (old.fsuid !== 0 && fsuid === 0) effective |= old.permitted & FILE_SYSTEM_CAPABILITIES;
  }
  return { ...old, fsuid, effective };
}

/** setgid(2) */
export function setGid(old: Credentials, gid: number): Credentials {
  if (caps.isCapable(old, caps.CAP_SETGID)) return { ...old, gid, egid: gid, sgid: gid, fsgid: gid };
  if (gid !== old.gid && gid !== old.sgid) fail(EPERM, 'setgid');
  return { ...old, egid: gid, fsgid: gid };
}

/** setregid(2) */
export function setRegid(old: Credentials, rgid: number, egid: number): Credentials {
  const isCapable = caps.isCapable(old, caps.CAP_SETGID);
  const next = { ...old };
  if (rgid !== KEEP) {
    if (rgid !== old.gid && rgid !== old.egid && !isCapable) fail(EPERM, 'setregid: real');
    next.gid = rgid;
  }
  if (egid !== KEEP) {
    if (egid !== old.gid && egid !== old.egid && egid !== old.sgid && !isCapable)
      fail(EPERM, 'setregid: effective');
    next.egid = egid;
  }
  if (rgid !== KEEP || (egid !== KEEP && egid !== old.gid)) next.sgid = next.egid;
  next.fsgid = next.egid;
  return next;
}

/** setresgid(2) */
export function setResgid(old: Credentials, rgid: number, egid: number, sgid: number): Credentials {
  if (!caps.isCapable(old, caps.CAP_SETGID)) {
    for (const wanted of [rgid, egid, sgid]) {
      if (wanted !== KEEP && ![old.gid, old.egid, old.sgid].includes(wanted)) fail(EPERM, 'setresgid');
    }
  }
  const next = { ...old };
  if (rgid !== KEEP) next.gid = rgid;
  if (egid !== KEEP) next.egid = egid;
  if (sgid !== KEEP) next.sgid = sgid;
  next.fsgid = next.egid;
  return next;
}

/** setfsgid(2): no error, ever. */
export function setFsgid(old: Credentials, fsgid: number): Credentials {
  const isAllowed =
    [old.gid, old.egid, old.sgid, old.fsgid].includes(fsgid) || caps.isCapable(old, caps.CAP_SETGID);
  return isAllowed && fsgid !== KEEP ? { ...old, fsgid } : old;
}

/** capset(2): the new sets of a task. */
export function setCapabilities(
  old: Credentials,
  wanted: { effective: bigint; permitted: bigint; inheritable: bigint },
): Credentials {
  const { effective, permitted, inheritable } = wanted;
  const isCapable = caps.isCapable(old, caps.CAP_SETPCAP);
  if (!isCapable && (inheritable & ~(old.inheritable | old.permitted)) !== 0n)
    fail(EPERM, 'capset: inheritable');
  if ((inheritable & ~(old.inheritable | old.bounding)) !== 0n)
    fail(EPERM, 'capset: beyond the bounding set');
  if ((permitted & ~old.permitted) !== 0n) fail(EPERM, 'capset: permitted set grows');
  if ((effective & ~permitted) !== 0n) fail(EPERM, 'capset: effective beyond permitted');
  return { ...old, effective, permitted, inheritable, ambient: old.ambient & permitted & inheritable };
}
