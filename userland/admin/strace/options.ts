/** The command line of strace. */
import { UsageError, scan } from '../../libc/getopt.ts';
import { signalByName } from '../../libc/signal.ts';
import { fail } from '../../libc/stdlib.ts';
import { allNames, parseCallSet } from './calls.ts';

export interface StraceOptions {
  readonly command: readonly string[];
  readonly pids: readonly number[];
  readonly follows: boolean;
  /** -ff: a file for each process. */
  readonly output: string | undefined;
  readonly splits: boolean;
  /** Calls to show. */
  readonly calls: ReadonlySet<string>;
  /** Signals to show. */
  readonly signals: (signo: number) => boolean;
  readonly stringLimit: number;
  readonly column: number;
  readonly stamp: 'none' | 'seconds' | 'micros' | 'epoch' | 'relative';
  readonly showsDuration: boolean;
  readonly isVerbose: boolean;
  readonly showsPaths: boolean;
  /** 0: all messages; 1: none about attaching; 2: none about exits. */
  readonly quiet: number;
  readonly summary: 'none' | 'only' | 'also';
  readonly environment: readonly string[];
  /** -z and -Z: only calls that succeeded, or failed. */
  readonly results: 'all' | 'successful' | 'failed';
  readonly shows: 'trace' | 'help' | 'version';
}

const HINT = "Try 'strace -h' for more information.";

export function parseStrace(argv: readonly string[]): StraceOptions {
  let found;
  try {
    found = scan(argv, {
      short: '+a:b:cCdDe:E:fFhiI:knNo:O:p:P:qrs:S:tTu:U:vVwxX:yYzZ',
      long: {
        attach: 'p', 'follow-forks': 'f', output: 'o', 'string-limit': 's', trace: 'trace:', signals: 'signal:',
        'summary-only': 'c', summary: 'C', 'no-abbrev': 'v', quiet: 'q', env: 'E', help: 'h', version: 'V',
        'decode-fds': 'y', 'successful-only': 'z', 'failed-only': 'Z', 'output-separately': 'splits',
        'relative-timestamps': 'r', 'syscall-times': 'T',
      }, // prettier-ignore
    });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return fail(1, `${error.message}\n${HINT}`);
  }
  let calls: ReadonlySet<string> = new Set(allNames());
  let signals: (signo: number) => boolean = () => true;
  let isVerbose = found.has('v');
  const pids: number[] = [];
  let quiet = 0;
  let stamps = 0;
  let follows = 0;
  const setCalls = (list: string): void => {
    const set = parseCallSet(list);
    if (typeof set === 'string') fail(1, `invalid system call '${set}'`);
    else calls = set;
  };
  for (const { key, value = '' } of found.options) {
    if (key === 'e' || key === 'trace' || key === 'signal') {
      const [, name, list] = key === 'e' ? /^(?:([a-z]+)=)?(.*)$/s.exec(value)! : ['', key, value];
      if (name === undefined || name === 'trace' || name === 't') setCalls(list);
      else if (name === 'signal' || name === 'signals' || name === 's') signals = parseSignals(list);
      else if (name === 'verbose' || name === 'v') isVerbose = list !== 'none';
      else if (name === 'quiet' || name === 'q') quiet = list === 'none' ? 0 : 3;
      else if (
        ![
          'abbrev',
          'a',
          'raw',
          'x',
          'read',
          'write',
          'inject',
          'fault',
          'status',
          'kvm',
          'decode-fds',
        ].includes(name)
      )
        fail(1, `invalid -e '${value}'`);
    } else if (key === 'p') {
      for (const word of value.split(/[, \n\t]+/)) {
        if (!/^\d+$/.test(word) || word === '0') fail(1, `Invalid process id: '${word}'`);
        pids.push(Number(word));
      }
    } else if (key === 'q') quiet++;
    else if (key === 't') stamps++;
    else if (key === 'f') follows++;
  }
  const number = (key: string, otherwise: number): number => {
    const text = found.value(key);
    if (text === undefined) return otherwise;
    if (!/^\d+$/.test(text)) fail(1, `invalid -${key} argument: '${text}'`);
    return Number(text);
  };
  const shows = found.has('h') ? 'help' : found.has('V') ? 'version' : 'trace';
  if (shows === 'trace' && found.operands.length === 0 && pids.length === 0)
    fail(1, `must have PROG [ARGS] or -p PID\n${HINT}`);
  return {
    command: found.operands,
    pids,
    follows: follows > 0,
    output: found.value('o'),
    splits: follows > 1 || found.has('splits'),
    calls,
    signals,
    stringLimit: number('s', 32),
    column: number('a', 40),
    stamp: found.has('r')
      ? 'relative'
      : (['none', 'seconds', 'micros', 'epoch'] as const)[Math.min(stamps, 3)]!,
    showsDuration: found.has('T'),
    isVerbose,
    showsPaths: found.has('y'),
    quiet,
    summary: found.has('C') ? 'also' : found.has('c') ? 'only' : 'none',
    environment: found.values('E'),
    results: found.has('z') ? 'successful' : found.has('Z') ? 'failed' : 'all',
    shows,
  };
}

function parseSignals(list: string): (signo: number) => boolean {
  const isNegated = list.startsWith('!');
  const words = list.slice(isNegated ? 1 : 0).split(',');
  if (words.includes('all')) return () => !isNegated;
  const chosen = new Set<number>();
  for (const word of words) {
    if (word === 'none' || word === '') continue;
    const signo = signalByName(word);
    if (signo === undefined) fail(1, `invalid signal '${word}'`);
    else chosen.add(signo);
  }
  return signo => chosen.has(signo) !== isNegated;
}
