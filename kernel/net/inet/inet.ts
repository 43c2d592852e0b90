/**
 * InetSockets: TCP and UDP of one kernel, `kernel.inet`; tcp(7), udp(7), ip(7). There is one interface, `lo`: what is
 * sent arrives at once, from socket to socket, without packets. Every other address is unreachable.
 */
import {
  EACCES,
  EAFNOSUPPORT,
  EINVAL,
  ENETUNREACH,
  EPERM,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from '../../abi/errno.ts';
import * as abi from '../../abi/inet.ts';
import { AF_INET, AF_INET6, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM } from '../../abi/socket.ts';
import { fail } from '../../errors.ts';
import type { Kernel } from '../../kernel.ts';
import { CAP_NET_RAW } from '../../task/credentials.ts';
import type { Task } from '../../task/task.ts';
import type { SocketFamily } from '../families.ts';
import { ANY4, ANY6, LOOPBACK4, LOOPBACK6, isLocal, isMulticast } from './address.ts';
import type { InetSocket } from './inet-socket.ts';
import { PortTable } from './port-table.ts';
import { TcpSocket } from './tcp-socket.ts';
import { UdpSocket } from './udp-socket.ts';

export class InetSockets {
  readonly kernel: Kernel;
  readonly tcp: PortTable<TcpSocket>;
  readonly udp: PortTable<UdpSocket>;
  readonly udplite: PortTable<UdpSocket>;
  /** net.ipv4.ip_local_port_range */
  localPortRange: [number, number] = [32768, 60999];
  /** net.ipv4.ip_unprivileged_port_start */
  unprivilegedPortStart = 1024;
  /** net.core.somaxconn */
  somaxconn = 4096;
  readonly family4: SocketFamily = { create: (...args) => this.#create(AF_INET, ...args) };
  readonly family6: SocketFamily = { create: (...args) => this.#create(AF_INET6, ...args) };

  constructor(kernel: Kernel) {
    this.kernel = kernel;
    this.tcp = new PortTable<TcpSocket>(kernel);
    this.udp = new PortTable<UdpSocket>(kernel);
    this.udplite = new PortTable<UdpSocket>(kernel);
  }

  #create(family: number, task: Task, type: number, protocol: number, flags: number): InetSocket {
    if (protocol < 0 || protocol > abi.IPPROTO_MPTCP) fail(EINVAL, 'inet: protocol');
    const { uid } = task.credentials;
    if (type === SOCK_STREAM) {
      if (protocol !== 0 && protocol !== abi.IPPROTO_TCP) fail(EPROTONOSUPPORT, 'inet: stream protocol');
      return new TcpSocket(this, family, flags, uid);
    }
    if (type === SOCK_DGRAM) {
      const isIcmp = protocol === (family === AF_INET ? abi.IPPROTO_ICMP : abi.IPPROTO_ICMPV6);
      // net.ipv4.ping_group_range is empty, as it is on Linux by default.
      if (isIcmp) fail(EACCES, 'inet: ping sockets');
      if (protocol === abi.IPPROTO_UDPLITE) return new UdpSocket(this, family, flags, uid, protocol);
      if (protocol !== 0 && protocol !== abi.IPPROTO_UDP) fail(EPROTONOSUPPORT, 'inet: datagram protocol');
      return new UdpSocket(this, family, flags, uid);
    }
    if (type === SOCK_RAW) {
      if (protocol === 0) fail(EPROTONOSUPPORT, 'inet: raw sockets need a protocol');
      if (!task.capable(CAP_NET_RAW)) fail(EPERM, 'inet: raw sockets');
      // Linux: packets; there are none here.
      fail(EPROTONOSUPPORT, 'inet: no raw sockets');
    }
    return fail(ESOCKTNOSUPPORT, 'inet: type');
  }

  /** Where a connection to an address really goes, and from where. ENETUNREACH. */
  route(ip: string): { to: string; from: string } {
    if (ip === ANY4) return { to: LOOPBACK4, from: LOOPBACK4 };
    if (ip === ANY6) return { to: LOOPBACK6, from: LOOPBACK6 };
    if (isMulticast(ip) || !isLocal(ip)) fail(ENETUNREACH, 'inet: only the loopback interface is there');
    return { to: ip, from: ip.length === 4 ? LOOPBACK4 : LOOPBACK6 };
  }

  /** EAFNOSUPPORT for an IPv4 address on a socket that has only IPv6. */
  requireFamily(socket: InetSocket, ip: string): void {
    if (socket.family === AF_INET6 && ip.length === 4 && socket.isV6Only) {
      fail(ENETUNREACH, 'inet: IPV6_V6ONLY');
    }
    if (socket.family === AF_INET && ip.length !== 4) fail(EAFNOSUPPORT, 'inet: family of the address');
  }
}
