/**
 * Sockets: linux/socket.h, asm-generic/socket.h, linux/un.h, linux/net.h.
 */
import { layout } from './layout.ts';

export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const AF_MAX = 46;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_SEQPACKET = 5;
export const SOCK_TYPE_MASK = 0xf;
export const SOCK_CLOEXEC = 0o2000000;
export const SOCK_NONBLOCK = 0o4000;

export const SHUT_RD = 0;
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;

export const SOMAXCONN = 4096;

export const MSG_OOB = 0x1;
export const MSG_PEEK = 0x2;
export const MSG_DONTROUTE = 0x4;
export const MSG_CTRUNC = 0x8;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_EOR = 0x80;
export const MSG_WAITALL = 0x100;
export const MSG_CONFIRM = 0x800;
export const MSG_ERRQUEUE = 0x2000;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_MORE = 0x8000;
export const MSG_WAITFORONE = 0x10000;
export const MSG_CMSG_CLOEXEC = 0x40000000;

export const SOL_SOCKET = 1;
export const SO_DEBUG = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_DONTROUTE = 5;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_KEEPALIVE = 9;
export const SO_OOBINLINE = 10;
export const SO_PRIORITY = 12;
export const SO_LINGER = 13;
export const SO_REUSEPORT = 15;
export const SO_PASSCRED = 16;
export const SO_PEERCRED = 17;
export const SO_RCVLOWAT = 18;
export const SO_SNDLOWAT = 19;
export const SO_RCVTIMEO = 20;
export const SO_SNDTIMEO = 21;
export const SO_BINDTODEVICE = 25;
export const SO_PEERNAME = 28;
export const SO_TIMESTAMP = 29;
export const SO_ACCEPTCONN = 30;
export const SO_PEERSEC = 31;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_PASSSEC = 34;
export const SO_TIMESTAMPNS = 35;
export const SO_MARK = 36;
export const SO_PROTOCOL = 38;
export const SO_DOMAIN = 39;
export const SO_PEEK_OFF = 42;
export const SO_BUSY_POLL = 46;
export const SO_INCOMING_CPU = 49;
export const SO_COOKIE = 57;
export const SO_PEERGROUPS = 59;
export const SO_ZEROCOPY = 60;

export const SCM_RIGHTS = 1;
export const SCM_CREDENTIALS = 2;
/** Most files that one message may carry. */
export const SCM_MAX_FD = 253;

/** struct sockaddr_storage: the longest address that a call takes. */
export const SOCKADDR_STORAGE = 128;
/** struct sockaddr_un: the family, and a path of up to 108 bytes. */
export const SOCKADDR_UN = 110;
export const UNIX_PATH_MAX = 108;

/** struct msghdr */
export const Msghdr = layout('msghdr', 56, {
  name: [0, 'u64'],
  namelen: [8, 'i32'],
  iov: [16, 'u64'],
  iovlen: [24, 'u64'],
  control: [32, 'u64'],
  controllen: [40, 'u64'],
  flags: [48, 'u32'],
});

/** struct mmsghdr: a msghdr and the bytes that it moved. */
export const MMSGHDR = 64;
export const MMSGHDR_LEN = 56;

/** struct cmsghdr; data follows, and the next header at a multiple of 8. */
export const Cmsghdr = layout('cmsghdr', 16, { len: [0, 'u64'], level: [8, 'i32'], type: [12, 'i32'] });

/** struct ucred */
export const Ucred = layout('ucred', 12, { pid: [0, 'i32'], uid: [4, 'u32'], gid: [8, 'u32'] });

/** struct linger */
export const Linger = layout('linger', 8, { onoff: [0, 'i32'], linger: [4, 'i32'] });
