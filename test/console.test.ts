import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Guest } from '../host/api/index.ts';
import { bootGuest, sh } from './guest.ts';
import { PROMPT, Person } from './person.ts';

async function login(): Promise<{ guest: Guest; person: Person }> {
  const guest = await bootGuest({ console: 'shell' });
  guest.console.resize(24, 80);
  const person = new Person(guest.console);
  await person.sees(PROMPT);
  return { guest, person };
}

it('gives a prompt, echoes, and runs what is typed', async () => {
  const { person } = await login();
  person.types('echo he');
  await person.sees(/echo he$/);
  person.types('llo\r');
  await person.sees(/\nhello\r\n/);
  await person.sees(PROMPT);
  expect(await person.runs('tty; echo $-')).toMatch(/^\/dev\/\w+\n\w*i\w*\n$/);
});

it('edits the line: backspace, arrows, kill, history', async () => {
  const { person } = await login();
  expect(await person.runs('echo abX\x7fc\x1b[D\x1b[DZ')).toMatch(/\naZbc\n$|^aZbc\n$/);
  expect(await person.runs('\x1b[A')).toContain('aZbc\n');
  expect(await person.runs('nonsense\x15echo fresh')).toContain('fresh\n');
  expect(await person.runs('echo two words\x17three')).toContain('two three\n');
  expect(await person.runs('echo gone\x03')).not.toContain('gone\n');
});

it('interrupts with Ctrl-C and says 130', async () => {
  const { person } = await login();
  person.types('sleep 100\r');
  await delay(200);
  person.types('\x03');
  expect(await person.sees(PROMPT)).toContain('^C');
  expect(await person.runs('echo $?')).toBe('130\n');
  person.types('cat | cat | sleep 100\r');
  await delay(200);
  person.types('\x03');
  await person.sees(PROMPT);
  person.types('sleep 100\r');
  await delay(200);
  person.types('\x1c');
  await person.sees(PROMPT);
  expect(await person.runs('echo $?')).toBe('131\n');
});

it('stops with Ctrl-Z; jobs, bg, fg and kill know the job', async () => {
  const { person } = await login();
  person.types('sleep 100\r');
  await delay(200);
  person.types('\x1a');
  expect(await person.sees(PROMPT)).toMatch(/Stopped +sleep 100/);
  expect(await person.runs('jobs')).toMatch(/^\[1\] \+ Stopped +sleep 100\n$/);
  expect(await person.runs('bg')).toMatch(/^\[1\] sleep 100/);
  expect(await person.runs('jobs')).toMatch(/^\[1\] \+ Running +sleep 100/);
  person.types('fg\r');
  await person.sees(/\nsleep 100\r\n/);
  await delay(100); // until the terminal is its
  person.types('\x1a');
  await person.sees(PROMPT);
  expect(await person.runs('bg; kill %1; wait %1; echo $?')).toMatch(/143\n/);
  expect(await person.runs('jobs')).toBe('');
});

it('keeps a background job from reading the terminal', async () => {
  const { person } = await login();
  await person.runs('cat &');
  await expect.poll(() => person.runs('jobs'), { timeout: 10_000, interval: 100 }).toMatch(/Stopped.*cat/);
  await person.runs('kill -9 %1; wait');
});

it('ends input with Ctrl-D, and the shell too, which comes back', async () => {
  const { person } = await login();
  person.types('cat\r');
  await person.sees(/cat\r+\n/);
  await delay(200); // until the shell has given the terminal's modes back
  person.types('line\r');
  await person.sees(/line\r\nline\r\n/);
  person.types('\x04');
  await person.sees(PROMPT);
  const first = await person.runs('echo $$');
  person.types('\x04');
  await person.sees(PROMPT);
  expect(await person.runs('echo $$')).not.toBe(first);
});

it('tells programs of a new size of the window', async () => {
  const { guest, person } = await login();
  expect(await person.runs('stty size')).toBe('24 80\n');
  person.types(`sh -c 'trap "stty size; exit" WINCH; echo ready; while :; do sleep 0.05; done'\r`);
  await person.sees(/\nready\r\n/);
  guest.console.resize(30, 100);
  await person.sees(/30 100\r\n/);
  await person.sees(PROMPT);
});

it('gives a command a terminal of its own, whose hangup ends it', async () => {
  const guest = await bootGuest();
  const child = await guest.spawn('sh', ['-i'], { terminal: { rows: 10, columns: 40 } });
  const person = new Person({ output: child.stdout!, input: child.stdin! });
  await person.sees(/[#$] $/);
  expect(await person.runs('stty size')).toBe('10 40\n');
  child.resize(11, 41);
  await expect.poll(() => person.runs('stty size')).toBe('11 41\n');
  person.types('sleep 1000\r');
  await delay(200);
  child.stdin!.destroy();
  child.stdout!.destroy();
  await child.exited;
  await expect.poll(async () => (await guest.processes()).map(({ command }) => command)).toEqual(['init']);
});

it('edits a file with vi', async ({ skip }) => {
  const { guest, person } = await login();
  if ((await sh(guest, 'type vi')).code !== 0) skip('no vi yet');
  person.types('vi /tmp/f\r');
  await person.sees(/~/);
  await delay(100);
  person.types('ihello from vi\x1b');
  await person.sees(/hello from vi/);
  await delay(100); // an escape is told from the beginning of a key by the time
  person.types(':wq\r');
  await person.sees(PROMPT);
  expect(await person.runs('cat /tmp/f')).toBe('hello from vi\n');
});

it('pages with less', async ({ skip }) => {
  const { guest, person } = await login();
  if ((await sh(guest, 'type less')).code !== 0) skip('no less yet');
  await person.runs('seq 100 > /tmp/numbers');
  person.types('less /tmp/numbers\r');
  await person.sees(/H20\b/);
  person.types(' ');
  await person.sees(/H40\b/);
  person.types('q');
  await person.sees(PROMPT);
});

it('powers off', async () => {
  const { guest, person } = await login();
  person.types('poweroff\r');
  expect(await guest.halted).toEqual({ kind: 'poweroff' });
});
