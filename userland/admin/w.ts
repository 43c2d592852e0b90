/** w(1) of procps-ng: who is on which terminal, and what runs there. Sessions stand for the records of utmp. */
import { scan } from '../libc/getopt.ts';
import { stat } from '../libc/stat.ts';
import { stdout } from '../libc/stdio.ts';
import { time } from '../libc/time.ts';
import { unlessFailed } from './lib/files.ts';
import { HERTZ, type Process, readProcesses } from './lib/process.ts';
import { ttyName } from './lib/tty-name.ts';
import { bootTime } from './lib/system.ts';
import { localtime, strftime } from '../libc/time.ts';
import { uptimeLine } from './uptime.ts';
import { userName } from './ps/values.ts';

/** `2:05m`, `3:10`, `12.00s`, `2days`: seven columns. */
function duration(seconds: number): string {
  if (seconds > 48 * 3600) return `${Math.floor(seconds / 86400)}days`;
  const two = (n: number): string => String(n).padStart(2, '0');
  if (seconds >= 3600) return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}m`;
  if (seconds > 60) return `${Math.floor(seconds / 60)}:${two(Math.floor(seconds % 60))} `;
  return `${Math.floor(seconds)}.${two(Math.floor((seconds * 100) % 100))}s`;
}

export function w(argv: string[]): number {
  const found = scan(argv, { short: 'hsuflioV', long: { 'no-header': 'h', short: 's', from: 'f' } });
  const processes = readProcesses();
  const leaders = processes.filter(p => p.session === p.tgid && p.tty !== 0);
  if (!found.has('h')) {
    stdout.write(`${uptimeLine()}\n`);
    stdout.write(
      `USER     TTY      FROM             ${found.has('s') ? '' : 'LOGIN@   '}IDLE   ${found.has('s') ? '' : 'JCPU   PCPU '}WHAT\n`,
    );
  }
  for (const leader of leaders) {
    if (found.operands.length > 0 && !found.operands.includes(userName(leader.uid, 32))) continue;
    const tty = ttyName(leader.tty) ?? '?';
    const own = processes.filter(p => p.tty === leader.tty);
    const front = own.findLast(p => p.tpgid === p.pgrp) ?? leader;
    const idle = time() - (unlessFailed(() => stat(`/dev/${tty}`).atime.sec) ?? time());
    const sum = (list: readonly Process[]): number => list.reduce((total, p) => total + p.ticks, 0) / HERTZ;
    const login = strftime('%H:%M', localtime(bootTime() + Math.floor(leader.startTicks / HERTZ)));
    const times = found.has('s')
      ? ''
      : `${duration(sum(own)).padStart(6)} ${duration(sum([front])).padStart(6)} `;
    stdout.write(
      `${userName(leader.uid, 8).padEnd(8)} ${tty.padEnd(8)} ${'-'.padEnd(16)} ${found.has('s') ? '' : `${login}   `}` +
        `${duration(Math.max(0, idle)).padStart(6)} ${times}${front.arguments.join(' ') || front.comm}\n`,
    );
  }
  return 0;
}
