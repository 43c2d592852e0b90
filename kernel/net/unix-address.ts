/**
 * Addresses of Unix-domain sockets: struct sockaddr_un, unix(7). Three kinds: unnamed (only the family), abstract (the
 * path begins with NUL, and every byte up to the given length counts), and a path name.
 */
import { fromBytes, toBytes } from '../abi/byte-string.ts';
import { EINVAL } from '../abi/errno.ts';
import { AF_UNIX, SOCKADDR_UN } from '../abi/socket.ts';
import { fail } from '../errors.ts';

const FAMILY_SIZE = 2;

export type UnixAddress =
  | { readonly kind: 'unnamed' }
  /** The name without its leading NUL. */
  | { readonly kind: 'abstract'; readonly name: string }
  | { readonly kind: 'path'; readonly path: string };

/** Reads a sockaddr_un; EINVAL for another family or a length that cannot be. */
export function parseUnixAddress(bytes: Uint8Array): UnixAddress {
  if (bytes.length < FAMILY_SIZE || bytes.length > SOCKADDR_UN) fail(EINVAL, 'unix: length of the address');
  if ((bytes[0]! | (bytes[1]! << 8)) !== AF_UNIX) fail(EINVAL, 'unix: family of the address');
  if (bytes.length === FAMILY_SIZE) return { kind: 'unnamed' };
  const text = fromBytes(bytes.subarray(FAMILY_SIZE));
  if (text.startsWith('\0')) return { kind: 'abstract', name: text.slice(1) };
  const end = text.indexOf('\0');
  return { kind: 'path', path: end < 0 ? text : text.slice(0, end) };
}

/** The sockaddr_un as getsockname(2) gives it: a path name with its NUL. */
export function formatUnixAddress(address: UnixAddress): Uint8Array {
  let path = '';
  if (address.kind === 'abstract') path = `\0${address.name}`;
  else if (address.kind === 'path') path = `${address.path}\0`;
  const bytes = new Uint8Array(FAMILY_SIZE + path.length);
  bytes[0] = AF_UNIX;
  bytes.set(toBytes(path), FAMILY_SIZE);
  return bytes;
}
