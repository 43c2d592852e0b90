/** Where nc connects to and listens: a path, or an IPv4 address (or a name of /etc/hosts) with a port. */
import { fromBytes } from '../../../kernel/abi/byte-string.ts';
import { O_RDONLY } from '../../../kernel/abi/fcntl.ts';
import { SOCKADDR_IN } from '../../../kernel/abi/inet.ts';
import { viewOf } from '../../../kernel/abi/layout.ts';
import { SysError } from '../../libc/native.ts';
import { AF_INET } from '../../libc/socket.ts';
import { close, open } from '../../libc/unistd.ts';
import { chunks } from '../../coreutils/lib/io.ts';

/** What nc is told wrongly: its message. */
export class AddressError extends Error {}

const DOTTED = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/;

/** struct sockaddr_in. AddressError. */
export function inetAddress(host: string, port: number): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_IN);
  const view = viewOf(bytes);
  view.setUint16(0, AF_INET, true);
  view.setUint16(2, port);
  bytes.set(ipv4(host), 4);
  return bytes;
}

/** «127.0.0.1 80» of a sockaddr_in, as nc -v prints it. */
export function inetText(bytes: Uint8Array): string {
  return `${bytes.subarray(4, 8).join('.')} ${viewOf(bytes).getUint16(2)}`;
}

export function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535) throw new AddressError(`port number invalid: ${text}`);
  return Number(text);
}

function ipv4(host: string): number[] {
  const numbers = parseDotted(host) ?? parseDotted(inHosts(host));
  if (numbers === undefined)
    throw new AddressError(`getaddrinfo for host "${host}": Name or service not known`);
  return numbers;
}

function parseDotted(text: string | undefined): number[] | undefined {
  const numbers = DOTTED.exec(text ?? '')
    ?.slice(1)
    .map(Number);
  return numbers?.every(number => number < 256) ? numbers : undefined;
}

/** The IPv4 address of a name in /etc/hosts; localhost is always there. */
function inHosts(name: string): string | undefined {
  for (const line of readHosts().split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (names.includes(name) && parseDotted(address) !== undefined) return address;
  }
  return name === 'localhost' ? '127.0.0.1' : undefined;
}

function readHosts(): string {
  let text = '';
  try {
    const fd = open('/etc/hosts', O_RDONLY);
    for (const chunk of chunks(fd)) text += fromBytes(chunk);
    close(fd);
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
  }
  return text;
}
