/** The command of the differential tester: `npm run fuzz:cpu -- --blocks N --seed S`. test/fuzz-cpu.mjs starts it. */
import { parseArgs } from 'node:util';
import type { Tier } from './guest.ts';
import type { Failure } from './tester.ts';
import { allRows } from '../table/all.ts';
import { type Example, GarbageTester } from './garbage.ts';
import { NativeRunner } from './native.ts';
import { Random } from './random.ts';
import { report } from './report.ts';
import { shrink } from './shrink.ts';
import { Tester } from './tester.ts';

const BATCH = 1000;
const TIERS: Readonly<Record<string, readonly Tier[]>> = {
  0: [0],
  1: [1],
  step: ['step'],
  both: [0, 1],
  all: [0, 1, 'step'],
};

/** Returns the status of the process. */
export function main(source: string): number {
  const { values } = parseArgs({
    options: {
      blocks: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      from: { type: 'string', default: '0' },
      only: { type: 'string' },
      tier: { type: 'string', default: 'both' },
      minutes: { type: 'string' },
      failures: { type: 'string', default: '10' },
      coverage: { type: 'boolean', default: false },
      garbage: { type: 'boolean', default: false },
    },
  });
  const missing = NativeRunner.missing();
  if (missing !== undefined) {
    console.log(`nothing to compare with: ${missing}`);
    return 0;
  }
  const seed = Number(values.seed);
  if (values.garbage) return garbage(source, seed, Number(values.blocks));
  const only = values.only === undefined ? undefined : new Set(values.only.split(','));
  const tiers = TIERS[values.tier];
  if (tiers === undefined) throw new Error(`--tier ${values.tier}: 0, 1, step, both or all`);
  using tester = new Tester({ rows: allRows, ...(only && { only }), seed, tiers, source });
  const blocks = Number(values.blocks);
  const end = values.minutes === undefined ? Infinity : Date.now() + Number(values.minutes) * 60_000;
  const begin = Date.now();
  /** The first failure of each instruction. */
  const failures = new Map<string, Failure>();
  let failed = 0;
  for (let batch = Number(values.from); tester.blocks < blocks && Date.now() < end; batch++) {
    for (const failure of tester.batch(batch, Math.min(BATCH, blocks - tester.blocks))) {
      failed++;
      const suspect = suspectOf(failure);
      if (failures.has(suspect) || failures.size >= Number(values.failures)) continue;
      const small = shrink(tester, failure);
      const name = suspectOf(small);
      failures.set(suspect, small);
      failures.set(name, small);
      console.log(`\n${report(small, seed)}`);
    }
    if (process.stdout.isTTY || batch % 10 === 9) {
      const rate = Math.round((tester.blocks / (Date.now() - begin)) * 1000);
      const line = `${tester.blocks} blocks, ${failed} with a difference, ${rate} a second`;
      process.stdout.write(process.stdout.isTTY ? `\r${line}  ` : `${line}\n`);
    }
  }
  if (values.coverage) printCoverage(tester);
  const rate = Math.round((tester.blocks / (Date.now() - begin)) * 1000);
  const rows = [...tester.coverage.values()];
  const covered = rows.filter(({ done }) => done > 0).length;
  console.log(
    `\nseed ${seed}: ${tester.blocks} blocks, ${failed} with a difference; ` +
      `${covered} of ${rows.length} rows executed; ${rate} blocks a second`,
  );
  return failed > 0 ? 1 : 0;
}

/** Bytes that are hardly instructions. */
function garbage(source: string, seed: number, blocks: number): number {
  using tester = new GarbageTester(allRows, source);
  const { result } = tester;
  for (let batch = 0; result.blocks < blocks; batch++) tester.batch(new Random(seed, batch), batch, BATCH);
  const show = (title: string, examples: ReadonlyMap<string, Example>): void => {
    console.log(`\n${title}: ${examples.size} opcodes`);
    for (const [opcode, { count, text }] of [...examples].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      console.log(`  ${opcode} (${count}) ${text}`);
  };
  show('only the host executes', result.unknownToUs);
  show('only our processor executes', result.unknownToHost);
  show('they end in different ways', result.different);
  console.log(`\nseed ${seed}: ${result.blocks} pieces of garbage`);
  return result.different.size > 0 || result.unknownToHost.size > 0 ? 1 : 0;
}

/** The instruction that is most likely to blame: the last that was executed. */
function suspectOf({ block }: Failure): string {
  const rest = block.groups.filter(({ items }) => items.length > 0);
  return rest.at(-1)?.row.name ?? '';
}

function printCoverage({ coverage }: Tester): void {
  for (const [{ name, operands, encoding }, { made, done }] of coverage)
    console.log(
      `${name.padEnd(12)} ${operands.padEnd(12)} ${encoding.padEnd(20)} made ${made}, executed ${done}`,
    );
}
