/** pgrep(1), pkill(1), pidwait: processes by name and other traits, listed or signalled. procps-ng 4. */
import { SIGTERM, kill, signalByName } from '../libc/signal.ts';
import { pattern as compile } from './lib/pattern.ts';
import type { Options } from '../libc/getopt.ts';
import { groupByName, userByName } from '../libc/pwd.ts';
import { SysError } from '../libc/native.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { fail, programName, warn } from '../libc/stdlib.ts';
import { exit, getpgrp, getpid, getsid } from '../libc/unistd.ts';
import { HERTZ, type Process, readProcesses, readThreads } from './lib/process.ts';
import { takeSignal } from './lib/signals.ts';
import { uptimeSeconds } from './lib/system.ts';
import { ttyDevice } from './lib/tty-name.ts';
import { parseVerbose } from './lib/usage.ts';

const NONE = 1;
const BAD_USAGE = 2;

const listOptions = ` -d, --delimiter <string>  specify output delimiter
 -l, --list-name           list PID and process name
 -a, --list-full           list PID and full command line
 -v, --inverse             negates the matching
 -w, --lightweight         list all TID
`;
const killOptions = ` -<sig>, --signal <sig>    signal to send (either number or name)
 -q, --queue <value>       integer value to be sent with the signal
 -e, --echo                display what is killed
`;
const usageOf = (name: string, own: string): string => `
Usage:
 ${name} [options] <pattern>

Options:
${own} -c, --count               count of matching processes
 -f, --full                use full process name to match
 -g, --pgroup <PGID,...>   match listed process group IDs
 -G, --group <GID,...>     match real group IDs
 -i, --ignore-case         match case insensitively
 -n, --newest              select most recently started
 -o, --oldest              select least recently started
 -O, --older <seconds>     select where older than seconds
 -P, --parent <PPID,...>   match only child processes of the given parent
 -s, --session <SID,...>   match session IDs
     --signal <sig>        signal to send (either number or name)
 -t, --terminal <tty,...>  match by controlling terminal
 -u, --euid <ID,...>       match by effective IDs
 -U, --uid <ID,...>        match by real IDs
 -x, --exact               match exactly with the command name
 -F, --pidfile <file>      read PIDs from file
 -L, --logpidfile          fail if PID file is not locked
 -r, --runstates <state>   match runstates [D,S,Z,...]
 -A, --ignore-ancestors    exclude our ancestors from results
     --cgroup <grp,...>    match by cgroup v2 names
     --ns <PID>            match the processes that belong to the same
                           namespace as <pid>
     --nslist <ns,...>     list which namespaces will be considered for
                           the --ns option.
                           Available namespaces: ipc, mnt, net, pid, user, uts

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see pgrep(1).
`;

const LONG = {
  delimiter: 'd:', 'list-name': 'l', 'list-full': 'a', inverse: 'v', lightweight: 'w', count: 'c', full: 'f',
  pgroup: 'g', group: 'G', 'ignore-case': 'i', newest: 'n', oldest: 'o', older: 'O', parent: 'P', session: 's',
  signal: 'signal:', terminal: 't', euid: 'u', uid: 'U', exact: 'x', runstates: 'r', echo: 'e', help: '--help',
  'ignore-ancestors': 'A',
}; // prettier-ignore

function numbers(found: Options, key: string, zero: () => number, what: string): Set<number> | undefined {
  if (!found.has(key)) return undefined;
  return new Set(
    found
      .values(key)
      .flatMap(list => list.split(','))
      .map(word => {
        if (!/^\d+$/.test(word)) return fail(BAD_USAGE, `invalid ${what}: ${word}`);
        return word === '0' ? zero() : Number(word);
      }),
  );
}
function ids(
  found: Options,
  key: string,
  lookup: (name: string) => number | undefined,
  what: string,
): Set<number> | undefined {
  if (!found.has(key)) return undefined;
  return new Set(
    found
      .values(key)
      .flatMap(list => list.split(','))
      .map(word => {
        const id = /^\d+$/.test(word) ? Number(word) : lookup(word);
        return id ?? fail(BAD_USAGE, `invalid ${what} name: ${word}`);
      }),
  );
}

