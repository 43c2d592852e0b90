/** /proc/net/tcp, udp and their IPv6 forms: one line for each socket. Linux counterpart: get_tcp4_sock, udp4_format_sock. */
import { toBytes } from '../../abi/byte-string.ts';
import { TCP_CLOSE, TCP_ESTABLISHED } from '../../abi/inet.ts';
import { AF_INET } from '../../abi/socket.ts';
import { ANY4, ANY6, isIpv4, type Endpoint } from '../../net/inet/address.ts';
import type { InetSocket } from '../../net/inet/inet-socket.ts';
import { TcpSocket } from '../../net/inet/tcp-socket.ts';
import { hex } from './text.ts';

const MAPPED = `${'\0'.repeat(10)}\xff\xff`;

export function showInet(sockets: Iterable<InetSocket>, family: number): string {
  let text = '';
  let number = 0;
  for (const socket of sockets) {
    if (socket.family !== family) continue;
    const isTcp = socket instanceof TcpSocket;
    const state = isTcp ? socket.tcpState : socket.remote === undefined ? TCP_CLOSE : TCP_ESTABLISHED;
    const receiving = !isTcp ? 0 : socket.isListening ? socket.backlog.length : socket.queue.length;
    text +=
      `${String(number++).padStart(isTcp ? 4 : 5)}: ${place(socket.local, family)} ${place(socket.remote, family)} ` +
      `${hex(state, 2).toUpperCase()} 00000000:${hex(receiving, 8).toUpperCase()} 00:00000000 00000000 ` +
      `${String(socket.ownerUid).padStart(5)}        0 ${socket.inode.ino} ${socket.references} ${hex(0, 16)}` +
      (isTcp ? ' 100 0 0 10 0' : ' 0').padEnd(isTcp ? 20 : 2) +
      '\n';
  }
  return text;
}

/** Address and port: words of the address in the machine's order. */
function place(endpoint: Endpoint | undefined, family: number): string {
  const { ip, port } = endpoint ?? { ip: family === AF_INET ? ANY4 : ANY6, port: 0 };
  const whole = family !== AF_INET && isIpv4(ip) ? MAPPED + ip : ip;
  const bytes = toBytes(whole);
  let words = '';
  for (let at = 0; at < bytes.length; at += 4) {
    for (let i = 3; i >= 0; i--) words += hex(bytes[at + i]!, 2);
  }
  return `${words}:${hex(port, 4)}`.toUpperCase();
}
