/**
 * nc(1): connects standard input and output with a Unix or a TCP socket, or waits for somebody who connects. OpenBSD's
 * netcat; of its options those for streams.
 */
import { type Options, parse, usageError } from '../../libc/getopt.ts';
import { SysError } from '../../libc/native.ts';
import { signal, SIGPIPE } from '../../libc/signal.ts';
import {
  AF_INET,
  AF_UNIX,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
  SO_REUSEADDR,
  accept4,
  bind,
  bindUnix,
  connect,
  connectUnix,
  getpeername,
  getsockname,
  listen,
  setsockopt,
  socket,
} from '../../libc/socket.ts';
import { stderr, stdout } from '../../libc/stdio.ts';
import { errorText, warn } from '../../libc/stdlib.ts';
import { close } from '../../libc/unistd.ts';
import { AddressError, inetAddress, inetText, parsePort } from './address.ts';
import { type RelayOptions, relay } from './relay.ts';

const usage = `usage: nc [-46dhklNnUvz] [-p source_port] [-q seconds] [-w timeout] [destination] [port]
	-d		Detach from stdin
	-h		This help text
	-k		Keep inbound sockets open for multiple connects
	-l		Listen mode, for inbound connects
	-N		Shutdown the network socket after EOF on stdin
	-n		Suppress name/port resolutions
	-p port		Specify local port for remote connects, or to listen on
	-q secs		Quit after EOF on stdin and delay of secs
	-U		Use UNIX domain socket
	-v		Verbose
	-w secs		Timeout for connects and final net reads
	-z		Zero-I/O mode [used for scanning]
`;

/** Where to, or where to listen. */
type Place =
  | { readonly path: string }
  | { readonly host: string; readonly port: number; readonly source: number | undefined };

export function nc(argv: string[]): number {
  const options = parse(argv, { short: '46dhklNnp:q:Uvw:z', usage });
  const { operands } = options;
  if (options.has('h')) {
    stdout.write(usage);
    return 0;
  }
  try {
    const place = placeOf(options);
    if (place === undefined || (options.has('l') && options.has('z')))
      return usageError(argv[0]!, operands.length === 0 ? 'missing destination' : 'bad usage');
    signal(SIGPIPE, 'ignore');
    return options.has('l') ? serve(place, options) : call(place, options);
  } catch (error) {
    if (!(error instanceof SysError || error instanceof AddressError)) throw error;
    warn(error instanceof SysError ? errorText(error) : error.message);
    return 1;
  }
}

function placeOf(options: Options): Place | undefined {
  const { operands } = options;
  const own = options.value('p');
  if (options.has('U')) return operands.length === 1 ? { path: operands[0]! } : undefined;
  if (operands.length > 2) return undefined;
  if (options.has('l') && (operands.length < 2 || own !== undefined)) {
    const [first] = operands;
    const port = own ?? first;
    const host = own === undefined ? undefined : first;
    return port === undefined
      ? undefined
      : { host: host ?? '0.0.0.0', port: parsePort(port), source: undefined };
  }
  if (operands.length !== 2) return undefined;
  const source = own === undefined ? undefined : parsePort(own);
  return { host: operands[0]!, port: parsePort(operands[1]!), source };
}

function relayOptions(options: Options): RelayOptions {
  return {
    isInputIgnored: options.has('d'),
    shutsDown: options.has('N'),
    isListening: options.has('l'),
    idleMs: seconds(options.value('w')),
    quitMs: seconds(options.value('q')),
  };
}

function seconds(text: string | undefined): number {
  if (text === undefined || text === '-1') return -1;
  if (!/^\d{1,7}$/.test(text)) throw new AddressError(`timeout invalid: ${text}`);
  return Number(text) * 1000;
}

function call(place: Place, options: Options): number {
  const how = relayOptions(options);
  const isVerbose = options.has('v');
  const fd = newSocket(place);
  try {
    if ('path' in place) connectUnix(fd, place.path);
    else {
      if (place.source !== undefined) bind(fd, inetAddress('0.0.0.0', place.source));
      connect(fd, inetAddress(place.host, place.port));
    }
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    if ('path' in place) warn(`unix connect failed: ${errorText(error)}`);
    else if (isVerbose) warn(`connect to ${place.host} port ${place.port} (tcp) failed: ${errorText(error)}`);
    return 1;
  }
  if (isVerbose && !('path' in place))
    stderr.write(`Connection to ${place.host} ${place.port} port [tcp/*] succeeded!\n`);
  if (!options.has('z')) relay(fd, how);
  close(fd);
  return 0;
}

function serve(place: Place, options: Options): number {
  const how = relayOptions(options);
  const isVerbose = options.has('v');
  const fd = newSocket(place);
  if ('path' in place) bindUnix(fd, place.path);
  else {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    bind(fd, inetAddress(place.host, place.port));
  }
  listen(fd, 5);
  if (isVerbose) stderr.write(`Listening on ${'path' in place ? place.path : inetText(getsockname(fd))}\n`);
  do {
    const connection = accept4(fd, SOCK_CLOEXEC);
    if (isVerbose) {
      const from = 'path' in place ? place.path : inetText(getpeername(connection));
      stderr.write(`Connection received on ${from}\n`);
    }
    if (!options.has('k')) close(fd);
    relay(connection, how);
    close(connection);
  } while (options.has('k'));
  return 0;
}

function newSocket(place: Place): number {
  return socket('path' in place ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC);
}
