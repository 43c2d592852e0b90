/** The command line of `lodger` in a guest: the options of the host's command, as far as a guest can give them. */
import { type Options, UsageError, scan } from '../libc/getopt.ts';
import { parseEnv } from './command.ts';

export const USAGE = `Usage: lodger [options] [kernel parameters] [-- command [args…]]
       lodger ps                       the guests that run in this one
       lodger exec PID -- command…     runs a command in one of them
       lodger stop PID                 an orderly end of one of them

Boots a guest inside this guest, as an ordinary process of it. Without a command it gives a shell on this terminal;
with one it runs the command, connected to this process's standard input, output and error, and exits with its
status (128 + n for signal n). SIGTERM is an orderly shutdown.

Options:
  -m, --memory SIZE            RAM of the new guest, from 16M, contiguous in this one's (default: up to half of it)
      --root DIR               a directory of this guest is the root; what the new guest writes stays in its memory
      --root-rw DIR            likewise, and the new guest writes to the directory
      --root-size SIZE         with --root: how much may be written, such as 512M or 25% (default 50% of RAM)
      --root-cache MS|none     how long names and attributes of files are believed (default 1000)
      --root-tools             with --root: Lodger's own tools are there for what the directory lacks
  -v, --mount DIR:GUEST[:ro]   a directory of this guest in the new one; may be given again; with :sockets or
                               :ro,sockets the new guest may use the Unix sockets in it
  -e, --env NAME=VALUE         a variable for the command; may be given again; NAME alone passes the value here
  -w, --workdir DIR            where the command starts (default /root; with --root / the same as here)
  -t, --tty                    give the command a terminal even if not all of stdin, stdout and stderr are one
  -T, --no-tty                 give the command three pipes even on a terminal
      --name NAME              what lodger ps shows (default the hostname)
      --kernel FILE            another build of this program; the embedder has to trust it by its hash
      --strace                 write each system call to standard error
      --log                    write the kernel log to standard error
      --inspect PORT           the kernel waits for a debugger on this port of the host, if the embedder allows that
      --control                standard input and output are a control connection; for programs
  -h, --help                   this text
  -V, --version                the version

Kernel parameters are taken as on the host: init=/bin/sh quiet hostname=box threads-max=100
`;

export interface DirectoryMount {
  readonly source: string;
  readonly target: string;
  readonly isReadOnly: boolean;
  /** The new guest may use the Unix sockets in it. */
  readonly hasSockets: boolean;
}

export interface CommandLine {
  /** Bytes; undefined: as much as is reasonable. */
  readonly memory: number | undefined;
  /** The directory for root=, and the parameters that say how it is used. */
  readonly root: { readonly source: string; readonly isReadOnly: boolean } | undefined;
  readonly parameters: readonly string[];
  readonly mounts: readonly DirectoryMount[];
  readonly env: readonly string[];
  readonly workdir: string | undefined;
  readonly command: readonly string[] | undefined;
  readonly terminal: 'always' | 'never' | 'auto';
  /** What lists of guests show; undefined: the hostname. */
  readonly name: string | undefined;
  readonly isLogShown: boolean;
  readonly isTraced: boolean;
  readonly inspectPort: number | undefined;
  readonly isControlled: boolean;
  /** Another kernel is to be run, with these arguments. */
  readonly kernel: { readonly path: string; readonly args: readonly string[] } | undefined;
}

const LONG = {
  memory: 'm',
  root: 'root:',
  'root-rw': 'root-rw:',
  'root-size': 'root-size:',
  'root-cache': 'root-cache:',
  'root-tools': 'root-tools',
  mount: 'v',
  env: 'e',
  workdir: 'w',
  tty: 't',
  'no-tty': 'T',
  name: 'name:',
  kernel: 'kernel:',
  strace: 'strace',
  log: 'log',
  inspect: 'inspect:',
  control: 'control',
  help: 'h',
  version: 'V',
};
const MIN_BYTES = 16 * 2 ** 20;
const MAX_BYTES = 65535 * 65536;
const UNITS: Record<string, number> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30 };

