/** Netlink: linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h. */
import { layout } from './layout.ts';

export const NETLINK_ROUTE = 0;
export const NETLINK_KOBJECT_UEVENT = 15;
export const NETLINK_GENERIC = 16;
export const MAX_LINKS = 32;

export const SockaddrNl = layout('sockaddr_nl', 12, {
  family: [0, 'u16'],
  pid: [4, 'u32'],
  groups: [8, 'u32'],
});

/** struct nlmsghdr */
export const Nlmsghdr = layout('nlmsghdr', 16, {
  len: [0, 'u32'],
  type: [4, 'u16'],
  flags: [6, 'u16'],
  seq: [8, 'u32'],
  pid: [12, 'u32'],
});
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
export const NLM_F_REQUEST = 1;
export const NLM_F_MULTI = 2;
export const NLM_F_ACK = 4;
export const NLM_F_DUMP = 0x300;
export const NLM_F_CAPPED = 0x100;

export const RTM_NEWLINK = 16;
export const RTM_GETLINK = 18;
export const RTM_NEWADDR = 20;
export const RTM_GETADDR = 22;
export const RTM_NEWROUTE = 24;
export const RTM_GETROUTE = 26;
export const RTM_GETNEIGH = 30;
export const RTM_GETRULE = 34;
export const RTM_MAX = 123;

export const SOL_NETLINK = 270;

/** struct ifinfomsg */
export const Ifinfomsg = layout('ifinfomsg', 16, {
  family: [0, 'u8'],
  type: [2, 'u16'],
  index: [4, 'i32'],
  flags: [8, 'u32'],
  change: [12, 'u32'],
});
export const IFLA_ADDRESS = 1;
export const IFLA_BROADCAST = 2;
export const IFLA_IFNAME = 3;
export const IFLA_MTU = 4;
export const IFLA_QDISC = 6;
export const IFLA_STATS = 7;
export const IFLA_TXQLEN = 13;
export const IFLA_OPERSTATE = 16;
export const IFLA_LINKMODE = 17;
export const IFLA_STATS64 = 23;
export const IFLA_GROUP = 27;

/** struct ifaddrmsg */
export const Ifaddrmsg = layout('ifaddrmsg', 8, {
  family: [0, 'u8'],
  prefixlen: [1, 'u8'],
  flags: [2, 'u8'],
  scope: [3, 'u8'],
  index: [4, 'u32'],
});
export const IFA_ADDRESS = 1;
export const IFA_LOCAL = 2;
export const IFA_LABEL = 3;
export const IFA_FLAGS = 8;
export const IFA_F_PERMANENT = 0x80;
export const RT_SCOPE_HOST = 254;

/** struct rtmsg */
export const Rtmsg = layout('rtmsg', 12, {
  family: [0, 'u8'],
  dstLen: [1, 'u8'],
  srcLen: [2, 'u8'],
  tos: [3, 'u8'],
  table: [4, 'u8'],
  protocol: [5, 'u8'],
  scope: [6, 'u8'],
  type: [7, 'u8'],
  flags: [8, 'u32'],
});
export const RTA_DST = 1;
export const RTA_OIF = 4;
export const RTA_PREFSRC = 7;
export const RTA_TABLE = 15;
export const RT_TABLE_LOCAL = 255;
export const RTPROT_KERNEL = 2;
export const RTN_LOCAL = 2;
