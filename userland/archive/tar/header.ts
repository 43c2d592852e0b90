/**
 * The 512-byte header block: numbers in octal or base-256, checksum, and the two flavours «ustar» (POSIX) and GNU.
 * tar(5); IEEE Std 1003.1, pax, «ustar Interchange Format».
 */
import type { Entry } from './entry.ts';

export const BLOCK = 512;

const NAME = [0, 100] as const;
const MODE = [100, 8] as const;
const UID = [108, 8] as const;
const GID = [116, 8] as const;
const SIZE = [124, 12] as const;
const MTIME = [136, 12] as const;
const CHECKSUM = [148, 8] as const;
const TYPEFLAG = 156;
const LINKNAME = [157, 100] as const;
const MAGIC = [257, 8] as const;
const UNAME = [265, 32] as const;
const GNAME = [297, 32] as const;
const DEVMAJOR = [329, 8] as const;
const DEVMINOR = [337, 8] as const;
const PREFIX = [345, 155] as const;
export const GNU_SPARSE_MAP = 386;
export const GNU_IS_EXTENDED = 482;
const GNU_REAL_SIZE = [483, 12] as const;

type Field = readonly [offset: number, length: number];

const POSIX_MAGIC = 'ustar\x0000';
const GNU_MAGIC = 'ustar  \0';

export type Format = 'gnu' | 'ustar' | 'posix' | 'v7';

function putText(block: Uint8Array, [offset, length]: Field, text: string): void {
  const count = Math.min(length, text.length);
  for (let i = 0; i < count; i++) block[offset + i] = text.charCodeAt(i);
}

/** The greatest number that octal digits and a NUL can hold in a field. */
export function octalLimit(length: number): number {
  return 8 ** (length - 1) - 1;
}
export const MAX_OCTAL_ID = octalLimit(8);
export const MAX_OCTAL_SIZE = octalLimit(12);

/** Octal; GNU's base-256 (first bit set, two's complement) for what is too large or negative. */
function putNumber(block: Uint8Array, [offset, length]: Field, value: number): void {
  if (value >= 0 && value <= octalLimit(length)) {
    putText(block, [offset, length], value.toString(8).padStart(length - 1, '0'));
    return;
  }
  let rest = BigInt(value);
  for (let i = length - 1; i > 0; i--) {
    block[offset + i] = Number(rest & 255n);
    rest >>= 8n;
  }
  block[offset] = value < 0 ? 0xff : 0x80;
}

function getText(block: Uint8Array, [offset, length]: Field): string {
  let text = '';
  for (let i = offset; i < offset + length && block[i] !== 0; i++) text += String.fromCharCode(block[i]!);
  return text;
}

/** A number, or undefined if the field holds none. An empty field is 0. */
export function getNumber(block: Uint8Array, [offset, length]: Field): number | undefined {
  const first = block[offset]!;
  if (first === 0x80 || first === 0xff) {
    let value = first === 0xff ? -1n : 0n;
    for (let i = 1; i < length; i++) value = (value << 8n) | BigInt(block[offset + i]!);
    return Number(value);
  }
  const text = getText(block, [offset, length]).trim();
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? parseInt(text, 8) : undefined;
}

/** The sum of all bytes, the checksum field counting as blanks. */
function checksum(block: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += block[i]!;
  for (let i = CHECKSUM[0]; i < CHECKSUM[0] + CHECKSUM[1]; i++) sum += 32 - block[i]!;
  return sum;
}
/** Some old tars summed signed bytes. */
function signedChecksum(block: Uint8Array): number {
  let sum = checksum(block);
  for (let i = 0; i < BLOCK; i++) if (block[i]! > 127) sum -= 256;
  return sum;
}

export function isZeroBlock(block: Uint8Array): boolean {
  for (let i = 0; i < BLOCK; i++) if (block[i] !== 0) return false;
  return true;
}

/** Splits a name for ustar: at a slash, 155 bytes before it and 100 behind. Undefined if that cannot be. */
export function splitName(name: string): { prefix: string; rest: string } | undefined {
  if (name.length <= NAME[1]) return { prefix: '', rest: name };
  const last = Math.min(PREFIX[1], name.endsWith('/') ? name.length - 2 : name.length - 1);
  const slash = name.lastIndexOf('/', last);
  if (slash <= 0 || name.length - slash - 1 > NAME[1]) return undefined;
  return { prefix: name.slice(0, slash), rest: name.slice(slash + 1) };
}

