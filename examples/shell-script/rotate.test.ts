/** A test of a shell script: each test has a system of its own, so that the script may do to it what it likes. */
import { Volume } from 'memfs';
import { expect, test } from 'lodger/vitest';

test.override({ guestOptions: { mounts: { '/scripts': { source: import.meta.dirname, readOnly: true } } } });

test('the newest old log is .1, and three stay', async ({ guest }) => {
  await guest.sh`for i in 1 2 3 4 5; do echo $i > /var/log/app; sh /scripts/rotate.sh /var/log/app; done`;
  expect(await guest.sh`cd /var/log; cat app.1 app.2 app.3; ls app*`).toPrint(
    '5\n4\n3\napp\napp.1\napp.2\napp.3\n',
  );
});

test('a log that is not there is an error', async ({ guest }) => {
  const result = await guest.sh`sh /scripts/rotate.sh /var/log/none`.nothrow();
  expect(result).toExitWith(2);
  expect(result).toPrint('no such file', { on: 'stderr' });
});

test('a full disk loses no log', async ({ guest }) => {
  await guest.sh`mkdir /small; mount -t tmpfs -o nr_inodes=3 none /small; echo old > /small/app.1; echo new > /small/app`;
  expect(await guest.sh`sh /scripts/rotate.sh /small/app`.nothrow()).not.toExitWith(0);
  expect(await guest.sh`cat /small/*`).toPrint('new\nold\n');
});

test('what a script leaves behind can be looked at without the guest', async ({ bootGuest }) => {
  const logs = Volume.fromJSON({ '/app': 'today' });
  const guest = await bootGuest({ mounts: { '/scripts': import.meta.dirname, '/logs': logs } });
  await guest.sh`sh /scripts/rotate.sh /logs/app`;
  expect(logs.toJSON()).toEqual({ '/app': '', '/app.1': 'today' });
});
