/** The command line of `lodger`: what its words mean. Node's own parseArgs does the reading. */
import { parseArgs } from 'node:util';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { type BootOptions, type MountOptions, OptionError, type RootOptions } from '../api/index.ts';

export const USAGE = `Usage: lodger [options] [kernel parameters] [-- command [args…]]
       lodger root debian DIR [package…]     makes a root directory for --root; see lodger root --help
       lodger ps [options]                   the guests that you run; see lodger ps --help
       lodger disasm FILE                    the code of a program as text; see lodger disasm --help

Boots a Linux-like guest system inside this Node process. Without a command it gives a shell on this terminal;
with one it runs the command, connected to this process's standard input, output and error, and exits with its
status (128 + n for signal n).

Options:
  -m, --memory SIZE            guest RAM, 16M to 4095M (default 256M, with a root 1G)
      --root DIR               a host directory is the guest's root; what the guest writes stays in its memory
      --root-rw DIR            likewise, and the guest writes to the directory
      --root-size SIZE         with --root: how much may be written, such as 512M or 25% (default 50% of RAM)
      --root-cache MS|none     how long names and attributes of host files are believed (default 1000)
      --root-tools             with --root: Lodger's own tools are there for what the directory lacks
  -v, --mount HOST:GUEST[:ro]  a host directory in the guest; may be given again; with :sockets or :ro,sockets the
                               guest may use the Unix sockets in it
  -e, --env NAME=VALUE         a variable for the command; may be given again; NAME alone passes the host's value
  -w, --workdir DIR            where the command starts (default /root; with --root / the same as here)
  -t, --tty                    give the command a terminal even if not all of stdin, stdout and stderr are one
  -T, --no-tty                 give the command three pipes even on a terminal
      --name NAME              what lodger ps shows (default the hostname, or guest)
      --kernel FILE            another kernel: the bundle kernel.js of another build of Lodger
      --strace                 write each system call to standard error
      --log                    write the kernel log to standard error
      --inspect PORT           the kernel thread waits for a debugger on this port; see docs/debugging.md
      --inspect-nested PORTS   kernels of guests inside may wait for a debugger on these ports: 9230,9231 or any
  -h, --help                   this text
  -V, --version                the version

Kernel parameters are taken as User-mode Linux takes them: mem=64M con0=fd:0,fd:1 init=/bin/sh quiet hostname=box

On the console, Ctrl-] three times ends the guest.
`;

export interface CommandLine {
  readonly boot: BootOptions;
  /** The command after --, or undefined for a console shell. */
  readonly command: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  /** Where the command starts; undefined: `hostWorkdir` if the guest has it, else the usual place. */
  readonly workdir: string | undefined;
  /** The root is the host's own, and this is where the command was given. */
  readonly hostWorkdir: string | undefined;
  readonly terminal: 'always' | 'never' | 'auto';
  readonly isLogShown: boolean;
  readonly isTraceShown: boolean;
}

/** HOST:GUEST[:ro|:rw][,sockets]; HOST may contain colons if GUEST begins with a slash. */
function parseMount(text: string): [string, MountOptions] {
  const match = /^(.+?):(\/[^:]*)(?::(ro|rw|sockets)(,sockets)?)?$/.exec(text);
  if (!match)
    throw new OptionError(
      `--mount ${text}: write HOST:GUEST or HOST:GUEST:ro or HOST:GUEST:sockets or HOST:GUEST:ro,sockets, with GUEST absolute`,
    );
  const sockets = match[3] === 'sockets' || match[4] !== undefined;
  return [match[2]!, { source: match[1]!, readOnly: match[3] === 'ro', sockets }];
}

function parseEnv(texts: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals === 0) throw new OptionError(`--env ${text}: write NAME=VALUE`);
    if (equals > 0) env[text.slice(0, equals)] = text.slice(equals + 1);
    else if (process.env[text] !== undefined) env[text] = process.env[text];
  }
  return env;
}

function parsePort(text: string, option = '--inspect'): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new OptionError(`${option} ${text}: no port number`);
  return port;
}

function parsePorts(text: string): true | number[] {
  if (text === 'any') return true;
  return text.split(',').map(port => parsePort(port, '--inspect-nested'));
}

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** --root and its companions. */
function parseRoot(values: Values): RootOptions | undefined {
  const readOnly = values['root'] as string | undefined;
  const writable = values['root-rw'] as string | undefined;
  const size = values['root-size'] as string | undefined;
  const cache = values['root-cache'] as string | undefined;
  if (readOnly !== undefined && writable !== undefined)
    throw new OptionError('--root and --root-rw are two ways; give one');
  const source = readOnly ?? writable;
  if (source === undefined) {
    const name = ['root-size', 'root-cache', 'root-tools'].find(option => values[option] !== undefined);
    if (name !== undefined) throw new OptionError(`--${name} needs --root`);
    return undefined;
  }
  if (cache !== undefined && !/^([0-9]+|none)$/.test(cache))
    throw new OptionError(`--root-cache ${cache}: write a number of milliseconds, or none`);
  return {
    source,
    writable: writable !== undefined,
    ...(size === undefined ? {} : { size }),
    ...(cache === undefined ? {} : { cacheMs: cache === 'none' ? 0 : Number(cache) }),
    tools: values['root-tools'] === true,
  };
}

