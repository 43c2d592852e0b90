/**
 * The quick subset of the table of real programs: host and guest must agree. All of it: npm run programs. A line whose
 * program is not installed is skipped, and says so.
 */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { lodger } from '../guest.ts';
import { allLines } from './all.ts';
import { differences } from './compare.ts';
import { parseLines } from './parse-lines.ts';
import { GuestSide, HostSide, missing } from './sides.ts';

const isLinuxOnX64 = process.platform === 'linux' && process.arch === 'x64';
const lines = allLines(new URL('.', import.meta.url)).filter(line => line.quick === true);

describe.skipIf(!isLinuxOnX64)('the host’s own programs give in a guest what they give on the host', () => {
  const base = mkdtempSync(join(tmpdir(), 'lodger-programs-'));
  const host = new HostSide(base);
  const guest = new GuestSide(lodger.boot, base);
  afterAll(async () => {
    await guest.close();
    await host.close();
  });

  for (const line of lines) {
    const absent = missing(line);
    const reason = absent.length > 0 ? ` (not installed: ${absent.join(' ')})` : '';
    it.skipIf(absent.length > 0)(`${line.name}${reason}`, { timeout: 120_000 }, async () => {
      const there = await host.run(line);
      const here = await guest.run(line);
      expect(differences(line, there, here)).toBe(undefined);
    });
  }
});

describe('a table of lines', () => {
  it('is read from shell text', () => {
    const [line, other] = parseLines(
      '# comment\n#: two words | quick needs=a,b shell=busybox+sh seconds=5\n#: replace /a\\/b+/ c d\necho 1\n#: next\n',
      'x.sh',
    );
    expect(line).toMatchObject({
      ...{ name: 'two words', quick: true, needs: ['a', 'b'], shell: 'busybox sh', timeoutSeconds: 5 },
      ...{ run: 'echo 1', replace: [[/a\/b+/gm, 'c d']] },
    });
    expect(other!.name).toBe('next');
    expect(() => parseLines('#: x | fast\n', 'x.sh')).toThrow("x.sh:1: what is 'fast'?");
  });

  it('knows a difference when it sees one', () => {
    const line = { name: 'x', run: '' };
    const outcome = { status: 0, stdout: 'a\nb\n', stderr: '', files: new Map(), ms: 0, complaints: [] };
    expect(differences(line, outcome, outcome)).toBe(undefined);
    expect(differences(line, outcome, { ...outcome, status: 1 })).toBe('status: host 0, guest 1');
    expect(differences(line, outcome, { ...outcome, stdout: 'a\nc\n' })).toContain('from line 2');
    expect(differences(line, outcome, { ...outcome, files: new Map([['f', '100644']]) })).toContain('file f');
    const replaced = { ...line, replace: [[/[bc]$/gm, 'x']] as const };
    expect(differences(replaced, outcome, { ...outcome, stdout: 'a\nc\n' })).toBe(undefined);
  });
});
