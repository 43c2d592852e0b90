/**
 * InetSocket: what TCP and UDP sockets have in common: local address, options of IP and IPv6. Linux counterpart:
 * struct inet_sock, net/ipv4/af_inet.c.
 */
import { EACCES, EADDRNOTAVAIL, EINVAL, ENODEV, ENOPROTOOPT } from '../../abi/errno.ts';
import * as abi from '../../abi/inet.ts';
import { viewOf } from '../../abi/layout.ts';
import { AF_INET, AF_INET6, AF_UNSPEC } from '../../abi/socket.ts';
import { fail } from '../../errors.ts';
import { CAP_NET_BIND_SERVICE } from '../../task/credentials.ts';
import type { Task } from '../../task/task.ts';
import { Socket } from '../socket.ts';
import {
  ANY4,
  ANY6,
  familyOf,
  formatEndpoint,
  isAny,
  isBroadcast,
  isIpv4,
  isLocal,
  isMulticast,
  parseEndpoint,
  type Endpoint,
} from './address.ts';
import type { InetSockets } from './inet.ts';

export abstract class InetSocket extends Socket {
  readonly inet: InetSockets;
  readonly family: number;
  /** Real user of who made it: SO_REUSEPORT shares among one user's. */
  readonly ownerUid: number;
  local: Endpoint;
  /** Where it is connected to. */
  remote: Endpoint | undefined;
  /** It has a port, by bind(2) or because it was needed. */
  get isBound(): boolean {
    return this.local.port !== 0;
  }
  /** Options that are kept and shown, by level and name. */
  readonly #options = new Map<string, number>();

  constructor(
    inet: InetSockets,
    type: { type: number; protocol: number; family: number },
    flags: number,
    uid: number,
  ) {
    super(inet.kernel, type.type, type.protocol, flags);
    this.inet = inet;
    this.family = type.family;
    this.ownerUid = uid;
    this.local = { ip: type.family === AF_INET ? ANY4 : ANY6, port: 0 };
  }

  /** SO_REUSEADDR lets others have its address: not while it listens. */
  get permitsReuse(): boolean {
    return true;
  }
  get isV6Only(): boolean {
    return this.option(abi.IPPROTO_IPV6, abi.IPV6_V6ONLY) !== 0;
  }

  /** Enters its protocol's table. EADDRINUSE. */
  protected abstract bindPort(ip: string, port: number): void;

  override bind(task: Task, bytes: Uint8Array): void {
    // Linux: AF_UNSPEC with the address 0.0.0.0 is taken for AF_INET.
    const isUnspecified =
      this.family === AF_INET && bytes.length >= abi.SOCKADDR_IN && familyOf(bytes) === AF_UNSPEC;
    const given = isUnspecified ? Uint8Array.of(AF_INET, 0, ...bytes.subarray(2)) : bytes;
    const { ip, port } = parseEndpoint(given, this.family);
    if (this.family === AF_INET6 && isIpv4(ip) && this.isV6Only) fail(EINVAL, 'inet: IPV6_V6ONLY');
    const isForeign = !isAny(ip) && !isLocal(ip) && !isMulticast(ip) && !isBroadcast(ip);
    if (isForeign && this.option(abi.IPPROTO_IP, abi.IP_FREEBIND) === 0)
      fail(EADDRNOTAVAIL, 'inet: not an address of this machine');
    if (port !== 0 && port < this.inet.unprivilegedPortStart && !task.capable(CAP_NET_BIND_SERVICE)) {
      fail(EACCES, 'inet: privileged port');
    }
    if (this.isBound || this.remote !== undefined) fail(EINVAL, 'inet: already bound');
    this.bindPort(ip, port);
  }

  override localAddress(): Uint8Array {
    return formatEndpoint(this.local, this.family);
  }

  // ---- options

  /** The value of an option that is a number. */
  option(level: number, name: number): number {
    return this.#options.get(`${level}:${name}`) ?? DEFAULTS.get(`${level}:${name}`) ?? 0;
  }

  override setOption(_task: Task, level: number, name: number, bytes: Uint8Array): void {
    const isKnown =
      (level === abi.IPPROTO_IP && IP_OPTIONS.has(name)) ||
      (level === abi.IPPROTO_IPV6 && this.family === AF_INET6 && IPV6_OPTIONS.has(name));
    if (!isKnown) {
      if (MEMBERSHIPS.has(`${level}:${name}`)) fail(ENODEV, 'inet: no interface for multicast');
      fail(ENOPROTOOPT, 'inet: unknown option');
    }
    if (bytes.length < 1) fail(EINVAL, 'inet: length of the option');
    const value = bytes.length >= 4 ? viewOf(bytes).getInt32(0, true) : bytes[0]!;
    if (level === abi.IPPROTO_IPV6 && name === abi.IPV6_V6ONLY && this.isBound)
      fail(EINVAL, 'inet: IPV6_V6ONLY after bind');
    const isTtl = name === (level === abi.IPPROTO_IP ? abi.IP_TTL : abi.IPV6_UNICAST_HOPS);
    if (isTtl && value !== -1 && (value < (level === abi.IPPROTO_IP ? 1 : 0) || value > 255))
      fail(EINVAL, 'inet: hops');
    this.keepOption(level, name, isTtl && value === -1 ? 64 : value);
  }

