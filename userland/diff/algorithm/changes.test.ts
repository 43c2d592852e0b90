/** Hunks are GNU diff's, on texts of few different lines, where many answers are as short. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isHostVersion } from '../../../test/compare-with-host.ts';
import { type Change, findChanges } from './changes.ts';

function changesOf(a: readonly string[], b: readonly string[], isMinimal = false): Change[] {
  return findChanges([a, b], [a, b], true, { isMinimal, horizon: 0 });
}

/** As the heads of hunks of the normal format. */
function heads(changes: readonly Change[]): string {
  const range = (first: number, count: number) =>
    count > 1 ? `${first + 1},${first + count}` : `${first + count}`;
  return changes
    .map(({ line0, line1, deleted, inserted }) => {
      const letter = deleted === 0 ? 'a' : inserted === 0 ? 'd' : 'c';
      return `${range(line0, deleted)}${letter}${range(line1, inserted)}\n`;
    })
    .join('');
}

test('a run of changes is moved down as far as it goes', () => {
  expect(heads(changesOf(['{', 'a', '}', 'z'], ['{', 'a', '}', '{', 'b', '}', 'z']))).toBe('3a4,6\n');
});

test('nothing changes between equal texts', () => {
  expect(changesOf(['a', 'b'], ['a', 'b'])).toEqual([]);
});

test.skipIf(!isHostVersion('diff', 'diff (GNU diffutils) 3.8'))(
  'random texts have the hunks that GNU diff finds',
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'changes-'));
    let seed = 1;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
      return (seed >> 8) % below;
    };
    try {
      for (let round = 0; round < 60; round++) {
        const alphabet = [2, 3, 5, 20, 200][random(5)]!;
        const a = Array.from({ length: [10, 50, 400, 1500][random(4)]! }, () => `l${random(alphabet)}`);
        const b = a.slice();
        for (let edits = random(30); edits > 0; edits--) {
          const fresh = Array.from({ length: random(4) }, () => `l${random(alphabet * 2)}`);
          const moved = random(3) === 0 ? b.splice(random(b.length + 1), random(9)) : fresh;
          b.splice(random(b.length + 1), random(4), ...moved);
        }
        const files = [join(directory, 'a'), join(directory, 'b')];
        writeFileSync(files[0]!, a.map(line => `${line}\n`).join(''));
        writeFileSync(files[1]!, b.map(line => `${line}\n`).join(''));
        const isMinimal = random(4) === 0;
        const output = spawnSync('diff', [...(isMinimal ? ['-d'] : []), ...files], {
          encoding: 'utf8',
        }).stdout;
        const expected = output.replace(/^[<>-].*\n/gm, '');
        expect(heads(changesOf(a, b, isMinimal)), `round ${round}`).toBe(expected);
      }
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  },
);
