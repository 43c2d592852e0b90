/**
 * Answers of NETLINK_ROUTE: the link `lo`, its addresses and their routes; rtnetlink(7).
 */
import { toBytes } from '../abi/byte-string.ts';
import * as inet from '../abi/inet.ts';
import * as abi from '../abi/netlink.ts';
import { AF_INET, AF_INET6, AF_UNSPEC } from '../abi/socket.ts';
import { LO_FLAGS, LO_INDEX, LO_MTU, LO_NAME } from './interface.ts';

interface Header {
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
}

const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const text = (value: string): Uint8Array => toBytes(`${value}\0`);

/** Attributes: length, type, and data, each at a multiple of 4. */
function attributes(list: readonly (readonly [type: number, data: Uint8Array])[]): Uint8Array {
  const parts = list.map(([type, data]) => {
    const part = new Uint8Array((4 + data.length + 3) & ~3);
    part.set(new Uint8Array(Uint16Array.of(4 + data.length, type).buffer));
    part.set(data, 4);
    return part;
  });
  return concatenate(parts);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

interface Body {
  readonly type: number;
  readonly content: Uint8Array;
}

function links(): Body[] {
  const zeros = new Uint8Array(6);
  const message = abi.Ifinfomsg.encode({
    type: inet.ARPHRD_LOOPBACK,
    index: LO_INDEX,
    flags: LO_FLAGS | inet.IFF_LOWER_UP,
  });
  const content = concatenate([
    message,
    attributes([
      [abi.IFLA_IFNAME, text(LO_NAME)],
      [abi.IFLA_TXQLEN, u32(1000)],
      [abi.IFLA_OPERSTATE, Uint8Array.of(0)],
      [abi.IFLA_LINKMODE, Uint8Array.of(0)],
      [abi.IFLA_MTU, u32(LO_MTU)],
      [abi.IFLA_GROUP, u32(0)],
      [abi.IFLA_QDISC, text('noqueue')],
      [abi.IFLA_ADDRESS, zeros],
      [abi.IFLA_BROADCAST, zeros],
      [abi.IFLA_STATS64, new Uint8Array(200)],
      [abi.IFLA_STATS, new Uint8Array(96)],
    ]),
  ]);
  return [{ type: abi.RTM_NEWLINK, content }];
}

const V4 = Uint8Array.of(127, 0, 0, 1);
const V6 = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

function addresses(family: number): Body[] {
  const body = (of: number, prefixlen: number, list: Parameters<typeof attributes>[0]): Body => ({
    type: abi.RTM_NEWADDR,
    content: concatenate([
      abi.Ifaddrmsg.encode({
        family: of,
        prefixlen,
        flags: abi.IFA_F_PERMANENT,
        scope: abi.RT_SCOPE_HOST,
        index: LO_INDEX,
      }),
      attributes([...list, [abi.IFA_FLAGS, u32(abi.IFA_F_PERMANENT)]]),
    ]),
  });
  const all: Body[] = [];
  if (family === AF_UNSPEC || family === AF_INET) {
    all.push(body(AF_INET, 8, [[abi.IFA_ADDRESS, V4], [abi.IFA_LOCAL, V4], [abi.IFA_LABEL, text(LO_NAME)]])); // prettier-ignore
  }
  if (family === AF_UNSPEC || family === AF_INET6) all.push(body(AF_INET6, 128, [[abi.IFA_ADDRESS, V6]]));
  return all;
}

function routes(family: number): Body[] {
  const body = (of: number, dstLen: number, destination: Uint8Array): Body => ({
    type: abi.RTM_NEWROUTE,
    content: concatenate([
      abi.Rtmsg.encode({
        family: of,
        dstLen,
        table: abi.RT_TABLE_LOCAL,
        protocol: abi.RTPROT_KERNEL,
        scope: of === AF_INET ? abi.RT_SCOPE_HOST : 0,
        type: abi.RTN_LOCAL,
      }),
      attributes([
        [abi.RTA_TABLE, u32(abi.RT_TABLE_LOCAL)],
        [abi.RTA_DST, destination],
        [abi.RTA_OIF, u32(LO_INDEX)],
        ...(of === AF_INET ? ([[abi.RTA_PREFSRC, V4]] as const) : []),
      ]),
    ]),
  });
  const all: Body[] = [];
  if (family === AF_UNSPEC || family === AF_INET) all.push(body(AF_INET, 8, Uint8Array.of(127, 0, 0, 0)));
  if (family === AF_UNSPEC || family === AF_INET6) all.push(body(AF_INET6, 128, V6));
  return all;
}

/** The datagrams that answer a request; undefined: it is not supported. `body` follows the request's header. */
export function answerRoute(header: Header, body: Uint8Array, port: number): Uint8Array[] | undefined {
  const family = body[0] ?? AF_UNSPEC;
  const isDump = (header.flags & abi.NLM_F_DUMP) !== 0;
  let found: Body[];
  switch (header.type) {
    case abi.RTM_GETLINK:
      found = links();
      break;
    case abi.RTM_GETADDR:
      found = addresses(family);
      break;
    case abi.RTM_GETROUTE:
      found = routes(family);
      break;
    case abi.RTM_GETNEIGH:
    case abi.RTM_GETRULE:
      found = [];
      break;
    default:
      return undefined;
  }
  const message = ({ type, content }: Body, flags: number): Uint8Array => {
    const head = { len: abi.Nlmsghdr.size + content.length, type, flags, seq: header.seq, pid: port };
    return concatenate([abi.Nlmsghdr.encode(head), content]);
  };
  if (!isDump) return found.slice(0, 1).map(each => message(each, 0));
  const done = message({ type: abi.NLMSG_DONE, content: u32(0) }, abi.NLM_F_MULTI);
  const all = found.map(each => message(each, abi.NLM_F_MULTI));
  return all.length === 0 ? [done] : [concatenate(all), done];
}
