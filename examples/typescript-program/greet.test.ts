/** A guest program in TypeScript: bundled, trusted and installed in the guests of these tests. */
import { expect, test } from 'lodger/vitest';

test.override({ guestOptions: { programs: { '/usr/bin/greet': new URL('greet.ts', import.meta.url) } } });

test('greets everybody', async ({ guest }) => {
  expect(await guest.sh`greet Ada Grace | sort -r`).toPrint('hello Grace\nhello Ada\n');
});

test('speaks other languages', async ({ guest }) => {
  expect(await guest.sh`GREETING=salut greet Évariste`).toPrint('salut Évariste\n');
});

test('wants a name', async ({ guest }) => {
  expect(await guest.sh`greet`.nothrow()).toExitWith(2);
});

test('can be installed while the guest runs', async ({ bootGuest }) => {
  const guest = await bootGuest({ programs: {} });
  await guest.install('/opt/greet', new URL('greet.ts', import.meta.url));
  expect(await guest.exec('/opt/greet', ['Ada'])).toPrint('hello Ada\n');
});
