/** killall(1) of psmisc: signals processes by the name of their program. */
import { SIGTERM, kill, signalByName, signalName } from '../libc/signal.ts';
import { pattern as compile } from './lib/pattern.ts';
import { UsageError, scan } from '../libc/getopt.ts';
import { userByName } from '../libc/pwd.ts';
import { SysError } from '../libc/native.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { fail, programName } from '../libc/stdlib.ts';
import { getpid, nanosleep } from '../libc/unistd.ts';
import { type Process, readProcess, readProcesses } from './lib/process.ts';
import { takeSignal } from './lib/signals.ts';
import { ask } from '../coreutils/lib/ask.ts';

const usage = `Usage: killall [OPTION]... [--] NAME...
       killall -l, --list
       killall -V, --version

  -e,--exact          require exact match for very long names
  -I,--ignore-case    case insensitive process name match
  -g,--process-group  kill process group instead of process
  -y,--younger-than   kill processes younger than TIME
  -o,--older-than     kill processes older than TIME
  -i,--interactive    ask for confirmation before killing
  -l,--list           list all known signal names
  -q,--quiet          don't print complaints
  -r,--regexp         interpret NAME as an extended regular expression
  -s,--signal SIGNAL  send this signal instead of SIGTERM
  -u,--user USER      kill only process(es) running as USER
  -v,--verbose        report if the signal was successfully sent
  -V,--version        display version information
  -w,--wait           wait for processes to die
  -n,--ns PID         match processes that belong to the same namespaces
                      as PID
  -Z,--context REGEXP kill only process(es) having context
                      (must precede other arguments)

`;

export function killall(argv: string[]): number {
  const { signo: taken, rest } = takeSignal(argv);
  let found;
  try {
    found = scan(rest, {
      short: 'eIgy:o:ilqrs:u:vVwn:Z:',
      long: {
        exact: 'e', 'ignore-case': 'I', 'process-group': 'g', interactive: 'i', list: 'l', quiet: 'q', regexp: 'r',
        signal: 's', user: 'u', verbose: 'v', version: 'V', wait: 'w',
      }, // prettier-ignore
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    stderr.write(`${programName}: ${error.message}\n${usage}`);
    return 1;
  }
  if (found.has('l')) {
    const names = Array.from({ length: 31 }, (_, i) => signalName(i + 1).slice(3));
    stdout.write(`${names.join(' ')}\n`);
    return 0;
  }
  const user = found.value('u');
  const uid = user === undefined ? undefined : (userByName(user)?.uid ?? fail(1, `Cannot find user ${user}`));
  if (found.operands.length === 0 && uid === undefined) {
    stderr.write(usage);
    return 1;
  }
  const word = found.value('s');
  const signo = word === undefined ? (taken ?? SIGTERM) : signalByName(word);
  if (signo === undefined) return fail(1, `${word}: unknown signal; ${programName} -l lists signals.`);

  const processes = readProcesses().filter(p => p.tgid !== getpid() && (uid === undefined || p.euid === uid));
  const matches = (p: Process, name: string): boolean => {
    if (found.has('r')) return compile(name, found.has('I') ? 'caseless' : 'exact').test(p.comm);
    if (name.includes('/')) return p.arguments[0] === name;
    const [a, b] = found.has('I') ? [p.comm.toLowerCase(), name.toLowerCase()] : [p.comm, name];
    return a === b.slice(0, 15);
  };
  let status = 0;
  const killed: number[] = [];
  for (const name of found.operands.length > 0 ? found.operands : ['']) {
    const meant = processes.filter(p => name === '' || matches(p, name));
    let count = 0;
    for (const p of meant) {
      if (found.has('i') && !ask(`Kill ${p.comm}(${p.tgid}) ? (y/N)`)) continue;
      try {
        kill(found.has('g') ? -p.pgrp : p.tgid, signo);
        count++;
        killed.push(p.tgid);
        if (found.has('v')) stderr.write(`Killed ${p.comm}(${p.tgid}) with signal ${signo}\n`);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        if (error.code !== 'ESRCH') stderr.write(`${p.comm}(${p.tgid}): ${error.message}\n`);
      }
    }
    if (count === 0) {
      if (meant.length === 0 && !found.has('q')) stderr.write(`${name}: no process found\n`);
      status = 1;
    }
  }
  while (found.has('w') && killed.some(pid => (readProcess(pid)?.state ?? 'Z') !== 'Z')) nanosleep(0.1);
  return status;
}
