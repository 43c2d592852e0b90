/**
 * Control messages about packets: which address a datagram was sent to, how far it could go, when it came; ip(7), ipv6(7).
 * Linux counterpart: ip_cmsg_recv, ip6_datagram_recv_ctl, ip_cmsg_send, ip6_datagram_send_ctl.
 */
import { toBytes } from '../../abi/byte-string.ts';
import { EINVAL } from '../../abi/errno.ts';
import * as abi from '../../abi/inet.ts';
import { viewOf } from '../../abi/layout.ts';
import { AF_INET6, SOL_SOCKET, SO_TIMESTAMP, SO_TIMESTAMPNS } from '../../abi/socket.ts';
import { TimespecLayout, TimevalLayout } from '../../abi/time.ts';
import { fail } from '../../errors.ts';
import type { Timespec } from '../../time/timespec.ts';
import type { ControlItem } from '../socket.ts';
import { LO_INDEX } from '../interface.ts';
import { LOOPBACK4, isIpv4 } from './address.ts';
import { intBytes, type InetSocket } from './inet-socket.ts';

/** What a receiver can ask about a datagram. */
export interface PacketFacts {
  readonly to: string;
  readonly hops: number;
  /** Type of service, traffic class. */
  readonly tos: number;
  readonly time: Timespec;
}

/** The facts of a datagram that is being sent: those of the socket, or of its control messages. EINVAL. */
export function factsOf(socket: InetSocket, to: string, others: readonly ControlItem[]): PacketFacts {
  const isSix = !isIpv4(to);
  let hops = isSix
    ? socket.option(abi.IPPROTO_IPV6, abi.IPV6_UNICAST_HOPS)
    : socket.option(abi.IPPROTO_IP, abi.IP_TTL);
  let tos = isSix
    ? socket.option(abi.IPPROTO_IPV6, abi.IPV6_TCLASS)
    : socket.option(abi.IPPROTO_IP, abi.IP_TOS);
  for (const { level, type, data } of others) {
    const isHops = level === abi.IPPROTO_IPV6 ? type === abi.IPV6_HOPLIMIT : type === abi.IP_TTL;
    const isTos = level === abi.IPPROTO_IPV6 ? type === abi.IPV6_TCLASS : type === abi.IP_TOS;
    if (level !== (isSix ? abi.IPPROTO_IPV6 : abi.IPPROTO_IP)) continue;
    if (!isHops && !isTos) continue; // the address to send from: there is only one way
    const value =
      data.length >= 4 ? viewOf(data).getInt32(0, true) : (data[0] ?? fail(EINVAL, 'cmsg: length'));
    if (value < -1 || value > 255 || (isHops && !isSix && value < 1)) fail(EINVAL, 'cmsg: value');
    if (value === -1) continue;
    if (isHops) hops = value;
    else tos = value;
  }
  return { to, hops, tos, time: socket.kernel.time.now() };
}

/** The control messages that the receiver has asked for. */
export function controlOf(socket: InetSocket, { to, hops, tos, time }: PacketFacts): ControlItem[] {
  const items: ControlItem[] = [];
  const { timestamps } = socket;
  if (timestamps === 'ns')
    items.push({ level: SOL_SOCKET, type: SO_TIMESTAMPNS, data: TimespecLayout.encode(time) });
  if (timestamps === 'us') {
    const value = { sec: time.sec, usec: Math.floor(time.nsec / 1000) };
    items.push({ level: SOL_SOCKET, type: SO_TIMESTAMP, data: TimevalLayout.encode(value) });
  }
  if (socket.family === AF_INET6 && !isIpv4(to)) addSix(socket, items, to, hops, tos);
  else addFour(socket, items, to, hops, tos);
  return items;
}

function addSix(socket: InetSocket, items: ControlItem[], to: string, hops: number, tos: number): void {
  const level = abi.IPPROTO_IPV6;
  const wants = (name: number): boolean => socket.option(level, name) !== 0;
  if (wants(abi.IPV6_RECVPKTINFO)) {
    const data = new Uint8Array(20);
    data.set(toBytes(to));
    data[16] = LO_INDEX;
    items.push({ level, type: abi.IPV6_PKTINFO, data });
  }
  if (wants(abi.IPV6_RECVHOPLIMIT)) items.push({ level, type: abi.IPV6_HOPLIMIT, data: intBytes(hops) });
  if (wants(abi.IPV6_RECVTCLASS)) items.push({ level, type: abi.IPV6_TCLASS, data: intBytes(tos) });
}

function addFour(socket: InetSocket, items: ControlItem[], to: string, hops: number, tos: number): void {
  const level = abi.IPPROTO_IP;
  const wants = (name: number): boolean => socket.option(level, name) !== 0;
  if (wants(abi.IP_PKTINFO)) {
    const data = new Uint8Array(12);
    data[0] = LO_INDEX;
    data.set(toBytes(isIpv4(to) ? to : LOOPBACK4), 4);
    data.set(toBytes(isIpv4(to) ? to : LOOPBACK4), 8);
    items.push({ level, type: abi.IP_PKTINFO, data });
  }
  if (wants(abi.IP_RECVTTL)) items.push({ level, type: abi.IP_TTL, data: intBytes(hops) });
  if (wants(abi.IP_RECVTOS)) items.push({ level, type: abi.IP_TOS, data: Uint8Array.of(tos) });
}
