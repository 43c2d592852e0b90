/** dmesg(1), as util-linux has it: the kernel log out of /dev/kmsg. */
import { SYS_syslog } from '../../kernel/abi/syscall-numbers.ts';
import { O_NONBLOCK, O_RDONLY, setNonblocking } from '../libc/fcntl.ts';
import { type Options, parse, usageError } from '../libc/getopt.ts';
import { SysError, syscall } from '../libc/native.ts';
import { stdout } from '../libc/stdio.ts';
import { fail } from '../libc/stdlib.ts';
import { localtime, strftime } from '../libc/time.ts';
import { native } from '../libc/native.ts';
import { SEEK_DATA } from '../../kernel/abi/fcntl.ts';
import { dup, lseek, open, read } from '../libc/unistd.ts';
import { unlessFailed } from './lib/files.ts';
import { bootTime } from './lib/system.ts';

const usage = `
Usage:
 dmesg [options]

Display or control the kernel ring buffer.

Options:
 -C, --clear                 clear the kernel ring buffer
 -c, --read-clear            read and clear all messages
 -D, --console-off           disable printing messages to console
 -E, --console-on            enable printing messages to console
 -F, --file <file>           use the file instead of the kernel log buffer
 -f, --facility <list>       restrict output to defined facilities
 -H, --human                 human readable output
 -k, --kernel                display kernel messages
 -l, --level <list>          restrict output to defined levels
 -n, --console-level <level> set level of messages printed to console
 -r, --raw                   print the raw message buffer
 -T, --ctime                 show human-readable timestamp
 -t, --notime                don't show any timestamp with messages
 -d, --show-delta            show time delta between printed messages
 -e, --reltime               show local time and time delta in readable format
 -u, --userspace             display userspace messages
 -w, --follow                wait for new messages
 -W, --follow-new            wait and print only new messages
 -x, --decode                decode facility and level to readable string

 -h, --help                  display this help
 -V, --version               display version

For more details see dmesg(1).
`;

const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];
const FACILITIES = [
  'kern',
  'user',
  'mail',
  'daemon',
  'auth',
  'syslog',
  'lpr',
  'news',
  'uucp',
  'cron',
  'authpriv',
  'ftp',
];

const SYSLOG_CLEAR = 5;
const SYSLOG_CONSOLE_OFF = 6;
const SYSLOG_CONSOLE_ON = 7;
const SYSLOG_CONSOLE_LEVEL = 8;

interface Message {
  readonly level: number;
  readonly facility: number;
  readonly micros: number;
  readonly text: string;
}

/** A record of /dev/kmsg: `level,sequence,microseconds,flags;text`, control characters as \x escapes. */
export function parseRecord(record: string): Message | undefined {
  const found = /^(\d+),\d+,(\d+),[^;]*;([^\n]*)/.exec(record);
  if (!found) return undefined;
  const priority = Number(found[1]);
  const text = found[3]!.replace(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  );
  return { level: priority & 7, facility: priority >> 3, micros: Number(found[2]), text };
}

function seconds(micros: number): string {
  return `${String(Math.floor(micros / 1e6)).padStart(5)}.${String(micros % 1e6).padStart(6, '0')}`;
}

type Stamp = 'time' | 'none' | 'ctime' | 'delta' | 'reltime' | 'iso' | 'raw';

class Printer {
  readonly #stamp: Stamp;
  readonly #decodes: boolean;
  readonly #bootSec = bootTime();
  #lastMicros = 0;
  #lastMinute = '';

  constructor(stamp: Stamp, decodes: boolean) {
    this.#stamp = stamp;
    this.#decodes = decodes;
  }

  print(message: Message): void {
    const { level, facility, text } = message;
    if (this.#stamp === 'raw') {
      stdout.write(`<${(facility << 3) | level}>[${seconds(message.micros)}] ${text}\n`);
      return;
    }
    const decoded = this.#decodes
      ? `${(FACILITIES[facility] ?? '?').padEnd(6)}:${LEVELS[level]!.padEnd(6)}: `
      : '';
    stdout.write(`${decoded}${this.#stampOf(message)}${text}\n`);
  }

  #stampOf({ micros }: Message): string {
    const at = localtime(this.#bootSec + Math.floor(micros / 1e6));
    const delta = this.#lastMicros === 0 ? 0 : micros - this.#lastMicros;
    this.#lastMicros = micros;
    switch (this.#stamp) {
      case 'none':
        return '';
      case 'ctime':
        return `[${strftime('%a %b %e %H:%M:%S %Y', at)}] `;
      case 'iso':
        return `${strftime('%Y-%m-%dT%H:%M:%S', at)},${String(micros % 1e6).padStart(6, '0')}${strftime('%:z', at)} `;
      case 'delta':
        return `[${seconds(micros)} <${seconds(delta)}>] `;
      case 'reltime': {
        const minute = strftime('%b%e %H:%M', at);
        const text = (delta / 1e6).toFixed(6);
        if (minute !== this.#lastMinute) {
          this.#lastMinute = minute;
          return `[${minute}] `;
        }
        return `[${`+${text}`.padStart(11)}] `;
      }
      default:
        return `[${seconds(micros)}] `;
    }
  }
}