function select(found: Options): Process[] {
  const [pattern] = found.operands;
  const source = pattern === undefined ? undefined : found.has('x') ? `^(${pattern})$` : pattern;
  const matcher = source === undefined ? undefined : compile(source, found.has('i') ? 'caseless' : 'exact');
  const groups = numbers(found, 'g', getpgrp, 'process group');
  const sessions = numbers(found, 's', () => getsid(), 'session');
  const parents = numbers(found, 'P', () => 0, 'not a number');
  const effective = ids(found, 'u', name => userByName(name)?.uid, 'user');
  const real = ids(found, 'U', name => userByName(name)?.uid, 'user');
  const gids = ids(found, 'G', name => groupByName(name)?.gid, 'group');
  const terminals = found.has('t')
    ? new Set(
        found
          .values('t')
          .flatMap(list => list.split(','))
          .map(name => (name === '-' ? 0 : (ttyDevice(name) ?? -1))),
      )
    : undefined;
  const older = found.has('O') ? Number(found.value('O')) : undefined;
  const states = found.value('r');
  const uptime = uptimeSeconds();
  const self = getpid();
  const isMeant = (p: Process): boolean => {
    if (groups && !groups.has(p.pgrp)) return false;
    if (sessions && !sessions.has(p.session)) return false;
    if (parents && !parents.has(p.ppid)) return false;
    if (effective && !effective.has(p.euid)) return false;
    if (real && !real.has(p.uid)) return false;
    if (gids && !gids.has(p.ids('Gid')[0]!)) return false;
    if (terminals && !terminals.has(p.tty)) return false;
    if (older !== undefined && uptime - p.startTicks / HERTZ < older) return false;
    if (states !== undefined && !states.includes(p.state)) return false;
    if (!matcher) return true;
    const text = found.has('f') && p.arguments.length > 0 ? p.arguments.join(' ') : p.comm;
    return matcher.test(text);
  };
  let chosen = readProcesses().filter(p => p.tgid !== self && isMeant(p) !== found.has('v'));
  if (found.has('n') || found.has('o')) {
    const sign = found.has('n') ? 1 : -1;
    const best = chosen.reduce<Process | undefined>(
      (a, b) => (!a || sign * (b.startTicks - a.startTicks || b.tgid - a.tgid) > 0 ? b : a),
      undefined,
    );
    chosen = best ? [best] : [];
  }
  return chosen;
}

function parsed(argv: string[], own: string, short: string): Options {
  const found = parseVerbose(argv, { short, long: LONG, usage: usageOf(argv[0]!, own), failure: BAD_USAGE });
  if (found.operands.length > 1) {
    warn('only one pattern can be provided');
    stderr.write(`Try \`${programName} --help' for more information.\n`);
    exit(BAD_USAGE);
  }
  const hasTrait = found.has('g', 's', 'P', 'u', 'U', 'G', 't', 'O', 'r');
  if (found.operands.length === 0 && !hasTrait) {
    warn('no matching criteria specified');
    stderr.write(`Try \`${programName} --help' for more information.\n`);
    exit(BAD_USAGE);
  }
  return found;
}

export function pgrep(argv: string[]): number {
  const found = parsed(argv, listOptions, 'Acd:fg:G:inoO:P:r:s:t:u:U:vxlawF:LhV');
  const chosen = select(found);
  if (found.has('c')) stdout.write(`${chosen.length}\n`);
  else if (chosen.length > 0) {
    const rows = found.has('w') ? chosen.flatMap(readThreads) : chosen;
    const line = (p: Process): string => {
      if (found.has('a')) return `${p.tid} ${p.arguments.length > 0 ? p.arguments.join(' ') : p.comm}`;
      if (found.has('l')) return `${p.tid} ${p.comm}`;
      return String(p.tid);
    };
    stdout.write(`${rows.map(line).join(found.value('d') ?? '\n')}\n`);
  }
  return chosen.length > 0 ? 0 : NONE;
}

export function pkill(argv: string[]): number {
  const { signo: taken, rest } = takeSignal(argv);
  const found = parsed(rest, killOptions, 'Acefg:G:inoO:P:r:s:t:u:U:xq:F:LhV');
  const word = found.value('signal');
  const signo =
    word === undefined
      ? (taken ?? SIGTERM)
      : (signalByName(word) ?? fail(BAD_USAGE, `Unknown signal "${word}".`));
  let count = 0;
  for (const p of select(found)) {
    try {
      kill(p.tgid, signo);
      count++;
      if (found.has('e')) stdout.write(`${p.comm} killed (pid ${p.tgid})\n`);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      if (error.code !== 'ESRCH') warn(`killing pid ${p.tgid} failed: ${error.message}`);
    }
  }
  if (found.has('c')) stdout.write(`${count}\n`);
  return count > 0 ? 0 : NONE;
}
