/** uptime(1), and the line that top and w begin with. procps-ng 4. */
import { stdout } from '../libc/stdio.ts';
import { localtime, strftime, time } from '../libc/time.ts';
import { tryReadFile } from './lib/files.ts';
import { readProcesses } from './lib/process.ts';
import { uptimeSeconds } from './lib/system.ts';
import { parseVerbose, showUsage } from './lib/usage.ts';

const usage = `
Usage:
 uptime [options]

Options:
 -p, --pretty   show uptime in pretty format
 -h, --help     display this help and exit
 -s, --since    system up since
 -V, --version  output version information and exit

For more details see uptime(1).
`;

/** Sessions on terminals: what utmp would count. */
export function loginCount(): number {
  return readProcesses().filter(p => p.session === p.tgid && p.tty !== 0).length;
}

/** ` 16:17:20 up  1:26,  0 user,  load average: 1.50, 2.83, 3.54` */
export function uptimeLine(): string {
  const total = Math.floor(uptimeSeconds());
  const days = Math.floor(total / 86400);
  const hours = Math.floor(total / 3600) % 24;
  const minutes = Math.floor(total / 60) % 60;
  const dayText = days > 0 ? `${days} day${days > 1 ? 's' : ''}, ` : '';
  const clock =
    hours > 0 ? `${String(hours).padStart(2)}:${String(minutes).padStart(2, '0')}` : `${minutes} min`;
  const users = loginCount();
  const load = (tryReadFile('/proc/loadavg') ?? '0.00 0.00 0.00').split(' ').slice(0, 3).join(', ');
  const now = strftime('%H:%M:%S', localtime(time()));
  return ` ${now} up ${dayText}${clock}, ${String(users).padStart(2)} user${users > 1 ? 's' : ''},  load average: ${load}`;
}

function pretty(total: number): string {
  const minute = 60;
  const parts: string[] = [];
  const add = (count: number, unit: string): void => {
    if (count > 0) parts.push(`${count} ${unit}${count > 1 ? 's' : ''}`);
  };
  const day = 86400;
  add(Math.floor(total / (day * 365 * 10)), 'decade');
  add(Math.floor(total / (day * 365)) % 10, 'year');
  add(Math.floor((total % (day * 365)) / (day * 7)), 'week');
  add(Math.floor((total % (day * 365)) / day) % 7, 'day');
  add(Math.floor(total / 3600) % 24, 'hour');
  const minutes = Math.floor(total / minute) % 60;
  add(minutes, 'minute');
  if (parts.length === 0) parts.push('0 minutes');
  return `up ${parts.join(', ')}`;
}

export function uptime(argv: string[]): number {
  const found = parseVerbose(argv, {
    short: 'phsV',
    long: { pretty: 'p', help: '--help', since: 's', version: '--version' },
    usage,
  });
  if (found.has('h')) {
    stdout.write(usage);
    return 0;
  }
  if (found.operands.length > 0) return showUsage(usage);
  const total = Math.floor(uptimeSeconds());
  if (found.has('p')) stdout.write(`${pretty(total)}\n`);
  else if (found.has('s')) stdout.write(`${strftime('%Y-%m-%d %H:%M:%S', localtime(time() - total))}\n`);
  else stdout.write(`${uptimeLine()}\n`);
  return 0;
}
