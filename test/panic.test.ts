import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { bootGuest, lodger, sh } from './guest.ts';

const CRASH = 'echo c > /proc/sysrq-trigger';

it('turns a bug of the kernel into a KernelPanic in terms of its source, and into log lines', async () => {
  const guest = await bootGuest();
  const waiting = guest.exec('sleep', ['1000']);
  const error = (await guest.exec('sh', ['-c', CRASH]).catch((reason: unknown) => reason)) as Error;
  expect(error).toBeInstanceOf(lodger.KernelPanic);
  expect(error.message).toMatch(/sysrq triggered crash, task [0-9]+ \(sh\), in write\(1, "c\\n", 2\)/);
  const frames = error.stack!.split('\n').slice(1);
  expect(frames[0]).toMatch(/^ +at .*crash.* \(kernel\/fs\/proc\/sysrq\.ts:[0-9]+:[0-9]+\)$/);
  expect(frames.filter(frame => /kernel\/syscall\/invoke\.ts/.test(frame))).not.toEqual([]);
  expect(frames.filter(frame => /kernel\.js/.test(frame))).toEqual([]);

  // Whoever waits for something of the guest is told the same.
  await expect(waiting).rejects.toBeInstanceOf(lodger.KernelPanic);
  await expect(guest.exec('true')).rejects.toBeInstanceOf(lodger.KernelPanic);
  await expect(guest.fs.readFile('/etc/passwd')).rejects.toBeInstanceOf(lodger.KernelPanic);
  expect(await guest.halted).toMatchObject({ kind: 'panic' });

  const emergencies = guest.log.filter(({ level }) => level === 0).map(({ text }) => text);
  expect(emergencies[0]).toMatch(/^Kernel panic: sysrq triggered crash, task [0-9]+ \(sh\), in write\(1, /);
  expect(emergencies[1]).toMatch(/kernel\/fs\/proc\/sysrq\.ts:/);
});

it('leaves other guests and the process alone, and nothing of itself', async () => {
  const other = await bootGuest();
  const child = await other.spawn('cat');
  const guest = await lodger.boot();
  await expect(sh(guest, CRASH)).rejects.toThrow(/kernel panic/);
  await guest.shutdown();
  expect(guest.threadCount).toBe(0);
  child.stdin!.end('still here\n');
  let output = '';
  for await (const chunk of child.stdout!) output += String(chunk);
  expect(output).toBe('still here\n');
  expect(await child.exited).toEqual({ code: 0, signal: null });
  await delay(50); // an unhandled rejection would have failed this test by now
});

it('panics for root alone', async () => {
  const guest = await bootGuest();
  const user = { uid: 1000, gid: 1000, cwd: '/' };
  const { stderr } = await sh(guest, CRASH, user);
  expect(stderr).toMatch(/Permission denied/);
  expect((await sh(guest, 'echo alive', user)).stdout).toBe('alive\n');
});

it('panics when init ends', async () => {
  const guest = await lodger.boot({ kernelParameters: 'init=/bin/true' }).catch((error: unknown) => error);
  // It may come up first: then it is the next thing asked of it that fails.
  const error =
    guest instanceof lodger.Guest ? await guest.exec('sleep', ['5']).catch((e: unknown) => e) : guest;
  if (guest instanceof lodger.Guest) await guest.shutdown();
  expect(String(error)).toMatch(/Attempted to kill init! exitcode=0x00000000/);
});
