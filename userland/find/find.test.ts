/** find and xargs do in a guest what GNU findutils do on the host. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { compareWithHost, isHostVersion, readCases } from '../../test/compare-with-host.ts';
import { emacsToExtended } from './regex-type.ts';

const folder = new URL('test/', import.meta.url);
const setup = readFileSync(new URL('setup.sh', folder), 'utf8');

test.skipIf(!isHostVersion('find', 'find (GNU findutils) 4.9')).each(['find', 'xargs'])(
  '%s prints what GNU findutils 4.9 print',
  { timeout: 120_000 },
  async name => {
    const { host, guest } = await compareWithHost(setup, readCases(new URL(`${name}.cases`, folder)));
    expect(guest).toEqual(host);
  },
);

test("a regular expression of Emacs' syntax is written as an extended one", () => {
  expect(emacsToExtended('.*\\(x\\|y\\)+')).toBe('.*(x|y)+');
  expect(emacsToExtended('*a(b){2}[(|]')).toBe('\\*a\\(b\\)\\{2\\}[(|]');
});
