/** The scripts of test/ print in a guest what dash (bash.sh: bash --posix) printed on Linux: see test/record.mjs. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { bootGuest } from '../../test/guest.ts';

const folder = new URL('test/', import.meta.url).pathname;
const names = readdirSync(folder).flatMap(file => (file.endsWith('.sh') ? [file.slice(0, -3)] : []));

test.each(names)('%s.sh prints what the reference shell printed', { timeout: 30_000 }, async name => {
  const guest = await bootGuest();
  await guest.exec('mkdir', ['/tmp/cwd']);
  const script = readFileSync(`${folder}${name}.sh`, 'utf8');
  const run = await guest.exec('sh', ['-c', script, 'sh'], { cwd: '/tmp/cwd', timeoutMs: 25_000 });
  const outcome = `${run.stdout}--- stderr ---\n${run.stderr}--- status ${run.code} ---\n`;
  expect(outcome).toBe(readFileSync(`${folder}${name}.out`, 'utf8'));
});
