/** vmstat(8) of procps-ng: processes, memory and processor in a line, again and again. */
import { stdout } from '../libc/stdio.ts';
import { fail } from '../libc/stdlib.ts';
import { monotonicSeconds } from '../libc/time.ts';
import { nanosleep } from '../libc/unistd.ts';
import { tryReadFile } from './lib/files.ts';
import { cpuTicks, memoryInfo, uptimeSeconds } from './lib/system.ts';
import { parseVerbose } from './lib/usage.ts';

const usage = `
Usage:
 vmstat [options] [delay [count]]

Options:
 -a, --active           active/inactive memory
 -n, --one-header       do not redisplay header
 -S, --unit <char>      define display unit
 -w, --wide             wide output

 -h, --help     display this help and exit
 -V, --version  output version information and exit

For more details see vmstat(8).
`;

const HEADER_EVERY = 22;

interface Look {
  readonly atSec: number;
  readonly cpu: readonly number[];
  readonly interrupts: number;
  readonly switches: number;
  readonly running: number;
  readonly blocked: number;
}

function look(): Look {
  const text = tryReadFile('/proc/stat') ?? '';
  const value = (name: string): number => Number(new RegExp(`^${name} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return {
    atSec: monotonicSeconds(),
    cpu: cpuTicks(),
    interrupts: value('intr'),
    switches: value('ctxt'),
    running: value('procs_running'),
    blocked: value('procs_blocked'),
  };
}

function percents(before: readonly number[], after: readonly number[]): number[] {
  const delta = after.map((ticks, i) => ticks - (before[i] ?? 0));
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0, steal = 0] = delta;
  const total = Math.max(
    1,
    delta.reduce((sum, ticks) => sum + ticks, 0),
  );
  return [user + nice, system + irq + soft, idle, wait, steal].map(ticks =>
    Math.floor((ticks * 100) / total + 0.5),
  );
}

export function vmstat(argv: string[]): number {
  const found = parseVerbose(argv, {
    short: 'anS:whV',
    long: { active: 'a', 'one-header': 'n', unit: 'S', wide: 'w', help: '--help', version: '--version' },
    usage,
  });
  const [delayText, countText] = found.operands;
  for (const text of found.operands.slice(0, 2))
    if (!/^[1-9]\d*$/.test(text)) return fail(1, `failed to parse argument: '${text}'`);
  const delay = Number(delayText ?? 1);
  let count = delayText === undefined ? 1 : countText === undefined ? Infinity : Number(countText);
  const units: Readonly<Record<string, number>> = { k: 1000, K: 1024, m: 1e6, M: 1048576 };
  const unit = units[found.value('S') ?? 'K'];
  if (unit === undefined) return fail(1, '-S requires k, K, m or M (default is KiB)');
  const scale = (kib: number): number => Math.floor((kib * 1024) / unit);
  const isWide = found.has('w');
  const width = isWide ? 12 : 6;
  const third = found.has('a') ? [' inact', 'active'] : ['  buff', ' cache'];
  const header = isWide
    ? '--procs-- -----------------------memory---------------------- ---swap-- -----io---- -system-- --------cpu--------\n' +
      `   r    b         swpd         free ${third.map(name => name.trim().padStart(12)).join(' ')}   si   so    bi    bo   in   cs  us  sy  id  wa  st\n`
    : 'procs -----------memory---------- ---swap-- -----io---- -system-- ------cpu-----\n' +
      ` r  b   swpd   free ${third.join(' ')}   si   so    bi    bo   in   cs us sy id wa st\n`;
  let before: Look = {
    atSec: monotonicSeconds() - Math.max(1, uptimeSeconds()),
    cpu: [],
    interrupts: 0,
    switches: 0,
    running: 0,
    blocked: 0,
  };
  for (let row = 0; ; row++) {
    if (row === 0 || (!found.has('n') && row % HEADER_EVERY === 0)) stdout.write(header);
    const now = look();
    const info = memoryInfo();
    const elapsed = Math.max(0.01, now.atSec - before.atSec);
    const rate = (a: number, b: number): number => Math.floor((b - a) / elapsed);
    const memory = [
      info('SwapTotal') - info('SwapFree'),
      info('MemFree'),
      ...(found.has('a')
        ? [info('Inactive'), info('Active')]
        : [info('Buffers'), info('Cached') + info('SReclaimable')]),
    ].map(kib => String(scale(kib)).padStart(width));
    const cells = (values: readonly number[], columns: number): string =>
      values.map(value => String(value).padStart(columns)).join(' ');
    stdout.write(
      `${cells([now.running, now.blocked], isWide ? 4 : 2)} ${memory.join(' ')} ${cells([0, 0], 4)} ${cells([0, 0], 5)} ` +
        `${cells([rate(before.interrupts, now.interrupts), rate(before.switches, now.switches)], 4)} ` +
        `${cells(percents(before.cpu, now.cpu), isWide ? 3 : 2)}\n`,
    );
    before = now;
    if (--count <= 0) return 0;
    stdout.flush();
    nanosleep(delay);
  }
}
