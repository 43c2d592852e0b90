/**
 * Internet addresses: struct sockaddr_in and sockaddr_in6, ip(7), ipv6(7). In the kernel an address is a byte string of
 * 4 or 16 bytes; an IPv4 address that stands in an IPv6 one (::ffff:a.b.c.d) is the IPv4 address, so that endpoints
 * compare as strings.
 */
import { fromBytes, toBytes } from '../../abi/byte-string.ts';
import { EAFNOSUPPORT, EINVAL } from '../../abi/errno.ts';
import { SOCKADDR_IN, SOCKADDR_IN6, SOCKADDR_IN6_MIN } from '../../abi/inet.ts';
import { AF_INET, AF_INET6 } from '../../abi/socket.ts';
import { fail } from '../../errors.ts';

export interface Endpoint {
  readonly ip: string;
  readonly port: number;
}

export const ANY4 = '\0\0\0\0';
export const ANY6 = '\0'.repeat(16);
export const LOOPBACK4 = '\x7f\0\0\x01';
export const LOOPBACK6 = `${'\0'.repeat(15)}\x01`;
const MAPPED = `${'\0'.repeat(10)}\xff\xff`;

export function isAny(ip: string): boolean {
  return ip === ANY4 || ip === ANY6;
}
export function isIpv4(ip: string): boolean {
  return ip.length === 4;
}
/** An address of this machine: all of 127.0.0.0/8, and ::1. */
export function isLocal(ip: string): boolean {
  return isIpv4(ip) ? ip.startsWith('\x7f') : ip === LOOPBACK6;
}
export function isMulticast(ip: string): boolean {
  const first = ip.charCodeAt(0);
  return isIpv4(ip) ? first >> 4 === 14 : first === 0xff;
}
/** 255.255.255.255, and that of the loopback network. */
export function isBroadcast(ip: string): boolean {
  return ip === '\xff\xff\xff\xff' || ip === '\x7f\xff\xff\xff';
}

/** The family of a sockaddr. */
export function familyOf(bytes: Uint8Array): number {
  return bytes.length < 2 ? fail(EINVAL, 'inet: length of the address') : bytes[0]! | (bytes[1]! << 8);
}

/** Reads a sockaddr for a socket of `family`. EINVAL, EAFNOSUPPORT. */
export function parseEndpoint(bytes: Uint8Array, family: number): Endpoint {
  if (bytes.length < (family === AF_INET ? SOCKADDR_IN : SOCKADDR_IN6_MIN)) {
    const isForV6 = family === AF_INET6 && bytes.length >= SOCKADDR_IN && familyOf(bytes) === AF_INET;
    fail(isForV6 ? EAFNOSUPPORT : EINVAL, 'inet: length of the address');
  }
  if (familyOf(bytes) !== family) fail(EAFNOSUPPORT, 'inet: family of the address');
  const port = (bytes[2]! << 8) | bytes[3]!;
  if (family === AF_INET) return { ip: fromBytes(bytes.subarray(4, 8)), port };
  const ip = fromBytes(bytes.subarray(8, 24));
  return { ip: ip.startsWith(MAPPED) ? ip.slice(12) : ip, port };
}

/** The sockaddr of an endpoint as a socket of `family` shows it. */
export function formatEndpoint({ ip, port }: Endpoint, family: number): Uint8Array {
  const bytes = new Uint8Array(family === AF_INET ? SOCKADDR_IN : SOCKADDR_IN6);
  bytes[0] = family;
  bytes[2] = port >> 8;
  bytes[3] = port;
  if (family === AF_INET) bytes.set(toBytes(ip), 4);
  else bytes.set(toBytes(isIpv4(ip) ? (ip === ANY4 ? ANY6 : MAPPED + ip) : ip), 8);
  return bytes;
}