/** Writes a header; the names have been cut or split to fit by the caller. */
export function encodeHeader(block: Uint8Array, entry: Entry, format: Format): void {
  block.fill(0);
  let { name } = entry;
  if (format === 'ustar' || format === 'posix') {
    const split = splitName(name);
    if (split) {
      name = split.rest;
      putText(block, PREFIX, split.prefix);
    }
  }
  putText(block, NAME, name);
  putNumber(block, MODE, entry.mode);
  putNumber(block, UID, entry.uid);
  putNumber(block, GID, entry.gid);
  putNumber(block, SIZE, entry.storedSize);
  putNumber(block, MTIME, entry.mtime.sec);
  // Version 7 knew no types: NUL is a regular file.
  block[TYPEFLAG] = format === 'v7' && entry.type === '0' ? 0 : entry.type.charCodeAt(0);
  putText(block, LINKNAME, entry.linkName);
  if (format !== 'v7') {
    putText(block, MAGIC, format === 'gnu' ? GNU_MAGIC : POSIX_MAGIC);
    putText(block, UNAME, entry.userName.slice(0, UNAME[1] - 1));
    putText(block, GNAME, entry.groupName.slice(0, GNAME[1] - 1));
  }
  const isDevice = entry.type === '3' || entry.type === '4';
  if (isDevice || format !== 'gnu') {
    putNumber(block, DEVMAJOR, entry.deviceMajor);
    putNumber(block, DEVMINOR, entry.deviceMinor);
  }
  putText(block, CHECKSUM, `${checksum(block).toString(8).padStart(6, '0')}\0 `);
}

/** Header of one of tar's own records: a long name, or pax attributes. */
export function encodePrivateHeader(block: Uint8Array, entry: Entry, format: Format): void {
  encodeHeader(block, entry, format);
  // POSIX records leave the owner's names and device numbers empty.
  if (format !== 'posix') return;
  block.fill(0, UNAME[0], PREFIX[0]);
  block.fill(32, CHECKSUM[0], CHECKSUM[0] + CHECKSUM[1]);
  putText(block, CHECKSUM, `${checksum(block).toString(8).padStart(6, '0')}\0 `);
}

/** Reads a header; undefined if its checksum is wrong. */
export function decodeHeader(block: Uint8Array): Entry | undefined {
  const stored = getNumber(block, CHECKSUM);
  if (stored === undefined || (stored !== checksum(block) && stored !== signedChecksum(block)))
    return undefined;
  const magic = getText(block, MAGIC);
  const isGnu = magic === 'ustar  ';
  const isPosix = !isGnu && magic.startsWith('ustar');
  let name = getText(block, NAME);
  const prefix = isPosix ? getText(block, PREFIX) : '';
  if (prefix !== '') name = `${prefix}/${name}`;
  const type = String.fromCharCode(block[TYPEFLAG]!);
  const size = getNumber(block, SIZE) ?? 0;
  const hasNames = isGnu || isPosix;
  return {
    name,
    // Before POSIX a directory was a regular file with a slash.
    type: (type === '\0' || type === '0') && name.endsWith('/') ? '5' : type,
    mode: (getNumber(block, MODE) ?? 0) & 0o7777,
    uid: getNumber(block, UID) ?? 0,
    gid: getNumber(block, GID) ?? 0,
    size: type === 'S' ? (getNumber(block, GNU_REAL_SIZE) ?? size) : size,
    storedSize: size,
    mtime: { sec: getNumber(block, MTIME) ?? 0, nsec: 0 },
    linkName: getText(block, LINKNAME),
    userName: hasNames ? getText(block, UNAME) : '',
    groupName: hasNames ? getText(block, GNAME) : '',
    deviceMajor: hasNames ? (getNumber(block, DEVMAJOR) ?? 0) : 0,
    deviceMinor: hasNames ? (getNumber(block, DEVMINOR) ?? 0) : 0,
  };
}
