/**
 * Names on their way to the host. A name is one component: what could mean another place («..», a slash, a NUL) never
 * passes, whatever the VFS above lets through. Names are byte strings in the kernel; a host that takes bytes gets
 * bytes, one that takes text (memfs, macOS) gets text, and a name that is no UTF-8 is EILSEQ there, as on macOS.
 */
import { fromText, fromBytes, toBytes, toText } from '../../abi/byte-string.ts';
import { EILSEQ, EINVAL, ENAMETOOLONG } from '../../abi/errno.ts';
import { fail } from '../../errors.ts';
import type { HostPath } from './host-call.ts';

const ASCII = /^[^\x80-\xff]*$/;

/** Refuses what is not the name of a file within a directory. */
export function checkName(name: string): void {
  if (name === '' || name === '.' || name === '..') fail(EINVAL, 'not a name within a directory');
  if (name.length > 255) fail(ENAMETOOLONG, 'name longer than 255 bytes');
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code === 0 || code === 0x2f || code > 0xff) fail(EINVAL, 'name with a slash or NUL');
  }
}

/** `prefix` (ASCII) and a byte string as a path of a host that takes bytes. */
export function bytePath(prefix: string, name: string): HostPath {
  const path = prefix + name;
  return (ASCII.test(name) ? path : toBytes(path)) as HostPath;
}

/** A byte string as text for a host that takes text. */
export function textName(name: string): string {
  if (ASCII.test(name)) return name;
  const text = toText(name);
  if (fromText(text) !== name) fail(EILSEQ, 'name is no UTF-8, and this host takes text only');
  return text;
}

/** A name or a symbolic link's target as the host gave it. */
export function nameFromHost(name: string | Uint8Array): string {
  return typeof name === 'string' ? fromText(name) : fromBytes(name);
}
