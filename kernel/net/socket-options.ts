/**
 * getsockopt(2) and setsockopt(2) at level SOL_SOCKET: socket(7).
 */
import { EDOM, EINVAL, ENOPROTOOPT, ENOTCONN, EPERM, ERANGE } from '../abi/errno.ts';
import { viewOf } from '../abi/layout.ts';
import * as abi from '../abi/socket.ts';
import { TimevalLayout } from '../abi/time.ts';
import { fail } from '../errors.ts';
import { CAP_NET_ADMIN } from '../task/credentials.ts';
import type { Task } from '../task/task.ts';
import { MAX_BUFFER, type Socket } from './socket.ts';

const MIN_SEND_BUFFER = 4608;
const MIN_RECEIVE_BUFFER = 2304;

export function setSocketOption(task: Task, socket: Socket, name: number, bytes: Uint8Array): void {
  switch (name) {
    case abi.SO_RCVTIMEO:
      socket.receiveTimeoutNs = timeout(bytes);
      return;
    case abi.SO_SNDTIMEO:
      socket.sendTimeoutNs = timeout(bytes);
      return;
    case abi.SO_LINGER:
      if (bytes.length < abi.Linger.size) fail(EINVAL, 'SO_LINGER: length');
      socket.linger = abi.Linger.decode(bytes);
      return;
  }
  if (bytes.length < 4) fail(EINVAL, 'setsockopt: length');
  const value = viewOf(bytes).getInt32(0, true);
  switch (name) {
    case abi.SO_SNDBUF:
      socket.sendBuffer = Math.max(MIN_SEND_BUFFER, Math.min(value >>> 0, MAX_BUFFER) * 2);
      return;
    case abi.SO_RCVBUF:
      socket.receiveBuffer = Math.max(MIN_RECEIVE_BUFFER, Math.min(value >>> 0, MAX_BUFFER) * 2);
      return;
    case abi.SO_SNDBUFFORCE:
      requireAdmin(task);
      socket.sendBuffer = Math.max(MIN_SEND_BUFFER, Math.min(Math.max(value, 0), 0x3fffffff) * 2);
      return;
    case abi.SO_RCVBUFFORCE:
      requireAdmin(task);
      socket.receiveBuffer = Math.max(MIN_RECEIVE_BUFFER, Math.min(Math.max(value, 0), 0x3fffffff) * 2);
      return;
    case abi.SO_PASSCRED:
      socket.isPassingCredentials = value !== 0;
      return;
    case abi.SO_REUSEADDR:
      socket.isReusingAddress = value !== 0;
      return;
    case abi.SO_KEEPALIVE:
      socket.isKeepingAlive = value !== 0;
      return;
    case abi.SO_BROADCAST:
      socket.isBroadcasting = value !== 0;
      return;
    case abi.SO_RCVLOWAT:
      socket.receiveLowWater = value < 0 ? 0x7fffffff : value || 1;
      return;
    case abi.SO_PRIORITY:
      if ((value < 0 || value > 6) && !task.capable(CAP_NET_ADMIN)) fail(EPERM, 'SO_PRIORITY');
      socket.priority = value;
      return;
    case abi.SO_MARK:
      requireAdmin(task);
      socket.mark = value;
      return;
    case abi.SO_OOBINLINE:
      socket.isOobInline = value !== 0;
      return;
    case abi.SO_REUSEPORT:
      socket.isReusingPort = value !== 0;
      return;
    case abi.SO_TIMESTAMP:
      socket.timestamps = value !== 0 ? 'us' : 'none';
      return;
    case abi.SO_TIMESTAMPNS:
      socket.timestamps = value !== 0 ? 'ns' : 'none';
      return;
    case abi.SO_BINDTODEVICE:
      return; // only `lo` is there
    case abi.SO_DEBUG:
    case abi.SO_DONTROUTE:
    case abi.SO_BUSY_POLL:
    case abi.SO_ZEROCOPY:
    case abi.SO_INCOMING_CPU:
    case abi.SO_PASSSEC:
      // Taken and of no effect for the families that are there.
      return;
    default:
      // SO_TYPE, SO_ERROR, SO_DOMAIN … can only be read.
      fail(ENOPROTOOPT, 'setsockopt: unknown option');
  }
}