/** Kernel parameters that are this command's business: mem=, con0=. The rest goes to the kernel as it is. */
function checkParameters(words: readonly string[]): void {
  for (const word of words) {
    const con = /^con0?=(.*)$/.exec(word);
    if (con && !/^(fd:0,fd:1|null|none)$/.test(con[1]!)) {
      throw new OptionError(`${word}: the console can be fd:0,fd:1 or null`);
    }
    if (/^con[1-9]/.test(word)) throw new OptionError(`${word}: there is one console, con0`);
    if (word.startsWith('-')) throw new OptionError(`unknown option ${word}; see lodger --help`);
  }
}

/** What init is to know for the shell on the console: see userland/init/init.ts. */
function consoleParameters(isHostRoot: boolean): string[] {
  const words = { CONSOLE: 'once', TERM: process.env['TERM'] ?? 'linux' };
  if (isHostRoot) Object.assign(words, { CONSOLE_CWD: process.cwd(), CONSOLE_HOME: homedir() });
  // A quote cannot be quoted in kernel parameters.
  return Object.entries(words).flatMap(([name, value]) => (/["\n]/.test(value) ? [] : [`${name}=${value}`]));
}

/**
 * Reads argv (without node and the script). `isInteractive`: standard input is a terminal. 'help' and 'version' ask for just that.
 * OptionError.
 */
export function parseCommandLine(
  argv: readonly string[],
  isInteractive: boolean,
): CommandLine | 'help' | 'version' {
  const separator = argv.indexOf('--');
  const own = separator < 0 ? argv : argv.slice(0, separator);
  const given = separator < 0 ? undefined : argv.slice(separator + 1);
  if (given?.length === 0) throw new OptionError('there is no command after --');
  let parsed;
  try {
    parsed = parseArgs({
      args: [...own],
      allowPositionals: true,
      options: {
        memory: { type: 'string', short: 'm' },
        root: { type: 'string' },
        'root-rw': { type: 'string' },
        'root-size': { type: 'string' },
        'root-cache': { type: 'string' },
        'root-tools': { type: 'boolean' },
        mount: { type: 'string', short: 'v', multiple: true },
        env: { type: 'string', short: 'e', multiple: true },
        workdir: { type: 'string', short: 'w' },
        tty: { type: 'boolean', short: 't' },
        'no-tty': { type: 'boolean', short: 'T' },
        strace: { type: 'boolean' },
        log: { type: 'boolean' },
        inspect: { type: 'string' },
        'inspect-nested': { type: 'string' },
        name: { type: 'string' },
        kernel: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'V' },
      },
    });
  } catch (error) {
    throw new OptionError(`${(error as Error).message.split('. ')[0]}; see lodger --help`);
  }
  const { values, positionals } = parsed;
  if (values.help) return 'help';
  if (values.version) return 'version';
  checkParameters(positionals);
  // `echo ls | lodger`: a shell that reads commands, as `echo ls | sh` is.
  const command = given ?? (isInteractive ? undefined : ['/bin/sh', '-l']);
  const hasConsole = command === undefined && !positionals.some(word => /^con0?=(null|none)$/.test(word));
  const root = parseRoot(values);
  const isHostRoot = root !== undefined && resolve(root.source) === '/';
  const shellParameters = hasConsole && root !== undefined ? consoleParameters(isHostRoot) : [];
  return {
    boot: {
      ...(root === undefined ? {} : { root }),
      ...(values.memory === undefined ? {} : { memory: values.memory }),
      mounts: Object.fromEntries((values.mount ?? []).map(parseMount)),
      kernelParameters: [...shellParameters, ...positionals]
        .map(word => (/\s/.test(word) ? `"${word}"` : word))
        .join(' '),
      console: hasConsole ? 'shell' : 'none',
      strace: values.strace ?? false,
      ...(values.name === undefined ? {} : { name: values.name }),
      ...(values.kernel === undefined ? {} : { kernel: values.kernel }),
      ...(values['inspect-nested'] === undefined
        ? {}
        : { inspectNested: parsePorts(values['inspect-nested']) }),
      ...(values.inspect === undefined ? {} : { inspectPort: parsePort(values.inspect) }),
    },
    command,
    // The home of guest root is that of the host user: root's own may be closed to that user.
    env: { ...(isHostRoot ? { HOME: homedir() } : {}), ...parseEnv(values.env ?? []) },
    workdir: values.workdir,
    hostWorkdir: isHostRoot ? process.cwd() : undefined,
    terminal: values.tty ? 'always' : values['no-tty'] ? 'never' : 'auto',
    isLogShown: values.log ?? false,
    isTraceShown: values.strace ?? false,
  };
}
