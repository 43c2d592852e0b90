/** `npm run programs`: runs the table on both sides and prints what became of each line. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { BootOptions, Guest } from '../../host/api/index.ts';
import { allLines } from './all.ts';
import { differences } from './compare.ts';
import type { ProgramLine } from './line.ts';
import { GuestSide, HostSide, missing } from './sides.ts';

type Verdict = 'OK' | 'DIFF' | 'KNOWN' | 'MISSING';

const USAGE = `npm run programs -- [options]
  --only REGEX    lines whose name matches
  --count N       the first N of them
  --quick         those of the quick subset
  --list          print the names only
  --fresh         a guest of its own for each line
  --memory SIZE   the guest's memory (default 1G)
  --show          print differences as they come
  --host          run on the host only and print what the lines print there
`;

export async function main(boot: (options: BootOptions) => Promise<Guest>, folder: URL): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      count: { type: 'string' },
      quick: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      fresh: { type: 'boolean', default: false },
      host: { type: 'boolean', default: false },
      show: { type: 'boolean', default: false },
      memory: { type: 'string', default: '1G' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const only = new RegExp(values.only ?? '');
  const lines = allLines(folder)
    .filter(({ name, quick }) => only.test(name) && (quick === true || !values.quick))
    .slice(0, values.count === undefined ? undefined : Number(values.count));
  if (values.list) {
    for (const { name } of lines) process.stdout.write(`${name}\n`);
    return 0;
  }
  if (values.host) return await printHost(lines);
  const reports = mkdtempSync(join(tmpdir(), 'lodger-differences-'));
  const base = mkdtempSync(join(tmpdir(), 'lodger-programs-'));
  const host = new HostSide(base);
  const guest = new GuestSide(boot, base, { isFresh: values.fresh, boot: { memory: values.memory } });
  const counts: Record<Verdict, number> = { OK: 0, DIFF: 0, KNOWN: 0, MISSING: 0 };
  const failed: string[] = [];
  process.stdout.write(`${''.padEnd(48)}    host   guest     CPU\n`);
  for (const line of lines) {
    const verdict = await runLine(line, host, guest, text => {
      writeFileSync(join(reports, `${line.name.replaceAll(/[^\w.+-]+/g, '-')}.txt`), `${text}\n`);
      if (values.show) process.stdout.write(`${text}\n`);
    });
    counts[verdict]++;
    if (verdict === 'DIFF') failed.push(line.name);
  }
  await guest.close();
  await host.close();
  mkdirSync(reports, { recursive: true });
  const summary = Object.entries(counts).map(([verdict, count]) => `${count} ${verdict}`);
  process.stdout.write(`\n${lines.length} lines: ${summary.join(', ')}\n`);
  if (failed.length > 0) process.stdout.write(`DIFF: ${failed.join(', ')}\ndetails in ${reports}\n`);
  return failed.length === 0 ? 0 : 1;
}

/** For writing a line: what it does where it must work. */
async function printHost(lines: readonly ProgramLine[]): Promise<number> {
  const host = new HostSide(mkdtempSync(join(tmpdir(), 'lodger-programs-')));
  for (const line of lines) {
    const { status, stdout, stderr, files, ms } = await host.run(line);
    process.stdout.write(`### ${line.name}: status ${status}, ${ms.toFixed(0)} ms\n${stdout}`);
    process.stdout.write(`--- stderr\n${stderr}--- files: ${[...files.keys()].join(' ')}\n`);
  }
  await host.close();
  return 0;
}

async function runLine(
  line: ProgramLine,
  host: HostSide,
  guest: GuestSide,
  report: (text: string) => void,
): Promise<Verdict> {
  const print = (verdict: Verdict, rest: string): Verdict => {
    process.stdout.write(`${verdict.padEnd(8)}${line.name.padEnd(40)}${rest}\n`);
    return verdict;
  };
  const absent = missing(line);
  if (absent.length > 0) return print('MISSING', `not installed: ${absent.join(' ')}`);
  const there = await host.run(line);
  const before = process.cpuUsage();
  const here = await guest.run(line);
  const { user, system } = process.cpuUsage(before);
  const columns = [there.ms, here.ms, (user + system) / 1000].map(ms => ms.toFixed(0).padStart(8));
  const times = `${columns.join('')} ms`;
  const found = differences(line, there, here);
  if (found === undefined) return print('OK', times);
  report(`${line.name}\n${found}`);
  return print(line.differs === undefined ? 'DIFF' : 'KNOWN', `${times}  ${line.differs ?? ''}`);
}
