import { describe, expect, it } from 'vitest';
import { SECBIT_KEEP_CAPS, SECBIT_NO_SETUID_FIXUP } from '../abi/capability.ts';
import { EPERM } from '../abi/errno.ts';
import { errnoOf } from '../testing.ts';
import {
  ALL_CAPABILITIES,
  CAP_DAC_OVERRIDE,
  CAP_KILL,
  ROOT,
  isCapable,
  userCredentials,
} from './credentials.ts';
import { execCredentials } from './exec-credentials.ts';
import * as identity from './identity.ts';

const USER = userCredentials(1000, 100);
const SAFE = { noNewPrivileges: false, isShared: false };
const ROOT_SETUID = { mode: 0o104755, uid: 0, gid: 0 };

describe('setuid', () => {
  it('of root changes all ids and drops all capabilities', () => {
    const next = identity.setUid(ROOT, 1000);
    expect(next).toMatchObject({
      uid: 1000,
      euid: 1000,
      suid: 1000,
      fsuid: 1000,
      effective: 0n,
      permitted: 0n,
    });
  });

  it('keeps permitted capabilities with keep_caps, and all with NO_SETUID_FIXUP', () => {
    const kept = identity.setUid({ ...ROOT, securebits: SECBIT_KEEP_CAPS }, 1000);
    expect(kept.permitted).toBe(ALL_CAPABILITIES);
    expect(kept.effective).toBe(0n);
    expect(identity.setUid({ ...ROOT, securebits: SECBIT_NO_SETUID_FIXUP }, 1000).effective).toBe(
      ALL_CAPABILITIES,
    );
  });

  it('of a set-user-ID program goes back and forth', () => {
    const started = execCredentials(USER, ROOT_SETUID, SAFE).credentials;
    expect(started).toMatchObject({ uid: 1000, euid: 0, suid: 0, fsuid: 0 });
    const lowered = identity.setResuid(started, identity.KEEP, 1000, identity.KEEP);
    expect(lowered.effective).toBe(0n);
    expect(lowered.permitted).toBe(ALL_CAPABILITIES);
    expect(identity.setUid(lowered, 0).effective).toBe(ALL_CAPABILITIES);
  });

  it('of others is EPERM', () => {
    expect(errnoOf(() => identity.setUid(USER, 0))).toBe(EPERM);
    expect(errnoOf(() => identity.setReuid(USER, 0, identity.KEEP))).toBe(EPERM);
    expect(errnoOf(() => identity.setResuid(USER, 1000, 1000, 0))).toBe(EPERM);
    expect(errnoOf(() => identity.setGid(USER, 0))).toBe(EPERM);
  });
});

it('setreuid sets the saved id when the real one is set', () => {
  const user = { ...USER, euid: 2000, suid: 3000 };
  expect(identity.setReuid(user, 2000, identity.KEEP)).toMatchObject({ uid: 2000, euid: 2000, suid: 2000 });
  expect(identity.setReuid(user, identity.KEEP, 3000)).toMatchObject({ uid: 1000, euid: 3000, suid: 3000 });
  expect(identity.setReuid(user, identity.KEEP, 1000)).toMatchObject({ euid: 1000, suid: 3000 });
});

it('setfsuid away from root drops the capabilities over files only', () => {
  const next = identity.setFsuid(ROOT, 1000);
  expect(next.fsuid).toBe(1000);
  expect(isCapable(next, CAP_DAC_OVERRIDE)).toBe(false);
  expect(isCapable(next, CAP_KILL)).toBe(true);
  expect(identity.setFsuid(next, 0).effective).toBe(ALL_CAPABILITIES);
  expect(identity.setFsuid(USER, 5)).toBe(USER);
});

describe('exec', () => {
  it('gives root all capabilities of the bounding set', () => {
    const bounding = ALL_CAPABILITIES & ~1n;
    const { credentials, isSecure } = execCredentials(
      { ...ROOT, bounding },
      { mode: 0o755, uid: 5, gid: 5 },
      SAFE,
    );
    expect(credentials.effective).toBe(bounding);
    expect(isSecure).toBe(false);
  });

  it('honours set-id bits and says so by AT_SECURE', () => {
    const { credentials, isSecure } = execCredentials(USER, ROOT_SETUID, SAFE);
    expect(credentials.effective).toBe(ALL_CAPABILITIES);
    expect(isSecure).toBe(true);
    const group = execCredentials(USER, { mode: 0o102755, uid: 0, gid: 7 }, SAFE).credentials;
    expect(group).toMatchObject({ euid: 1000, egid: 7, sgid: 7, effective: 0n });
    const locking = execCredentials(USER, { mode: 0o102745, uid: 0, gid: 7 }, SAFE).credentials;
    expect(locking.egid).toBe(100); // set-group-ID without group execute means mandatory locking
  });

  it('gains nothing with no_new_privs or under a tracer', () => {
    for (const safety of [
      { noNewPrivileges: true, isShared: false },
      { noNewPrivileges: false, isShared: true },
    ]) {
      const { credentials } = execCredentials(USER, ROOT_SETUID, safety);
      expect(credentials).toMatchObject({ euid: 1000, suid: 1000, effective: 0n, permitted: 0n });
    }
  });

  it('keeps ambient capabilities, except through set-id programs', () => {
    const user = { ...USER, permitted: 32n, inheritable: 32n, ambient: 32n };
    const plain = execCredentials(user, { mode: 0o755, uid: 0, gid: 0 }, SAFE).credentials;
    expect(plain).toMatchObject({ permitted: 32n, effective: 32n, ambient: 32n });
    expect(execCredentials(user, { mode: 0o104755, uid: 7, gid: 0 }, SAFE).credentials.ambient).toBe(0n);
  });
});

it('capset never lets a set grow', () => {
  const user = { ...USER, permitted: 6n, effective: 2n };
  const sets = { effective: 4n, permitted: 4n, inheritable: 4n };
  expect(identity.setCapabilities(user, sets)).toMatchObject(sets);
  expect(errnoOf(() => identity.setCapabilities(user, { ...sets, permitted: 8n }))).toBe(EPERM);
  expect(errnoOf(() => identity.setCapabilities(user, { ...sets, effective: 2n }))).toBe(EPERM);
  expect(errnoOf(() => identity.setCapabilities(user, { ...sets, inheritable: 16n }))).toBe(EPERM);
});
