/** A short run of the differential tester; `npm run fuzz:cpu` is the long one. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { allRows } from '../table/all.ts';
import { NativeRunner } from './native.ts';
import { report } from './report.ts';
import { shrink } from './shrink.ts';
import { Tester } from './tester.ts';

const missing = NativeRunner.missing();
const source = fileURLToPath(new URL('native.c', import.meta.url));

describe.skipIf(missing !== undefined)(
  `against the host's processor${missing ? ` (${missing})` : ''}`,
  () => {
    it('does the same in 2000 random blocks', { timeout: 60_000 }, () => {
      using tester = new Tester({ rows: allRows, seed: 20, tiers: [0, 1], source });
      const failures = [0, 1, 2, 3].flatMap(batch => tester.batch(batch, 500));
      const reports = failures.slice(0, 3).map(failure => report(shrink(tester, failure), 20));
      expect(reports.join('\n')).toBe('');
      expect(tester.blocks).toBe(2000);
      // Each row is executed to its end somewhere.
      const idle = [...tester.coverage].filter(([, { done }]) => done === 0).map(([{ name }]) => name);
      expect(idle.length).toBeLessThan(tester.coverage.size / 20);
    });

    it('finds an instruction that does something else', { timeout: 60_000 }, () => {
      const rows = allRows.map(row =>
        row.name === 'not' ? { ...row, does: allRows.find(({ name }) => name === 'neg')!.does! } : row,
      );
      using tester = new Tester({
        rows,
        seed: 20,
        tiers: [0, 1],
        source,
        only: new Set(['not', 'mov', 'add']),
      });
      const [failure] = tester.batch(0, 200);
      expect(failure).toBeDefined();
      const { block } = shrink(tester, failure!);
      const left = block.groups.filter(({ items }) => items.length > 0).map(({ row }) => row.name);
      expect(left).toEqual(['not']);
    });
  },
);
