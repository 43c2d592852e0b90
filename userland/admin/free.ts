/** free(1), as procps-ng 4 has it: memory of /proc/meminfo in a table. */
import { stdout } from '../libc/stdio.ts';
import { fail } from '../libc/stdlib.ts';
import { nanosleep } from '../libc/unistd.ts';
import { memoryInfo } from './lib/system.ts';
import { parseVerbose, showUsage } from './lib/usage.ts';

const usage = `
Usage:
 free [options]

Options:
 -b, --bytes         show output in bytes
     --kilo          show output in kilobytes
     --mega          show output in megabytes
     --giga          show output in gigabytes
     --tera          show output in terabytes
     --peta          show output in petabytes
 -k, --kibi          show output in kibibytes
 -m, --mebi          show output in mebibytes
 -g, --gibi          show output in gibibytes
     --tebi          show output in tebibytes
     --pebi          show output in pebibytes
 -h, --human         show human-readable output
     --si            use powers of 1000 not 1024
 -l, --lohi          show detailed low and high memory statistics
 -t, --total         show total for RAM + swap
 -v, --committed     show committed memory and commit limit
 -s N, --seconds N   repeat printing every N seconds
 -c N, --count N     repeat printing N times, then exit
 -w, --wide          wide output

     --help     display this help and exit
 -V, --version  output version information and exit

For more details see free(1).
`;

/** Power of the base that a unit is. */
const POWERS: Readonly<Record<string, readonly [base: number, power: number]>> = {
  b: [1024, 0],
  k: [1024, 1],
  m: [1024, 2],
  g: [1024, 3],
  tebi: [1024, 4],
  pebi: [1024, 5],
  kilo: [1000, 1],
  mega: [1000, 2],
  giga: [1000, 3],
  tera: [1000, 4],
  peta: [1000, 5],
};

/** A number of KiB that takes at most four digits and a unit: `8.6Mi`, `23Gi`. */
export function humanSize(kib: number, base: 1000 | 1024): string {
  const bytes = kib * 1024;
  const suffix = base === 1024 ? 'i' : '';
  if (bytes < 1000) return `${bytes}B`;
  for (const [i, unit] of ['K', 'M', 'G', 'T', 'P', 'E'].entries()) {
    const size = bytes / base ** (i + 1);
    const short = `${(Math.floor(size * 10) / 10).toFixed(1)}${unit}${suffix}`;
    if (short.length <= 3 + 1 + suffix.length) return short;
    const whole = `${Math.floor(size)}${unit}${suffix}`;
    if (whole.length <= 3 + 1 + suffix.length) return whole;
  }
  return String(bytes);
}

export function free(argv: string[]): number {
  const found = parseVerbose(argv, {
    short: 'bkmghltvs:c:wV',
    long: {
      bytes: 'b', kibi: 'k', mebi: 'm', gibi: 'g', tebi: 'tebi', pebi: 'pebi', kilo: 'kilo', mega: 'mega',
      giga: 'giga', tera: 'tera', peta: 'peta', human: 'h', si: 'si', lohi: 'l', total: 't', committed: 'v',
      seconds: 's', count: 'c', wide: 'w', version: '--version',
    }, // prettier-ignore
    usage,
  });
  if (found.operands.length > 0) return showUsage(usage);
  const isWide = found.has('w');
  const intervalText = found.value('s');
  const interval = Number(intervalText ?? 1);
  if (intervalText !== undefined && !(interval > 0))
    return fail(1, `seconds argument \`${intervalText}' is not positive number`);
  const countText = found.value('c');
  let count = countText === undefined ? (intervalText === undefined ? 1 : Infinity) : Number(countText);
  if (Number.isNaN(count) || count < 1) return fail(1, `failed to parse count argument: '${countText}'`);
  const unit = found.options.findLast(({ key }) => Object.hasOwn(POWERS, key))?.key ?? 'k';
  const [unitBase, power] = POWERS[unit]!;
  const base = found.has('si') ? 1000 : unitBase;
  const isHuman = found.has('h');
  const scale = (kib: number): string =>
    isHuman
      ? humanSize(kib, found.has('si') ? 1000 : 1024)
      : String(base === 1024 && power === 1 ? kib : Math.floor((kib * 1024) / base ** power));
  const cells = (values: readonly number[]): string =>
    values.map(value => scale(value).padStart(12)).join('');
  const row = (name: string, values: readonly number[]): string =>
    `${name.padEnd(8)}${cells(values)}\n`.replace(
      /^(.{8})( *)/,
      (_, head: string, rest: string) => head + rest,
    );

  for (;;) {
    const info = memoryInfo();
    const cached = info('Cached') + info('SReclaimable');
    const available = info('MemAvailable');
    const total = info('MemTotal');
    const used = Math.max(0, total - available);
    const swapUsed = info('SwapTotal') - info('SwapFree');
    const middle = isWide ? '     buffers       cache' : '  buff/cache';
    stdout.write(`               total        used        free      shared${middle}   available\n`);
    const cache = isWide ? [info('Buffers'), cached] : [info('Buffers') + cached];
    stdout.write(row('Mem:', [total, used, info('MemFree'), info('Shmem'), ...cache, available]));
    if (found.has('l')) {
      stdout.write(row('Low:', [total, total - info('MemFree'), info('MemFree')]));
      stdout.write(row('High:', [0, 0, 0]));
    }
    stdout.write(row('Swap:', [info('SwapTotal'), swapUsed, info('SwapFree')]));
    if (found.has('t')) {
      const sum = [total + info('SwapTotal'), used + swapUsed, info('MemFree') + info('SwapFree')];
      stdout.write(row('Total:', sum));
    }
    if (found.has('v')) {
      const [limit, committed] = [info('CommitLimit'), info('Committed_AS')];
      stdout.write(row('Comm:', [limit, committed, limit - committed]));
    }
    if (--count <= 0) return 0;
    stdout.write('\n');
    stdout.flush();
    nanosleep(interval);
  }
}
