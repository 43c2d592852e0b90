/**
 * What executing a file does to credentials: set-id bits, and the capability rules of capabilities(7). Linux
 * counterpart: bprm_fill_uid in fs/exec.c and cap_bprm_creds_from_file in security/commoncap.c.
 *
 * Linux: capabilities of files (security.capability) are not honoured.
 */
import type { File } from '../fs/file.ts';
import type { Credentials } from './credentials.ts';
import type { Task } from './task.ts';
import { SECBIT_KEEP_CAPS, SECBIT_NOROOT } from '../abi/capability.ts';
import { MS_NOSUID } from '../abi/mount.ts';
import { S_ISGID, S_ISUID, S_IXGRP } from '../abi/stat.ts';
import { CAP_SETUID, CAP_SYS_PTRACE, isCapable } from './credentials.ts';

export interface ExecCredentials {
  readonly credentials: Credentials;
  /** AT_SECURE: the C library distrusts the environment. */
  readonly isSecure: boolean;
  /** The program gains rights, so bits of personality(2) that ease an attack are cleared. */
  readonly isGaining: boolean;
}

/** Facts about the caller that make a gain of privileges unsafe. */
export interface ExecSafety {
  readonly noNewPrivileges: boolean;
  /** A tracer without CAP_SYS_PTRACE would control the program, or another process shares its directories. */
  readonly isShared: boolean;
}

/** Owner and mode of the file that is executed, as far as they count. */
export interface SetId {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export function credentialsOfExec(task: Task, file: File): ExecCredentials {
  const { inode } = file;
  const isIgnored = (file.path.mount.flags & MS_NOSUID) !== 0 || task.noNewPrivileges;
  const setId: SetId = { mode: isIgnored ? 0 : inode.mode, uid: inode.uid, gid: inode.gid };
  return execCredentials(task.credentials, setId, {
    noNewPrivileges: task.noNewPrivileges,
    isShared: isControlled(task),
  });
}

function isControlled(task: Task): boolean {
  const tracer = task.trace?.tracer;
  if (tracer !== undefined && !tracer.capable(CAP_SYS_PTRACE)) return true;
  return task.fs.references > task.group.threads.size;
}

/** The rules themselves. */
export function execCredentials(old: Credentials, file: SetId, safety: ExecSafety): ExecCredentials {
  let euid = (file.mode & S_ISUID) !== 0 ? file.uid : old.euid;
  let egid = (file.mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP) ? file.gid : old.egid;
  let permitted = 0n;
  let isEffective = false;
  if ((old.securebits & SECBIT_NOROOT) === 0 && (euid === 0 || old.uid === 0)) {
    permitted = old.bounding | old.inheritable;
    isEffective = euid === 0;
  }
  const isSetId = euid !== old.uid || egid !== old.gid;
  const isGaining = (permitted & ~old.permitted) !== 0n;
  if ((isSetId || isGaining) && (safety.isShared || safety.noNewPrivileges)) {
    if (!isCapable(old, CAP_SETUID) || safety.noNewPrivileges) {
      euid = old.uid;
      egid = old.gid;
    }
    permitted &= old.permitted;
  }
  const ambient = isSetId ? 0n : old.ambient;
  permitted |= ambient;
  const effective = isEffective ? permitted : ambient;
  const isGrown = (permitted & ~ambient) !== 0n;
  return {
    credentials: {
      ...old,
      euid,
      egid,
      suid: euid,
      sgid: egid,
      fsuid: euid,
      fsgid: egid,
      permitted,
      effective,
      ambient,
      securebits: old.securebits & ~SECBIT_KEEP_CAPS,
    },
    isGaining: isSetId || isGaining,
    isSecure: isSetId || (old.uid !== 0 && (isEffective || isGrown)),
  };
}
