/**
 * Kernel parameters, in the style of bootparam(7): words separated by blanks, `name` or `name=value`, double quotes
 * around blanks. What the kernel does not know goes to init: `name=value` into its environment, `name` to its
 * arguments, and everything after `--` to its arguments, as on Linux.
 */

export interface KernelParams {
  /** The whole line, as /proc/cmdline shows it. */
  readonly commandLine: string;
  /** Path of the first program; undefined: /sbin/init, /etc/init, /bin/init, /bin/sh are tried. */
  readonly init: string | undefined;
  /** Tag of the host directory that is the root file system; undefined: the initramfs is. */
  readonly root: string | undefined;
  readonly rootFsType: 'overlay' | 'hostfs';
  readonly rootFlags: string;
  readonly hostname: string;
  readonly isReadOnlyRoot: boolean;
  /** Write each system call to the kernel log. */
  readonly isTracing: boolean;
  /** Calls of each session that /proc/calls shows; 0: it keeps none. */
  readonly tracedCalls: number;
  /** syslog level below which lines are kept from the machine's log: `quiet` is 4, `debug` 8. */
  readonly logLevel: number;
  /** Most tasks at once: threads-max; undefined: as many as memory allows. */
  readonly maxTasks: number | undefined;
  readonly initArguments: readonly string[];
  readonly initEnvironment: ReadonlyMap<string, string>;
}

/** PID_MAX_LIMIT: no system has numbers for more. */
const MAX_TASKS = 1 << 22;

function words(line: string): string[] {
  const found: string[] = [];
  let word = '';
  let isQuoted = false;
  for (const c of line) {
    if (c === '"') isQuoted = !isQuoted;
    else if (!isQuoted && (c === ' ' || c === '\t' || c === '\n')) {
      if (word) found.push(word);
      word = '';
    } else word += c;
  }
  if (word) found.push(word);
  return found;
}

/** Reads a kernel command line. Unknown words are init's; a malformed value is reported by `complain`. */
export function parseParams(
  commandLine: string,
  complain: (message: string) => void = () => {},
): KernelParams {
  let init: string | undefined;
  let root: string | undefined;
  let rootFsType: 'overlay' | 'hostfs' = 'overlay';
  let rootFlags = '';
  let hostname = 'lodger';
  let isReadOnlyRoot = false;
  let isTracing = false;
  let tracedCalls = 0;
  let logLevel = 7;
  let maxTasks: number | undefined;
  const initArguments: string[] = [];
  const initEnvironment = new Map<string, string>();

  const number = <T>(name: string, value: string, low: number, high: number, fallback: T): number | T => {
    const n = /^[0-9]+$/.test(value) ? Number(value) : NaN;
    if (n >= low && n <= high) return n;
    complain(`${name}=${value}: not a number from ${low} to ${high}, ignored`);
    return fallback;
  };

  const all = words(commandLine);
  for (let i = 0; i < all.length; i++) {
    const word = all[i]!;
    if (word === '--') {
      initArguments.push(...all.slice(i + 1));
      break;
    }
    const equals = word.indexOf('=');
    const name = equals < 0 ? word : word.slice(0, equals);
    const value = equals < 0 ? '' : word.slice(equals + 1);
    if (name === 'init' && equals > 0) init = value;
    else if (name === 'root' && equals > 0) root = value;
    else if (name === 'rootfstype' && (value === 'overlay' || value === 'hostfs')) rootFsType = value;
    else if (name === 'rootflags' && equals > 0) rootFlags = value;
    else if (name === 'hostname' && equals > 0) hostname = value.slice(0, 64);
    else if (word === 'ro') isReadOnlyRoot = true;
    else if (word === 'rw') isReadOnlyRoot = false;
    else if (word === 'strace') isTracing = true;
    else if (name === 'trace_calls' && equals > 0) tracedCalls = number(name, value, 0, 4096, tracedCalls);
    else if (word === 'quiet') logLevel = 4;
    else if (word === 'debug') logLevel = 8;
    else if (name === 'loglevel' && equals > 0) logLevel = number(name, value, 0, 8, logLevel);
    else if (name === 'threads-max' && equals > 0) maxTasks = number(name, value, 16, MAX_TASKS, maxTasks);
    else if (MACHINE_PARAMETERS.test(name)) continue;
    else if (equals > 0) initEnvironment.set(name, value);
    else initArguments.push(word);
  }
  return {
    commandLine,
    init,
    root,
    rootFsType,
    rootFlags,
    hostname,
    isReadOnlyRoot,
    isTracing,
    tracedCalls,
    logLevel,
    maxTasks,
    initArguments,
    initEnvironment,
  };
}

/** Parameters that the machine's owner has acted upon before boot: mem=64M, con0=fd:0,fd:1. */
const MACHINE_PARAMETERS = /^(mem|con[0-9]*|con|rootfstype|console)$/;