  protected keepOption(level: number, name: number, value: number): void {
    this.#options.set(`${level}:${name}`, value);
  }

  override getOption(_task: Task, level: number, name: number): Uint8Array {
    const isKnown =
      (level === abi.IPPROTO_IP && (IP_OPTIONS.has(name) || name === abi.IP_MTU)) ||
      (level === abi.IPPROTO_IPV6 && (IPV6_OPTIONS.has(name) || name === abi.IPV6_MTU));
    if (!isKnown) fail(ENOPROTOOPT, 'inet: unknown option');
    if (name === abi.IP_OPTIONS && level === abi.IPPROTO_IP) return new Uint8Array(0);
    return intBytes(this.option(level, name));
  }
}

export function intBytes(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

const key = (level: number, name: number): string => `${level}:${name}`;

const IP_OPTIONS: ReadonlySet<number> = new Set([
  abi.IP_TOS, abi.IP_TTL, abi.IP_OPTIONS, abi.IP_PKTINFO, abi.IP_MTU_DISCOVER, abi.IP_RECVERR, abi.IP_RECVTTL,
  abi.IP_RECVTOS, abi.IP_FREEBIND, abi.IP_BIND_ADDRESS_NO_PORT, abi.IP_MULTICAST_IF, abi.IP_MULTICAST_TTL,
  abi.IP_MULTICAST_LOOP, abi.IP_LOCAL_PORT_RANGE,
]); // prettier-ignore
const IPV6_OPTIONS: ReadonlySet<number> = new Set([
  abi.IPV6_UNICAST_HOPS, abi.IPV6_MULTICAST_IF, abi.IPV6_MULTICAST_HOPS, abi.IPV6_MULTICAST_LOOP,
  abi.IPV6_MTU_DISCOVER, abi.IPV6_RECVERR, abi.IPV6_V6ONLY, abi.IPV6_RECVPKTINFO, abi.IPV6_RECVHOPLIMIT,
  abi.IPV6_RECVTCLASS, abi.IPV6_TCLASS,
]); // prettier-ignore
const MEMBERSHIPS: ReadonlySet<string> = new Set([
  key(abi.IPPROTO_IP, abi.IP_ADD_MEMBERSHIP),
  key(abi.IPPROTO_IP, abi.IP_DROP_MEMBERSHIP),
  key(abi.IPPROTO_IP, abi.IP_ADD_SOURCE_MEMBERSHIP),
  key(abi.IPPROTO_IPV6, abi.IPV6_ADD_MEMBERSHIP),
  key(abi.IPPROTO_IPV6, abi.IPV6_DROP_MEMBERSHIP),
]);
const DEFAULTS: ReadonlyMap<string, number> = new Map([
  [key(abi.IPPROTO_IP, abi.IP_TTL), 64],
  [key(abi.IPPROTO_IP, abi.IP_MTU_DISCOVER), 1],
  [key(abi.IPPROTO_IP, abi.IP_MTU), 65536],
  [key(abi.IPPROTO_IP, abi.IP_MULTICAST_TTL), 1],
  [key(abi.IPPROTO_IP, abi.IP_MULTICAST_LOOP), 1],
  [key(abi.IPPROTO_IPV6, abi.IPV6_UNICAST_HOPS), 64],
  [key(abi.IPPROTO_IPV6, abi.IPV6_MULTICAST_HOPS), 1],
  [key(abi.IPPROTO_IPV6, abi.IPV6_MULTICAST_LOOP), 1],
  [key(abi.IPPROTO_IPV6, abi.IPV6_MTU_DISCOVER), 1],
  [key(abi.IPPROTO_IPV6, abi.IPV6_MTU), 65536],
  [key(abi.IPPROTO_TCP, abi.TCP_KEEPIDLE), 7200],
  [key(abi.IPPROTO_TCP, abi.TCP_KEEPINTVL), 75],
  [key(abi.IPPROTO_TCP, abi.TCP_KEEPCNT), 9],
  [key(abi.IPPROTO_TCP, abi.TCP_SYNCNT), 6],
  [key(abi.IPPROTO_TCP, abi.TCP_LINGER2), 60],
  [key(abi.IPPROTO_TCP, abi.TCP_QUICKACK), 1],
  [key(abi.IPPROTO_TCP, abi.TCP_MAXSEG), 536],
]);
