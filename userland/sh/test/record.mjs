// Records what the reference shells print for the scripts here: node userland/sh/test/record.mjs [name…]
// bash.sh is run by `bash --posix`, the others by dash. Each .out holds standard output, error and exit status.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = new URL('.', import.meta.url).pathname;
const names = process.argv.slice(2);
for (const file of readdirSync(folder).filter(name => name.endsWith('.sh'))) {
  const name = file.slice(0, -3);
  if (names.length > 0 && !names.includes(name)) continue;
  const script = readFileSync(folder + file, 'utf8');
  const cwd = mkdtempSync(join(tmpdir(), 'sh-'));
  const env = { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', HOME: '/root', LANG: 'C.UTF-8' };
  const [shell, options] = name === 'bash' ? ['bash', ['--posix']] : ['dash', []];
  const run = spawnSync(shell, [...options, '-c', script, 'sh'], { cwd, env, encoding: 'utf8' });
  rmSync(cwd, { recursive: true });
  writeFileSync(
    `${folder}${name}.out`,
    `${run.stdout}--- stderr ---\n${run.stderr}--- status ${run.status} ---\n`,
  );
}
