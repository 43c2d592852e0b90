/**
 * The network interface `lo`, as the ioctls of netdevice(7) show it. They work on sockets of any family. There is no
 * other interface, and this one cannot be changed.
 */
import { toBytes } from '../abi/byte-string.ts';
import { EADDRNOTAVAIL, EINVAL, ENODEV, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/inet.ts';
import { viewOf } from '../abi/layout.ts';
import { AF_INET } from '../abi/socket.ts';
import { fail } from '../errors.ts';
import type { Task } from '../task/task.ts';

export const LO_INDEX = 1;
export const LO_NAME = 'lo';
export const LO_MTU = 65536;
export const LO_FLAGS = abi.IFF_UP | abi.IFF_LOOPBACK | abi.IFF_RUNNING;
const TX_QUEUE = 1000;

/** Answers a request about interfaces; undefined if it is none. */
export function interfaceIoctl(task: Task, request: number, at: number): number | undefined {
  if (request === abi.SIOCGIFCONF) return configuration(task, at);
  if (request < abi.SIOCGIFNAME || request > 0x89ff) return undefined;
  const bytes = task.memory.copyIn(at, abi.IFREQ_SIZE);
  const view = viewOf(bytes);
  const end = bytes.indexOf(0);
  if (request === abi.SIOCGIFNAME) {
    if (view.getInt32(abi.IFNAMSIZ, true) !== LO_INDEX) fail(ENODEV, 'ioctl: no such interface');
    bytes.fill(0, 0, abi.IFNAMSIZ);
    bytes.set(toBytes(LO_NAME));
  } else {
    const name = String.fromCharCode(
      ...bytes.subarray(0, Math.min(end < 0 ? abi.IFNAMSIZ : end, abi.IFNAMSIZ)),
    );
    if (!KNOWN.has(request)) return undefined;
    if (name.replace(/:.*$/, '') !== LO_NAME) fail(ENODEV, 'ioctl: no such interface');
    if (request === abi.SIOCSIFFLAGS) fail(EPERM, 'ioctl: interfaces cannot be changed');
    fill(request, bytes, view);
  }
  task.memory.copyOut(at, bytes);
  return 0;
}

const KNOWN: ReadonlySet<number> = new Set([
  abi.SIOCGIFFLAGS, abi.SIOCSIFFLAGS, abi.SIOCGIFADDR, abi.SIOCGIFDSTADDR, abi.SIOCGIFBRDADDR, abi.SIOCGIFNETMASK,
  abi.SIOCGIFMETRIC, abi.SIOCGIFMTU, abi.SIOCGIFHWADDR, abi.SIOCGIFINDEX, abi.SIOCGIFTXQLEN,
]); // prettier-ignore

function fill(request: number, bytes: Uint8Array, view: DataView): void {
  const at = abi.IFNAMSIZ;
  bytes.fill(0, at);
  switch (request) {
    case abi.SIOCGIFFLAGS:
      return view.setInt16(at, LO_FLAGS, true);
    case abi.SIOCGIFADDR:
      return bytes.set([AF_INET, 0, 0, 0, 127, 0, 0, 1], at);
    case abi.SIOCGIFDSTADDR:
      return bytes.set([AF_INET, 0, 0, 0, 127, 0, 0, 1], at);
    case abi.SIOCGIFBRDADDR:
      return bytes.set([AF_INET], at);
    case abi.SIOCGIFNETMASK:
      return bytes.set([AF_INET, 0, 0, 0, 255, 0, 0, 0], at);
    case abi.SIOCGIFMTU:
      return view.setInt32(at, LO_MTU, true);
    case abi.SIOCGIFHWADDR:
      return view.setUint16(at, abi.ARPHRD_LOOPBACK, true);
    case abi.SIOCGIFINDEX:
      return view.setInt32(at, LO_INDEX, true);
    case abi.SIOCGIFTXQLEN:
      return view.setInt32(at, TX_QUEUE, true);
    case abi.SIOCGIFMETRIC:
      return;
    default:
      fail(EADDRNOTAVAIL, 'ioctl: no such address');
  }
}

/** SIOCGIFCONF: one ifreq with the address of `lo`; without a buffer, how long that is. */
function configuration(task: Task, at: number): number {
  const { len, buffer } = abi.Ifconf.decode(task.memory.copyIn(at, abi.Ifconf.size));
  let length = abi.IFREQ_SIZE;
  if (buffer !== 0) {
    if (len < 0) fail(EINVAL, 'SIOCGIFCONF: length');
    if (len < abi.IFREQ_SIZE) length = 0;
    else {
      const bytes = new Uint8Array(abi.IFREQ_SIZE);
      bytes.set(toBytes(LO_NAME));
      bytes.set([AF_INET, 0, 0, 0, 127, 0, 0, 1], abi.IFNAMSIZ);
      task.memory.copyOut(buffer, bytes);
    }
  }
  task.memory.writeI32(at, length);
  return 0;
}