function control(type: number, argument = 0): void {
  syscall(SYS_syslog, type, 0, argument);
}

function parseLevels(list: string, names: readonly string[], what: string): Set<number> {
  return new Set(
    list.split(',').flatMap(word => {
      const name = word.replace(/^\+|\+$/g, '');
      const at = names.indexOf(name);
      if (at < 0) return fail(1, `unknown ${what} '${word}'`);
      if (word.endsWith('+') && word.length > 1) return names.map((_, i) => i).filter(i => i <= at);
      if (word.startsWith('+')) return names.map((_, i) => i).filter(i => i >= at);
      return [at];
    }),
  );
}

function stampOf(found: Options): Stamp {
  const format = found.value('time-format');
  if (format !== undefined) return format === 'notime' ? 'none' : (format as Stamp);
  if (found.has('r')) return 'raw';
  if (found.has('t')) return 'none';
  if (found.has('T')) return 'ctime';
  if (found.has('e', 'H')) return 'reltime';
  return found.has('d') ? 'delta' : 'time';
}

export function dmesg(argv: string[]): number {
  const found = parse(argv, {
    short: 'CcDdEeF:f:HhkL::l:n:iPprSs:TtuVWwxJ',
    long: {
      clear: 'C', 'read-clear': 'c', 'console-off': 'D', 'console-on': 'E', 'show-delta': 'd', reltime: 'e',
      file: 'F', facility: 'f', human: 'H', kernel: 'k', color: 'L', level: 'l', 'console-level': 'n', nopager: 'P',
      raw: 'r', syslog: 'S', 'buffer-size': 's', ctime: 'T', notime: 't', userspace: 'u', follow: 'w',
      'follow-new': 'W', decode: 'x', 'time-format': 'time-format:',
    }, // prettier-ignore
    usage,
  });
  if (found.operands.length > 0) return usageError(argv[0]!, 'bad usage');
  try {
    if (found.has('C')) control(SYSLOG_CLEAR);
    else if (found.has('D')) control(SYSLOG_CONSOLE_OFF);
    else if (found.has('E')) control(SYSLOG_CONSOLE_ON);
    else if (found.has('n')) return setConsoleLevel(found.value('n')!);
    else return show(found);
    return 0;
  } catch (error) {
    if (!(error instanceof SysError)) throw error;
    const what = found.has('C')
      ? 'clear kernel buffer failed'
      : found.has('D', 'E')
        ? 'klogctl failed'
        : 'read kernel buffer failed';
    return fail(1, `${what}: ${error.message}`);
  }
}

function setConsoleLevel(word: string): number {
  const level = /^\d+$/.test(word) ? Number(word) : LEVELS.indexOf(word) + 1;
  if (level < 1 || level > 8) return fail(1, `unknown level '${word}'`);
  control(SYSLOG_CONSOLE_LEVEL, level);
  return 0;
}

function show(found: Options): number {
  const levels = found.has('l') ? parseLevels(found.value('l')!, LEVELS, 'level') : undefined;
  const facilities = found.has('f') ? parseLevels(found.value('f')!, FACILITIES, 'facility') : undefined;
  const isFollowing = found.has('w', 'W');
  const printer = new Printer(stampOf(found), found.has('x'));
  const fd = open(found.value('F') ?? '/dev/kmsg', O_RDONLY | O_NONBLOCK);
  unlessFailed(() => lseek(fd, 0, SEEK_DATA));
  const bytes = new Uint8Array(8192);
  const printAll = (from: number, prints: boolean): void => {
    for (;;) {
      let count: number;
      try {
        count = read(from, bytes);
      } catch (error) {
        if (error instanceof SysError && error.code === 'EPIPE') continue; // overwritten meanwhile
        if (error instanceof SysError && error.code === 'EAGAIN') return;
        throw error;
      }
      if (count === 0) return;
      const message = parseRecord(native().decode(bytes, 0, count));
      if (!message || !prints) continue;
      if (levels && !levels.has(message.level)) continue;
      if (facilities && !facilities.has(message.facility)) continue;
      if ((found.has('k') && message.facility !== 0) || (found.has('u') && message.facility === 0)) continue;
      printer.print(message);
      if (isFollowing && from !== fd) stdout.flush();
    }
  };
  printAll(fd, !found.has('W'));
  if (found.has('c')) control(SYSLOG_CLEAR);
  if (isFollowing) {
    stdout.flush();
    setNonblocking(fd, 'clear');
    printAll(dup(fd), true);
  }
  return 0;
}