/** Reads argv. 'help' and 'version' ask for just that. UsageError. */
export function parseCommandLine(argv: readonly string[]): CommandLine | 'help' | 'version' {
  const separator = argv.indexOf('--');
  const command = separator < 0 ? undefined : argv.slice(separator + 1);
  if (command?.length === 0) throw new UsageError('there is no command after --');
  const own = separator < 0 ? argv : argv.slice(0, separator);
  const options = scan(own, { short: 'm:v:e:w:tThV', long: LONG });
  if (options.has('h')) return 'help';
  if (options.has('V')) return 'version';
  const memory = options.value('m') ?? memoryParameter(options.operands);
  const inspect = options.value('inspect');
  return {
    memory: memory === undefined ? undefined : parseMemory(memory),
    ...parseRoot(options),
    mounts: options.values('v').map(parseMount),
    env: options.values('e').flatMap(parseEnv),
    workdir: options.value('w'),
    command,
    terminal: options.has('t') ? 'always' : options.has('T') ? 'never' : 'auto',
    name: options.value('name'),
    isLogShown: options.has('log'),
    isTraced: options.has('strace'),
    inspectPort: inspect === undefined ? undefined : parsePort(inspect),
    isControlled: options.has('control'),
    kernel: parseKernel(options.value('kernel'), argv),
  };
}

function memoryParameter(words: readonly string[]): string | undefined {
  return words.findLast(word => word.startsWith('mem='))?.slice(4);
}

function parseMemory(text: string): number {
  const match = /^([0-9]+(?:\.[0-9]+)?)\s*([kmg]?)(?:i?b)?$/i.exec(text);
  if (match === null) throw new UsageError(`--memory ${text}: no size; give a number with K, M or G`);
  const bytes = Number(match[1]) * UNITS[match[2]!.toLowerCase()]!;
  if (bytes < MIN_BYTES || bytes > MAX_BYTES)
    throw new UsageError(`--memory ${text}: out of range; give a size from 16M to 4095M`);
  return Math.floor(bytes / 65536) * 65536;
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new UsageError(`--inspect ${text}: no port number`);
  return port;
}

/** DIR:GUEST[:ro|:rw][,sockets]; DIR may contain colons if GUEST begins with a slash. */
function parseMount(text: string): DirectoryMount {
  const match = /^(.+?):(\/[^:]*)(?::(ro|rw|sockets)(,sockets)?)?$/.exec(text);
  if (match === null)
    throw new UsageError(
      `--mount ${text}: write DIR:GUEST or DIR:GUEST:ro or DIR:GUEST:sockets or DIR:GUEST:ro,sockets, with GUEST absolute`,
    );
  const hasSockets = match[3] === 'sockets' || match[4] !== undefined;
  return { source: match[1]!, target: match[2]!, isReadOnly: match[3] === 'ro', hasSockets };
}

function parseRoot(options: Options): Pick<CommandLine, 'root' | 'parameters'> {
  const readOnly = options.value('root');
  const writable = options.value('root-rw');
  if (readOnly !== undefined && writable !== undefined)
    throw new UsageError('--root and --root-rw are two ways; give one');
  const source = readOnly ?? writable;
  if (source === undefined) {
    const lonely = ['root-size', 'root-cache', 'root-tools'].find(name => options.has(name));
    if (lonely !== undefined) throw new UsageError(`--${lonely} needs --root`);
    return { root: undefined, parameters: options.operands };
  }
  const cache = options.value('root-cache');
  if (cache !== undefined && !/^([0-9]+|none)$/.test(cache))
    throw new UsageError(`--root-cache ${cache}: write a number of milliseconds, or none`);
  const flags = [`cache=${cache === 'none' ? 0 : (cache ?? 1000)}`];
  if (options.has('root-tools')) flags.push('tools');
  const size = options.value('root-size');
  if (size !== undefined && writable === undefined) flags.push(`size=${size}`);
  const words = [
    'root=root',
    `rootfstype=${writable === undefined ? 'overlay' : 'hostfs'}`,
    `rootflags=${flags.join(',')}`,
  ];
  return {
    root: { source, isReadOnly: writable === undefined },
    parameters: [...words, ...options.operands],
  };
}

/** The same arguments without the one that names the kernel. */
function parseKernel(path: string | undefined, argv: readonly string[]): CommandLine['kernel'] {
  if (path === undefined) return undefined;
  const at = argv.findIndex(word => /^--kernel(=|$)/.test(word));
  const count = argv[at]!.includes('=') ? 1 : 2;
  return { path, args: [...argv.slice(0, at), ...argv.slice(at + count)] };
}
