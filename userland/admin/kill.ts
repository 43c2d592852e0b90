/** kill(1), the program of procps-ng; shells have one of their own. */
import { withBytes } from '../libc/memory.ts';
import { SysError, syscall } from '../libc/native.ts';
import { SIGTERM, kill as send, signalByName } from '../libc/signal.ts';
import { stderr, stdout } from '../libc/stdio.ts';
import { getpid, getuid } from '../libc/unistd.ts';
import { SYS_rt_sigqueueinfo } from '../../kernel/abi/syscall-numbers.ts';
import { SiginfoKill } from '../../kernel/abi/signal.ts';
import { convertSignal, signalList, signalTable, takeSignal } from './lib/signals.ts';
import { showUsage } from './lib/usage.ts';

const usage = `
Usage:
 kill [options] <pid> [...]

Options:
 <pid> [...]            send signal to every <pid> listed
 -<signal>, -s, --signal <signal>
                        specify the <signal> to be sent
 -q, --queue <value>    integer value to be sent with the signal
 -l, --list=[<signal>]  list all signal names, or convert one to a name
 -L, --table            list all signal names in a nice table

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see kill(1).
`;

const SI_QUEUE = -1;

function sendWithValue(pid: number, signo: number, value: number): void {
  const bytes = SiginfoKill.encode({
    signo,
    code: SI_QUEUE,
    pid: getpid(),
    uid: getuid(),
    value: BigInt(value),
  });
  const info = new Uint8Array(128);
  info.set(bytes.subarray(0, 128));
  withBytes(info, at => syscall(SYS_rt_sigqueueinfo, pid, signo, at));
}

export function kill(argv: string[]): number {
  const name = argv[0]!;
  const invalid = (what: string): never => {
    stderr.write(`${name}: invalid argument ${what}\n`);
    return showUsage(usage);
  };
  const taken = takeSignal(argv);
  let signo = taken.signo ?? SIGTERM;
  let value: number | undefined;
  const pids: string[] = [];
  const words = taken.rest.slice(1);
  let isOnlyPids = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const next = (letter: string): string => words[++i] ?? invalid(letter);
    if (isOnlyPids || !word.startsWith('-') || (/^-\d+$/.test(word) && taken.signo !== undefined)) {
      pids.push(word);
      continue;
    }
    const [flag, attached] = word.startsWith('--') ? word.split('=', 2) : [word.slice(0, 2), word.slice(2)];
    if (word === '--') isOnlyPids = true;
    else if (flag === '-l' || flag === '--list') {
      const wanted = attached || words[i + 1];
      if (wanted === undefined) stdout.write(signalList());
      else {
        const answer = convertSignal(wanted);
        if (answer === undefined) stderr.write(`${name}: unknown signal name ${wanted}\n`);
        else stdout.write(`${answer}\n`);
      }
      return 0;
    } else if (flag === '-L' || flag === '--table') {
      stdout.write(signalTable());
      return 0;
    } else if (flag === '-s' || flag === '--signal' || flag === '-n') {
      signo = signalByName(attached || next(flag[1]!)) ?? -1;
    } else if (flag === '-q' || flag === '--queue') {
      const text = attached || next('q');
      if (!/^-?\d+$/.test(text)) return invalid(text);
      value = Number(text);
    } else if (flag === '-h' || flag === '--help') {
      stdout.write(usage);
      return 0;
    } else if (flag === '-V' || flag === '--version') {
      stdout.write('kill (Lodger) 0.1.0\n');
      return 0;
    } else invalid(flag![1]!);
  }
  if (pids.length === 0) return showUsage(usage);
  let status = 0;
  for (const text of pids) {
    if (!/^-?\d+$/.test(text)) {
      stderr.write(`${name}: failed to parse argument: '${text}'\n`);
      status = 1;
      continue;
    }
    try {
      if (value === undefined) send(Number(text), signo);
      else sendWithValue(Number(text), signo, value);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      stderr.write(`${name}: (${text}): ${error.message}\n`);
      status = 1;
    }
  }
  return status;
}
