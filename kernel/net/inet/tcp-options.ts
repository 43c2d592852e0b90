/** getsockopt(2) and setsockopt(2) at level IPPROTO_TCP: tcp(7). They are kept and shown; without packets they rule nothing. */
import { fromBytes, toBytes } from '../../abi/byte-string.ts';
import { EINVAL, ENOENT, ENOPROTOOPT } from '../../abi/errno.ts';
import * as abi from '../../abi/inet.ts';
import { viewOf } from '../../abi/layout.ts';
import { fail } from '../../errors.ts';
import { intBytes } from './inet-socket.ts';
import type { TcpSocket } from './tcp-socket.ts';

/** Options that are numbers: the range that Linux takes, and whether they are only on or off. */
const NUMBERS: ReadonlyMap<number, readonly [low: number, high: number]> = new Map([
  [abi.TCP_NODELAY, [-0x80000000, 0x7fffffff]],
  [abi.TCP_CORK, [-0x80000000, 0x7fffffff]],
  [abi.TCP_MAXSEG, [88, 32767]],
  [abi.TCP_KEEPIDLE, [1, 32767]],
  [abi.TCP_KEEPINTVL, [1, 32767]],
  [abi.TCP_KEEPCNT, [1, 127]],
  [abi.TCP_SYNCNT, [1, 127]],
  [abi.TCP_LINGER2, [-0x80000000, 0x7fffffff]],
  [abi.TCP_DEFER_ACCEPT, [0, 0x7fffffff]],
  [abi.TCP_WINDOW_CLAMP, [0, 0x7fffffff]],
  [abi.TCP_QUICKACK, [-0x80000000, 0x7fffffff]],
  [abi.TCP_USER_TIMEOUT, [0, 0x7fffffff]],
  [abi.TCP_FASTOPEN, [0, 0x7fffffff]],
  [abi.TCP_NOTSENT_LOWAT, [-0x80000000, 0x7fffffff]],
  [abi.TCP_TIMESTAMP, [-0x80000000, 0x7fffffff]],
  [abi.TCP_INQ, [0, 1]],
]);
const SWITCHES: ReadonlySet<number> = new Set([abi.TCP_NODELAY, abi.TCP_CORK, abi.TCP_QUICKACK]);
const CONGESTION = 'cubic';
const CONGESTION_NAME_SIZE = 16;

/** The number to keep. ENOPROTOOPT, EINVAL; ENOENT for a congestion control that is not there. */
export function setTcpOption(name: number, bytes: Uint8Array): number {
  if (name === abi.TCP_CONGESTION) {
    if (bytes.length < 1) fail(EINVAL, 'tcp: length of the option');
    const wanted = fromBytes(bytes).replace(/\0.*$/s, '');
    if (wanted !== CONGESTION && wanted !== 'reno') fail(ENOENT, 'tcp: no such congestion control');
    return wanted === 'reno' ? 1 : 0;
  }
  const range = NUMBERS.get(name);
  if (bytes.length < 4) fail(EINVAL, 'tcp: length of the option');
  if (range === undefined) return fail(ENOPROTOOPT, 'tcp: unknown option');
  const value = viewOf(bytes).getInt32(0, true);
  if (value < range[0] || value > range[1]) fail(EINVAL, 'tcp: value of the option');
  return SWITCHES.has(name) ? (value !== 0 ? 1 : 0) : value;
}

export function getTcpOption(socket: TcpSocket, name: number): Uint8Array {
  if (name === abi.TCP_INFO) return info(socket);
  const value = socket.option(abi.IPPROTO_TCP, name);
  if (name === abi.TCP_CONGESTION) {
    const bytes = new Uint8Array(CONGESTION_NAME_SIZE);
    bytes.set(toBytes(value === 1 ? 'reno' : CONGESTION));
    return bytes;
  }
  if (!NUMBERS.has(name)) fail(ENOPROTOOPT, 'tcp: unknown option');
  if (name === abi.TCP_MAXSEG && socket.state === 'connected') return intBytes(32741);
  return intBytes(value);
}

/** struct tcp_info: the state, and what is the same for every connection without packets. */
function info(socket: TcpSocket): Uint8Array {
  const bytes = new Uint8Array(abi.TCP_INFO_SIZE);
  const view = viewOf(bytes);
  bytes[0] = socket.tcpState;
  view.setUint32(8, 201_000, true); // rto
  view.setUint32(12, 40_000, true); // ato
  view.setUint32(16, 32_741, true); // snd_mss
  view.setUint32(20, 536, true); // rcv_mss
  view.setUint32(60, 65_536, true); // pmtu
  view.setUint32(68, 20, true); // rtt
  view.setUint32(80, 10, true); // snd_cwnd
  if (socket.isListening) {
    view.setUint32(24, socket.backlog.length, true); // unacked
    view.setUint32(28, socket.backlogLimit, true); // sacked
  }
  return bytes;
}
