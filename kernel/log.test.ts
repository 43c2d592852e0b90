import { expect, it } from 'vitest';
import { KernelLog } from './log.ts';

it('writes only some of the lines that a program can cause at will, and says how many are missing', () => {
  let nowNs = 0;
  const lines: string[] = [];
  const log = new KernelLog(
    () => nowNs,
    ({ text }) => lines.push(text),
  );
  for (let i = 0; i < 10_000; i++) log.limited(`line ${i}`);
  expect(lines).toHaveLength(50);
  log.info('something else');
  expect(lines.at(-1)).toBe('something else');
  nowNs = 6e9;
  log.limited('later');
  expect(lines.slice(-2)).toEqual(['9950 messages suppressed', 'later']);
});
