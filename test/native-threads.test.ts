import { describe, expect, it } from 'vitest';
import type { Guest, GuestProcess } from '../host/api/index.ts';
import { bootGuest, sh } from './guest.ts';
import { testPrograms } from './program.ts';

const programs = await testPrograms('threads');

async function run(what: string): Promise<{ stdout: string; code: number | null; signal: string | null }> {
  const guest = await bootGuest({ programs });
  const { stdout, stderr, code, signal } = await guest.exec('threads', [what], { timeoutMs: 10_000 });
  expect(stderr).toBe('');
  return { stdout, code, signal };
}

/** Starts a case that says `waiting PID`. */
async function started(
  guest: Guest,
  what: string,
): Promise<{ child: GuestProcess; pid: number; rest: Promise<string> }> {
  const child = await guest.spawn('threads', [what]);
  child.stdin!.end();
  let text = '';
  let isDone!: () => void;
  const isWaiting = new Promise<void>(resolve => (isDone = resolve));
  const rest = (async () => {
    for await (const chunk of child.stdout!) {
      text += String(chunk);
      if (/waiting \d+\n/.test(text)) isDone();
    }
    return text;
  })();
  await isWaiting;
  return { child, pid: Number(/waiting (\d+)/.exec(text)![1]), rest };
}

/** The letters of all threads, the first one's first. */
const states = async (guest: Guest, pid: number): Promise<string> =>
  (
    await sh(
      guest,
      `cd /proc/${pid}/task; for t in $(ls | sort -n); do cut -d' ' -f3 $t/stat; done | tr -d '\\n'`,
    )
  ).stdout;

describe('a thread of a native program', () => {
  it('is a task of the process, and shares its memory', async () => {
    expect(await run('share')).toMatchObject({ stdout: 'true 0,0,0\n', code: 0 });
  });

  it('that waits sleeps and uses no time; one that computes runs', async () => {
    expect(await run('wait')).toMatchObject({ stdout: 'S true R\ntrue\n', code: 0 });
  });

  it('ends by SIGCANCEL alone, whether it computes, waits or sleeps in a call', async () => {
    expect(await run('cancel')).toMatchObject({ stdout: 'alive 0,0,0\n', code: 0 });
  });

  it('may execute a program, which ends the others', async () => {
    expect(await run('exec')).toMatchObject({ stdout: 'executed\n', code: 0 });
  });

  it('may start processes', async () => {
    expect(await run('vfork')).toMatchObject({ stdout: '3\n', code: 0 });
  });

  it('that the engine ends takes the process with it', async () => {
    expect(await run('bug')).toMatchObject({ stdout: '', signal: 'SIGKILL' });
  });

  it('needs the flags and the argument of a thread', async () => {
    expect(await run('refusals')).toMatchObject({ stdout: 'ENOSYS,EINVAL,EINVAL,EINVAL\n', code: 0 });
  });
});

describe('a native program with threads', () => {
  it('hears a signal while it waits, by its doorbell', async () => {
    const guest = await bootGuest({ programs });
    const { child, pid, rest } = await started(guest, 'user');
    expect(await states(guest, pid)).toBe('SS');
    await sh(guest, `kill -USR1 ${pid}`);
    expect(await rest).toBe(`waiting ${pid}\nrung\n`);
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it('is stopped and goes on, with threads that wait', async () => {
    const guest = await bootGuest({ programs });
    const { child, pid, rest } = await started(guest, 'user');
    await sh(guest, `kill -STOP ${pid}`);
    await expect.poll(() => states(guest, pid)).toBe('TT');
    await sh(guest, `kill -USR1 ${pid}`);
    expect(await states(guest, pid)).toBe('TT');
    await sh(guest, `kill -CONT ${pid}`);
    expect(await rest).toBe(`waiting ${pid}\nrung\n`);
    expect(await child.exited).toEqual({ code: 0, signal: null });
  });

  it('lives on without its first thread', async () => {
    const guest = await bootGuest({ programs });
    const { child, pid } = await started(guest, 'leader');
    await expect.poll(() => states(guest, pid)).toBe('ZS');
    await child.kill('SIGKILL');
    expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  it('leaves nothing behind when it is killed', async () => {
    const guest = await bootGuest({ programs });
    await sh(guest, 'threads share; true');
    const { freeBytes } = await guest.memory();
    for (let i = 0; i < 3; i++) {
      const { child, pid } = await started(guest, 'crowd');
      expect(await states(guest, pid)).toBe('SRSSS');
      await child.kill('SIGKILL');
      expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
    }
    await expect.poll(async () => (await guest.memory()).freeBytes).toBeGreaterThan(freeBytes - 2 ** 20);
    // Two that are spare, init's, the kernel's.
    await expect.poll(() => guest.threadCount, { timeout: 15_000 }).toBeLessThanOrEqual(4);
  });
});