export function getSocketOption(socket: Socket, name: number): Uint8Array {
  switch (name) {
    case abi.SO_TYPE:
      return int(socket.type);
    case abi.SO_DOMAIN:
      return int(socket.family);
    case abi.SO_PROTOCOL:
      return int(socket.protocol);
    case abi.SO_ERROR: {
      const error = socket.pendingError;
      socket.pendingError = 0;
      return int(error);
    }
    case abi.SO_ACCEPTCONN:
      return int(socket.isListening ? 1 : 0);
    case abi.SO_SNDBUF:
      return int(socket.sendBuffer);
    case abi.SO_RCVBUF:
      return int(socket.receiveBuffer);
    case abi.SO_RCVLOWAT:
      return int(socket.receiveLowWater);
    case abi.SO_SNDLOWAT:
      return int(1);
    case abi.SO_PASSCRED:
      return int(socket.isPassingCredentials ? 1 : 0);
    case abi.SO_REUSEADDR:
      return int(socket.isReusingAddress ? 1 : 0);
    case abi.SO_KEEPALIVE:
      return int(socket.isKeepingAlive ? 1 : 0);
    case abi.SO_BROADCAST:
      return int(socket.isBroadcasting ? 1 : 0);
    case abi.SO_PRIORITY:
      return int(socket.priority);
    case abi.SO_MARK:
      return int(socket.mark);
    case abi.SO_LINGER:
      return abi.Linger.encode(socket.linger);
    case abi.SO_RCVTIMEO:
      return timeval(socket.receiveTimeoutNs);
    case abi.SO_SNDTIMEO:
      return timeval(socket.sendTimeoutNs);
    case abi.SO_PEERCRED:
      return abi.Ucred.encode(socket.peerCredentials);
    case abi.SO_PEERGROUPS:
      return peerGroups(socket);
    case abi.SO_PEERNAME:
      return socket.peerAddress();
    case abi.SO_COOKIE: {
      const bytes = new Uint8Array(8);
      viewOf(bytes).setUint32(0, socket.inode.ino, true);
      return bytes;
    }
    case abi.SO_OOBINLINE:
      return int(socket.isOobInline ? 1 : 0);
    case abi.SO_REUSEPORT:
      return int(socket.isReusingPort ? 1 : 0);
    case abi.SO_TIMESTAMP:
      return int(socket.timestamps === 'us' ? 1 : 0);
    case abi.SO_TIMESTAMPNS:
      return int(socket.timestamps === 'ns' ? 1 : 0);
    case abi.SO_DEBUG:
    case abi.SO_DONTROUTE:
    case abi.SO_BUSY_POLL:
    case abi.SO_ZEROCOPY:
    case abi.SO_INCOMING_CPU:
    case abi.SO_PASSSEC:
      return int(0);
    default:
      return socket.getFamilyOption(name);
  }
}

function peerGroups(socket: Socket): Uint8Array {
  const groups = socket.peerGroups ?? fail(ENOTCONN, 'SO_PEERGROUPS: no peer');
  return new Uint8Array(Uint32Array.from(groups).buffer);
}

/** SO_PEERGROUPS is not cut off: the caller's buffer must be large enough. */
export function requireWholeOption(name: number, needed: number, given: number): void {
  if (name === abi.SO_PEERGROUPS && given < needed) fail(ERANGE, 'SO_PEERGROUPS: buffer too small');
}

function requireAdmin(task: Task): void {
  if (!task.capable(CAP_NET_ADMIN)) fail(EPERM, 'setsockopt: needs CAP_NET_ADMIN');
}

function timeout(bytes: Uint8Array): number {
  if (bytes.length < TimevalLayout.size) fail(EINVAL, 'socket timeout: length');
  const { sec, usec } = TimevalLayout.decode(bytes);
  if (usec < 0 || usec >= 1e6) fail(EDOM, 'socket timeout: microseconds');
  if (sec < 0) return 0;
  return sec === 0 && usec === 0 ? Infinity : sec * 1e9 + usec * 1e3;
}

function timeval(ns: number): Uint8Array {
  if (ns === Infinity) return TimevalLayout.encode({});
  return TimevalLayout.encode({ sec: Math.floor(ns / 1e9), usec: Math.floor((ns % 1e9) / 1e3) });
}

function int(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  viewOf(bytes).setInt32(0, value, true);
  return bytes;
}
