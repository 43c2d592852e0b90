/**
 * /proc/net: what the network parts tell of themselves; proc_net(5) and unix(7). There is no network device yet but
 * `lo`, so most tables consist of their heads. /proc/net is a link to the reader's /proc/self/net.
 */
import type { Task } from '../../task/task.ts';
import type { TreeNode } from './tree.ts';
import { AF_INET, AF_INET6 } from '../../abi/socket.ts';
import { showInet } from './net-inet.ts';
import { file, fixed } from './tree.ts';
import { hex } from './text.ts';

const SO_ACCEPTCON = 0x10000;
const SS_UNCONNECTED = 1;
const SS_CONNECTED = 3;

const TCP_HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'.padEnd(
    149,
  );
const TCP6_HEAD =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const UDP_HEAD =
  '   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops'.padEnd(
    127,
  );
const RAW_HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops';
const UDP6_HEAD =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops';

export const netEntries: Readonly<Record<string, TreeNode<Task>>> = {
  arp: fixed('IP address       HW type     Flags       HW address            Mask     Device'),
  dev: file(
    () =>
      'Inter-|   Receive                                                |  Transmit\n' +
      ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n' +
      '    lo:       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0\n',
  ),
  if_inet6: fixed('00000000000000000000000000000001 01 80 10 80       lo'),
  netlink: fixed('sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode'),
  packet: fixed('sk               RefCnt Type Proto  Iface R Rmem   User   Inode'),
  protocols: fixed(
    'protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re bi br ha uh gp em',
  ),
  raw: fixed(RAW_HEAD),
  raw6: fixed(UDP6_HEAD),
  route: fixed(
    'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT'.padEnd(127),
  ),
  sockstat: file(
    task =>
      `sockets: used ${task.kernel.unix.sockets.size}\nTCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\nUDP: inuse 0 mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n`,
  ),
  tcp: file(({ kernel }) => `${TCP_HEAD}\n${showInet(kernel.inet.tcp, AF_INET)}`),
  tcp6: file(({ kernel }) => `${TCP6_HEAD}\n${showInet(kernel.inet.tcp, AF_INET6)}`),
  udp: file(({ kernel }) => `${UDP_HEAD}\n${showInet(kernel.inet.udp, AF_INET)}`),
  udp6: file(({ kernel }) => `${UDP6_HEAD}\n${showInet(kernel.inet.udp, AF_INET6)}`),
  unix: file(showUnix),
  wireless: fixed(
    'Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE\n' +
      ' face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22',
  ),
};

function showUnix(task: Task): string {
  let text = 'Num       RefCount Protocol Flags    Type St Inode Path\n';
  for (const socket of task.kernel.unix.sockets) {
    const flags = socket.isListening ? SO_ACCEPTCON : 0;
    const state = socket.state === 'connected' ? SS_CONNECTED : SS_UNCONNECTED;
    // Linux: a hashed address comes first, zeros for those who may not know it; there is none here.
    text +=
      `${hex(0, 16)}: ${hex(socket.references, 8)} 00000000 ${hex(flags, 8)} ${hex(socket.type, 4)} ` +
      `${hex(state, 2)} ${String(socket.inode.ino).padStart(5)}`;
    const { address } = socket;
    if (address.kind === 'unnamed') text += '\n';
    else
      text += ` ${address.kind === 'abstract' ? `@${address.name.replaceAll('\0', '@')}` : address.path}\n`;
  }
  return text;
}
