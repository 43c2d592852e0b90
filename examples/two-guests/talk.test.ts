/** Two guests in one test, and the test itself, that talk over Unix sockets in a directory that they share. */
import { createServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'lodger/vitest';

const folder = mkdtempSync(join(tmpdir(), 'two-guests-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.override({ guestOptions: { mounts: { '/run/shared': { source: folder, sockets: true } } } });

test('two guests talk', async ({ guest, bootGuest }) => {
  const other = await bootGuest();
  const [asked, answered] = await Promise.all([
    guest.sh`echo what time is it? | nc -NlU /run/shared/clock`,
    other.sh`until test -S /run/shared/clock; do sleep 0.1; done; echo noon | nc -NU /run/shared/clock`,
  ]);
  expect(asked).toPrint('noon\n');
  expect(answered).toPrint('what time is it?\n');
});

test('a guest talks to a server of this test', async ({ guest }) => {
  const server = createServer(socket => socket.end('hello from Node\n')).listen(join(folder, 'node'));
  expect(await guest.sh`nc -dU /run/shared/node`).toPrint('hello from Node\n');
  server.close();
});
