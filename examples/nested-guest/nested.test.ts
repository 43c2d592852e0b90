/** A guest inside the guest of a test: a machine that may crash, beside one that watches it. */
import { expect, test } from 'lodger/vitest';

test('a shell boots a guest like any program', async ({ guest }) => {
  expect(await guest.sh`echo hello | lodger -- tr a-z A-Z`).toPrint('HELLO\n');
});

test('a guest at the API boots one inside itself', async ({ guest }) => {
  await using inner = await guest.boot({ memory: '32M', name: 'inner', mounts: { '/shared': '/tmp' } });
  await inner.sh`hostname box; uname -n > /shared/name`;
  expect(await guest.sh`cat /tmp/name; hostname`).toPrint('box\nlodger\n');
});

test('a panic inside is an ordinary failure outside', async ({ guest }) => {
  const result = await guest.sh`lodger -- sh -c 'echo c > /proc/sysrq-trigger'`.nothrow();
  expect(result).toExitWith(125);
  expect(result).toPrint(/Kernel panic: sysrq triggered crash/, { on: 'stderr' });
  expect(await guest.sh`lodger ps; echo fine`).toPrint(/fine/);
});
