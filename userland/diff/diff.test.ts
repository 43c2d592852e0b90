/** cmp, diff and patch do in a guest what the GNU programs do on the host. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compareWithHost, isHostVersion, readCases } from '../../test/compare-with-host.ts';

const folder = new URL('test/', import.meta.url);
const programs = [
  { name: 'cmp', version: 'cmp (GNU diffutils) 3.8' },
  { name: 'diff', version: 'diff (GNU diffutils) 3.8' },
  { name: 'patch', version: 'GNU patch 2.7.6' },
];

for (const { name, version } of programs) {
  test.skipIf(!isHostVersion(name, version))(
    `${name} prints what ${version} prints`,
    { timeout: 120_000 },
    async () => {
      const setup = readFileSync(new URL(`${name}.setup.sh`, folder), 'utf8');
      const { host, guest } = await compareWithHost(setup, readCases(new URL(`${name}.cases`, folder)));
      expect(guest).toEqual(host);
    },
  );
}
