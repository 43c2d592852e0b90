/** A test that steps the guest's kernel under a debugger: which file does a program open, and what comes of it? */
import { boot } from 'lodger';
import { expect, test } from 'lodger/vitest';
import { KernelDebugger, freePort } from './debugger.ts';

test('the kernel stops in openat, shows the path, and goes on', async () => {
  const inspectPort = await freePort();
  const booted = boot({ inspectPort });
  const kernel = await KernelDebugger.attach(inspectPort);
  await using guest = await booted;

  await kernel.breakAt('sysOpenat');
  const cat = guest.exec('cat', ['/etc/hostname']);
  const paths: unknown[] = [];
  do {
    const stop = await kernel.stopped();
    expect(stop.functionName).toBe('sysOpenat');
    if ((await stop.evaluate('task.comm')) === 'cat')
      paths.push(await stop.evaluate('task.memory.readString(args.ptr(1))'));
    await (await stop.step()).goOn();
  } while (!paths.includes('/etc/hostname'));
  await kernel.detach();

  expect((await cat).code).toBe(0);
});
