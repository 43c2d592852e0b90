import { expect, it } from 'vitest';
import type { SpawnOptions } from '../host/api/index.ts';
import { bootGuest } from './guest.ts';
import { testPrograms } from './program.ts';

const programs = await testPrograms('async');

/** What the program prints: its input comes in parts, each when it has said that it waits. */
async function talk(options: SpawnOptions, end: string): Promise<string> {
  const guest = await bootGuest({ programs });
  const child = await guest.spawn('async', [], options);
  const parts = ['first\n', 'second\n', end];
  let text = '';
  let answered = 0;
  for await (const chunk of child.stdout!) {
    text += String(chunk).replaceAll('\r', '');
    for (const waits = text.match(/ready|input/g)?.length ?? 0; answered < waits; answered++) {
      const part = parts.shift();
      if (part === '') child.stdin!.end();
      else if (part !== undefined) child.stdin!.write(part);
    }
  }
  expect(await child.exited).toMatchObject({ code: 0 });
  return text;
}

it('a stream of the embedder, an eventfd and a timerfd send SIGIO', async () => {
  expect(await talk({}, '')).toBe('event 7\ntimer 1\nready\ninput first\ninput second\ninput \n');
});

it('a terminal of the embedder sends SIGIO', async () => {
  const text = await talk({ terminal: { rows: 24, columns: 80 } }, '\x04');
  expect(text).toBe('event 7\ntimer 1\nready\nfirst\ninput first\nsecond\ninput second\ninput \n');
});
